"""Values inside bodies: one field replaced, every other byte left as it was."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import msgspec

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?', re.I)


def with_field(body: bytes, content_type: str, name: str, value: str, *, add: bool) -> bytes:
    """The body with a form field set; unchanged when it has none of that name and `add` is false."""
    if "multipart/form-data" in content_type.lower():
        boundary = _BOUNDARY.search(content_type)
        return _multipart(body, boundary[1].encode(), name, value) if boundary else body
    if "urlencoded" not in content_type.lower():
        return body
    pieces = body.split(b"&") if body else []
    found = False
    for number, piece in enumerate(pieces):
        key, _, _ = piece.partition(b"=")
        if unquote_plus(key.decode("latin-1")) == name:
            pieces[number] = key + b"=" + quote_plus(value).encode()
            found = True
    if add and not found:
        pieces.append(f"{quote_plus(name)}={quote_plus(value)}".encode())
    return b"&".join(pieces)


def has_field(body: bytes, content_type: str, name: str) -> bool:
    """Whether a form body has that field."""
    return with_field(body, content_type, name, "\x01", add=False) != body


def _multipart(body: bytes, boundary: bytes, name: str, value: str) -> bytes:
    parts = body.split(b"--" + boundary)
    wanted = re.compile(rb'name="?' + re.escape(name.encode()) + rb'"?(?=[\s;]|$)', re.I | re.M)
    for number, part in enumerate(parts):
        head, blank, _ = part.partition(b"\r\n\r\n")
        if blank and wanted.search(head) and b"filename=" not in head:
            parts[number] = head + blank + value.encode() + b"\r\n"
    return (b"--" + boundary).join(parts)


def at(document: Any, pointer: str) -> Any:
    """What a JSON Pointer names, None if there is nothing."""
    for segment in pointer.split("/")[1:]:
        key = segment.replace("~1", "/").replace("~0", "~")
        if isinstance(document, dict):
            document = document.get(key)
        elif isinstance(document, list) and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        else:
            return None
    return document


def with_json(body: bytes, pointer: str, value: str, *, add: bool) -> bytes:
    """A JSON body with one value set; unchanged when it is no JSON or the place does not exist."""
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return body
    above, _, last = pointer.rpartition("/")
    place = at(document, above)
    key = last.replace("~1", "/").replace("~0", "~")
    if not isinstance(place, dict) or (key not in place and not add):
        return body
    place[key] = value
    return msgspec.json.encode(document)
