"""Carries out what the planner decided about reaching row number N."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from embedded_server.engines.base import Fragment
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.values import Cell, Truncated

from . import counts, planner
from .fragments import any_of, both
from .keyset import Part
from .ladder import FRESH_SECONDS
from .planner import COUNTED_OFF, NEAR, Count, Jump, Span
from .window import Page, Window

if TYPE_CHECKING:
    from .pager import Pager

_INTEGER = re.compile(r"-?\d+", re.ASCII)


def to_row(pager: Pager, row: int, limit: int) -> Page:
    """The page that starts at row number `row`; the last one if there are not so many rows."""
    shape = pager.shape
    below, above = pager.ladder.around(row) if shape.keyed else (None, None)
    count = counts.remembered(shape)
    guessable = _guessable(pager)
    way = planner.jump(row, keyed=shape.keyed, below=below, above=above, count=count, guessable=guessable)
    page = None
    if way.kind == "guess":
        page = _guessed(pager, row, limit)
        if page is None:
            way = planner.jump(row, keyed=True, below=below, above=above, count=count, guessable=False)
    if page is None and way.kind != "last":
        page = _counted(pager, way, row, limit)
    return page if page is not None and len(page.block) else pager.last(limit)


def _counted(pager: Pager, way: Jump, row: int, limit: int) -> Page | None:
    if way.kind == "start" and (way.skip <= NEAR or not pager.shape.keyed):
        return pager.read(pager.numbered(row), limit)
    if way.kind == "below" and way.skip <= NEAR:
        # Both parts as one condition: an offset cannot be shared between two statements.
        window = _from(pager, way.rung.cells if way.rung else (), row, way.exact)
        return pager.read(
            window._replace(parts=[Part(_either(window.parts))], offset=way.skip, learn=False), limit
        )
    cells = _cells_at(pager, way)
    if cells is None:
        return None
    if any(isinstance(cell, Truncated) for cell in cells):
        return pager.read(pager.numbered(row), limit)
    window = _from(pager, cells, row, way.exact)
    return pager.read(window._replace(access="offset", learn=way.kind == "start"), limit)


def _from(pager: Pager, cells: Sequence[Cell], row: int, exact: bool) -> Window:
    """The window that starts with the row of these sort cells."""
    order, parts = pager.behind(cells, inclusive=True)
    return pager.numbered(row)._replace(
        order=order, parts=parts, offset=0, edge=False, exact=exact, access="keyset"
    )


def _cells_at(pager: Pager, way: Jump) -> list[Cell] | None:
    """The sort cells of the wanted row, found by counting off keys only, which an index holds."""
    shape, grammar = pager.shape, pager.lease.grammar
    columns = [term.column for term in shape.order]
    names = [grammar.cell(column, shape.limit_cells) for column in columns]
    window = pager.numbered(way.skip)
    if way.kind == "end":
        window = window._replace(order=[term.flipped() for term in shape.order])
    condition = shape.condition
    if way.rung is not None:
        order, parts = pager.behind(way.rung.cells, back=way.backwards, inclusive=not way.backwards)
        window = window._replace(order=order)
        condition = both(condition, _either(parts))
    where = f" WHERE {condition.sql}" if condition.sql else ""
    sort = ", ".join(term.sql(grammar) for term in window.order)
    sql = f"SELECT {', '.join(name.sql for name in names)} FROM {shape.source}{where} ORDER BY {sort}"
    params = [*(param for name in names for param in name.params), *condition.params]
    with pager.lease.session.execute(
        sql + grammar.limit(1, way.skip), params, cell_bytes=shape.limit_cells
    ) as reading:
        rows = list(grammar.decode(columns, reading.block(1)).rows())
    return list(rows[0]) if rows else None


def _either(parts: Sequence[Part]) -> Fragment:
    """The rows of all parts."""
    return any_of(*(part.condition for part in parts)) if parts else Fragment("1 = 0")


# --- by interpolation ------------------------------------------------------------------------------


def _guessable(pager: Pager) -> bool:
    shape = pager.shape
    return (
        shape.keyed
        and not shape.filtered
        and len(shape.order) == 1
        and shape.order[0].column.kind == "number"
    )


def _guessed(pager: Pager, row: int, limit: int) -> Page | None:
    """The page at the key that should have this number; null where keys are spread too unevenly."""
    span = _span(pager)
    if span is None:
        return None
    count = counts.best(pager.lease, pager.shape)
    if row >= (count.rows if count is not None else span.length):
        return pager.last(limit)
    key, sure = planner.guess(row, span, count)
    window = _from(pager, [key], row, sure)
    page = pager.read(window._replace(access="keyset" if sure else "interpolated", learn=sure), limit)
    if not sure and row <= COUNTED_OFF and _landed_badly(page, pager, span, count):
        return None
    return page


def _landed_badly(page: Page, pager: Pager, span: Span, count: Count | None) -> bool:
    keys = page.block.columns[pager.shape.places[0]]
    if len(keys) < 2:
        return False
    first, last = _integer(keys[0]), _integer(keys[-1])
    if first is None or last is None:
        return True
    return planner.uneven(first, last, len(keys), span, count)


def _integer(cell: Cell) -> int | None:
    if isinstance(cell, int):
        return int(cell)
    return int(cell) if isinstance(cell, str) and _INTEGER.fullmatch(cell) else None


def _span(pager: Pager) -> Span | None:
    """The first and last key in one statement, remembered for a minute; null unless both are integers."""
    shape, grammar = pager.shape, pager.lease.grammar
    key = ("span", shape.fingerprint)
    known = shape.table.facts.get(key)
    if known is not None and time.monotonic() - known[1] < FRESH_SECONDS:
        found = known[0]
        assert found is None or isinstance(found, Span)
        return found
    term = shape.order[0]
    cell = grammar.cell(term.column, None)
    ends = [
        f"(SELECT {cell.sql} FROM {shape.source} ORDER BY {way.sql(grammar)}{grammar.limit(1)})"
        for way in (term, term.flipped())
    ]
    sql = f"SELECT {ends[0]}, {ends[1]}"
    span: Span | None = None
    try:
        with pager.lease.session.execute(sql, [*cell.params, *cell.params]) as reading:
            first, last = (_integer(cell) for cell in next(iter(reading.block(1).rows())))
        if first is not None and last is not None:
            span = Span(first, last)
    except ProblemError as error:
        if error.problem.code != "sql.error":
            raise
        # Not every database has a SELECT without FROM; then rows are counted off.
    shape.table.facts.put(key, (span, time.monotonic()))
    return span
