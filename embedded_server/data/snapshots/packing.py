"""Values of keys as numbers of 64 bits, as an order is remembered: whole numbers, UUIDs, short texts."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell

# A text takes as much room as the longest may have, its length in front. UUIDs are often kept as 36 letters.
_TEXT_NUMBERS = 5
MOST_TEXT_BYTES = 8 * _TEXT_NUMBERS - 1
# No value that was remembered.
_NONE = object()


class Form(NamedTuple):
    """How the values of one column are kept: each in as many `numbers`.

    `pack` takes a column's cells, `value` the numbers of one; `known` is what `value` would give for a cell
    that was read since. `pack` raises TypeError, ValueError and OverflowError for what does not fit.
    """

    numbers: int
    pack: Callable[[Sequence[Cell]], array[int]]
    value: Callable[[array[int]], Cell]
    known: Callable[[Cell], object]


def form_of(column: Column, *, dynamic: bool) -> Form | None:
    """The form of a column's values; null where they have none. With `dynamic` types a UUID is a text."""
    name = column.type.lower()
    if column.kind == "number" and ("int" in name or name in ("serial", "bigserial")):
        return WHOLE
    return {"uuid": _TEXT if dynamic else _UUID, "text": _TEXT}.get(column.kind)


def _whole(column: Sequence[Cell]) -> array[int]:
    """The keys as they are, or from texts of them: no other value may pass for one."""
    return array("q", map(int, column) if set(map(type, column)) == {str} else column)  # type: ignore[arg-type]


def _number(cell: Cell) -> object:
    """A key's cell, which some drivers give as text, with zeros in front."""
    try:
        return int(str(cell))
    except ValueError:
        return _NONE


def _uuids(column: Sequence[Cell]) -> array[int]:
    return array("q", b"".join(UUID(cell).bytes for cell in column))  # type: ignore[arg-type]


def _uuid(cell: Cell) -> object:
    return cell.lower() if isinstance(cell, str) else _NONE


def _texts(column: Sequence[Cell]) -> array[int]:
    return array("q", b"".join(map(_slot, column)))


def _slot(cell: Cell) -> bytes:
    if type(cell) is not str:
        raise TypeError(f"{type(cell).__name__} is no text")
    text = cell.encode()
    if len(text) > MOST_TEXT_BYTES:
        raise ValueError(f"a text of {len(text)} bytes")
    return bytes((len(text),)) + text.ljust(MOST_TEXT_BYTES, b"\0")


def _text(numbers: array[int]) -> Cell:
    length, *text = numbers.tobytes()
    return bytes(text[:length]).decode()


def _same(cell: Cell) -> object:
    return cell if type(cell) is str else _NONE


WHOLE = Form(1, _whole, lambda numbers: numbers[0], _number)
_UUID = Form(2, _uuids, lambda numbers: str(UUID(bytes=numbers.tobytes())), _uuid)
_TEXT = Form(_TEXT_NUMBERS, _texts, _text, _same)
