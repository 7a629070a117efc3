"""Database values on the wire: the only file that knows how a cell is carried.

A cell is one of Python's None, bool, int, float, str, bytes, or one of two marks:

* `BadText(raw)`: the database calls it text but its bytes are not valid UTF-8.
* `Truncated(prefix, size)`: the value is longer than a page may carry; `size` is its full length,
  in bytes for binary values and in characters or bytes (see `unit`) for text.

To the window cells travel as msgpack: everything native, the marks as extension types, or rows as lines
of text that a database wrote. To everyone else they travel as JSON, where a value that JSON cannot carry
exactly becomes an object with a single key: `{"$int": "9223372036854775807"}` beyond 2^53,
`{"$float": "nan"|"inf"|"-inf"}`, `{"$bytes": base64}`, `{"$badtext": base64}`,
`{"$cut": {"prefix": cell, "size": n, "unit": "bytes"}}`.
Databases have no cell of type "object" (JSON columns are text here), so a tag is never ambiguous.
"""

from __future__ import annotations

import base64
import binascii
import math
import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from .lines import LineColumn, Lines, columns_of

SAFE_INTEGER = 2**53
PAGE_CELL_BYTES = 64 * 1024

_EXT_BADTEXT = 1
_EXT_TRUNCATED = 2
_EXT_BIGINT = 3
_EXT_LINES = 4
# Before the lines: how many cells each has, and how many lines there are.
_LINES_HEAD = struct.Struct(">II")


class BadText(msgspec.Struct, frozen=True):
    """Text whose bytes are not valid UTF-8, kept as they are stored."""

    raw: bytes

    def shown(self) -> str:
        """The text with each undecodable byte as a visible escape like `\\xff`."""
        return self.raw.decode("utf-8", "backslashreplace")


class Truncated(msgspec.Struct, frozen=True):
    """The beginning of a value that is too long for a page; `data.cell` fetches the rest."""

    prefix: str | bytes
    size: int
    unit: str = "bytes"


Cell: TypeAlias = None | bool | int | float | str | bytes | BadText | Truncated


class RowBlock:
    """A block of rows held column by column: `columns[c][r]` is a cell.

    The width is kept apart so that a block of no rows still knows how many columns it has. Whoever made it
    says `plain` when it surely holds neither marks nor integers beyond 64 bits: then nobody looks for them.
    """

    __slots__ = ("columns", "plain")

    def __init__(self, columns: list[Sequence[Cell]], *, plain: bool = False) -> None:
        self.columns = columns
        self.plain = plain

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[Cell]], width: int, *, plain: bool = False) -> RowBlock:
        """Transpose driver rows; `width` is needed when there are none."""
        return cls(list(zip(*rows, strict=True)), plain=plain) if rows else cls([[] for _ in range(width)])

    def __len__(self) -> int:
        return len(self.columns[0]) if self.columns else 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowBlock) and [*map(list, self.columns)] == [*map(list, other.columns)]

    __hash__ = None  # type: ignore[assignment]

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """The same cells row by row."""
        return zip(*self.columns, strict=True)

    def packed(self) -> Any:
        """What goes into msgpack for it."""
        if self.plain:
            return self.columns
        return [_packable(column) if _needs_marks(column) else column for column in self.columns]


class LineBlock(RowBlock):
    """Rows as lines (`wire/lines.py`) in UTF-8: they go to the window as they are, which makes cells of them
    when they are looked at. Whoever looks at the `columns` before has them made at once."""

    __slots__ = ("_lines", "_width")

    def __init__(self, lines: Sequence[bytes | memoryview], width: int) -> None:
        self._lines, self._width = lines, width
        self.plain = True

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def size(self) -> int:
        """Bytes of all lines."""
        return sum(map(len, self._lines))

    def __getattr__(self, name: str) -> Any:
        if name != "columns":
            raise AttributeError(name)
        found = columns_of(b"".join(self._lines).decode(), self._width)
        self.columns = [*found]
        return self.columns

    def packed(self) -> msgspec.msgpack.Ext:
        head = _LINES_HEAD.pack(self._width, len(self._lines))
        return msgspec.msgpack.Ext(_EXT_LINES, b"".join([head, *self._lines]))


# --- JSON ------------------------------------------------------------------------------------------


def to_json(cell: Cell) -> Any:
    """A cell as something the JSON encoder carries exactly."""
    if cell is None or isinstance(cell, str | bool):
        return cell
    if isinstance(cell, int):
        return cell if -SAFE_INTEGER <= cell <= SAFE_INTEGER else {"$int": str(cell)}
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else {"$float": repr(cell)}
    if isinstance(cell, bytes):
        return {"$bytes": base64.b64encode(cell).decode()}
    if isinstance(cell, BadText):
        return {"$badtext": base64.b64encode(cell.raw).decode()}
    return {"$cut": {"prefix": to_json(cell.prefix), "size": cell.size, "unit": cell.unit}}


