"""The request itself: a WSGI application around the application.

The clock stops when the last piece of the body is handed over, not when the server closes it: a slow client
must not look like a slow request.
"""

from __future__ import annotations

import io
import re
from typing import Any, Callable, Dict, Iterable, Iterator
from urllib.parse import quote

from .config import BODY_BYTES, FUSES
from .errors import note
from .frames import edge
from .record import CURRENT, Record, clock, finish

_fuse, _bodies, _headers = FUSES["requests"], FUSES["bodies"], FUSES["headers"]
MARK = "backlight.request"
_HELD = ("wsgi.input", "wsgi.errors", "wsgi.file_wrapper", "werkzeug.socket", "gunicorn.socket", MARK)
_SAFE = "/:@!$&'()*+,;=~"
# Quoting leaves such a path as it is, and takes ten times as long to find that out.
_plain = re.compile(r"[A-Za-z0-9_.\-/:@!$&'()*+,;=~]*\Z").match
Application = Callable[[Dict[str, Any], Any], Iterable[bytes]]


def handle(
    app: Application, environ: dict[str, Any], start_response: Any, owner: Any = None
) -> Iterable[bytes]:
    """Run one request of `app` under the probe. Whatever the probe does wrong, the request goes on."""
    if not _fuse.on or MARK in environ:
        return app(environ, start_response)
    try:
        record = _begin(environ)
        record.app = owner
    except Exception as error:
        _fuse.fault(error)
        return app(environ, start_response)
    token = CURRENT.set(record)
    try:
        body = app(environ, _starter(record, start_response))
    except BaseException as error:
        note(record, error, False)
        record.status = record.status or 500
        finish(record)
        raise
    finally:
        CURRENT.reset(token)
    wrapper = environ.get("wsgi.file_wrapper")
    if isinstance(wrapper, type) and isinstance(body, wrapper):
        # The server may hand the file to the system; it must see its own object.
        finish(record)
        return body
    return Body(record, body)


edge(handle)


class Middleware:
    """The two-line install for any WSGI application."""

    def __init__(self, app: Application) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return handle(self.app, environ, start_response, self.app)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.app, name)


def _begin(environ: dict[str, Any]) -> Record:
    get = environ.get
    target = get("RAW_URI") or get("REQUEST_URI")
    record = Record(get("REQUEST_METHOD", "GET"), target or "")
    if not target:
        record.re_encoded = True
        record.target = _encoded(environ)
    environ[MARK] = record
    if _headers.on:
        # Copied whole and read by the sender, without what would keep the connection open until then.
        kept = record.environ = dict(environ)
        for key in _HELD:
            kept.pop(key, None)
    record.host = get("HTTP_HOST") or get("SERVER_NAME", "")
    if "HTTP_X_BACKLIGHT_RUN" in environ:
        record.run = get("HTTP_X_BACKLIGHT_RUN", "")[:200]
    if "HTTP_X_BACKLIGHT_ORIGIN" in environ:
        record.origin = get("HTTP_X_BACKLIGHT_ORIGIN", "")[:64]
    if "HTTP_TRACEPARENT" in environ:
        record.parent = _trace_id(environ["HTTP_TRACEPARENT"])
    length = get("CONTENT_LENGTH")
    if _bodies.on and ((length and length != "0") or "HTTP_TRANSFER_ENCODING" in environ):
        _tee(environ, record, length or "")
    return record


def _encoded(environ: dict[str, Any]) -> str:
    path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
    query = environ.get("QUERY_STRING", "")
    if not _plain(path):
        path = quote(path, _SAFE, "latin-1", "replace")
    return path + "?" + query if query else path


def _trace_id(header: str) -> str:
    parts = header.split("-")
    return parts[1] if len(parts) >= 4 and len(parts[1]) == 32 else ""


