"""NULLs in a column that is filled in nearly all rows."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from embedded_server.health.asking import rows, whole
from embedded_server.health.question import Question, counted
from embedded_server.health.schema import Example, Schema, Table

ID = "nulls"
TITLE = "NULLs under a would-be NOT NULL"
ENGINES = ("postgresql", "mysql", "sqlite", "duckdb")
_ENOUGH, _RARELY = 100, 0.01


def questions(schema: Schema) -> Iterator[Question]:
    """One for each table: a single pass counts all its columns."""
    for table in schema.tables:
        names = [column.name for column in table.stored() if column.nullable is not False and not column.key]
        if names:
            counts = ", ".join(f"count({schema.column(name)})" for name in names)
            sql = f"SELECT count(*), {counts} FROM {schema.sql(table)}"
            yield Question(
                ID,
                f"NULLs in {table.name}",
                sql,
                partial(_told, table.name),
                table,
                declared=False,
                severity="warn",
                closer=partial(_closer, table=table, names=names, sql=sql),
            )


def _closer(schema: Schema, table: Table, names: list[str], sql: str) -> list[Question]:
    told = [whole(cell) or 0 for cell in rows(schema.lease.session, sql)[0]]
    total = told[0]
    if total < _ENOUGH:
        return []
    return [
        _question(schema, table, name)
        for name, filled in zip(names, told[1:], strict=True)
        if 0 < total - filled <= total * _RARELY
    ]


def _question(schema: Schema, table: Table, name: str) -> Question:
    query = f"SELECT * FROM {schema.sql(table)}\nWHERE {schema.column(name)} IS NULL"
    return Question(
        ID,
        f"NULLs in {table.name}.{name}",
        query,
        partial(_told, f"{table.name}.{name}"),
        table,
        [name],
        "Fill these rows, then set the column NOT NULL.",
        "warn",
        False,
    )


def _told(where: str, count: int) -> str:
    return f"{counted(count, 'row')} with NULL in {where}; at least 99 % of the rows have a value there."


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, city varchar(40))"
_FILL = (
    "INSERT INTO {name} SELECT n, CASE WHEN n > {some} THEN NULL ELSE 'x' END FROM {{numbers}} WHERE n <= 400"
)


def _made(name: str, some: int) -> tuple[str, ...]:
    return _TABLE.format(name=name), _FILL.format(name=name, some=some)


BAD = tuple(Example(engine, "cities_nu", _made("cities_nu", 398)) for engine in ENGINES)
NEAR = (
    *(Example(engine, "cities_nv", _made("cities_nv", 400)) for engine in ENGINES),
    *(Example(engine, "cities_nw", _made("cities_nw", 300)) for engine in ENGINES),
)
