"""Names of databases, tables and routines in one query."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, cast

from embedded_server.engines.base import Catalog
from embedded_server.wire.data import CatalogSchema, CatalogTable, ObjectKind, Routine
from embedded_server.wire.problem import ProblemError, problem

from .channel import Row

Query = Callable[..., list[Row]]

KINDS: dict[str, ObjectKind] = {"VIEW": "view", "SYSTEM VIEW": "view", "SEQUENCE": "virtual table"}
_SYSTEM = frozenset({"information_schema", "performance_schema", "mysql", "sys"})
_NAME = attrgetter("name")
_DENIED = ("denied", "doesn't exist")

# One row per database, table, routine and trigger; its first column says which. For TABLE_ROWS MariaDB opens
# every table and for TABLE_TYPE it reads a file of each, which takes a second for 20,000 of them. InnoDB's
# statistics are a table of their own: it tells the rows, and that a name is a table's and no view's.
_NAMES = """
SELECT 's' AS what, SCHEMA_NAME AS name, NULL AS kind, NULL AS row_count, NULL AS parent,
  SCHEMA_NAME = DATABASE() AS chosen
FROM information_schema.SCHEMATA WHERE %(schema)s IS NULL OR SCHEMA_NAME = %(schema)s
UNION ALL
SELECT 't', t.TABLE_NAME, {kind}, {rows}, NULL, NULL
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
# Asked for one by one, tables are found without reading those between them.
_KIND_OF_ONE = """SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES
WHERE TABLE_SCHEMA = {wanted} AND TABLE_NAME = %s"""
_KIND_OF_ALL = "SELECT TABLE_NAME, TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = {wanted}"
_MOST_ONE_BY_ONE = 200
_COLUMNS = """
SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s
ORDER BY TABLE_NAME, ORDINAL_POSITION
"""


def read(query: Query, schema: str | None, *, columns: bool, is_mariadb: bool) -> Catalog:
    """Every database by name with the connection's own one filled, or the given one alone."""
    # Where columns are asked for the server opens every table anyway.
    rows, kinds = _rows(query, schema, light=is_mariadb and not columns)
    names = sorted(row[1] or "" for row in rows if row[0] == "s")
    if schema is not None and not names:
        raise problem("data.unknown_table", f"There is no database {schema}.")
    default = next((row[1] or "" for row in rows if row[0] == "s" and row[5] == "1"), "")
    filled = default if schema is None else names[0]
    of_table = _columns(query, filled) if columns and filled else {}
    tables = sorted((_table(row, kinds, of_table) for row in rows if row[0] == "t"), key=_NAME)
    routines = sorted((_routine(row) for row in rows if row[0] in ("f", "g")), key=_NAME)
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


def _rows(query: Query, schema: str | None, *, light: bool) -> tuple[list[Row], dict[str, str]]:
    """Rows of `_NAMES`, and the kinds of the tables that they do not tell: `light`, of those without
    statistics."""
    values = {"schema": schema}
    wanted = "DATABASE()" if schema is None else "%(schema)s"
    statistics = _STATISTICS.format(wanted=wanted)
    kind = "IF(s.table_name IS NULL, NULL, 'BASE TABLE')" if light else "t.TABLE_TYPE"
    try:
        sql = _NAMES.format(wanted=wanted, kind=kind, rows="s.n_rows", statistics=statistics)
        rows = query(sql, values)
    except ProblemError as error:
        if not any(word in error.problem.detail for word in _DENIED):
            raise
        # Not everybody may look into the database `mysql`.
        rows = query(_NAMES.format(wanted=wanted, kind="t.TABLE_TYPE", rows="NULL", statistics=""), values)
    unknown = [row[1] or "" for row in rows if row[0] == "t" and row[2] is None]
    return rows, _kinds(query, schema, unknown)


def _kinds(query: Query, schema: str | None, unknown: list[str]) -> dict[str, str]:
    if not unknown:
        return {}
    wanted = "DATABASE()" if schema is None else "%s"
    named = [] if schema is None else [schema]
    if len(unknown) > _MOST_ONE_BY_ONE:
        sql, values = _KIND_OF_ALL, named
    else:
        sql = " UNION ALL ".join([_KIND_OF_ONE] * len(unknown))
        values = [value for name in unknown for value in (*named, name)]
    return {row[0] or "": row[1] or "" for row in query(sql.format(wanted=wanted), values)}


def _columns(query: Query, schema: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for table, column in query(_COLUMNS, [schema]):
        found.setdefault(table or "", []).append(column or "")
    return found


def _table(row: Row, kinds: dict[str, str], columns: dict[str, list[str]]) -> CatalogTable:
    _, name, kind, rows, _, _ = row
    return CatalogTable(
        name or "",
        KINDS.get(kind or kinds.get(name or "", ""), "table"),
        None if rows is None else int(rows),
        columns=columns.get(name or "", []),
    )


def _routine(row: Row) -> Routine:
    what, name, kind, _, table, _ = row
    if what == "g":
        return Routine(name or "", "trigger", table=table or "")
    found = cast("Any", (kind or "function").lower())
    return Routine(name or "", found if found in ("function", "procedure") else "function")
