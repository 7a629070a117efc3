"""Cells as the texts of a file, a column at a time: what can be done in C is."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Literal

import msgspec

from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell

from .losses import Losses

NOT_TEXT = "Its bytes are no valid text in UTF-8; they are written as escapes like \\xff."
# What a reader would take for something else than a text where a column may hold anything.
LOOKS = re.compile(
    r"[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|inf|nan)|\\x(?:[0-9a-fA-F]{2})*"
)
BYTES = re.compile(r"\\x(?:[0-9a-fA-F]{2})*")
# What such a text begins with.
_BEGINNINGS = frozenset("+-.0123456789iInN\\")
Affinity = Literal["integer", "text", "none", "real", "numeric"]
_NUMBERS, _TEXTS = frozenset({int, float, type(None)}), frozenset({str, type(None)})
_encode = msgspec.json.Encoder().encode


def affinity(type_name: str) -> Affinity:
    """What SQLite makes of values in a column of this type, by its own rules."""
    name = type_name.upper()
    if "INT" in name:
        return "integer"
    if any(word in name for word in ("CHAR", "CLOB", "TEXT")):
        return "text"
    if not name or "BLOB" in name:
        return "none"
    return "real" if any(word in name for word in ("REAL", "FLOA", "DOUB")) else "numeric"


def number_text(cell: float) -> str:
    """The shortest digits that give back the number; `inf`, `-inf` and `nan` for those that have none."""
    if isinstance(cell, float) and math.isfinite(cell):
        return _encode(cell).decode()
    return str(cell)


def plain_text(cell: Cell) -> str:
    """Any cell but NULL as text."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, bytes):
        return "\\x" + cell.hex()
    if isinstance(cell, BadText):
        return cell.shown()
    return number_text(cell) if isinstance(cell, int | float) else str(cell)


def _numbers(column: Sequence[Cell], null: str) -> list[str] | None:
    """A column of nothing but numbers and NULL; null if there is one JSON cannot spell."""
    try:
        text = _encode(column).decode()
    except (OverflowError, ValueError):
        return None
    texts = text[1:-1].split(",")
    nulls = texts.count("null")
    if nulls != column.count(None):
        return None
    return [null if text == "null" else text for text in texts] if nulls else texts


class Quoting:
    """When a text is put into quotes. `looks` is what a text of the column would be taken for another value
    by, null where a column holds nothing but texts."""

    def __init__(self, delimiter: str, null: str, *, everything: bool) -> None:
        self.null = null
        self.everything = everything
        self._special = ['"', "\n", "\r", delimiter]
        self._pattern = re.compile("[" + re.escape("".join(self._special)) + "]")

    def apply(self, text: str, looks: re.Pattern[str] | None) -> str:
        """One text as it stands in the file."""
        needs = (
            self.everything
            or text == self.null
            or not text
            or self._pattern.search(text) is not None
            or (looks is not None and looks.fullmatch(text) is not None)
        )
        return '"' + text.replace('"', '""') + '"' if needs else text

    def apply_all(self, column: Sequence[str], joined: str, looks: re.Pattern[str] | None) -> Sequence[str]:
        """The same for all texts of a column; `joined` is all of them in one."""
        marks = [mark for mark in self._special if mark in joined]
        if len(marks) != 1 or self._may_be_taken_for_another(column, joined, looks):
            return [self.apply(text, looks) for text in column]
        (mark,) = marks
        return ['"' + text.replace('"', '""') + '"' if mark in text else text for text in column]

    def _may_be_taken_for_another(
        self, column: Sequence[str], joined: str, looks: re.Pattern[str] | None
    ) -> bool:
        """Whether a text without special characters may need quotes nevertheless."""
        if self.everything or "" in column or self.null in column:
            return True
        return looks is not None and _any_looks(column, joined, looks)

    def none_needed(self, column: Sequence[str], joined: str, looks: re.Pattern[str] | None) -> bool:
        """Whether no text of the column needs quotes; `joined` is all of them in one."""
        if any(mark in joined for mark in self._special):
            return False
        return not self._may_be_taken_for_another(column, joined, looks)


def _any_looks(column: Sequence[str], joined: str, looks: re.Pattern[str]) -> bool:
    if looks is BYTES and "\\x" not in joined:
        return False
    if _BEGINNINGS.isdisjoint({text[0] for text in column}):
        return False
    return any(map(looks.fullmatch, column))


def _filled(column: Sequence[Cell], texts: Sequence[str]) -> list[str | None]:
    """The column with other texts where there are some."""
    rest = iter(texts)
    return [None if cell is None else next(rest) for cell in column]


class ColumnWriter:
    """One column of a delimited file."""

    def __init__(
        self, place: int, column: Column, quoting: Quoting, losses: Losses, encoding: str, *, dynamic: bool
    ) -> None:
        self._place, self._quoting, self._losses = place, quoting, losses
        self._encoding = "" if encoding.lower().replace("_", "-").startswith("utf") else encoding
        self.dynamic = dynamic
        # Where a column may hold anything, a text that looks like another value is quoted too.
        kept = BYTES if affinity(column.type) == "text" else LOOKS
        self._looks = kept if dynamic else None

    def texts(self, column: Sequence[Cell]) -> Sequence[str]:
        """What stands in the file for each cell."""
        kinds = set(map(type, column))
        quoting = self._quoting
        if kinds == {str}:
            return self._plain(column)  # type: ignore[arg-type]
        if not quoting.everything and kinds <= _NUMBERS:
            found = _numbers(column, quoting.null)
            if found is not None:
                return found
        if kinds <= _TEXTS and not self._encoding:
            there: list[str] = [cell for cell in column if cell is not None]  # type: ignore[misc]
            texts = self._plain(there)
            cells = column if texts is there else _filled(column, texts)
            return [quoting.null if cell is None else cell for cell in cells]  # type: ignore[misc]
        return [self._one(row, cell) for row, cell in enumerate(column)]

    def _plain(self, column: Sequence[str], first: int = 0) -> Sequence[str]:
        joined = "".join(column)
        if self._encoding and not joined.isascii():
            column = self._encodable(column, joined, first)
        if self._quoting.none_needed(column, joined, self._looks):
            return column
        return self._quoting.apply_all(column, joined, self._looks)

    def _one(self, row: int, cell: Cell) -> str:
        if cell is None:
            return self._quoting.null
        if isinstance(cell, BadText):
            self._losses.add(self._place, row, NOT_TEXT, cell)
            return self._plain([cell.shown()])[0]
        if isinstance(cell, str):
            return self._plain([cell], row)[0]
        text = plain_text(cell)
        return f'"{text}"' if self._quoting.everything and not self.dynamic else text

    def _encodable(self, column: Sequence[str], joined: str, first: int) -> Sequence[str]:
        try:
            joined.encode(self._encoding)
            return column
        except UnicodeEncodeError:
            return [self._escaped(first + row, text) for row, text in enumerate(column)]

    def _escaped(self, row: int, text: str) -> str:
        shown = text.encode(self._encoding, "backslashreplace").decode(self._encoding)
        if shown != text:
            self._losses.add(self._place, row, f"{self._encoding} has no such character.", text)
        return shown
