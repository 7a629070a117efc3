"""A foreign key over several columns that is not checked as soon as one of them is NULL."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.proofs import of_columns, regclass
from embedded_server.health.schema import Example, Schema, Table, finding
from embedded_server.wire.data import ForeignKey
from embedded_server.wire.health import HealthFinding

ID = "partial_foreign_key"
TITLE = "Foreign keys that a NULL switches off"
ENGINES = ("postgresql", "mysql", "sqlite")


def check(schema: Schema) -> Iterator[HealthFinding]:
    """Some of its columns may be NULL, others not: half a reference passes."""
    for table in schema.tables:
        for key in table.told.foreign_keys:
            columns = [table.column(name) for name in key.columns]
            empty = [column.name for column in columns if column is not None and column.nullable]
            if len(key.columns) < 2 or not empty or not _is_simple(schema, table, key):
                continue
            yield finding(
                schema,
                ID,
                table,
                key.columns,
                title=f"{table.name} ({', '.join(key.columns)}) is not checked when {empty[0]} is NULL",
                text=f"The reference to {key.target} has several columns; with a NULL in "
                f"{', '.join(empty)} the others may say anything.",
                advice=f"Set {', '.join(empty)} NOT NULL, or add a check that all of them are NULL or "
                "none is.",
                severity="warn",
                confidence="high",
                query=_proof(schema, table, key, empty),
                mark=key.name or ",".join(key.columns),
            )


def _is_simple(schema: Schema, table: Table, key: ForeignKey) -> bool:
    return schema.engine != "postgresql" or bool(schema.ask(_proof(schema, table, key, [])))


def _proof(schema: Schema, table: Table, key: ForeignKey, empty: list[str]) -> str:
    if schema.engine != "postgresql":
        return of_columns(schema, table, empty, "c.nullable = 1")
    return (
        "SELECT conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint\n"
        f"WHERE conrelid = {regclass(schema, table)} AND conname = {schema.text(key.name)}"
        " AND confmatchtype = 's'\n  AND EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = conrelid"
        " AND attnum = ANY (conkey) AND NOT attnotnull)"
    )


_PARENT = "CREATE TABLE depots_pf (a integer, b integer, PRIMARY KEY (a, b))"
_TABLE = (
    "CREATE TABLE {name} (id integer PRIMARY KEY, a integer{more}, b integer{more},"
    " CONSTRAINT fk_{name} FOREIGN KEY (a, b) REFERENCES depots_pf (a, b){match})"
)


def _made(name: str, more: str, match: str = "") -> tuple[str, ...]:
    return _PARENT, _TABLE.format(name=name, more=more, match=match)


BAD = tuple(Example(engine, "parts_pf", _made("parts_pf", "")) for engine in ENGINES)
NEAR = (
    *(Example(engine, "parts_pg", _made("parts_pg", " NOT NULL")) for engine in ENGINES),
    Example("postgresql", "parts_ph", _made("parts_ph", "", " MATCH FULL")),
)
