"""Values that occur twice in a column that nearly is a key, or is called like one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from embedded_server.health.question import Question, counted
from embedded_server.health.schema import Example, Schema, Table, listed, words
from embedded_server.wire.data import Column

ID = "duplicates"
TITLE = "Duplicates under a would-be unique key"
ENGINES = ("postgresql", "mysql", "sqlite", "duckdb")
_NAMES = listed("email login username slug sku isbn iban uuid guid token barcode handle nickname code number")
# With fewer different values than this part of all it is no key with mistakes in it, but no key.
_MOSTLY = 0.9


def questions(schema: Schema) -> Iterator[Question]:
    """One for each column that is called like a key and is none."""
    for table in schema.tables:
        unique = {key[0] for key in table.unique_keys() if len(key) == 1}
        for column in table.stored():
            if column.name not in unique and column.references is None and _is_meant(column):
                yield _question(schema, table, column)


def _is_meant(column: Column) -> bool:
    parts = words(column.name)
    return bool(parts) and parts[-1] in _NAMES and column.kind in ("text", "number", "uuid")


def _question(schema: Schema, table: Table, column: Column) -> Question:
    name, source = schema.column(column.name), schema.sql(table)
    query = (
        f"SELECT {name}, count(*) AS times FROM {source}\nWHERE {name} IS NOT NULL\n"
        f"  AND (SELECT count(DISTINCT {name}) >= {_MOSTLY} * count({name}) FROM {source})\n"
        f"GROUP BY {name} HAVING count(*) > 1"
    )
    index = {"op": "create_index", **schema.bare(table), "columns": [column.name], "unique": True}
    return Question(
        ID,
        f"Duplicates in {table.name}.{column.name}",
        query,
        partial(_told, f"{table.name}.{column.name}"),
        table,
        [column.name],
        "Merge or correct these rows, then make the column unique.",
        "warn",
        False,
        free=[index],
    )


def _told(where: str, count: int) -> str:
    if count == 1:
        return f"One value of {where} occurs more than once; nearly all others are unique."
    return f"{counted(count, 'value')} of {where} occur more than once; nearly all are unique."


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, email varchar(40){more})"
_FILL = "INSERT INTO {name} (id, email) SELECT n, {value} FROM {{numbers}} WHERE n <= 100"
_ONE = "CASE WHEN n = 100 THEN '7@x' ELSE {text} END"
_TEXTS = {"mysql": "concat(n, '@x')"}


def _made(name: str, value: str, engine: str, more: str = "") -> tuple[str, ...]:
    text = _TEXTS.get(engine, "n || '@x'")
    return _TABLE.format(name=name, more=more), _FILL.format(name=name, value=value.format(text=text))


BAD = tuple(Example(engine, "mails_du", _made("mails_du", _ONE, engine)) for engine in ENGINES)
NEAR = (
    *(Example(engine, "mails_dv", _made("mails_dv", "{text}", engine)) for engine in ENGINES),
    # Few different values: not a key at all.
    *(Example(engine, "mails_dw", _made("mails_dw", "'a@x'", engine)) for engine in ENGINES),
)
