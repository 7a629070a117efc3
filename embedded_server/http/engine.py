"""Sends requests byte for byte with libcurl and says what went over the wire and how long each part took.

Every setting below is there because libcurl's default adds, follows or rewrites something.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import certifi
import pycurl

from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.replays import Phases

# Sent by libcurl unless told not to.
_UNASKED = ("Accept", "User-Agent", "Expect", "Content-Type", "Content-Length", "Transfer-Encoding")
KEPT_SENT = 256 << 10
_TIMES = (
    pycurl.NAMELOOKUP_TIME,
    pycurl.CONNECT_TIME,
    pycurl.APPCONNECT_TIME,
    pycurl.PRETRANSFER_TIME,
    pycurl.STARTTRANSFER_TIME,
    pycurl.TOTAL_TIME,
)
CONNECT_MS = 10_000
_FORBIDDEN = [
    ip_network(text)
    for text in ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32")
]
_CODES = {
    pycurl.E_COULDNT_RESOLVE_HOST: "http.host",
    pycurl.E_COULDNT_CONNECT: "http.unreachable",
    pycurl.E_OPERATION_TIMEDOUT: "http.timeout",
    pycurl.E_SSL_CONNECT_ERROR: "http.tls",
    pycurl.E_PEER_FAILED_VERIFICATION: "http.tls",
    pycurl.E_URL_MALFORMAT: "http.invalid",
}
_HINTS = {
    "http.unreachable": "Is the application running, and on this port?",
    "http.host": "Check the host's name, or choose another environment.",
    "http.timeout": "Give it more time, or look at what it waits for.",
    "http.tls": "For a development certificate, allow it in the environment.",
    "http.broken": "The application or something before it broke the protocol; its log may tell more.",
}


@dataclass(frozen=True)
class Prepared:
    """A request ready to go: `base` is scheme://host:port, `target` what stands in the request line."""

    method: str
    base: str
    target: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes | None = None
    proxy: str = ""
    insecure: bool = False
    # Only this machine may be spoken to: the environment counts as local by its host's name.
    loopback: bool = False


class Exchange:
    """What came back. `size` counts what was received; `truncated` when `body` has less than all.

    Most of it is worked out when it is asked for: of a thousand exchanges few are looked at.
    """

    def __init__(self, lines: list[bytes], status: int, body: bytes, times: tuple[float, ...]) -> None:
        self.status = status
        self.body = body
        self.size = len(body)
        self.truncated = False
        self.ms = times[-1] * 1000
        self.sent = b""
        self.sent_bytes = 0
        self._lines, self._times = lines, times

    @cached_property
    def hash(self) -> str:
        """What tells bodies apart."""
        return sha256(self.body).hexdigest()[:16]

    @cached_property
    def _head(self) -> tuple[str, int, str, list[tuple[str, str]]]:
        return _parsed(self._lines)

    @property
    def version(self) -> str:
        """Of HTTP: "1.1"."""
        return self._head[0]

    @property
    def reason(self) -> str:
        """The words behind the status."""
        return self._head[2]

    @property
    def headers(self) -> list[tuple[str, str]]:
        """In order and spelling as received."""
        return self._head[3]

    def header(self, name: str) -> str:
        """The first header of that name (given in lower case), "" if there is none."""
        begin = name.encode() + b":"
        if not any(line.lower().startswith(begin) for line in self._lines):
            return ""
        return next((value for key, value in self.headers if key.lower() == name), "")

    @cached_property
    def phases(self) -> Phases:
        """Where the time went."""
        lookup, connect, tls, begin, first, total = self._times
        parts = (
            lookup,
            max(connect - lookup, 0.0),
            max(tls - connect, 0.0) if tls else 0.0,
            max(begin - max(tls, connect), 0.0),
            max(first - begin, 0.0),
            max(total - first, 0.0),
        )
        return Phases(*(round(part * 1000, 3) for part in parts))


def _never() -> bool:
    return False


