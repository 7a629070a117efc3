"""A table without a primary key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from embedded_server.health.proofs import here, is_table
from embedded_server.health.schema import Example, Schema, Table, execute, finding
from embedded_server.wire.health import HealthFinding

ID = "no_primary_key"
TITLE = "Tables without a primary key"
ENGINES = ("postgresql", "mysql", "sqlite", "duckdb")


def check(schema: Schema) -> Iterator[HealthFinding]:
    """Rows of it cannot be told apart, edited, replicated or paged through safely."""
    for table in schema.tables:
        if table.told.primary_key or table.told.kind not in ("table", "partitioned table"):
            continue
        unique = next((key for key in table.unique_keys() if _is_key(table, key)), [])
        yield finding(
            schema,
            ID,
            table,
            unique,
            title=f"{table.name} has no primary key",
            text=f"Nothing tells two equal rows of {table.name} apart: they cannot be edited or deleted one "
            "by one, and replication and paging have no order to hold on to.",
            advice=f"Make ({', '.join(unique)}) the primary key: it is unique and never NULL."
            if unique
            else "Add a key: an identity column, or the columns that are unique by nature.",
            severity="warn",
            confidence="high",
            query=_proof(schema, table),
            operations=_cure(schema, table, unique),
            doc="https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS",
        )


def _is_key(table: Table, key: list[str]) -> bool:
    columns = [table.column(name) for name in key]
    return all(column is not None and column.nullable is False for column in columns)


def _proof(schema: Schema, table: Table) -> str:
    if schema.engine == "sqlite":
        return (
            f"SELECT name FROM sqlite_schema WHERE type = 'table' AND name = {here(schema, table)}\n"
            f"AND NOT EXISTS (SELECT 1 FROM pragma_table_info({here(schema, table)}) WHERE pk > 0)"
        )
    return (
        f"SELECT t.table_name FROM information_schema.tables t\nWHERE {is_table(schema, table, 't')}\n"
        "AND NOT EXISTS (SELECT 1 FROM information_schema.table_constraints k\n"
        "  WHERE k.table_schema = t.table_schema AND k.table_name = t.table_name"
        " AND k.constraint_type = 'PRIMARY KEY')"
    )


def _cure(schema: Schema, table: Table, unique: list[str]) -> list[dict[str, Any]]:
    name = schema.sql(table)
    if unique and schema.engine == "postgresql":
        key = schema.column(f"{table.name}_pkey")
        return [
            execute(
                f"ALTER TABLE {name} ADD CONSTRAINT {key} PRIMARY KEY ({schema.columns(unique)})",
                f"ALTER TABLE {name} DROP CONSTRAINT {key}",
            )
        ]
    if unique and schema.engine == "mysql":
        return [
            execute(
                f"ALTER TABLE {name} ADD PRIMARY KEY ({schema.columns(unique)})",
                f"ALTER TABLE {name} DROP PRIMARY KEY",
            )
        ]
    if table.column("id") is None and schema.engine == "postgresql":
        return [
            execute(
                f"ALTER TABLE {name} ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                f"ALTER TABLE {name} DROP COLUMN id",
            )
        ]
    if table.column("id") is None and schema.engine == "mysql":
        return [
            execute(
                f"ALTER TABLE {name} ADD COLUMN id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY FIRST",
                f"ALTER TABLE {name} DROP COLUMN id",
            )
        ]
    return []


_BAD = ("CREATE TABLE visits_np (seen integer, page integer)",)
_NEAR = ("CREATE TABLE visits_nq (seen integer, page integer, PRIMARY KEY (seen, page))",)
_UNIQUE = ("CREATE TABLE codes_np (code varchar(9) NOT NULL UNIQUE)",)
BAD = (
    *(Example(engine, "visits_np", _BAD) for engine in ENGINES),
    *(Example(engine, "codes_np", _UNIQUE) for engine in ("postgresql", "mysql")),
)
NEAR = tuple(Example(engine, "visits_nq", _NEAR) for engine in ENGINES)
