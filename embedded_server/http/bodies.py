"""Bodies of messages: bytes to the wire's message and back, and what kind of text they are."""

from __future__ import annotations

import base64
import zlib
from hashlib import sha256

import zstandard

from embedded_server.wire.trace import Message


def message(headers: list[tuple[str, str]], body: bytes, *, size: int | None = None) -> Message:
    """A message of these headers and bytes; `size` is the whole size where less was kept."""
    kind = header(headers, "content-type")
    text = decoded(body, kind)
    return Message(
        headers=headers,
        body=text,
        body_base64="" if text is not None else base64.b64encode(body).decode(),
        body_bytes=len(body) if size is None else size,
        truncated=size is not None and size > len(body),
        content_type=kind,
    )


def body_of(message: Message) -> bytes:
    """The bytes of a message as far as they were kept."""
    if message.body is not None:
        return message.body.encode("utf-8", "surrogatepass")
    return base64.b64decode(message.body_base64)


def header(headers: list[tuple[str, str]], name: str) -> str:
    """The first header of that name, "" if there is none."""
    return next((value for key, value in headers if key.lower() == name), "")


def decoded(body: bytes, content_type: str) -> str | None:
    """The body as text that gives the same bytes again, else None."""
    if b"\0" in body and "json" not in content_type:
        return None
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None


def plain_body(body: bytes, headers: list[tuple[str, str]], most: int = 32 << 20) -> bytes:
    """The body without its content encoding (gzip, deflate, zstd); as it is where that fails.

    At most `most` bytes come out: a small body can unpack to a very large one.
    """
    encoding = header(headers, "content-encoding").lower().strip()
    try:
        if encoding in ("gzip", "x-gzip", "deflate"):
            return zlib.decompressobj(47 if encoding != "deflate" or body[:1] == b"x" else -15).decompress(
                body, most
            )
        if encoding == "zstd":
            with zstandard.ZstdDecompressor().stream_reader(body) as reader:
                return reader.read(most)
    except (zlib.error, zstandard.ZstdError):
        pass
    return body


def digest(body: bytes) -> str:
    """What tells bodies apart in lists."""
    return sha256(body).hexdigest()[:16]


def is_json(message: Message) -> bool:
    """By its content type, else by its looks."""
    kind = message.content_type.lower()
    if "json" in kind:
        return True
    return not kind and (message.body or "").lstrip()[:1] in ("{", "[")


def is_html(message: Message) -> bool:
    """By its content type."""
    return "html" in message.content_type.lower()