def from_json(value: Any) -> Cell:
    """The inverse of `to_json`; raises ValueError for anything that is not a cell."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, bytes | BadText | Truncated):
        return value
    if isinstance(value, dict) and len(value) == 1:
        ((tag, content),) = value.items()
        try:
            return _untag(tag, content)
        except (TypeError, ValueError, KeyError, binascii.Error) as error:
            raise ValueError(f"not a valid {tag} value: {content!r}") from error
    raise ValueError(f"not a database value: {value!r}")


def _untag(tag: str, content: Any) -> Cell:
    if tag == "$int":
        return int(content)
    if tag == "$float":
        return float(content)
    if tag == "$bytes":
        return base64.b64decode(content, validate=True)
    if tag == "$badtext":
        return BadText(base64.b64decode(content, validate=True))
    if tag == "$cut":
        prefix = from_json(content["prefix"])
        if not isinstance(prefix, str | bytes):
            raise ValueError("prefix")
        return Truncated(prefix, int(content["size"]), str(content.get("unit", "bytes")))
    raise ValueError(tag)


# --- msgpack ---------------------------------------------------------------------------------------


def _fits_msgpack(cell: Cell) -> Cell | msgspec.msgpack.Ext:
    if isinstance(cell, int) and not -(2**63) <= cell < 2**64:
        return msgspec.msgpack.Ext(_EXT_BIGINT, str(cell).encode())
    return cell


def _packable(column: Sequence[Cell]) -> list[Any]:
    return [_mark(_fits_msgpack(cell)) for cell in column]


def _mark(cell: Any) -> Any:
    # Structs would be encoded as plain maps before any hook is asked, so marks are wrapped here.
    if isinstance(cell, BadText):
        return msgspec.msgpack.Ext(_EXT_BADTEXT, cell.raw)
    if isinstance(cell, Truncated):
        packed = msgspec.msgpack.encode((cell.prefix, cell.size, cell.unit))
        return msgspec.msgpack.Ext(_EXT_TRUNCATED, packed)
    return cell


_MARKS = (BadText, Truncated)
_WHOLE = frozenset({int, bool, type(None)})


def _needs_marks(column: Sequence[Cell]) -> bool:
    # `set(map(type, ...))` runs in C; only a column that holds a mark or an int pays for a closer look.
    kinds = set(map(type, column))
    if not kinds.isdisjoint(_MARKS):
        return True
    if int not in kinds:
        return False
    # None and 0 are left out; what orders like integers has its ends found in C.
    numbers: Iterable[Any] = filter(None, column)
    if not kinds <= _WHOLE:
        numbers = (cell for cell in column if type(cell) is int)
    numbers = list(numbers)
    return bool(numbers) and not (min(numbers) >= -(2**63) and max(numbers) < 2**64)


def _ext(code: int, data: memoryview) -> Any:
    if code == _EXT_LINES:
        return Lines(str(data[_LINES_HEAD.size :], "utf-8"), *_LINES_HEAD.unpack_from(data)).columns()
    raw = bytes(data)
    if code == _EXT_BADTEXT:
        return BadText(raw)
    if code == _EXT_TRUNCATED:
        prefix, size, unit = msgspec.msgpack.decode(raw)
        return Truncated(prefix, size, unit)
    if code == _EXT_BIGINT:
        return int(raw)
    raise ValueError(f"unknown extension type {code}")


def _encode_msgpack(value: Any) -> Any:
    if isinstance(value, RowBlock):
        return value.packed()
    if isinstance(value, LineColumn):
        return list(value)
    raise TypeError(f"cannot be sent: {type(value).__name__}")


def _encode_json(value: Any) -> Any:
    if isinstance(value, RowBlock):
        return [[to_json(cell) for cell in row] for row in value.rows()]
    raise TypeError(f"cannot be sent: {type(value).__name__}")


def _decode(kind: type, value: Any) -> Any:
    if kind is RowBlock:
        return RowBlock(value)
    raise TypeError(f"cannot be received: {kind.__name__}")


def _decode_json(kind: type, value: Any) -> Any:
    if kind is RowBlock:
        rows = [[from_json(cell) for cell in row] for row in value]
        return RowBlock.from_rows(rows, len(rows[0]) if rows else 0)
    raise TypeError(f"cannot be received: {kind.__name__}")


_msgpack_encoder = msgspec.msgpack.Encoder(enc_hook=_encode_msgpack)
_json_encoder = msgspec.json.Encoder(enc_hook=_encode_json)


def encode_msgpack(message: Any) -> bytes:
    """Any wire message as msgpack; row blocks go column by column."""
    return _msgpack_encoder.encode(message)


def encode_json(message: Any) -> bytes:
    """Any wire message as JSON; row blocks go row by row, cells tagged where JSON would lose them."""
    return _json_encoder.encode(message)


def msgpack_decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    """A reusable decoder of `kind` messages from msgpack."""
    return msgspec.msgpack.Decoder(kind, dec_hook=_decode, ext_hook=_ext)


def json_decoder(kind: Any, *, strict: bool = True) -> msgspec.json.Decoder[Any]:
    """A reusable decoder of `kind` messages from JSON."""
    return msgspec.json.Decoder(kind, dec_hook=_decode_json, strict=strict)


def cells_to_json(cells: Iterable[Cell]) -> list[Any]:
    """A row of cells for a JSON request (keys, filter values, parameters)."""
    return [to_json(cell) for cell in cells]
