"""Exact sums by place: integers and decimals without any rounding, floats rounded once at the end."""

from __future__ import annotations

import math
import re
from collections import Counter
from decimal import Decimal

import numpy as np

from desktop.kit.grid.aggregates import as_number, exact_sum

from .pieces import Floats, Ints, Piece
from .readings import number_of, numbers

Total = int | float | Decimal
# Scaled to integers, thousands of such numbers add up within 64 bits; a float times a power of ten is right.
_SAFE = 2.0**49
_MOST_DECIMALS = 9
_OTHER_SIGN = re.compile(r"[^0-9.-]")


class Sums:
    """`counts` are the rows with a number at each place, `odd` the others by reason."""

    def __init__(self) -> None:
        self.counts: Counter[int] = Counter()
        self.odd: Counter[str] = Counter()
        self._exact: dict[int, int | Decimal] = {}
        self._floats: dict[int, list[Floats]] = {}

    def count(self, places: Ints) -> None:
        """Rows alone."""
        found, counts = np.unique(places, return_counts=True)
        self.counts.update(dict(zip(found.tolist(), counts.tolist(), strict=True)))

    def add(self, places: Ints, piece: Piece) -> None:
        """Cells of rows, each with its place."""
        floating = piece.numbers is not None and piece.numbers.dtype.kind == "f"
        decimals = 0 if piece.numbers is not None else _decimals(piece)
        if decimals is None:
            self._each(places, piece)
            return
        reading = numbers(piece)
        known = ~np.isnan(reading.values)
        values = reading.values[known]
        with np.errstate(over="ignore"):
            scaled = values * 10.0**decimals
        if floating:
            self._take_floats(places[known], values)
        elif len(scaled) and np.abs(scaled).max() >= _SAFE:
            self._each(places, piece)
            return
        else:
            self._take_scaled(places[known], np.rint(scaled).astype(np.int64), decimals)
        self.odd += reading.odd
        self.count(places[known])

    def total(self, places: list[int]) -> Total:
        """The sum over some places."""
        exact: int | Decimal = 0
        floats: list[float] = []
        for place in places:
            exact = exact_sum(exact, self._exact.get(place, 0))
            for part in self._floats.get(place, []):
                floats += part.tolist()
        if not floats:
            return exact
        try:
            return math.fsum([*floats, float(exact)])
        except OverflowError:
            return sum(floats)

    def _take_floats(self, places: Ints, values: Floats) -> None:
        order = np.argsort(places, kind="stable")
        found, starts = np.unique(places[order], return_index=True)
        for place, part in zip(found.tolist(), np.split(values[order], starts[1:]), strict=False):
            self._floats.setdefault(place, []).append(part)

    def _take_scaled(self, places: Ints, values: Ints, decimals: int) -> None:
        found, inverse = np.unique(places, return_inverse=True)
        totals = np.zeros(len(found), np.int64)
        np.add.at(totals, inverse, values)
        for place, total in zip(found.tolist(), totals.tolist(), strict=True):
            number = Decimal(total).scaleb(-decimals) if decimals else total
            self._exact[place] = exact_sum(self._exact.get(place, 0), number)

    def _each(self, places: Ints, piece: Piece) -> None:
        for place, cell in zip(places.tolist(), piece.cells(), strict=True):
            known = number_of(cell)
            if isinstance(known, str):
                self.odd[known] += 1
                continue
            self.counts[place] += 1
            number = as_number(cell, numeric_text=True)
            if isinstance(number, float):
                self._floats.setdefault(place, []).append(np.array([number]))
            elif number is not None:
                self._exact[place] = exact_sum(self._exact.get(place, 0), number)


def _decimals(piece: Piece) -> int | None:
    """How many decimals the longest of plainly written numbers has; null if some are written otherwise."""
    texts = piece.texts()
    if texts is None:
        return None
    most = 0
    for text in texts:
        point = text.find(".")
        if point >= 0:
            most = max(most, len(text) - point - 1)
    # What is no number of these signs, such as `1-2`, is found out when it is read.
    plain = _OTHER_SIGN.search("".join(texts)) is None
    return most if plain and most <= _MOST_DECIMALS else None
