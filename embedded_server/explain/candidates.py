"""Indexes that the text of a statement asks for: equality columns, then one range, then the order."""

from __future__ import annotations

import re
from collections.abc import Iterator

from embedded_server.engines.base import Grammar
from embedded_server.wire.explain import IndexColumns, Suggestion

from .case import TableFacts
from .proposing import (
    MOST_COLUMNS,
    equal_columns,
    index_for,
    is_there,
    joined_columns,
    order_columns,
    range_columns,
)
from .syntax import Parsed

MOST = 16
# A table this small is read whole as fast as through any index.
_SMALL = 100


def candidates(
    parsed: Parsed, tables: dict[str, TableFacts], grammar: Grammar, found: list[IndexColumns]
) -> list[Suggestion]:
    """Candidates without those that are there already; what the findings proposed comes first."""
    wanted: list[tuple[IndexColumns, str]] = [(index, "proposed by a finding of its plan") for index in found]
    for table in parsed.tables:
        facts = tables.get(table.name.lower())
        if facts is None or facts.table.kind not in ("table", "partitioned table", "materialized view"):
            continue
        if facts.rows is not None and facts.rows < _SMALL:
            continue
        for columns, why in _columns(parsed, table.alias, facts):
            wanted.append((IndexColumns(facts.table.table, columns, facts.schema), why))
    made: dict[tuple[str, ...], Suggestion] = {}
    for index, why in wanted:
        facts = tables.get(index.table.lower())
        if facts is not None and is_there(facts, index.columns):
            continue
        made.setdefault((index.table.lower(), *index.columns), suggestion(index, grammar, why))
    return list(made.values())[:MOST]


def _columns(parsed: Parsed, alias: str, facts: TableFacts) -> Iterator[tuple[list[str], str]]:
    predicates = [one for one in parsed.of(alias) if one.top and not one.function]
    equal, ranges = equal_columns(predicates), range_columns(predicates)
    joined = [column for column in joined_columns(parsed, alias) if column not in equal]
    order = [column for column in order_columns(parsed, alias) if column not in equal]
    ways = [
        (
            index.columns if (index := index_for(parsed, alias, facts)) else [],
            "its conditions, then its order",
        ),
        (equal + order, "equal columns, then the order"),
        (equal + ranges[:1], "equal columns, then a range"),
        (joined[:1] + equal, "the column it is joined by, then its conditions"),
        (equal + joined[:1], "its conditions, then the column it is joined by"),
        *(([column], "the column it is joined by") for column in joined),
        (joined, "the columns it is joined by"),
        *(([column], "a column compared with a value") for column in equal),
        *(([column], "a range of its values") for column in ranges),
        (order if parsed.limit is not None else [], "the order of the first rows"),
        (
            [column for side, column in parsed.group if parsed.table(side) == parsed.table(alias)],
            "its groups",
        ),
    ]
    names = {column.name for column in facts.table.columns}
    for columns, why in ways:
        kept = [column for column in dict.fromkeys(columns) if column in names][:MOST_COLUMNS]
        if kept:
            yield kept, why


def suggestion(index: IndexColumns, grammar: Grammar, reason: str) -> Suggestion:
    """A candidate with its DDL and the operation that a migration would hold."""
    name = index_name(index)
    return Suggestion(
        name=name,
        table=index.table,
        columns=index.columns,
        schema=index.schema,
        ddl=create(index, name, grammar),
        reason=reason,
        operation={
            "op": "create_index",
            "table": index.table,
            "schema": index.schema,
            "name": name,
            "columns": list(index.columns),
            "unique": False,
        },
    )


def index_name(index: IndexColumns) -> str:
    """`ix_orders_state_at`, within 63 characters, nothing in it but letters, digits and `_`."""
    return re.sub(r"\W+", "_", "_".join(["ix", index.table, *index.columns]))[:63].rstrip("_")


def create(index: IndexColumns, name: str, grammar: Grammar) -> str:
    """CREATE INDEX, names quoted only where they must be."""
    columns = ", ".join(_name(column, grammar) for column in index.columns)
    schema = f"{_name(index.schema, grammar)}." if index.schema else ""
    # SQLite wants the schema before the index, everybody else before the table.
    before, behind = (schema, "") if grammar.sqlglot_dialect == "sqlite" else ("", schema)
    return f"CREATE INDEX {before}{_name(name, grammar)} ON {behind}{_name(index.table, grammar)} ({columns})"


def _name(name: str, grammar: Grammar) -> str:
    plain = name.isascii() and name.isidentifier() and name == name.lower()
    return name if plain and name not in _RESERVED else grammar.name(name)


_WORDS = """
    all analyse analyze and any array as asc asymmetric both case cast check collate column
    constraint create cross current_date current_time current_timestamp default deferrable desc
    distinct do else end except false fetch for foreign from full grant group having ilike in index
    initially inner intersect into is isnull join key lateral leading left like limit localtime
    natural not notnull null offset on only or order outer overlaps placing primary references
    returning right row rows select session_user set similar some symmetric table then to trailing
    true union unique update user using values variadic when where window with
"""
_RESERVED = frozenset(_WORDS.split())
