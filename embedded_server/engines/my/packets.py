"""Rows straight from the connection's bytes: the driver's own reader takes three times as long.

The protocol is that of MySQL 4.1: packets with a length of three bytes and a number, a row's cells each
behind their length, 0xFB for NULL.
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Sequence
from typing import NamedTuple

from embedded_server.engines.support.sockets import is_ready

RawRow = list[bytes | None]

_READ = 1 << 16
_LONGEST_PACKET = 0xFFFFFF


class Inlet:
    """What the driver and we read a connection through: bytes that came in ahead stay in sight."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._ahead = b""

    def read(self, count: int) -> bytes:
        """So many bytes, fewer only when the server has closed the connection."""
        parts = [self._ahead]
        missing = count - len(self._ahead)
        while missing > 0:
            part = self._socket.recv(max(missing, _READ))
            if not part:
                break
            parts.append(part)
            missing -= len(part)
        data = b"".join(parts)
        self._ahead = data[count:]
        return data[:count]

    def some(self, least: int = 1) -> bytes:
        """Whatever has come in, waiting for something if nothing has; nothing at all means closed."""
        if self._ahead or least <= _READ:
            data, self._ahead = self._ahead, b""
            return data or self._socket.recv(_READ)
        return self.read(least)

    def give_back(self, data: bytes) -> None:
        """Bytes that were taken but belong to whoever reads next."""
        self._ahead = data + self._ahead

    def is_waiting(self) -> bool:
        """Whether there is something to read right now."""
        if self._ahead:
            return True
        if isinstance(self._socket, ssl.SSLSocket) and self._socket.pending():
            return True
        return is_ready(self._socket.fileno(), True, 0)

    def close(self) -> None:
        """Nothing to do: the socket is closed by the driver."""


class Ended(NamedTuple):
    """What follows the last row: an error's number and text, or warnings and the server's state."""

    error: int = 0
    message: str = ""
    warnings: int = 0
    status: int = 0


class Lost(Exception):
    """The server closed the connection."""


class RowStream:
    """Rows of one result, as many at a time as they are wanted. Behind the last one `ended` is set, and
    `next_number`, the number that the server's next packet will have."""

    def __init__(self, inlet: Inlet, width: int) -> None:
        self._inlet = inlet
        self._width = width
        self._bytes = b""
        self._at = 0
        self._number_at = 3
        self.next_number = 0
        self.ended: Ended | None = None

    def rows(self, count: int) -> list[RawRow]:
        """The next rows, fewer only at the end."""
        found: list[RawRow] = []
        while len(found) < count and self.ended is None:
            packet = self._packet()
            if packet is None:
                self._fill()
            elif not self._is_end(packet):
                found.append(_cells(packet, self._width))
        return found

    def discard(self, most: int | None = None) -> None:
        """Read on without keeping anything: to the end, or with `most` up to about so many bytes that are
        here already."""
        read = 0
        while self.ended is None:
            packet = self._packet()
            if packet is not None:
                self._is_end(packet)
            elif most is None or (read < most and self._inlet.is_waiting()):
                read += self._fill()
            else:
                return

    def _is_end(self, packet: bytes) -> bool:
        if packet[0] == 0xFF:
            self.ended = _error(packet)
        elif packet[0] == 0xFE and len(packet) < 9:
            warnings, status = struct.unpack_from("<HH", packet, 1)
            self.ended = Ended(warnings=warnings, status=status)
        if self.ended is None:
            return False
        self.next_number = (self._bytes[self._number_at] + 1) % 256
        self._inlet.give_back(self._bytes[self._at :])
        self._bytes, self._at = b"", 0
        return True

    def _packet(self) -> bytes | None:
        """The next whole packet, None if not all of it has come in yet."""
        data, start = self._bytes, self._at
        if len(data) < start + 4:
            return None
        size = int.from_bytes(data[start : start + 3], "little")
        end = start + 4 + size
        if len(data) < end:
            return None
        if size == _LONGEST_PACKET:
            return self._joined(start)
        self._at, self._number_at = end, start + 3
        return data[start + 4 : end]

    def _joined(self, start: int) -> bytes | None:
        """A packet too long for one: it goes on in the following ones."""
        parts = []
        size = _LONGEST_PACKET
        while size == _LONGEST_PACKET:
            if len(self._bytes) < start + 4:
                return None
            size = int.from_bytes(self._bytes[start : start + 3], "little")
            if len(self._bytes) < start + 4 + size:
                return None
            parts.append(self._bytes[start + 4 : start + 4 + size])
            start += 4 + size
        self._at = start
        return b"".join(parts)

    def _fill(self) -> int:
        data = self._inlet.some(self._missing())
        if not data:
            raise Lost
        self._bytes = self._bytes[self._at :] + data
        self._at = 0
        return len(data)

    def _missing(self) -> int:
        """How many bytes of the packet that has begun are still to come (as far as is known)."""
        start = self._at
        while len(self._bytes) >= start + 4:
            size = int.from_bytes(self._bytes[start : start + 3], "little")
            if size < _LONGEST_PACKET or len(self._bytes) < start + 4 + size:
                return start + 4 + size - len(self._bytes)
            start += 4 + size
        return 1


def _cells(packet: bytes, width: int) -> RawRow:
    cells: RawRow = []
    at = 0
    for _ in range(width):
        size = packet[at]
        at += 1
        if size > 250:
            if size == 251:
                cells.append(None)
                continue
            more = {252: 2, 253: 3, 254: 8}[size]
            size = int.from_bytes(packet[at : at + more], "little")
            at += more
        cells.append(packet[at : at + size])
        at += size
    return cells


def _error(packet: bytes) -> Ended:
    (number,) = struct.unpack_from("<H", packet, 1)
    rest = packet[3:]
    text = rest[6:] if rest[:1] == b"#" else rest
    return Ended(error=number, message=text.decode("utf-8", "replace"))


def raw_columns(rows: Sequence[RawRow], width: int) -> list[Sequence[bytes | None]]:
    """Rows turned into columns."""
    return list(zip(*rows, strict=True)) if rows else [()] * width
