"""What a value seems to be beside text or bytes, by its beginning: ways that are offered, never forced."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from urllib.parse import unquote_to_bytes

from desktop.kit.grid.viewers.image import image_format
from desktop.kit.grid.viewers.jwt import looks_like_jwt
from desktop.kit.grid.viewers.uuid_facts import uuid_of
from embedded_server.wire.data import Column

XML, UUID, JWT = "XML", "UUID", "JWT"
BASE64, GZIP, ZLIB, DEFLATE, URL = "Base64", "gzip", "zlib", "deflate", "URL"
UNPACKED = (BASE64, GZIP, ZLIB, DEFLATE, URL)
DECODED = (JWT, UUID, XML, *UNPACKED)

# So much of a value tells what it is.
START = 4096
_SHORTEST = 16
# Without a mark of its own, deflate is known by trying: worth it for what is not long.
_MOST_TRIED = 1024 * 1024
_XML = re.compile(r"\s*(?:\ufeff)?\s*<(?:\?xml\s|!DOCTYPE\s|!--|[A-Za-z_][\w.:-]*[\s/>])", re.ASCII)
_BASE64 = re.compile(
    r"(?:data:[\w.+-]+/[\w.+-]+(?:;[\w=.+-]+)*;base64,)?([A-Za-z0-9+/_-]+)(={0,2})\s*\Z", re.ASCII
)
_HEX = re.compile(r"[0-9a-fA-F]+\Z")
_ESCAPED = re.compile(r"%[0-9A-Fa-f]{2}")
_URL_SIGNS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+\Z", re.ASCII)


def recognised(start: str | bytes, column: Column, *, whole: bool) -> list[str]:
    """Further ways to read a value of which this is the beginning, or all if it is `whole`."""
    if isinstance(start, bytes):
        return _of_bytes(start, column, whole)
    found = []
    text = start[:START]
    if whole and len(start) <= START and uuid_of(start) is not None:
        found.append(UUID)
    if looks_like_jwt(start[: 16 * START]):
        found.append(JWT)
    if _XML.match(text):
        found.append(XML)
    if looks_escaped(text):
        found.append(URL)
    if JWT not in found and looks_like_base64(text, whole=whole and len(start) <= START):
        found.append(BASE64)
    return found


def _of_bytes(start: bytes, column: Column, whole: bool) -> list[str]:
    found = []
    if whole and len(start) == 16:
        found.append(UUID)
    if start[:3] == b"\x1f\x8b\x08":
        found.append(GZIP)
    elif _inflates(start, zlib.MAX_WBITS) and start[0] & 15 == 8:
        found.append(ZLIB)
    elif whole and len(start) <= _MOST_TRIED and _is_deflate(start):
        found.append(DEFLATE)
    if not found and start[:START].isascii():
        found += [
            way for way in recognised(start.decode("ascii", "replace"), column, whole=whole) if way != UUID
        ]
    return found


def looks_escaped(text: str) -> bool:
    """Whether a text is written as in a URL: only its signs, some of them escaped, which give text again."""
    escaped = len(_ESCAPED.findall(text))
    if not escaped or _URL_SIGNS.match(text.strip()) is None or escaped != text.count("%"):
        return False
    try:
        unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        return len(text) == START
    return True


def looks_like_base64(text: str, *, whole: bool) -> bool:
    """Whether it is base64 of something known: of a text, of packed data, of a picture."""
    lines = "".join(text.split())
    found = _BASE64.match(lines)
    if found is None or len(found[1]) < _SHORTEST or _HEX.match(found[1]):
        return False
    body = found[1].replace("-", "+").replace("_", "/")
    if whole and (len(body) + len(found[2])) % 4 == 1:
        return False
    try:
        raw = base64.b64decode(body[: len(body) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return False
    return lines.startswith("data:") or bool(found[2]) or _known(raw)


def _known(raw: bytes) -> bool:
    if raw[:3] == b"\x1f\x8b\x08" or image_format(raw) or raw[:5] == b"%PDF-":
        return True
    if _inflates(raw, zlib.MAX_WBITS) and raw[0] & 15 == 8:
        return True
    try:
        # The last character may be cut.
        text = raw[:-3].decode()
    except UnicodeDecodeError:
        return False
    return bool(text) and all(sign.isprintable() or sign in "\t\r\n" for sign in text)


def _inflates(start: bytes, bits: int) -> bool:
    """Whether the beginning is a beginning of packed data."""
    if len(start) < 8 or (bits > 0 and (start[0] * 256 + start[1]) % 31):
        return False
    try:
        return bool(zlib.decompressobj(bits).decompress(start[:START], START))
    except zlib.error:
        return False


def _is_deflate(raw: bytes) -> bool:
    """Bytes that end where their packing ends and give more than they are: hardly by chance."""
    if len(raw) < 8:
        return False
    packed = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        out = packed.decompress(raw, _MOST_TRIED)
    except zlib.error:
        return False
    return len(out) >= len(raw) and not packed.unused_data and (packed.eof or len(out) == _MOST_TRIED)
