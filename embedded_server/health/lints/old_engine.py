"""MariaDB: tables of an engine that neither locks rows nor survives a crash."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.asking import text
from embedded_server.health.schema import Example, Schema, execute, finding
from embedded_server.wire.health import HealthFinding

ID = "old_engine"
TITLE = "Tables outside of InnoDB"
ENGINES = ("mysql",)
_OLD = """SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES
WHERE TABLE_SCHEMA = {schema} AND TABLE_TYPE = 'BASE TABLE' AND ENGINE IN ('MyISAM', 'Aria', 'MEMORY')"""


def check(schema: Schema) -> Iterator[HealthFinding]:
    """No transactions, no foreign keys, locks on whole tables."""
    sql = _OLD.format(schema=schema.text(schema.name))
    for name, engine in schema.ask(sql):
        table = schema.find(text(name))
        if table is None:
            continue
        start = f"ALTER TABLE {schema.sql(table)} ENGINE ="
        yield finding(
            schema,
            ID,
            table,
            [],
            title=f"{table.name} is a {text(engine)} table",
            text="It takes part in no transaction: a ROLLBACK leaves its rows changed. It knows no "
            "foreign keys, and each write locks all of it.",
            advice="Change its engine to InnoDB; the table is copied meanwhile.",
            severity="warn",
            confidence="high",
            query=f"{sql}\n  AND TABLE_NAME = {schema.text(table.name)}",
            operations=[execute(f"{start} InnoDB", f"{start} {text(engine)}")],
        )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY) ENGINE = {engine}"
BAD = (Example("mysql", "old_oe", (_TABLE.format(name="old_oe", engine="MyISAM"),)),)
NEAR = (Example("mysql", "new_oe", (_TABLE.format(name="new_oe", engine="InnoDB"),)),)
