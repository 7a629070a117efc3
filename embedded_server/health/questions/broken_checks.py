"""Rows that a check constraint forbids: it was added later, or checking was off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from embedded_server.health.question import Question, counted
from embedded_server.health.schema import Example, Schema

ID = "broken_checks"
TITLE = "Rows that break a check constraint"
ENGINES = ("postgresql", "mysql", "sqlite")
_CHECK = re.compile(r"\s*(?:CONSTRAINT\s+\S+\s+)?CHECK\s*\((.*)\)[\sA-Z]*\Z", re.IGNORECASE | re.DOTALL)


def questions(schema: Schema) -> Iterator[Question]:
    """One for each check of each table."""
    for table in schema.tables:
        for check in table.told.checks:
            match = _CHECK.match(check.sql)
            condition = match[1] if match is not None else check.sql
            yield Question(
                ID,
                f"Check {check.name or condition} of {table.name}",
                f"SELECT * FROM {schema.sql(table)}\nWHERE NOT ({condition})",
                partial(_told, table.name, check.name or condition),
                table,
                advice="Correct these rows: an update of any of them may fail.",
                mark=check.name or condition,
            )


def _told(table: str, check: str, count: int) -> str:
    verb = "breaks" if count == 1 else "break"
    return f"{counted(count, 'row')} of {table} {verb} {check}."


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, v integer, CONSTRAINT ck_{name} CHECK (v > 0))"
_ROWS = "INSERT INTO {name} VALUES (1, {value}), (2, 8)"


def _made(name: str, value: str, around: tuple[str, str] = ("", "")) -> tuple[str, ...]:
    insert = _ROWS.format(name=name, value=value)
    return _TABLE.format(name=name), "; ".join(filter(None, (around[0], insert, around[1])))


BAD = (
    Example("sqlite", "ck_bc", _made("ck_bc", "-1", ("PRAGMA ignore_check_constraints = ON", ""))),
    Example(
        "mysql",
        "ck_bc",
        _made("ck_bc", "-1", ("SET check_constraint_checks = 0", "SET check_constraint_checks = 1")),
    ),
    Example(
        "postgresql",
        "ck_bc",
        (
            "CREATE TABLE ck_bc (id integer PRIMARY KEY, v integer)",
            "INSERT INTO ck_bc VALUES (1, -1)",
            "ALTER TABLE ck_bc ADD CONSTRAINT ck_ck_bc CHECK (v > 0) NOT VALID",
        ),
    ),
)
# A check says nothing of NULL.
NEAR = tuple(Example(engine, "ck_bd", _made("ck_bd", "NULL")) for engine in ENGINES)
