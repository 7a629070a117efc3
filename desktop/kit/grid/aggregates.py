"""Sums over the selection: exact, in slices that never hold up the window, with a limit that is said."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Context, Decimal, InvalidOperation
from typing import Any

import msgspec

from desktop.kit.rows import Missing
from embedded_server.wire.values import BadText, Cell, Truncated

LIMIT = 200_000
# Far beyond any engine's NUMERIC; an inexact result raises no error but is marked.
_CONTEXT = Context(prec=400, Emin=-999_999, Emax=999_999, traps=[InvalidOperation])
_AVERAGE_DIGITS = 12
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z|[+-]?(nan|inf|infinity)\Z", re.I | re.ASCII)

Number = int | Decimal | float


class Summary(msgspec.Struct):
    """Of the cells seen so far. `sum` and `average` are null unless all values that count are numbers.

    `missing` cells have not been loaded; `beyond` the limit were not looked at.
    """

    cells: int = 0
    values: int = 0
    nulls: int = 0
    missing: int = 0
    beyond: int = 0
    numeric: bool = True
    exact: int | Decimal = 0
    floats: list[float] = msgspec.field(default_factory=list)
    smallest: Cell = None
    largest: Cell = None
    seen: set[object] = msgspec.field(default_factory=set)

    @property
    def distinct(self) -> int:
        """Different values, NULL not among them."""
        return len(self.seen)

    @property
    def sum(self) -> Number | None:
        """The exact sum; a float only if a cell was one."""
        if not self.numeric or not self.values:
            return None
        # The floats are added without rounding in between, the exact numbers exactly.
        return _float_sum(self.floats, self.exact) if self.floats else self.exact

    @property
    def average(self) -> tuple[Number, bool] | None:
        """Sum through count, and whether that is exact."""
        total = self.sum
        if total is None:
            return None
        if isinstance(total, float):
            return total / self.values, False
        exact = Decimal(total) if isinstance(total, int) else total
        if not exact.is_finite():
            return exact, True
        quotient = _CONTEXT.divide(exact, Decimal(self.values))
        scale = max(_AVERAGE_DIGITS, -_exponent(exact))
        rounded = quotient.quantize(Decimal(1).scaleb(-scale), context=_CONTEXT)
        return _trimmed(rounded), _CONTEXT.multiply(rounded, Decimal(self.values)) == exact


class Aggregator:
    """Takes cells slice by slice; `summary` is right for what was taken."""

    def __init__(self) -> None:
        self.summary = Summary()
        self._extremes: tuple[tuple[int, Any], tuple[int, Any]] | None = None

    def take(self, cells: Iterable[Cell | Missing], numeric_text: bool) -> None:
        """Add cells of one column; `numeric_text`: its texts are numbers (the engine sends them so)."""
        summary = self.summary
        for cell in cells:
            summary.cells += 1
            if cell is None:
                summary.nulls += 1
            elif isinstance(cell, Missing | Truncated):
                summary.missing += 1
            else:
                self._value(cell, numeric_text)

    def _value(self, cell: Cell, numeric_text: bool) -> None:
        summary = self.summary
        summary.values += 1
        number = as_number(cell, numeric_text)
        summary.seen.add(number if number is not None and number == number else (type(cell), repr(cell)))
        if number is None:
            summary.numeric = False
            rank: tuple[int, Any] = (1, _sortable(cell))
        else:
            self._add(number)
            rank = (0, number)
        self._compare(rank, cell)

    def _add(self, number: Number) -> None:
        summary = self.summary
        if isinstance(number, float):
            summary.floats.append(number)
        else:
            summary.exact = exact_sum(summary.exact, number)

    def _compare(self, rank: tuple[int, Any], cell: Cell) -> None:
        if isinstance(rank[1], float | Decimal) and rank[1] != rank[1]:
            return
        low, high = self._extremes or (rank, rank)
        if self._extremes is None or rank < low:
            low, self.summary.smallest = rank, cell
        if self._extremes is None or rank > high:
            high, self.summary.largest = rank, cell
        self._extremes = (low, high)


def exact_sum(one: int | Decimal, other: int | Decimal) -> int | Decimal:
    """Both added without rounding; NaN for infinities of both signs."""
    if isinstance(one, int) and isinstance(other, int):
        return one + other
    try:
        return _CONTEXT.add(Decimal(one), Decimal(other))
    except InvalidOperation:
        return Decimal("NaN")


def _float_sum(floats: list[float], exact: int | Decimal) -> float:
    try:
        return math.fsum([*floats, float(exact)])
    except (OverflowError, ValueError):
        # Beyond the range of floats, or infinities of both signs: what plain addition says.
        return sum(floats) + (float(exact) if -(2**1000) < exact < 2**1000 else math.inf)


def as_number(cell: Cell, numeric_text: bool) -> Number | None:
    """The exact number a cell is, or null if it is none."""
    if isinstance(cell, bool):
        return None
    if isinstance(cell, int | float):
        return cell
    if numeric_text and isinstance(cell, str) and _NUMBER.match(cell):
        if cell.lstrip("+-").isdigit():
            return int(cell)
        try:
            return Decimal(cell)
        except InvalidOperation:
            return None
    return None


def _sortable(cell: Cell) -> object:
    if isinstance(cell, bytes):
        return (2, cell)
    if isinstance(cell, BadText):
        return (1, cell.shown())
    return (0, int(cell)) if isinstance(cell, bool) else (1, str(cell))


def _exponent(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _trimmed(number: Decimal) -> Decimal:
    whole = number.to_integral_value(context=_CONTEXT)
    return whole if number == whole else number.normalize(_CONTEXT)
