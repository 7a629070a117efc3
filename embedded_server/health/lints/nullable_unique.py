"""A unique key over several columns of which one may be NULL: equal rows pass as soon as it is."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.proofs import of_columns
from embedded_server.health.schema import Example, Schema, finding
from embedded_server.wire.health import HealthFinding

ID = "nullable_unique"
TITLE = "Unique keys that NULL opens"
ENGINES = ("postgresql", "mysql", "sqlite")


def check(schema: Schema) -> Iterator[HealthFinding]:
    """Of a single column that is mostly meant so; of several hardly ever."""
    for table in schema.tables:
        for index in table.told.indexes:
            if not index.unique or index.primary or len(index.columns) < 2:
                continue
            if "NULLS NOT DISTINCT" in index.definition.upper():
                continue
            columns = [table.column(name) for name in index.columns]
            empty = [column.name for column in columns if column is not None and column.nullable]
            if empty and len(empty) < len(columns):
                yield finding(
                    schema,
                    ID,
                    table,
                    index.columns,
                    title=f"{index.name} lets equal rows in when {empty[0]} is NULL",
                    text=f"({', '.join(index.columns)}) is unique, but no NULL is equal to another: "
                    f"rows that are the same but for a NULL in {', '.join(empty)} all pass.",
                    advice=f"Set {', '.join(empty)} NOT NULL, or make the index over the other "
                    "columns WHERE it is NULL as well.",
                    severity="warn",
                    confidence="medium",
                    query=of_columns(schema, table, empty, "c.nullable = 1"),
                    mark=index.name,
                )


_TABLE = (
    "CREATE TABLE {name} (id integer PRIMARY KEY, depot integer NOT NULL, code integer{more},"
    " UNIQUE (depot, code))"
)
_ONE = "CREATE TABLE {name} (id integer PRIMARY KEY, code integer UNIQUE)"
BAD = tuple(Example(engine, "codes_nu", (_TABLE.format(name="codes_nu", more=""),)) for engine in ENGINES)
NEAR = (
    *(Example(engine, "codes_nv", (_TABLE.format(name="codes_nv", more=" NOT NULL"),)) for engine in ENGINES),
    *(Example(engine, "codes_nw", (_ONE.format(name="codes_nw"),)) for engine in ENGINES),
)
