"""Column conditions as SQL with untyped parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from embedded_server.engines.base import Fragment, Grammar
from embedded_server.wire.data import Column, Filter
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.values import Cell, Truncated, from_json

from . import header_filter
from .fragments import any_of, both, join, wrap
from .header_filter import Condition
from .order import find_column
from .words import bound, finds_by_value, readings

_OPERATORS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def conditions(filters: Sequence[Filter], columns: Mapping[str, Column], grammar: Grammar) -> list[Fragment]:
    """One condition per filter, to be joined by AND. Raises data.bad_filter, data.unknown_column."""
    found = [_condition(item, find_column(columns, item.column), grammar) for item in filters]
    return [fragment for fragment in found if fragment.sql]


def _condition(item: Filter, column: Column, grammar: Grammar) -> Fragment:
    if item.op == "expr":
        if not isinstance(item.value, str):
            raise _bad(column, "A header expression is a text.")
        try:
            return header_condition(item.value, column, grammar)
        except ProblemError as error:
            found = error.problem
            raise problem(
                found.code, f"{column.name}: {found.title}", found.detail, found.hint, None, found.position
            ) from error
    return _Values(column, grammar).condition(item)


def _bad(column: Column, detail: str) -> ProblemError:
    return problem("data.bad_filter", f"{column.name}: the filter cannot be understood.", detail)


# --- operators with values -------------------------------------------------------------------------


class _Values:
    """Filters whose values are cells."""

    def __init__(self, column: Column, grammar: Grammar) -> None:
        self.column, self.grammar = column, grammar
        self.operand = grammar.operand(column)

    def condition(self, item: Filter) -> Fragment:
        if item.op in ("null", "not null"):
            return self.null(item.op == "null")
        if item.op == "between":
            return self.between(self._cells(item))
        if item.op in ("in", "not in"):
            return self.any_of(self._cells(item), item.op == "not in")
        if item.op in ("contains", "starts", "ends", "like", "regex"):
            return self.search(item.op, self._cell(item.value))
        return self.compare(_OPERATORS[item.op], self._cell(item.value))

    def _cell(self, value: Any) -> Cell:
        try:
            cell = from_json(value)
        except ValueError as error:
            raise _bad(self.column, str(error)) from error
        if isinstance(cell, Truncated):
            raise _bad(self.column, "The value was cut to fit a page; fetch it whole first.")
        return cell

    def _cells(self, item: Filter) -> list[Cell]:
        values = item.values or (item.value if isinstance(item.value, list) else [])
        return [self._cell(value) for value in values]

    def null(self, yes: bool) -> Fragment:
        # The bare name: what `operand` may wrap around it is NULL exactly when the column is.
        return Fragment(f"{self.grammar.name(self.column.name)} IS {'' if yes else 'NOT '}NULL")

    def compare(self, operator: str, cell: Cell) -> Fragment:
        if cell is None:
            if operator in ("=", "<>"):
                return self.null(operator == "=")
            raise _bad(self.column, "NULL is neither smaller nor greater than anything.")
        value = self.grammar.value(self.column, cell)
        return Fragment(f"{self.operand} {operator} {value.sql}", value.params)

    def between(self, cells: Sequence[Cell]) -> Fragment:
        if len(cells) != 2 or cells == [None, None]:
            raise _bad(self.column, "A range needs two values; one of them may be null to leave it open.")
        low, high = cells
        parts = [] if low is None else [self.compare(">=", low)]
        parts += [] if high is None else [self.compare("<=", high)]
        return both(*parts)

    def any_of(self, cells: Sequence[Cell], negated: bool) -> Fragment:
        """`in` lists; a NULL among the values means the NULL rows, not SQL's unknown."""
        values = [self.grammar.value(self.column, cell) for cell in cells if cell is not None]
        parts = []
        if values:
            members = join(", ", values)
            parts.append(wrap(f"{self.operand} {'NOT ' if negated else ''}IN (", members, ")"))
        if None in cells:
            parts.append(self.null(not negated))
        if not parts:
            return Fragment("1 = 1" if negated else "1 = 0")
        return both(*parts) if negated else any_of(*parts)

    def search(self, operator: str, cell: Cell) -> Fragment:
        if not isinstance(cell, str):
            raise _bad(self.column, f"{operator} needs a text.")
        if operator == "regex":
            return self.matches(cell)
        if operator == "like":
            return self.grammar.like(self.column, cell)
        return self.grammar.contains(self.column, cell, where=operator)

    def matches(self, pattern: str) -> Fragment:
        found = self.grammar.regex(self.column, pattern)
        if found is None:
            raise problem("data.unsupported", "This database has no regular expressions.")
        return found


# --- header boxes ----------------------------------------------------------------------------------


def header_condition(text: str, column: Column, grammar: Grammar) -> Fragment:
    """The condition of a header box; empty SQL for a blank one. Raises data.bad_filter with a position."""
    values = _Values(column, grammar)
    positive, negative, null = [], [], False
    for item in header_filter.parse(text):
        if item.kind == "null" and not item.negated:
            null = True
            continue
        fragment = _header_item(item, values)
        if item.negated:
            negative.append(fragment)
        else:
            positive.append(fragment)
    if null and negative and not positive:
        # `!=5, null` can only mean: NULL rows too, which `!=5` alone leaves out.
        return any_of(both(*negative), values.null(True))
    if null:
        positive.append(values.null(True))
    return both(*([any_of(*positive)] if positive else []), *negative)


def _header_item(item: Condition, values: _Values) -> Fragment:
    if item.kind == "null":
        return values.null(False)
    column, grammar = values.column, values.grammar
    if item.kind == "regex":
        assert item.value is not None
        found = values.matches(item.value.text)
    elif item.kind == "between":
        low, high = (
            None if word is None else bound(word, column, grammar) for word in (item.value, item.high)
        )
        found = values.between([low, high])
    else:
        assert item.value is not None
        if item.kind in ("plain", "="):
            if item.kind == "plain" and not finds_by_value(item.value, column, grammar):
                found = grammar.contains(column, item.value.text)
            else:
                return _equality(readings(item.value, column, grammar), item.negated, values)
        else:
            found = values.compare(item.kind, bound(item.value, column, grammar))
    return wrap("NOT (", found, ")") if item.negated else found


def _equality(cells: Sequence[Cell], negated: bool, values: _Values) -> Fragment:
    if len(cells) == 1:
        return values.compare("<>" if negated else "=", cells[0])
    return values.any_of(cells, negated)
