"""A request in another program's form: a curl command, a HAR file."""

from __future__ import annotations

import re
import shlex
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from embedded_server.wire.http import Draft
from embedded_server.wire.trace import Trace
from embedded_server.wire.version import VERSION

from .bodies import body_of, header
from .har import body_entry
from .jar import parse
from .prepare import REDACTED, body_bytes
from .redact import Cutter

# Added by curl by itself, in the right form.
_OWN = frozenset({"content-length", "host", "connection"})


def curl(draft: Draft, cutter: Cutter) -> str:
    """A bash command that sends the request."""
    draft = cutter.draft(draft)
    lines = [f"curl -sS --path-as-is {_quoted(draft.url)}"]
    body = body_bytes(draft)
    if draft.method == "HEAD":
        lines.append("-I")
    elif draft.method != ("GET" if body is None else "POST"):
        lines.append(f"-X {_quoted(draft.method)}")
    named = {name.lower() for name, _ in draft.headers}
    for name, value in draft.headers:
        if name.lower() in _OWN or _is_cut(name, value):
            continue
        lines.append(f"-H {_quoted(f'{name}: {value}' if value else f'{name};')}")
    # What curl would add and the request does not have.
    added = ["User-Agent", "Accept"] + (["Content-Type"] if body is not None else [])
    lines += [f"-H '{name}:'" for name in added if name.lower() not in named]
    if body is not None:
        lines.append(_data(body))
    return " \\\n  ".join(lines) + "\n"


def _is_cut(name: str, value: str) -> bool:
    """A header of which nothing is left says nothing to anybody."""
    return name.lower() == "cookie" and all(REDACTED.search(one) for _, one in parse(value))


def _data(body: bytes) -> str:
    try:
        text = body.decode("ascii")
    except UnicodeDecodeError:
        text = ""
    if text and "\0" not in text:
        return f"--data-raw {_quoted(text)}"
    if not body:
        return "--data-raw ''"
    if b"\0" in body:
        # No argument can carry a NUL: the bytes come through a pipe.
        octal = "".join(f"\\{byte:03o}" for byte in body)
        return f"--data-binary @<(printf '{octal}')"
    return f"--data-raw $'{''.join(_ansi(byte) for byte in body)}'"


def _ansi(byte: int) -> str:
    character = chr(byte)
    return character if character.isalnum() and byte < 128 or character in " =&_.-" else f"\\x{byte:02x}"


def _quoted(text: str) -> str:
    """One word of a command; what is no plain ASCII by its bytes, as a header has them."""
    if re.search(r"[^\x20-\x7e]", text):
        try:
            data = text.encode("latin-1")
        except UnicodeEncodeError:
            data = text.encode("utf-8", "surrogatepass")
        return "$'" + "".join(map(_ansi, data)) + "'"
    return shlex.quote(text)


def har(trace: Trace | None, draft: Draft, cutter: Cutter) -> str:
    """A HAR 1.2 document with one entry."""
    entry = _entry(trace, cutter.draft(draft), cutter)
    log = {"version": "1.2", "creator": {"name": "Backlight", "version": VERSION}, "entries": [entry]}
    return msgspec.json.format(msgspec.json.encode({"log": log}), indent=2).decode() + "\n"


def _entry(trace: Trace | None, draft: Draft, cutter: Cutter) -> dict[str, Any]:
    body = body_bytes(draft)
    request: dict[str, Any] = {
        "method": draft.method,
        "url": draft.url,
        "httpVersion": "HTTP/1.1",
        "cookies": [{"name": name, "value": value} for name, value in parse(header(draft.headers, "cookie"))],
        "headers": _pairs(draft.headers),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(urlsplit(draft.url).query, keep_blank_values=True)
        ],
        "headersSize": -1,
        "bodySize": len(body or b""),
    }
    if body is not None:
        request["postData"] = body_entry(body, header(draft.headers, "content-type"))
    if trace is None:
        begin, total, response = "1970-01-01T00:00:00.000Z", 0.0, _response([], b"", 0, 0)
    else:
        summary = trace.summary
        begin, total = summary.at.replace("+00:00", "Z"), summary.duration_ms
        answer = trace.response
        shown = cutter.body(answer.body, answer.content_type).encode() if answer.body else body_of(answer)
        response = _response(cutter.headers(answer.headers), shown, summary.status, answer.body_bytes)
    wait = trace.ttfb_ms or total if trace else 0.0
    return {
        "startedDateTime": begin,
        "time": total,
        "request": request,
        "response": response,
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": max(total - wait, 0.0)},
    }


def _response(headers: list[tuple[str, str]], body: bytes, status: int, size: int) -> dict[str, Any]:
    return {
        "status": status,
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(headers),
        "content": {"size": size, **body_entry(body, header(headers, "content-type"))},
        "redirectURL": header(headers, "location"),
        "headersSize": -1,
        "bodySize": size,
    }


def _pairs(headers: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]
