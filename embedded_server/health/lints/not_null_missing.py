"""Columns that may be NULL and never are."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.asking import whole
from embedded_server.health.schema import WHOLE_ROWS, Example, Schema, Table, execute, finding
from embedded_server.wire.health import HealthFinding

ID = "not_null_missing"
TITLE = "Columns without NULLs that allow them"
ENGINES = ("postgresql", "mysql", "sqlite", "duckdb")
_ENOUGH, _MANY = 100, 10_000


def check(schema: Schema) -> Iterator[HealthFinding]:
    """One finding for each table; tables too large to be counted are left out and named."""
    for table in schema.tables:
        names = [column.name for column in table.stored() if column.nullable and not column.key]
        if not names:
            continue
        if table.rows is not None and table.rows > WHOLE_ROWS:
            schema.notes.append(f"{table.name} was not searched for NULLs: ~{table.rows:,} rows.")
            continue
        counts = ", ".join(f"count({schema.column(name)})" for name in names)
        told = [
            whole(cell) or 0 for cell in schema.ask(f"SELECT count(*), {counts} FROM {schema.sql(table)}")[0]
        ]
        never = [name for name, filled in zip(names, told[1:], strict=True) if filled == told[0]]
        if told[0] >= _ENOUGH and never:
            yield _finding(schema, table, never, told[0])


def _finding(schema: Schema, table: Table, names: list[str], total: int) -> HealthFinding:
    start = f"ALTER TABLE {schema.sql(table)} ALTER COLUMN"
    can = schema.engine in ("postgresql", "duckdb")
    counts = " AND ".join(f"count(*) = count({schema.column(name)})" for name in names)
    return finding(
        schema,
        ID,
        table,
        names,
        title=f"{table.name}: {', '.join(names)} {'is' if len(names) == 1 else 'are'} never NULL",
        text=f"None of {total:,} rows has a NULL there, but the schema allows it: programs have to "
        "expect one, and NOT IN and joins have to heed it.",
        advice=f"Set {', '.join(names)} NOT NULL, unless a NULL is meant to come.",
        severity="info",
        confidence="medium" if total >= _MANY else "low",
        query=f"SELECT count(*) AS row_count FROM {schema.sql(table)}\nHAVING count(*) >= {_ENOUGH} "
        f"AND {counts}",
        operations=[
            execute(
                f"{start} {schema.column(name)} SET NOT NULL", f"{start} {schema.column(name)} DROP NOT NULL"
            )
            for name in names
            if can
        ],
        mark="columns",
    )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, v integer)"
_FILL = "INSERT INTO {name} SELECT n, {value} FROM {{numbers}} WHERE n <= {rows}"
_ONE = "CASE WHEN n = 7 THEN NULL ELSE n END"


def _made(name: str, value: str, rows: int) -> tuple[str, ...]:
    return _TABLE.format(name=name), _FILL.format(name=name, value=value, rows=rows)


BAD = tuple(Example(engine, "full_nn", _made("full_nn", "n", 150)) for engine in ENGINES)
NEAR = (
    *(Example(engine, "hole_nn", _made("hole_nn", _ONE, 150)) for engine in ENGINES),
    *(Example(engine, "few_nn", _made("few_nn", "n", 99)) for engine in ENGINES),
)
