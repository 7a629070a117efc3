"""Messages on a pipe: each is its length in eight bytes, then msgpack."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

from embedded_server.wire.values import encode_msgpack

_LENGTH = struct.Struct(">Q")


def write(stream: BinaryIO, message: Any) -> None:
    """Send one message."""
    body = encode_msgpack(message)
    stream.write(_LENGTH.pack(len(body)) + body)
    stream.flush()


def read(stream: BinaryIO) -> bytes | None:
    """The next message's bytes; null at the end of the stream."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return body if len(body) == length else None