def _tee(environ: dict[str, Any], record: Record, length: str) -> None:
    """A small body is read at once and handed on from memory; a large one is watched as it is read."""
    stream = environ.get("wsgi.input")
    if stream is None:
        return
    if length.isdigit() and int(length) <= BODY_BYTES and "HTTP_EXPECT" not in environ:
        data = _read_all(stream, int(length))
        record.request_body, record.request_size = data, len(data)
        environ["wsgi.input"] = io.BytesIO(data)
        return
    record.request_size = int(length) if length.isdigit() else 0
    environ["wsgi.input"] = Tee(stream, record)


def _read_all(stream: Any, length: int) -> bytes:
    pieces = []
    while length > 0:
        piece = stream.read(length)
        if not piece:
            break
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)


class Tee:
    """The request's body as the server gives it, its first 64 KiB remembered."""

    def __init__(self, stream: Any, record: Record) -> None:
        self._stream = stream
        self._record = record
        self._seen = 0
        record.request_body = bytearray()

    def _kept(self, data: bytes) -> bytes:
        kept = self._record.request_body
        room = BODY_BYTES - len(kept)
        if room > 0:
            kept += data[:room]
        self._seen += len(data)
        self._record.request_size = max(self._record.request_size, self._seen)
        self._record.request_cut = self._record.request_size > len(kept)
        return data

    def read(self, *size: int) -> bytes:
        """As of the stream."""
        return self._kept(self._stream.read(*size))

    def readline(self, *size: int) -> bytes:
        """As of the stream."""
        return self._kept(self._stream.readline(*size))

    def readlines(self, *hint: int) -> list[bytes]:
        """As of the stream."""
        return [self._kept(line) for line in self._stream.readlines(*hint)]

    def readinto(self, buffer: Any) -> int:
        """Werkzeug reads into buffers of its own; not every server's stream can."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def __iter__(self) -> Iterator[bytes]:
        for line in self._stream:
            yield self._kept(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _starter(record: Record, start_response: Any) -> Callable[..., Any]:
    def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
        try:
            record.status = int(status[:3])
            record.headers = headers
            sent = [*headers, ("X-Backlight-Id", record.id)]
        except Exception as error:
            _fuse.fault(error)
            sent = headers
        return start_response(status, sent, *exc_info)

    return start


class Body:
    """The response's body as the server reads it."""

    __slots__ = ("_body", "_left", "_next", "_record")

    def __init__(self, record: Record, body: Iterable[bytes]) -> None:
        self._record = record
        self._body = body
        self._next = iter(body).__next__
        self._left: int | None = None

    def __iter__(self) -> Body:
        return self

    def __next__(self) -> bytes:
        record = self._record
        if record.done:
            return self._next()
        token = CURRENT.set(record)
        try:
            piece = self._next()
        except StopIteration:
            finish(record)
            raise
        except BaseException as error:
            note(record, error, False)
            finish(record)
            raise
        finally:
            CURRENT.reset(token)
        if not record.done:
            self._note(piece)
        return piece

    def _note(self, piece: bytes) -> None:
        record = self._record
        try:
            if self._left is None:
                record.first_byte = clock()
                self._left = _length(record.headers)
            size = len(piece)
            record.body_size += size
            if _bodies.on and record.body_kept < BODY_BYTES:
                kept = (
                    piece if record.body_kept + size <= BODY_BYTES else piece[: BODY_BYTES - record.body_kept]
                )
                record.body.append(kept)
                record.body_kept += len(kept)
            if record.body_size == self._left:
                finish(record)
        except Exception as error:
            _fuse.fault(error)

    def __len__(self) -> int:
        # Servers ask a list of one piece for its length to send Content-Length themselves.
        return len(self._body)  # type: ignore[arg-type]

    def __bool__(self) -> bool:
        return not hasattr(self._body, "__len__") or bool(self._body)

    def close(self) -> None:
        """Hand on the server's close."""
        token = CURRENT.set(self._record)
        try:
            close = getattr(self._body, "close", None)
            if close is not None:
                close()
        finally:
            CURRENT.reset(token)
            finish(self._record)


def _length(headers: Iterable[tuple[str, str]]) -> int:
    """The declared length, -1 for none."""
    for name, value in headers:
        if len(name) == 14 and name.lower() == "content-length" and value.isdigit():
            return int(value)
    return -1