class Engine:
    """One connection to one place, used again and again; not to be shared between threads."""

    def __init__(self, *, timeout_ms: int, max_bytes: int, cancelled: Callable[[], bool] = _never) -> None:
        self._curl = pycurl.Curl()
        self._timeout_ms, self._max_bytes, self._cancelled = timeout_ms, max_bytes, cancelled
        self._lines: list[bytes] = []
        self._chunks: list[bytes] = []
        self._size = 0
        self._sent: list[bytes] = []
        self._sent_bytes = 0
        self._refused = ""
        self._recording = False
        self._loopback = False
        self._pinned = ""
        self._prepared: Prepared | None = None
        self._fixed_options()

    def close(self) -> None:
        """Close the connection."""
        self._curl.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- settings ------------------------------------------------------------------------------------

    def _fixed_options(self) -> None:
        set_option = self._curl.setopt
        set_option(pycurl.NOSIGNAL, 1)
        set_option(pycurl.FOLLOWLOCATION, 0)
        set_option(pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS)
        set_option(pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1)
        set_option(pycurl.PATH_AS_IS, 1)
        set_option(pycurl.HTTP_CONTENT_DECODING, 0)
        set_option(pycurl.CAINFO, certifi.where())
        set_option(pycurl.CONNECTTIMEOUT_MS, min(CONNECT_MS, self._timeout_ms))
        set_option(pycurl.TIMEOUT_MS, self._timeout_ms)
        set_option(pycurl.NOPROGRESS, 0)
        set_option(pycurl.XFERINFOFUNCTION, self._progress)
        set_option(pycurl.HEADERFUNCTION, self._lines.append)
        set_option(pycurl.WRITEFUNCTION, self._write)
        set_option(pycurl.DEBUGFUNCTION, self._debug)
        set_option(pycurl.OPENSOCKETFUNCTION, self._open)

    def prepare(self, prepared: Prepared) -> None:
        """Set up a request; `run` sends it, as often as wanted."""
        set_option = self._curl.setopt
        self._prepared = prepared
        self._loopback = prepared.loopback
        set_option(pycurl.URL, prepared.base + "/")
        set_option(pycurl.REQUEST_TARGET, _target(prepared))
        set_option(pycurl.PROXY, prepared.proxy)
        set_option(pycurl.NOPROXY, "" if prepared.proxy else "*")
        set_option(pycurl.SSL_VERIFYPEER, 0 if prepared.insecure else 1)
        set_option(pycurl.SSL_VERIFYHOST, 0 if prepared.insecure else 2)
        self._body(prepared)
        set_option(pycurl.CUSTOMREQUEST, prepared.method)
        set_option(pycurl.HTTPHEADER, _header_lines(prepared.headers))

    def number(self, header: tuple[str, str]) -> None:
        """Change the value of one header of what was prepared."""
        if self._prepared is None:
            return
        name, value = header[0].encode(), header[1].encode()
        headers = [(key, value if key == name else old) for key, old in self._prepared.headers]
        self._curl.setopt(pycurl.HTTPHEADER, _header_lines(headers))

    def _body(self, prepared: Prepared) -> None:
        set_option = self._curl.setopt
        set_option(pycurl.NOBODY, 0)
        if prepared.body is not None:
            set_option(pycurl.POST, 1)
            set_option(pycurl.POSTFIELDS, prepared.body)
        else:
            set_option(pycurl.HTTPGET, 1)
            if prepared.method == "HEAD":
                set_option(pycurl.NOBODY, 1)

    # --- sending -------------------------------------------------------------------------------------

    def run(self, *, record: bool = False) -> Exchange:
        """Send what was prepared. Raises http.* problems and job.cancelled; `record` keeps the sent bytes."""
        self._lines.clear()
        self._chunks.clear()
        self._sent.clear()
        self._size = self._sent_bytes = 0
        self._refused = ""
        if record != self._recording:
            self._curl.setopt(pycurl.VERBOSE, int(record))
            self._recording = record
        try:
            self._curl.perform()
        except pycurl.error as error:
            if not (error.args[0] == pycurl.E_WRITE_ERROR and self._size > self._max_bytes):
                raise self._failure(error) from error
        self._pin()
        return self._exchange()

    def _exchange(self) -> Exchange:
        info = self._curl.getinfo
        times = tuple(info(name) for name in _TIMES)
        body = b"".join(self._chunks)
        found = Exchange(self._lines.copy(), info(pycurl.RESPONSE_CODE), body, times)
        if self._size > self._max_bytes:
            found.body = body[: self._max_bytes]
            found.size = max(self._size, _length(found.headers))
            found.truncated = True
        if self._sent_bytes:
            found.sent, found.sent_bytes = b"".join(self._sent), self._sent_bytes
        return found

    def _failure(self, error: pycurl.error) -> ProblemError:
        number, text = error.args[0], str(error.args[1]) if len(error.args) > 1 else ""
        if number == pycurl.E_ABORTED_BY_CALLBACK and self._cancelled():
            return problem("job.cancelled")
        place = self._prepared.base if self._prepared else ""
        if self._refused:
            return problem("http.address", detail=f"{place} is at {self._refused}")
        code = _CODES.get(number, "http.broken")
        detail = f"{place}: {text}"
        if code == "http.broken" and self._lines:
            detail += f" (after {self._lines[0].decode('latin-1').strip()!r} and {self._size:,} bytes)"
        return problem(code, detail=detail, hint=_HINTS.get(code, ""))

    def _pin(self) -> None:
        """A name that was looked up once keeps its address for the whole run."""
        if self._pinned or self._prepared is None or self._prepared.proxy:
            return
        parts = urlsplit(self._prepared.base)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = self._curl.getinfo(pycurl.PRIMARY_IP)
        if parts.hostname and address:
            self._pinned = f"{parts.hostname}:{port}:{address}"
            self._curl.setopt(pycurl.RESOLVE, [self._pinned])

    # --- libcurl's calls -----------------------------------------------------------------------------

    def _progress(self, *_: int) -> int:
        return int(self._cancelled())

    def _write(self, chunk: bytes) -> int | None:
        self._size += len(chunk)
        self._chunks.append(chunk)
        return -1 if self._size > self._max_bytes else None

    def _debug(self, kind: int, data: bytes) -> None:
        if kind in (pycurl.INFOTYPE_HEADER_OUT, pycurl.INFOTYPE_DATA_OUT):
            if self._sent_bytes < KEPT_SENT:
                self._sent.append(data[: KEPT_SENT - self._sent_bytes])
            self._sent_bytes += len(data)

    def _open(self, _purpose: int, address: Any) -> socket.socket | int:
        where = ip_address(str(address.addr[0]).split("%")[0])
        if _is_forbidden(where) or (self._loopback and not where.is_loopback):
            self._refused = str(where)
            return int(pycurl.SOCKET_BAD)
        return socket.socket(address.family, address.socktype, address.protocol)


