"""SQLite: texts in a column that is declared to hold numbers."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.schema import WHOLE_ROWS, Example, Schema, Table, finding
from embedded_server.wire.data import Column
from embedded_server.wire.health import HealthFinding

ID = "loose_values"
TITLE = "Texts in columns of numbers"
ENGINES = ("sqlite",)
_NUMBERS = ("INT", "REAL", "FLOA", "DOUB")


def check(schema: Schema) -> Iterator[HealthFinding]:
    """SQLite keeps what it is given, unless the table is STRICT; large tables are looked at in part."""
    for table in schema.tables:
        for column in table.stored():
            declared = column.type.upper()
            if any(word in declared for word in _NUMBERS) and "POINT" not in declared and column.key == 0:
                found = schema.ask(_proof(schema, table, column))
                if found:
                    yield _finding(schema, table, column, int(found[0][1]))


def _proof(schema: Schema, table: Table, column: Column) -> str:
    name = schema.column(column.name)
    source = schema.sql(table)
    if table.rows is None or table.rows > WHOLE_ROWS:
        source = f"(SELECT {name} FROM {source} LIMIT {WHOLE_ROWS})"
    return (
        f"SELECT typeof({name}) AS kept_as, count(*) AS times, min({name}) AS example FROM {source}\n"
        f"WHERE typeof({name}) IN ('text', 'blob') GROUP BY 1 ORDER BY 2 DESC"
    )


def _finding(schema: Schema, table: Table, column: Column, count: int) -> HealthFinding:
    return finding(
        schema,
        ID,
        table,
        [column.name],
        title=f"{table.name}.{column.name} is {column.type} but holds {count:,} texts",
        text="SQLite stores whatever it is given: these sort behind all numbers and compare with "
        "none of them.",
        advice="Correct them, and make the table anew as STRICT: then they are refused.",
        severity="warn",
        confidence="high",
        query=_proof(schema, table, column),
        doc="https://www.sqlite.org/stricttables.html",
    )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, n INTEGER)"
BAD = (
    Example(
        "sqlite",
        "loose_lv",
        (_TABLE.format(name="loose_lv"), "INSERT INTO loose_lv VALUES (1, 5), (2, 'many')"),
    ),
)
NEAR = (
    # What looks like a number becomes one.
    Example(
        "sqlite",
        "tight_lv",
        (_TABLE.format(name="tight_lv"), "INSERT INTO tight_lv VALUES (1, '5'), (2, NULL)"),
    ),
)
