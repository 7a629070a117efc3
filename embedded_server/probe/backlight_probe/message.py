"""From a record to the message that is sent: redacted, bounded, plain JSON values."""

from __future__ import annotations

import base64
import functools
import linecache
import math
import zlib
from typing import Any

from .config import BODY_BYTES, SETTINGS
from .frames import is_own
from .record import Record
from .redact import Cutter, Redactor

# Of a WSGI environment: what HTTP_ does not stand before.
_EXTRA = (("CONTENT_TYPE", "Content-Type"), ("CONTENT_LENGTH", "Content-Length"))
# A whole request beyond this loses its bound values and most of its statements.
MOST_BYTES, MOST_WHEN_LARGE = 4 * 1024 * 1024, 200


def encode(record: Record, rules: Redactor) -> dict[str, Any]:
    """The message of one record; see `ProbeRequest` on the server's side."""
    cutter = Cutter(rules)
    request_headers = _request_headers(record.environ or {})
    response_headers = [(_text(name), _text(value)) for name, value in record.headers]
    sent: dict[str, Any] = {
        "id": record.id,
        "at": record.at,
        "method": _text(record.method)[:32],
        "route": _text(record.route),
        "status": record.status,
        "duration_ms": _ms(record.ended - record.began),
        "ttfb_ms": _ms(record.first_byte - record.began) if record.first_byte else 0.0,
        "host": _text(record.host),
        "run": _text(record.run),
        "origin": _text(record.origin),
        "parent": record.parent,
        "test": record.test,
        "re_encoded": record.re_encoded,
        "connections_leaked": max(0, record.connections),
        "dropped": record.dropped or {},
    }
    # The order matters: what is secret in the request is cut from everything after it.
    sent["request"] = _message(
        cutter, request_headers, bytes(record.request_body or b""), record.request_size, record.request_cut
    )
    sent["target"] = cutter.target(_text(record.target))
    headers = cutter.headers(response_headers)
    body = b"".join(record.body)
    sent["response"] = _message(cutter, response_headers, body, record.body_size, False, headers)
    frames = _Frames(cutter)
    sent["statements"] = [_statement(record, one, cutter, frames) for one in record.statements]
    sent["frames"] = frames.told
    sent["logs"] = [_log(record, one, cutter) for one in record.logs]
    sent["spans"] = [_span(record, one, cutter) for one in record.spans]
    sent["exception"] = _exception(record.exception, cutter)
    sent["overflow"] = [
        {"sql": cutter.text(sql), "count": int(count), "total_ms": _ms(total)}
        for sql, (count, total) in (record.overflow or {}).items()
    ]
    return sent


def smaller(sent: dict[str, Any]) -> dict[str, Any]:
    """The same without what makes it large."""
    left = len(sent["statements"]) - MOST_WHEN_LARGE
    kept = [dict(one, params=None, sql=one["sql"][:4000]) for one in sent["statements"][:MOST_WHEN_LARGE]]
    dropped = dict(sent["dropped"], parameters=len(sent["statements"]))
    if left > 0:
        dropped["statements"] = left
    return dict(sent, statements=kept, dropped=dropped, overflow=[], logs=sent["logs"][:100])


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 4) if seconds > 0 else 0.0


def _text(value: Any) -> str:
    """Header and path text: servers decode bytes as Latin-1, people mean UTF-8."""
    text = value if isinstance(value, str) else str(value)
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text.encode("utf-8", "replace").decode("utf-8")


def _request_headers(environ: dict[str, Any]) -> list[tuple[str, str]]:
    found = [(_header_name(key), _text(value)) for key, value in environ.items() if key[:5] == "HTTP_"]
    for key, name in _EXTRA:
        if environ.get(key):
            found.append((name, _text(environ[key])))
    return found


@functools.lru_cache(1000)
def _header_name(name: str) -> str:
    if name[:5] != "HTTP_":
        return name
    return "-".join(word.capitalize() for word in _text(name[5:]).split("_"))


