"""A foreign key of another type than what it refers to."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.proofs import of_columns
from embedded_server.health.schema import Example, Schema, Table, execute, finding
from embedded_server.wire.data import Column
from embedded_server.wire.health import HealthFinding

ID = "key_types"
TITLE = "Foreign keys of another type than their target"
ENGINES = ("postgresql", "sqlite")


def check(schema: Schema) -> Iterator[HealthFinding]:
    """The narrower side is full first; on SQLite a text never equals a number."""
    for table in schema.tables:
        for key in table.told.foreign_keys:
            target = schema.find(key.target)
            if target is None or (key.target_schema and key.target_schema != schema.name):
                continue
            for mine, theirs in zip(key.columns, key.target_columns, strict=False):
                left, right = table.column(mine), target.column(theirs)
                if left is not None and right is not None and _differ(schema.engine, left, right):
                    yield _finding(schema, table, left, target, right)


def _differ(engine: str, left: Column, right: Column) -> bool:
    if engine == "sqlite":
        return left.kind != right.kind and "" not in (left.type, right.type)
    return left.type.partition("(")[0] != right.type.partition("(")[0]


def _finding(schema: Schema, table: Table, left: Column, target: Table, right: Column) -> HealthFinding:
    start = f"ALTER TABLE {schema.sql(table)} ALTER COLUMN {schema.column(left.name)} TYPE"
    wider = schema.engine == "postgresql" and right.type == "bigint" and left.type in ("integer", "smallint")
    return finding(
        schema,
        ID,
        table,
        [left.name],
        title=f"{table.name}.{left.name} is {left.type}, but {target.name}.{right.name} is {right.type}",
        text="A key of the one type need not fit into the other, and comparing them takes a "
        "conversion each time.",
        advice=f"Change {table.name}.{left.name} to {right.type}.",
        severity="warn",
        confidence="high",
        query=of_columns(schema, table, [left.name], f"lower(c.type) <> lower({schema.text(right.type)})"),
        operations=[execute(f"{start} {right.type}", f"{start} {left.type}")] if wider else [],
    )


_TARGET = "CREATE TABLE targets_kt (id bigint PRIMARY KEY)"
_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, target {type} REFERENCES targets_kt (id))"
_INDEX = "CREATE INDEX ix_{name} ON {name} (target)"


def _made(name: str, kind: str) -> tuple[str, ...]:
    return _TARGET, _TABLE.format(name=name, type=kind), _INDEX.format(name=name)


BAD = (
    Example("postgresql", "refs_kt", _made("refs_kt", "integer")),
    Example("sqlite", "refs_kt", _made("refs_kt", "text")),
)
NEAR = (
    Example("postgresql", "refs_ku", _made("refs_ku", "bigint")),
    Example("sqlite", "refs_ku", _made("refs_ku", "integer")),
)
