"""Moments without a zone: what they mean depends on who reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from embedded_server.health.proofs import of_columns
from embedded_server.health.schema import Example, Schema, execute, finding
from embedded_server.wire.health import HealthFinding

ID = "time_without_zone"
TITLE = "Timestamps without a zone"
ENGINES = ("postgresql", "duckdb")
_NAKED = re.compile(r"timestamp(\(\d\))?( without time zone)?\Z", re.IGNORECASE)


def check(schema: Schema) -> Iterator[HealthFinding]:
    """One finding for each table."""
    for table in schema.tables:
        columns = [column for column in table.stored() if _NAKED.match(column.type)]
        if not columns:
            continue
        names = [column.name for column in columns]
        cure = []
        for column in columns:
            name, start = schema.column(column.name), f"ALTER TABLE {schema.sql(table)} ALTER COLUMN"
            if column.default is None:
                up = f"{start} {name} TYPE timestamp with time zone USING {name} AT TIME ZONE 'UTC'"
                down = f"{start} {name} TYPE timestamp USING {name} AT TIME ZONE 'UTC'"
                cure.append(execute(up, down))
        yield finding(
            schema,
            ID,
            table,
            names,
            title=f"{table.name} keeps moments without a zone",
            text=f"{', '.join(names)}: a moment is written in the zone of whoever writes, read in "
            "that of whoever reads, and an hour comes twice when clocks go back.",
            advice="Change the type to timestamp with time zone; the cure takes what is there for UTC.",
            severity="info",
            confidence="medium",
            query=of_columns(
                schema, table, names, "lower(c.type) IN ('timestamp without time zone', 'timestamp')"
            ),
            operations=cure if len(cure) == len(columns) else [],
            doc="https://www.postgresql.org/docs/current/datatype-datetime.html",
        )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, seen_at {type})"
BAD = tuple(
    Example(engine, "seen_tz", (_TABLE.format(name="seen_tz", type="timestamp"),)) for engine in ENGINES
)
NEAR = tuple(
    Example(engine, name, (_TABLE.format(name=name, type=kind),))
    for engine in ENGINES
    for name, kind in (("seen_ta", "timestamp with time zone"), ("seen_tb", "date"))
)
