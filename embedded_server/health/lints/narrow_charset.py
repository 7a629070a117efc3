"""MariaDB: texts of a character set that cannot hold every character."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.asking import text
from embedded_server.health.schema import Example, Schema, execute, finding
from embedded_server.wire.health import HealthFinding

ID = "narrow_charset"
TITLE = "Texts in utf8mb3 or latin1"
ENGINES = ("mysql",)
_NARROW = """SELECT TABLE_NAME, COLUMN_NAME, CHARACTER_SET_NAME FROM information_schema.COLUMNS
WHERE TABLE_SCHEMA = {schema} AND CHARACTER_SET_NAME IN ('utf8', 'utf8mb3', 'latin1')"""


def check(schema: Schema) -> Iterator[HealthFinding]:
    """One finding for each table."""
    sql = _NARROW.format(schema=schema.text(schema.name))
    columns: dict[str, dict[str, str]] = {}
    for name, column, charset in schema.ask(sql):
        columns.setdefault(text(name), {})[text(column)] = text(charset)
    for name, found in columns.items():
        table = schema.find(name)
        if table is None:
            continue
        charset = next(iter(found.values()))
        start = f"ALTER TABLE {schema.sql(table)} CONVERT TO CHARACTER SET"
        yield finding(
            schema,
            ID,
            table,
            list(found),
            title=f"{table.name} keeps texts in {charset}",
            text=f"{', '.join(found)}: an emoji, and many a name, does not fit; it is refused, or cut "
            "off there.",
            advice="Convert the table to utf8mb4; keys of long texts may have to become shorter.",
            severity="warn",
            confidence="high",
            query=f"{sql}\n  AND TABLE_NAME = {schema.text(table.name)}",
            operations=[execute(f"{start} utf8mb4", f"{start} {charset}")],
        )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, v varchar(20)) CHARACTER SET {charset}"
BAD = (Example("mysql", "texts_nc", (_TABLE.format(name="texts_nc", charset="utf8mb3"),)),)
NEAR = (Example("mysql", "texts_nd", (_TABLE.format(name="texts_nd", charset="utf8mb4"),)),)
