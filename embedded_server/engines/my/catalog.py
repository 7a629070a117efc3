"""Names of databases, tables and routines in one query."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from embedded_server.engines.base import Catalog
from embedded_server.wire.data import CatalogSchema, CatalogTable, ObjectKind, Routine
from embedded_server.wire.problem import ProblemError, problem

from .channel import Row

Query = Callable[..., list[Row]]

KINDS: dict[str, ObjectKind] = {"VIEW": "view", "SYSTEM VIEW": "view", "SEQUENCE": "virtual table"}
_SYSTEM = frozenset({"information_schema", "performance_schema", "mysql", "sys"})
_DENIED = ("denied", "doesn't exist")

# One row per database, table, routine and trigger; its first column says which. TABLE_ROWS would make the
# server open every table; InnoDB's statistics are a table of their own.
_NAMES = """
SELECT 's' AS what, SCHEMA_NAME AS name, NULL AS kind, NULL AS row_count, NULL AS parent,
  SCHEMA_NAME = DATABASE() AS chosen
FROM information_schema.SCHEMATA WHERE %(schema)s IS NULL OR SCHEMA_NAME = %(schema)s
UNION ALL
SELECT 't', t.TABLE_NAME, t.TABLE_TYPE, {rows}, NULL, NULL
FROM information_schema.TABLES t {statistics}
WHERE t.TABLE_SCHEMA = {wanted}
UNION ALL
SELECT 'f', ROUTINE_NAME, ROUTINE_TYPE, NULL, NULL, NULL
FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = {wanted}
UNION ALL
SELECT 'g', TRIGGER_NAME, NULL, NULL, EVENT_OBJECT_TABLE, NULL
FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = {wanted}
"""
_STATISTICS = """LEFT JOIN mysql.innodb_table_stats s
  ON s.database_name = {wanted} AND s.table_name = t.TABLE_NAME"""
_COLUMNS = """
SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s
ORDER BY TABLE_NAME, ORDINAL_POSITION
"""


def read(query: Query, schema: str | None, *, columns: bool) -> Catalog:
    """Every database by name with the connection's own one filled, or the given one alone."""
    rows = _rows(query, schema)
    names = sorted(row[1] or "" for row in rows if row[0] == "s")
    if schema is not None and not names:
        raise problem("data.unknown_table", f"There is no database {schema}.")
    default = next((row[1] or "" for row in rows if row[0] == "s" and row[5] == "1"), "")
    filled = default if schema is None else names[0]
    of_table = _columns(query, filled) if columns and filled else {}
    tables = [_table(row, of_table) for row in rows if row[0] == "t"]
    tables.sort(key=lambda table: table.name)
    routines = [_routine(row) for row in rows if row[0] in ("f", "g")]
    schemas = [
        CatalogSchema(
            name,
            tables if name == filled else [],
            routines if name == filled else [],
            default=name == default,
            system=name in _SYSTEM,
            loaded=name == filled,
        )
        for name in sorted(names, key=lambda name: (name in _SYSTEM, name))
    ]
    return Catalog(schemas, default)


def _rows(query: Query, schema: str | None) -> list[Row]:
    values = {"schema": schema}
    wanted = "DATABASE()" if schema is None else "%(schema)s"
    statistics = _STATISTICS.format(wanted=wanted)
    try:
        return query(_NAMES.format(wanted=wanted, rows="s.n_rows", statistics=statistics), values)
    except ProblemError as error:
        if not any(word in error.problem.detail for word in _DENIED):
            raise
    # Not everybody may look into the database `mysql`.
    return query(_NAMES.format(wanted=wanted, rows="NULL", statistics=""), values)


def _columns(query: Query, schema: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, column in query(_COLUMNS, [schema]):
        found.setdefault(table or "", []).append(column or "")
    return found


def _table(row: Row, columns: dict[str, list[str]]) -> CatalogTable:
    _, name, kind, rows, _, _ = row
    return CatalogTable(
        name or "",
        KINDS.get(kind or "", "table"),
        None if rows is None else int(rows),
        columns=columns.get(name or "", []),
    )


def _routine(row: Row) -> Routine:
    what, name, kind, _, table, _ = row
    if what == "g":
        return Routine(name or "", "trigger", table=table or "")
    found = cast("Any", (kind or "function").lower())
    return Routine(name or "", found if found in ("function", "procedure") else "function")
