"""What is packed or written in another alphabet as it was before, in slices and never more than fits."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Generator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from desktop.kit.grid.viewers.recognise import DEFLATE, GZIP, URL, ZLIB

# What comes out is at most this; a small value can be packed a thousandfold.
MOST_OUT = 32 * 1024 * 1024
# So many times something may be packed in something.
MOST_DEEP = 6
_SLICE = 256 * 1024
_BITS = {GZIP: 16 + zlib.MAX_WBITS, ZLIB: zlib.MAX_WBITS, DEFLATE: -zlib.MAX_WBITS}
_DATA = re.compile(r"data:[^,]{0,200},")
_PAIR = re.compile(r"[^=&?]+=[^&]*(?:&[^=&]+=[^&]*)+\Z")


@dataclass
class Unpacked:
    """What came out. `note` says what is to be known of it: cut, damaged, more behind it."""

    content: str | bytes
    note: str = ""


Steps = Generator[float, None, Unpacked]


def unpack(way: str, content: str | bytes) -> Steps:
    """Undo one step; each yield is a share of the work. What is damaged gives what came before."""
    if way in _BITS:
        raw = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
        return _inflate(raw, _BITS[way])
    text = content if isinstance(content, str) else content.decode("ascii", "replace")
    return _unescape(text) if way == URL else _base64(text)


def as_content(raw: bytes) -> str | bytes:
    """A text if these bytes are one."""
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        return raw
    return raw if "\0" in text else text


def _inflate(raw: bytes, bits: int) -> Steps:
    out = bytearray()
    rest, at, note = b"", 0, ""
    packed = zlib.decompressobj(bits)
    while len(out) < MOST_OUT:
        if not rest:
            rest, at = raw[at : at + _SLICE], at + _SLICE
        if packed.eof:
            # gzip files may follow each other in one.
            left = packed.unused_data + rest + raw[at:]
            if bits < 16 or not left.startswith(b"\x1f\x8b"):
                note = f"{len(left):,} bytes behind the packed data are not shown" if left else ""
                return Unpacked(as_content(bytes(out)), note)
            raw, at, rest, packed = left, 0, b"", zlib.decompressobj(bits)
            continue
        if not rest:
            return Unpacked(as_content(bytes(out)), "the packed data is cut: its end is missing")
        try:
            out += packed.decompress(rest, min(_SLICE * 4, MOST_OUT - len(out)))
        except zlib.error as error:
            return Unpacked(as_content(bytes(out)), f"the packed data is damaged: {error}")
        rest = packed.unconsumed_tail
        yield min(1.0, at / max(1, len(raw)))
    return Unpacked(_cut(bytes(out)), f"only the first {MOST_OUT >> 20} MB are unpacked; there is more")


def _cut(raw: bytes) -> str | bytes:
    """A text may be cut in the middle of a character."""
    for less in range(4):
        found = as_content(raw[: len(raw) - less])
        if isinstance(found, str):
            return found
    return raw


def _base64(text: str) -> Steps:
    head = _DATA.match(text)
    body = "".join(text[head.end() if head is not None else 0 :].split()).rstrip("=")
    out = bytearray()
    for start in range(0, len(body), _SLICE):
        part = body[start : start + _SLICE]
        if len(out) >= MOST_OUT:
            return Unpacked(
                _cut(bytes(out)), f"only the first {MOST_OUT >> 20} MB are decoded; there is more"
            )
        # A last letter alone holds no byte.
        whole = part if len(part) % 4 != 1 else part[:-1]
        try:
            out += base64.b64decode(
                whole.replace("-", "+").replace("_", "/") + "=" * (-len(whole) % 4), validate=True
            )
        except (binascii.Error, ValueError):
            return Unpacked(as_content(bytes(out)), f"behind character {start:,} it is no base64")
        yield start / len(body)
    note = "its last letter stands alone: something is missing" if len(body) % 4 == 1 else ""
    return Unpacked(as_content(bytes(out)), note)


def _unescape(text: str) -> Steps:
    out = bytearray()
    at = 0
    while at < len(text):
        stop = min(at + _SLICE, len(text))
        # An escape is not cut in two.
        while stop < len(text) and "%" in text[stop - 2 : stop]:
            stop += 1
        out += unquote_to_bytes(text[at:stop])
        at = stop
        yield at / len(text)
    content = as_content(bytes(out))
    if isinstance(content, str) and _PAIR.search(text.strip()):
        # A query: one parameter a line is easier to read, and + stands for a blank in it.
        head, sign, query = text.strip().rpartition("?")
        pairs = [
            unquote_to_bytes(pair.replace("+", " ")).decode("utf-8", "replace") for pair in query.split("&")
        ]
        content = (
            unquote_to_bytes(head).decode("utf-8", "replace") + sign + "\n" if head else ""
        ) + "\n".join(pairs)
    return Unpacked(content)
