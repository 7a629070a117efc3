"""Keys of 16 or 32 bits that are about to be used up."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from embedded_server.health.asking import real, text
from embedded_server.health.schema import Example, Schema, Table, execute, finding
from embedded_server.wire.health import HealthFinding

ID = "small_key"
TITLE = "Integer keys and sequences near their end"
ENGINES = ("postgresql", "mysql")
_HALF, _NEARLY = 0.5, 0.8

_SEQUENCES = """SELECT * FROM (
  SELECT t.relname AS table_name, a.attname AS column_name, s.schemaname, s.sequencename, s.last_value,
    least(s.max_value, CASE a.atttypid WHEN 'int2'::regtype THEN 32767 WHEN 'int4'::regtype THEN 2147483647
      ELSE 9223372036854775807 END) AS most
  FROM pg_sequences s
  JOIN pg_namespace n ON n.nspname = s.schemaname
  JOIN pg_class c ON c.relname = s.sequencename AND c.relnamespace = n.oid
  JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
  JOIN pg_class t ON t.oid = d.refobjid
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
  WHERE s.schemaname = {schema} AND s.last_value IS NOT NULL
) AS used WHERE last_value > {half} * most"""
_COUNTERS = """SELECT * FROM (
  SELECT t.TABLE_NAME AS table_name, c.COLUMN_NAME AS column_name, '' AS s, '' AS q,
    t.AUTO_INCREMENT AS last_value,
    CASE c.DATA_TYPE WHEN 'tinyint' THEN 127 WHEN 'smallint' THEN 32767 WHEN 'mediumint' THEN 8388607
      WHEN 'int' THEN 2147483647 ELSE 9223372036854775807 END
      * CASE WHEN c.COLUMN_TYPE LIKE '%unsigned%' THEN 2 ELSE 1 END AS most
  FROM information_schema.TABLES t JOIN information_schema.COLUMNS c
    ON c.TABLE_SCHEMA = t.TABLE_SCHEMA AND c.TABLE_NAME = t.TABLE_NAME AND c.EXTRA LIKE '%auto_increment%'
  WHERE t.TABLE_SCHEMA = {schema} AND t.AUTO_INCREMENT IS NOT NULL
) AS used WHERE last_value > {half} * most"""


def check(schema: Schema) -> Iterator[HealthFinding]:
    """An insert fails on the day it ends; the change of a large table takes long, so it is told at half."""
    asked = _SEQUENCES if schema.engine == "postgresql" else _COUNTERS
    sql = asked.format(schema=schema.text(schema.name), half=_HALF)
    for name, column, _, sequence, last, most in schema.ask(sql):
        table = schema.find(text(name))
        if table is None:
            continue
        used = (real(last) or 0.0) / (real(most) or 1.0)
        yield finding(
            schema,
            ID,
            table,
            [text(column)],
            title=f"{table.name}.{text(column)} has used {used:.0%} of its numbers",
            text=f"The last number given out is {int(real(last) or 0):,} of {int(real(most) or 0):,}: "
            "behind that every insert fails.",
            advice="Change the column, and every column that refers to it, to bigint while there is time.",
            severity="error" if used >= _NEARLY else "warn",
            confidence="high",
            query=f"{sql}\n  AND table_name = {schema.text(table.name)}",
            operations=_cure(schema, table, text(column), text(sequence)),
        )


def _cure(schema: Schema, table: Table, column: str, sequence: str) -> list[dict[str, Any]]:
    told = table.column(column)
    if schema.engine != "postgresql" or told is None or told.type == "bigint":
        return []
    start = f"ALTER TABLE {schema.sql(table)} ALTER COLUMN {schema.column(column)} TYPE"
    name = schema.grammar.table("" if schema.default else table.schema, sequence)
    return [
        execute(f"{start} bigint", f"{start} {told.type}"),
        execute(f"ALTER SEQUENCE {name} AS bigint", f"ALTER SEQUENCE {name} AS {told.type}"),
    ]


_SERIAL = "CREATE TABLE {name} (id {type} PRIMARY KEY, v integer)"
_SET = "SELECT setval('{name}_id_seq', {value})"
_AUTO = "CREATE TABLE {name} (id {type} AUTO_INCREMENT PRIMARY KEY, v integer) AUTO_INCREMENT = {value}"


def _pg(name: str, kind: str, value: int) -> tuple[str, ...]:
    return _SERIAL.format(name=name, type=kind), _SET.format(name=name, value=value)


BAD = (
    Example("postgresql", "tickets_sk", _pg("tickets_sk", "serial", 1_900_000_000)),
    Example("mysql", "tickets_sk", (_AUTO.format(name="tickets_sk", type="int", value=1_900_000_000),)),
)
NEAR = (
    Example("postgresql", "tickets_sl", _pg("tickets_sl", "serial", 900_000_000)),
    Example("postgresql", "tickets_sm", _pg("tickets_sm", "bigserial", 1_900_000_000)),
    Example("mysql", "tickets_sl", (_AUTO.format(name="tickets_sl", type="int", value=900_000_000),)),
    Example(
        "mysql", "tickets_sm", (_AUTO.format(name="tickets_sm", type="int unsigned", value=1_900_000_000),)
    ),
)