def _message(
    cutter: Cutter,
    pairs: list[tuple[str, str]],
    body: bytes,
    size: int,
    cut: bool,
    headers: list[tuple[str, str]] | None = None,
) -> dict[str, Any]:
    kind = encoding = ""
    for name, value in pairs:
        lower = name.lower()
        if lower == "content-type":
            kind = value
        elif lower == "content-encoding":
            encoding = value.strip().lower()
    shown = cutter.headers(pairs) if headers is None else headers
    sent: dict[str, Any] = {"headers": shown, "body_bytes": max(size, len(body)), "content_type": kind}
    cut = cut or size > len(body)
    if encoding and encoding != "identity":
        # Nothing can be cut from what cannot be read: shown unpacked or not at all.
        body, cut = _unpacked(body, encoding), True
    if not body:
        return dict(sent, truncated=size > 0)
    text = _decoded(body, cut)
    sent["truncated"] = cut
    if text is not None:
        return dict(sent, body=cutter.body(text, kind))
    kept = cutter.body(body.decode("latin-1"), kind).encode("latin-1", "replace")
    return dict(sent, body_base64=base64.b64encode(kept).decode())


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding not in ("gzip", "x-gzip", "deflate"):
        return b""
    try:
        return zlib.decompressobj(47).decompress(body, BODY_BYTES)
    except zlib.error:
        return b""


def _decoded(body: bytes, cut: bool) -> str | None:
    if b"\0" in body:
        return None
    for less in range(4 if cut else 1):
        try:
            return body[: len(body) - less].decode("utf-8")
        except UnicodeDecodeError:
            continue
    return None


class _Frames:
    """Places told once per request; statements name them by number."""

    def __init__(self, cutter: Cutter) -> None:
        self._cutter = cutter
        self.told: list[list[Any]] = []
        self._numbers: dict[Any, int] = {}

    def number(self, place: tuple[str, int, str]) -> int:
        known = self._numbers.get(place)
        if known is None:
            known = self._numbers[place] = len(self.told)
            file, line, function = place
            self.told.append([_text(file), line, _text(function), self._cutter.text(_source(file, line))])
        return known


def _source(file: str, line: int) -> str:
    return linecache.getline(file, line).strip()[:300]


def _statement(record: Record, one: tuple[Any, ...], cutter: Cutter, frames: _Frames) -> dict[str, Any]:
    began, ended, sql, params, names, many, rows, error, callers, dialect, url, number, wait, kind = one
    if names is not None and isinstance(params, list) and len(names) == len(params):
        paired = [cutter.value({name: _plain(value)}) for name, value in zip(names, params)]
        params = [value for pair in paired for value in pair.values()]
    else:
        params = cutter.value(_plain(params))
    return {
        "start_ms": _ms(began - record.began),
        "duration_ms": _ms(ended - began),
        "sql": cutter.again(sql),
        "params": params,
        "many": many,
        "rows": rows,
        "error": cutter.text(error) if error else "",
        "frames": [frames.number(place) for place in callers],
        "dialect": dialect,
        "database": url,
        "transaction": number,
        "pool_wait_ms": _ms(wait) if wait else 0.0,
        "kind": kind,
    }


def _plain(value: Any) -> Any:
    """A bound value as JSON carries it."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (bytes, bytearray)):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if isinstance(value, (str, int, type(None))) else str(value)


def _log(record: Record, one: tuple[Any, ...], cutter: Cutter) -> dict[str, Any]:
    at, level, logger, message, file, line, trace = one
    return {
        "start_ms": _ms(at - record.began),
        "level": level,
        "logger": logger,
        "message": cutter.text(message),
        "file": file,
        "line": line,
        "traceback": cutter.text(trace),
    }


def _span(record: Record, one: tuple[Any, ...], cutter: Cutter) -> dict[str, Any]:
    kind, name, began, ended, detail, error = one
    if kind == "http":
        method, _, url = name.partition(" ")
        name = f"{method} {cutter.target(url)}"
    else:
        name = cutter.text(name)
    return {
        "kind": kind,
        "name": _text(name)[:1000],
        "start_ms": _ms(began - record.began),
        "duration_ms": _ms(ended - began),
        "detail": cutter.text(str(detail))[:1000],
        "error": cutter.text(error)[:1000],
    }


def _exception(found: Any, cutter: Cutter) -> Any:
    if found is None:
        return None
    frames = []
    for place in found["frames"]:
        source = cutter.text(_source(place["file"], place["line"]))
        told = dict(place, source=source, own=is_own(place["file"]))
        if SETTINGS.locals and "variables" in place:
            told["variables"] = {
                name: cutter.value({name: value})[name] for name, value in place["variables"].items()
            }
        frames.append(told)
    return {
        "type": found["type"],
        "message": cutter.text(found["message"]),
        "handled": bool(found.get("handled", False)),
        "frames": frames,
        "cause": _exception(found.get("cause"), cutter),
    }
