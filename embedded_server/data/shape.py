"""A prepared read of a table: everything about a page but its place."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from embedded_server.engines.base import Fragment, Grammar
from embedded_server.wire.data import Column, Filter, Order

from .filters import conditions
from .fragments import both, join
from .keyset import Term
from .order import find_column, terms
from .reader import cell_limit
from .shown import inline, statement
from .structures import Table
from .where import Checked, check

# Kinds whose values every engine can sort; a table without a key is sorted by all such columns.
_SORTABLE = frozenset({"number", "text", "bool", "time", "uuid", "binary"})


@dataclass
class Shape:
    """`select` reads `columns` (hidden ones were added because the key or the order needs them).

    `order` makes the rows a sequence; it is empty when nothing does. `keyed` tells whether its terms
    identify a row, so that paging may go by value. `places` are the order's columns among `columns`.
    `sorted`: by other columns than the key. `limit_cells` is how many bytes of a cell are read.
    `row_bytes` is the usual size of a row, learned by reading.
    """

    table: Table
    columns: list[Column]
    select: Fragment
    source: str
    condition: Fragment
    where: Checked | None
    order: list[Term]
    keyed: bool
    places: list[int]
    limit_cells: int
    fingerprint: bytes
    filter_key: bytes
    shown_sql: str
    sorted: bool
    row_bytes: float = field(default=0.0)

    @property
    def searched(self) -> bool:
        """Whether rows are looked for one after the other, so that the first ones may be shown early.
        (A sort finds all of them before it gives the first, and would be repeated for every page.)"""
        return self.filtered and not self.sorted

    @property
    def filtered(self) -> bool:
        """Whether only some of the rows are asked for."""
        return bool(self.condition.sql)


def shape_of(
    table: Table,
    grammar: Grammar,
    columns: list[str] | None,
    order_by: Sequence[Order | str],
    filters: Sequence[Filter],
    where: str,
) -> Shape:
    """The prepared read for a request, from the table's cache if it was asked for before.

    Raises data.unknown_column, data.bad_filter, data.bad_where.
    """
    asked = None if columns is None else tuple(columns)
    key = ("shape", asked, tuple(order_by), repr(filters) if filters else "", where)
    shape = table.facts.get(key)
    if shape is None:
        shape = _build(table, grammar, columns, order_by, filters, where)
        table.facts.put(key, shape)
    assert isinstance(shape, Shape)
    return shape


def _build(
    table: Table,
    grammar: Grammar,
    columns: list[str] | None,
    order_by: Sequence[Order | str],
    filters: Sequence[Filter],
    where: str,
) -> Shape:
    tie_break = table.row_key or (_everything(table) if order_by else [])
    order, asked = terms(order_by, table.columns, tie_break, grammar)
    chosen = _chosen(table, columns, order)
    limit = cell_limit(len(chosen))
    cells = join(", ", (grammar.cell(column, limit) for column in chosen))
    source = grammar.table(table.described.schema, table.described.table)
    filter_key = _digest(table.described.schema, table.described.table, filters, where)
    condition, checked = condition_of(table, grammar, filters, where)
    sort = [term.sql(grammar) for term in order[:asked]]
    return Shape(
        table,
        chosen,
        Fragment(f"SELECT {cells.sql or 'NULL'} FROM {source}", cells.params),
        source,
        condition,
        checked,
        order,
        bool(table.row_key),
        [_place(chosen, term.column.name) for term in order],
        limit,
        _digest(filter_key, [(t.column.name, t.desc, t.nulls_first) for t in order]),
        filter_key,
        shown(table, grammar, [c for c in chosen if not c.hidden], filters, where, sort),
        asked > 0 and [term.column.name for term in order] != table.row_key,
    )


def _everything(table: Table) -> list[str]:
    return [column.name for column in table.visible if column.kind in _SORTABLE]


def _chosen(table: Table, asked: list[str] | None, order: Sequence[Term]) -> list[Column]:
    """The asked columns in the asked order, then what key and order need, marked as hidden."""
    if asked is None:
        chosen = list(table.visible)
    else:
        found = (_shown(find_column(table.columns, name)) for name in asked)
        chosen = list({column.name: column for column in found}.values())
    names = {column.name for column in chosen}
    needed = dict.fromkeys([*table.row_key, *(term.column.name for term in order)])
    extra = [table.columns[name] for name in needed if name not in names]
    return chosen + [msgspec.structs.replace(column, hidden=True) for column in extra]


def _shown(column: Column) -> Column:
    return msgspec.structs.replace(column, hidden=False) if column.hidden else column


def _place(columns: Sequence[Column], name: str) -> int:
    return next(place for place, column in enumerate(columns) if column.name == name)


def condition_of(
    table: Table, grammar: Grammar, filters: Sequence[Filter], where: str
) -> tuple[Fragment, Checked | None]:
    """Filter and raw condition together; the raw one first, where a driver's positions are its own."""
    checked = check(where, grammar.sqlglot_dialect) if where.strip() else None
    raw = [Fragment(f"(\n{grammar.escape(where)}\n)")] if checked else []
    return both(*raw, *conditions(filters, table.columns, grammar)), checked


def shown(
    table: Table,
    grammar: Grammar,
    columns: Sequence[Column],
    filters: Sequence[Filter],
    where: str,
    sort: Sequence[str],
) -> str:
    """Filter and order as SQL with literals. A raw condition stands as it was written."""
    names = [grammar.name(column.name) for column in columns]
    source = grammar.table(table.described.schema, table.described.table)
    parts = [f"(\n{where}\n)"] if where.strip() else []
    parts += [inline(fragment, grammar) for fragment in conditions(filters, table.columns, grammar)]
    return statement(names, source, parts, sort)


def _digest(*facts: Any) -> bytes:
    return hashlib.blake2s(repr(facts).encode("utf-8", "surrogatepass"), digest_size=9).digest()
