"""A curl command as a draft: the request that curl would send, byte for byte, or a reason why not.

A pasted command is not to be trusted: it reads no file, writes none, and names no proxy unasked.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote_plus, unquote, urlsplit

import pycurl

from embedded_server.wire.http import Draft
from embedded_server.wire.problem import problem

from .bodies import header
from .har import Imported
from .shell_words import refusal, words

AGENT = f"curl/{pycurl.version_info()[1]}"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
_ENCODINGS = "deflate, gzip, br, zstd"
# Say how curl talks to its user, or how long it waits.
_FLAGS = frozenset({
    "silent", "show-error", "verbose", "include", "globoff", "fail", "no-buffer", "progress-bar", "basic",
    "tcp-nodelay", "http1.1", "anyauth", "ipv4", "ipv6", "path-as-is", "no-keepalive", "fail-with-body",
    "tlsv1.2", "tlsv1.3", "ssl-no-revoke", "no-progress-meter", "disable", "styled-output", "parallel",
})  # fmt: skip
_VALUES = frozenset({
    "max-time", "connect-timeout", "retry", "retry-delay", "retry-max-time", "write-out", "limit-rate",
    "keepalive-time", "max-redirs", "speed-limit", "speed-time", "ciphers",
})  # fmt: skip
_REFUSED = {
    "config": "reads its options from a file",
    "output": "writes a file",
    "remote-name": "writes a file",
    "remote-header-name": "writes a file",
    "dump-header": "writes a file",
    "cookie-jar": "writes a file",
    "upload-file": "reads a file",
    "netrc": "reads passwords from a file",
    "netrc-file": "reads passwords from a file",
    "cert": "reads a certificate from a file",
    "key": "reads a key from a file",
    "cacert": "reads a certificate from a file",
    "trace-ascii": "writes a file",
    "trace": "writes a file",
    "stderr": "writes a file",
    "digest": "signs in with an exchange that a single request cannot repeat",
    "ntlm": "signs in with an exchange that a single request cannot repeat",
    "negotiate": "signs in with an exchange that a single request cannot repeat",
    "resolve": "sends to another address than the one it names",
    "connect-to": "sends to another address than the one it names",
    "unix-socket": "does not go to a host",
    "next": "holds a second request",
}
_SHORT = {
    "X": "request", "H": "header", "d": "data", "F": "form", "G": "get", "I": "head", "u": "user",
    "b": "cookie", "A": "user-agent", "e": "referer", "k": "insecure", "x": "proxy", "L": "location",
    "o": "output", "O": "remote-name", "K": "config", "T": "upload-file", "c": "cookie-jar", "r": "range",
    "m": "max-time", "s": "silent", "S": "show-error", "v": "verbose", "i": "include", "g": "globoff",
    "f": "fail", "N": "no-buffer", "#": "progress-bar", "w": "write-out", "n": "netrc", "E": "cert",
    "D": "dump-header", "J": "remote-header-name", "4": "ipv4", "6": "ipv6", "0": "http1.0", "q": "disable",
}  # fmt: skip


@dataclass
class _Command:
    """What the options said so far."""

    text: str
    url: str = ""
    method: str = ""
    headers: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    forms: list[tuple[str, bool]] = field(default_factory=list)
    get: bool = False
    head: bool = False
    json: bool = False
    user: str = ""
    bearer: str = ""
    cookies: list[str] = field(default_factory=list)
    agent: str = AGENT
    referer: str = ""
    range: str = ""
    compressed: bool = False
    as_is: bool = False
    notes: list[str] = field(default_factory=list)
    ask: list[str] = field(default_factory=list)


def read(text: str) -> Imported:
    """The request of a curl command. Raises http.bad_curl with what is wrong, and where."""
    given = words(text)
    if not given or not re.fullmatch(r"(?:.*[/\\])?curl(?:\.exe)?", given[0]):
        raise problem("http.bad_curl", detail="it does not begin with curl", position=0)
    command = _Command(text)
    rest = iter(given[1:])
    for word in rest:
        if word.startswith("--") and len(word) > 2:
            name, separator, value = word[2:].partition("=")
            _option(command, name, iter([value]) if separator and _takes_value(name) else rest)
        elif word.startswith("-") and len(word) > 1:
            _short(command, word, rest)
        else:
            _url(command, word)
    if not command.url:
        raise problem("http.bad_curl", detail="it names no address")
    draft = _draft(command)
    return Imported([draft], notes=command.notes, ask=command.ask, browser="curl")


def _refuse(command: _Command, name: str, reason: str) -> Exception:
    at = max(command.text.find(name), 0)
    return refusal(command.text, at, f"{name} {reason}")


def _short(command: _Command, word: str, rest: Iterator[str]) -> None:
    """-sSXPOST: several letters, the first one that takes a value takes what is left."""
    for at, letter in enumerate(word[1:], 2):
        name = _SHORT.get(letter)
        if name is None:
            raise _refuse(command, word, "is no option that is known here")
        if _takes_value(name):
            _option(command, name, iter([word[at:]]) if word[at:] else rest, f"-{letter}")
            return
        _option(command, name, rest, f"-{letter}")


def _takes_value(name: str) -> bool:
    return name in _VALUES or name in _WITH_VALUE


def _option(command: _Command, name: str, rest: Iterator[str], shown: str = "") -> None:
    shown = shown or f"--{name}"
    if name in _REFUSED:
        raise _refuse(command, shown, _REFUSED[name])
    if name in _FLAGS:
        command.as_is = command.as_is or name == "path-as-is"
        return
    if name in _SWITCHES:
        _SWITCHES[name](command)
        return
    if not _takes_value(name):
        raise _refuse(command, shown, "is no option that is known here")
    value = next(rest, None)
    if value is None:
        raise _refuse(command, shown, "has no value")
    if name in _WITH_VALUE:
        _WITH_VALUE[name](command, value)


# --- options -----------------------------------------------------------------------------------------


def _url(command: _Command, value: str) -> None:
    if command.url:
        raise _refuse(command, value, "is a second address")
    command.url = value


def _data(command: _Command, value: str) -> None:
    if value.startswith("@"):
        raise _refuse(command, value, "reads a file")
    command.data.append(value)


def _encoded(command: _Command, value: str) -> None:
    name, separator, content = value.partition("=")
    if not separator and "@" in value:
        raise _refuse(command, value, "reads a file")
    if separator:
        command.data.append((f"{name}=" if name else "") + quote_plus(content, safe="-._~"))
    else:
        command.data.append(quote_plus(value, safe="-._~"))


def _json(command: _Command, value: str) -> None:
    _data(command, value)
    command.json = True


def _form(command: _Command, value: str) -> None:
    name, separator, content = value.partition("=")
    if not separator:
        raise _refuse(command, value, "is no name=value")
    if content.startswith(("@", "<")):
        raise _refuse(command, value, "reads a file")
    command.forms.append((value, False))


def _form_string(command: _Command, value: str) -> None:
    command.forms.append((value, True))


def _header(command: _Command, value: str) -> None:
    if value.startswith("@"):
        raise _refuse(command, value, "reads a file")
    command.headers.append(value)


def _cookie(command: _Command, value: str) -> None:
    if "=" not in value:
        raise _refuse(command, value or "-b", "reads cookies from a file")
    command.cookies.append(value)


def _proxy(command: _Command, value: str) -> None:
    command.ask.append("proxy")
    command.notes.append(f"The command goes through the proxy {value}; set it in an environment to use it.")


def _set(name: str, value: object) -> Callable[[_Command], None]:
    def change(command: _Command) -> None:
        setattr(command, name, value)

    return change


def _keep(name: str) -> Callable[[_Command, str], None]:
    def change(command: _Command, value: str) -> None:
        setattr(command, name, value)

    return change


def _say(note: str) -> Callable[[_Command], None]:
    def change(command: _Command) -> None:
        command.notes.append(note)

    return change


def _bearer(command: _Command, value: str) -> None:
    command.bearer = value


_SWITCHES: dict[str, Callable[[_Command], None]] = {
    "get": _set("get", True),
    "head": _set("head", True),
    "compressed": _set("compressed", True),
    "insecure": _say("-k accepts any certificate; an environment can allow it."),
    "location": _say("Redirects are shown, not followed."),
    "http1.0": _say("It is sent as HTTP/1.1."),
    "http2": _say("It is sent as HTTP/1.1."),
    "http2-prior-knowledge": _say("It is sent as HTTP/1.1."),
    "http3": _say("It is sent as HTTP/1.1."),
}
_WITH_VALUE: dict[str, Callable[[_Command, str], None]] = {
    "url": _url,
    "request": _keep("method"),
    "header": _header,
    "data": _data,
    "data-ascii": _data,
    "data-binary": _data,
    "data-raw": lambda command, value: command.data.append(value),
    "data-urlencode": _encoded,
    "json": _json,
    "form": _form,
    "form-string": _form_string,
    "user": _keep("user"),
    "cookie": _cookie,
    "user-agent": _keep("agent"),
    "referer": _keep("referer"),
    "range": _keep("range"),
    "proxy": _proxy,
    "oauth2-bearer": _bearer,
}

# --- the request -------------------------------------------------------------------------------------


def _draft(command: _Command) -> Draft:
    base, target, user = _split(command)
    query = "&".join(command.data)
    if command.get and query:
        target += ("&" if "?" in target else "?") + query
    body, kind = (None, "") if command.get else _body(command)
    method = command.method or ("HEAD" if command.head else "POST" if body is not None else "GET")
    headers = _headers(command, urlsplit(base).netloc, command.user or user)
    if body is not None:
        # curl writes these behind its other headers.
        if not header(headers, "content-length") and header(headers, "transfer-encoding") != "chunked":
            headers.append(("Content-Length", str(len(body.encode()))))
        if not header(headers, "content-type") and not _removed(command, "content-type"):
            headers.append(("Content-Type", kind))
    return Draft(
        name=f"{method} {target}"[:200], method=method, url=base + target, headers=headers, body=body
    )


def _split(command: _Command) -> tuple[str, str, str]:
    url = command.url if "://" in command.url else f"http://{command.url}"
    begin = re.match(r"(?i)(https?)://([^/?#]+)", url)
    if begin is None:
        raise _refuse(command, command.url, "is no http or https address")
    user, _, host = begin[2].rpartition("@")
    try:
        urlsplit(f"//{host}")
    except ValueError as error:
        raise _refuse(command, command.url, "has no usable host") from error
    target = url[begin.end() :].split("#", 1)[0]
    if not target.startswith("/"):
        target = "/" + target
    path, question, query = target.partition("?")
    if not command.as_is:
        path = _without_dots(path)
    return f"{begin[1].lower()}://{host}", path + question + query.replace(" ", "%20"), unquote(user)


def _without_dots(path: str) -> str:
    """/a/./b/../c as /a/c: curl does it unless told otherwise."""
    if "/." not in path:
        return path
    kept: list[str] = []
    parts = path.split("/")[1:]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "..":
            kept = kept[:-1]
        elif part != ".":
            kept.append(part)
            continue
        if last:
            kept.append("")
    return "/" + "/".join(kept)


def _body(command: _Command) -> tuple[str | None, str]:
    if command.forms:
        boundary = "-" * 24 + secrets.token_hex(8)
        parts = [_part(boundary, value, plain) for value, plain in command.forms]
        return "".join(parts) + f"--{boundary}--\r\n", f"multipart/form-data; boundary={boundary}"
    if not command.data:
        return None, ""
    return "&".join(command.data), FORM


def _part(boundary: str, value: str, plain: bool) -> str:
    name, _, content = value.partition("=")
    kind = ""
    if not plain:
        typed = re.search(r";type=([^;]+)", content)
        if typed:
            kind = f"Content-Type: {typed[1]}\r\n"
            content = content[: typed.start()]
        content = content[1:-1] if re.fullmatch(r'".*"', content, re.S) else content
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n{kind}\r\n'
    return head + content + "\r\n"


def _headers(command: _Command, host: str, user: str) -> list[tuple[str, str]]:
    """In the order in which curl writes them."""
    own = [line for line in map(_parsed, command.headers) if line is not None]
    basic = base64.b64encode(user.encode()).decode() if user else ""
    cookies = ";".join(command.cookies)
    usual = [
        ("Host", header(own, "host") or host),
        ("Authorization", f"Bearer {command.bearer}" if command.bearer else f"Basic {basic}" if user else ""),
        ("Range", f"bytes={command.range}" if command.range else ""),
        ("User-Agent", command.agent),
        ("Accept", "" if command.json else "*/*"),
        ("Accept-Encoding", _ENCODINGS if command.compressed else ""),
        ("Referer", command.referer),
        ("Cookie", cookies),
    ]
    named = {name.lower().rstrip(":") for name, _ in own}
    found = [
        (name, value)
        for name, value in usual
        if value and (name == "Host" or (name.lower() not in named and not _removed(command, name.lower())))
    ]
    found += [one for one in own if one[0].lower().rstrip(":") != "host"]
    if command.json:
        found += [(name, JSON) for name in ("Content-Type", "Accept") if name.lower() not in named]
    return found


def _parsed(line: str) -> tuple[str, str] | None:
    """A -H value; one without a value only takes a header away, one that ends with ";" has an empty one."""
    # A command line is UTF-8; a draft has its headers byte by byte.
    line = line.encode("utf-8", "surrogatepass").decode("latin-1")
    name, colon, value = line.partition(":")
    if not colon:
        return (line[:-1], "") if line.endswith(";") else None
    if not value.strip():
        return None
    return (name, value[1:]) if value.startswith(" ") else (f"{name}:", value)


def _removed(command: _Command, name: str) -> bool:
    return any(line.partition(":")[0].lower() == name for line in command.headers)
