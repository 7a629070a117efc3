"""Cells as positions on an axis; those that have none are counted by reason; a slice at a time."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from embedded_server.wire.values import Cell

from .calendar import EPOCH, read_moment
from .pieces import Floats, Piece

NULL, NAN, INFINITE, UNREAD, HUGE = "NULL", "NaN", "infinite", "unread", "huge"
# Unix time in seconds up to 2100; a thousand times that is milliseconds, and so on.
_UNIX_END = 4.2e9
_NO_FLOAT = re.compile(r"[_\s]")


@dataclass
class Reading:
    """`values` are NaN where there is no position; `odd` counts those rows by reason.

    `zoned` and `bare` count moments with and without a zone, `unix` numbers that were taken for Unix time.
    """

    values: Floats
    odd: Counter[str] = field(default_factory=Counter)
    zoned: int = 0
    bare: int = 0
    unix: int = 0


def numbers(piece: Piece) -> Reading:
    """The cells as numbers; texts that are numbers count as such, whatever the column says."""
    if piece.numbers is not None:
        return _of_array(piece)
    texts = piece.texts()
    if texts is not None and piece.nulls is None and not _NO_FLOAT.search("".join(texts)):
        try:
            values = np.array(list(map(float, texts)))
        except ValueError:
            return _each_number(piece.cells())
        if np.isfinite(values).all():
            return Reading(values)
    return _each_number(piece.cells())


def _of_array(piece: Piece) -> Reading:
    assert piece.numbers is not None
    values = piece.numbers.astype(np.float64)
    odd: Counter[str] = Counter()
    if piece.nulls is not None:
        odd[NULL] = int(piece.nulls.sum())
        values[piece.nulls] = 0.0
    for reason, found in ((NAN, np.isnan(values)), (INFINITE, np.isinf(values))):
        count = int(found.sum())
        if count:
            odd[reason] = count
            values[found] = np.nan
    if piece.nulls is not None:
        values[piece.nulls] = np.nan
    return Reading(values, odd)


def _each_number(cells: list[Cell]) -> Reading:
    odd: Counter[str] = Counter()
    values = np.full(len(cells), np.nan)
    for place, cell in enumerate(cells):
        number = number_of(cell)
        if isinstance(number, str):
            odd[number] += 1
        else:
            values[place] = number
    return Reading(values, odd)


def number_of(cell: Cell) -> float | str:
    """A finite number, or the reason why there is none."""
    if cell is None:
        return NULL
    if isinstance(cell, bool) or not isinstance(cell, int | float | str):
        return UNREAD
    try:
        number = float(cell)
    except ValueError:
        return UNREAD
    except OverflowError:
        return HUGE
    if math.isnan(number):
        return NAN
    if math.isinf(number):
        digits = isinstance(cell, str) and any(sign.isdigit() for sign in cell)
        return HUGE if digits else INFINITE
    return UNREAD if isinstance(cell, str) and "_" in cell else number


def moments(piece: Piece) -> Reading:
    """The cells as seconds since 1970."""
    return _alike(piece) or _each_moment(piece)


def _alike(piece: Piece) -> Reading | None:
    """All at once, where all are written as the library reads them, and all have a zone or none has."""
    texts = piece.texts()
    if texts is None:
        return None
    known = texts if piece.nulls is None else [texts[at] for at in np.flatnonzero(~piece.nulls).tolist()]
    try:
        found = list(map(datetime.fromisoformat, known))
    except ValueError:
        return None
    zoned = sum(one.tzinfo is not None for one in found)
    if zoned not in (0, len(found)):
        return None
    start = EPOCH if zoned else EPOCH.replace(tzinfo=None)
    seconds = [(one - start).total_seconds() for one in found]
    if piece.nulls is None:
        return Reading(np.array(seconds), zoned=zoned, bare=len(found) - zoned)
    values = np.full(piece.length, np.nan)
    values[~piece.nulls] = seconds
    odd = Counter({NULL: piece.length - len(found)})
    return Reading(values, odd, zoned=zoned, bare=len(found) - zoned)


def _each_moment(piece: Piece) -> Reading:
    reading = Reading(np.full(piece.length, np.nan))
    for place, cell in enumerate(piece.cells()):
        if isinstance(cell, str):
            found = read_moment(cell)
            if found is None:
                reading.odd[UNREAD] += 1
            elif math.isinf(found.seconds):
                reading.odd[INFINITE] += 1
            else:
                reading.values[place] = found.seconds
                reading.zoned += found.zoned
                reading.bare += not found.zoned
        else:
            _unix(reading, place, cell)
    return reading


def _unix(reading: Reading, place: int, cell: Cell) -> None:
    number = number_of(cell)
    if isinstance(number, str):
        reading.odd[number] += 1
        return
    for scale in (1.0, 1e3, 1e6, 1e9):
        if abs(number) < _UNIX_END * scale:
            reading.values[place] = number / scale
            reading.unix += 1
            return
    reading.odd[UNREAD] += 1


class Categories:
    """Codes for equal cells: 1, 1.0, '1' and NULL are four different ones. `cells` has one of each."""

    def __init__(self) -> None:
        self.cells: list[Cell] = []
        self._codes: dict[object, int] = {}

    def take(self, cells: list[Cell]) -> list[int]:
        """The codes of further cells."""
        codes, known = [], self._codes
        for cell in cells:
            key: object = cell if isinstance(cell, str) or cell is None else (type(cell), repr(cell))
            code = known.get(key)
            if code is None:
                code = known[key] = len(self.cells)
                self.cells.append(cell)
            codes.append(code)
        return codes
