"""The rows behind a given row, in any order, as conditions that an index can answer.

An order is a list of `Term`s whose last ones identify a row. `parts_behind` gives the rows behind a
boundary as conditions whose results, each in that order, follow one another: rows with a NULL in the
leading term cannot share an index range with the others, so they get a condition of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec

from embedded_server.engines.base import Fragment, Grammar
from embedded_server.wire.data import Column, Order
from embedded_server.wire.values import Cell

from .fragments import any_of, both


class Term(msgspec.Struct, frozen=True):
    """One sort column with its direction; `nulls_first` is where NULLs really stand, asked for or not."""

    column: Column
    desc: bool
    nulls_first: bool

    @property
    def nullable(self) -> bool:
        """Whether a NULL may occur (true when the engine does not say)."""
        return self.column.nullable is not False

    def flipped(self) -> Term:
        """The same column read backwards."""
        return Term(self.column, not self.desc, not self.nulls_first)

    def sql(self, grammar: Grammar) -> str:
        """The ORDER BY term; NULL placement is spelled out only where it is not the engine's own."""
        own = grammar.nulls_first(self.desc)
        nulls: Literal["", "first", "last"] = ""
        if self.nullable and own != self.nulls_first:
            nulls = "first" if self.nulls_first else "last"
        return grammar.order(self.column, Order(self.column.name, self.desc, nulls))


def flipped(terms: Sequence[Term]) -> list[Term]:
    """The order that reads the same rows backwards."""
    return [term.flipped() for term in terms]


class Part(NamedTuple):
    """Rows under one condition. They are all equal in the first `settled` terms, which therefore need no
    place in its ORDER BY: not every planner sees that by itself."""

    condition: Fragment
    settled: int = 0


def parts_behind(
    terms: Sequence[Term],
    cells: Sequence[Cell],
    grammar: Grammar,
    *,
    inclusive: bool = False,
    split: int = 0,
) -> list[Part]:
    """The rows strictly behind the row whose sort cells are `cells` (with it, if `inclusive`).

    Each part's rows come wholly before the next one's. No part at all: nothing follows.
    `split` leading terms get a condition of their own for the rows that are equal in them: an index on
    `a` serves `a = 1 AND id > 5` at once, but for `(a, id) > (1, 5)` it is read from the first `a = 1` on.
    """
    chain = _Chain(terms, cells, grammar, inclusive)
    lead, cell = terms[0], cells[0]
    if cell is not None and not split:
        return [Part(chain.bounded()), *chain.nulls_behind()]
    if len(terms) == 1:
        inner = [Part(Fragment(""))] if inclusive else []
    else:
        inner = parts_behind(terms[1:], cells[1:], grammar, inclusive=inclusive, split=max(split - 1, 0))
    found = [Part(both(chain.equal(0), part.condition), part.settled + 1) for part in inner]
    if cell is None:
        return [*found, Part(chain.null(0, False))] if lead.nulls_first else found
    return [*found, Part(chain.beyond(0, False)), *chain.nulls_behind()]


class _Chain:
    """Builds the nested comparison of one boundary."""

    def __init__(
        self, terms: Sequence[Term], cells: Sequence[Cell], grammar: Grammar, inclusive: bool
    ) -> None:
        self.terms, self.cells, self.grammar, self.inclusive = terms, cells, grammar, inclusive

    def bounded(self) -> Fragment:
        """Behind the boundary among rows whose leading term is not NULL (nor is the boundary's)."""
        if self._comparable(0):
            return self._row_values(0)
        if len(self.terms) == 1:
            return self.beyond(0, self.inclusive)
        # The bound on the leading column alone is implied, but it is what an index can start from.
        rest = self.behind(1)
        if rest is None:
            return self.beyond(0, False)
        nested = any_of(self.beyond(0, False), both(self.equal(0), rest))
        return both(self.beyond(0, True), nested)

    def nulls_behind(self) -> list[Part]:
        """The rows whose leading term is NULL, if those come last."""
        return [Part(self.null(0, True), 1)] if self._null_follows(0) else []

    def behind(self, start: int) -> Fragment | None:
        """Behind the boundary by the terms from `start` on, NULLs included; null: nothing can be."""
        if start == len(self.terms):
            return Fragment("1 = 1") if self.inclusive else None
        if self._comparable(start) and not self._null_follows(start):
            return self._row_values(start)
        parts = []
        last = start == len(self.terms) - 1
        if self.cells[start] is not None:
            parts.append(self.beyond(start, last and self.inclusive))
        if self._null_follows(start):
            parts.append(self.null(start, True))
        elif self.cells[start] is None and self.terms[start].nulls_first:
            parts.append(self.null(start, False))
        if not (last and self.cells[start] is not None):
            rest = self.behind(start + 1)
            if rest is not None:
                parts.append(both(self.equal(start), rest))
        return any_of(*parts) if parts else None

    def _comparable(self, start: int) -> bool:
        """Whether `(a, b) > (x, y)` says it: one direction, no NULL here or hiding behind an equal prefix."""
        if not self.grammar.has_row_values or len(self.terms) - start < 2:
            return False
        return (
            len({term.desc for term in self.terms[start:]}) == 1
            and all(cell is not None for cell in self.cells[start:])
            and not any(self._null_follows(place) for place in range(start + 1, len(self.terms)))
        )

    def _null_follows(self, place: int) -> bool:
        term = self.terms[place]
        return self.cells[place] is not None and term.nullable and not term.nulls_first

    def _row_values(self, start: int) -> Fragment:
        values = [
            self.grammar.value(term.column, cell)
            for term, cell in zip(self.terms[start:], self.cells[start:], strict=True)
        ]
        names = ", ".join(self.grammar.operand(term.column) for term in self.terms[start:])
        marks = ", ".join(value.sql for value in values)
        params = tuple(param for value in values for param in value.params)
        return Fragment(f"({names}) {self._operator(start, self.inclusive)} ({marks})", params)

    def _operator(self, place: int, inclusive: bool) -> str:
        return ("<" if self.terms[place].desc else ">") + ("=" if inclusive else "")

    def beyond(self, place: int, inclusive: bool) -> Fragment:
        """Behind the boundary by one term alone, NULLs left out."""
        return self._compare(place, self._operator(place, inclusive))

    def equal(self, place: int) -> Fragment:
        """Like the boundary in one term."""
        return self.null(place, True) if self.cells[place] is None else self._compare(place, "=")

    def _compare(self, place: int, operator: str) -> Fragment:
        column = self.terms[place].column
        value = self.grammar.value(column, self.cells[place])
        return Fragment(f"{self.grammar.operand(column)} {operator} {value.sql}", value.params)

    def null(self, place: int, null: bool) -> Fragment:
        """Whether one term is NULL."""
        return Fragment(f"{self.grammar.operand(self.terms[place].column)} IS {'' if null else 'NOT '}NULL")
