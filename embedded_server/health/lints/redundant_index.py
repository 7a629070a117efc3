"""An index that another one makes needless: the same columns, or the first of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from embedded_server.health.proofs import of_indexes
from embedded_server.health.schema import Example, Schema, Table, finding
from embedded_server.wire.data import Index
from embedded_server.wire.health import HealthFinding

ID = "redundant_index"
TITLE = "Redundant and duplicate indexes"
ENGINES = ("postgresql", "mysql", "sqlite", "duckdb")
_LIST = re.compile(r"\((.*)\)(.*)", re.S)


def check(schema: Schema) -> Iterator[HealthFinding]:
    """Each of them costs every write, and room, for nothing."""
    for table in schema.tables:
        gone: set[str] = set()
        for index in table.told.indexes:
            if index.primary or index.name.startswith("sqlite_autoindex"):
                continue
            other = next(
                (
                    one
                    for one in table.told.indexes
                    if one.name not in gone and one is not index and _makes_needless(table, one, index)
                ),
                None,
            )
            if other is not None:
                gone.add(index.name)
                yield _finding(schema, table, index, other)


def _makes_needless(table: Table, better: Index, index: Index) -> bool:
    if not (index.valid and better.valid) or index.where != better.where or index.method != better.method:
        return False
    width = len(index.columns)
    if list(better.columns[:width]) != list(index.columns) or not _plain(table, index):
        return False
    if not _same_order(better, index):
        return False
    same = len(better.columns) == width
    if index.unique:
        # A unique index also forbids something: only an equal one does that as well.
        return same and (better.primary or (better.unique and better.name < index.name))
    if same and not better.unique:
        return better.name < index.name
    return True


def _plain(table: Table, index: Index) -> bool:
    names = {column.name for column in table.told.columns}
    return all(column in names for column in index.columns)


def _same_order(better: Index, index: Index) -> bool:
    """By the engine's own words: no other direction, collation, operator class or included column."""
    parts = _LIST.search(index.definition), _LIST.search(better.definition)
    if parts[0] is None or parts[1] is None:
        return True
    (inner, tail), (longer, other_tail) = parts[0].groups(), parts[1].groups()
    if tail.strip(" ;") or other_tail.strip(" ;"):
        return False
    inner, longer = _bare(inner), _bare(longer)
    return longer == inner or longer.startswith(inner + ",")


def _bare(text: str) -> str:
    return re.sub(r"\s*,\s*", ",", re.sub(r'["`]', "", text.strip()))


def _finding(schema: Schema, table: Table, index: Index, other: Index) -> HealthFinding:
    same = len(other.columns) == len(index.columns)
    how = "covers the same columns as" if same else "is the beginning of"
    drop = {"op": "drop_index", **schema.bare(table), "name": index.name, "columns": list(index.columns)}
    return finding(
        schema,
        ID,
        table,
        index.columns,
        title=f"{index.name} {how} {other.name}",
        text=f"Whatever {index.name} ({', '.join(index.columns)}) answers, {other.name} "
        f"({', '.join(other.columns)}) answers too; every write of {table.name} keeps both up to date.",
        advice=f"Drop {index.name}.",
        severity="warn",
        confidence="high" if same else "medium",
        query=of_indexes(schema, table, [index.name, other.name]),
        operations=[drop | ({"unique": True} if index.unique else {})],
        mark=index.name,
    )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, a integer, b integer)"
_BAD = (
    _TABLE.format(name="parts_ri"),
    "CREATE INDEX ix_ri_ab ON parts_ri (a, b)",
    "CREATE INDEX ix_ri_a ON parts_ri (a)",
)
_TWICE = (
    _TABLE.format(name="twice_ri"),
    "CREATE INDEX ix_ri_1 ON twice_ri (b)",
    "CREATE INDEX ix_ri_2 ON twice_ri (b)",
)
_NEAR = (
    _TABLE.format(name="parts_rj"),
    "CREATE INDEX ix_rj_ab ON parts_rj (a, b)",
    "CREATE INDEX ix_rj_b ON parts_rj (b)",
    "CREATE UNIQUE INDEX ix_rj_a ON parts_rj (a)",
)
_ORDER = (
    _TABLE.format(name="parts_rk"),
    "CREATE INDEX ix_rk_ab ON parts_rk (a DESC, b)",
    "CREATE INDEX ix_rk_a ON parts_rk (a)",
)
_PARTIAL = (
    _TABLE.format(name="parts_rl"),
    "CREATE INDEX ix_rl_ab ON parts_rl (a, b) WHERE b > 5",
    "CREATE INDEX ix_rl_a ON parts_rl (a)",
)
BAD = (
    *(Example(engine, "parts_ri", _BAD) for engine in ENGINES),
    *(Example(engine, "twice_ri", _TWICE) for engine in ("postgresql", "sqlite", "duckdb")),
)
NEAR = (
    *(Example(engine, "parts_rj", _NEAR) for engine in ENGINES),
    *(Example(engine, "parts_rk", _ORDER) for engine in ("postgresql", "sqlite")),
    *(Example(engine, "parts_rl", _PARTIAL) for engine in ("postgresql", "sqlite")),
)