def _is_forbidden(where: IPv4Address | IPv6Address) -> bool:
    if isinstance(where, IPv6Address) and where.ipv4_mapped is not None:
        where = where.ipv4_mapped
    return any(where in network for network in _FORBIDDEN)


def _target(prepared: Prepared) -> bytes:
    """A proxy for plain HTTP is asked for the whole address."""
    if prepared.proxy and prepared.base.startswith("http://"):
        return prepared.base.encode() + prepared.target
    return prepared.target


def _header_lines(headers: list[tuple[bytes, bytes]]) -> list[bytes]:
    named = {name.lower().rstrip(b":") for name, _ in headers}
    lines = [_line(name, value) for name, value in headers]
    return lines + [f"{name}:".encode() for name in _UNASKED if name.lower().encode() not in named]


def _line(name: bytes, value: bytes) -> bytes:
    if name.endswith(b":"):
        return name + value
    return name + b": " + value if value else name + b";"


def _parsed(lines: list[bytes]) -> tuple[str, int, str, list[tuple[str, str]]]:
    """The last answer's status line and headers: 100 Continue and a proxy's answer come before it."""
    texts = [line.decode("latin-1").rstrip("\r\n") for line in lines]
    begins = [number for number, text in enumerate(texts) if text.startswith("HTTP/")]
    if not begins:
        return "", 0, "", []
    version, _, rest = texts[begins[-1]].partition(" ")
    code, _, reason = rest.partition(" ")
    headers: list[tuple[str, str]] = []
    for text in texts[begins[-1] + 1 :]:
        if text[:1] in (" ", "\t") and headers:
            headers[-1] = headers[-1][0], f"{headers[-1][1]} {text.strip()}"
        elif ":" in text:
            name, _, value = text.partition(":")
            headers.append((name, value.strip()))
    return version.removeprefix("HTTP/"), int(code) if code.isdigit() else 0, reason, headers


def _length(headers: list[tuple[str, str]]) -> int:
    text = next((value for name, value in headers if name.lower() == "content-length"), "")
    return int(text) if text.isdigit() else 0
