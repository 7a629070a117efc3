"""Names of schemas, tables and routines in one query."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, cast

import msgspec

from embedded_server.engines.base import Catalog
from embedded_server.wire.data import CatalogSchema, CatalogTable, ObjectKind, Routine
from embedded_server.wire.problem import problem

from .channel import Row

Query = Callable[..., list[Row]]
_NAME = attrgetter("name")

KINDS: dict[str, ObjectKind] = {
    "r": "table",
    "p": "partitioned table",
    "v": "view",
    "m": "materialized view",
    "f": "foreign table",
}
_ROUTINES = {"f": "function", "w": "function", "p": "procedure", "a": "aggregate"}

# One row per schema, table, routine and trigger; its first column says which.
_NAMES = """
WITH wanted AS (
  SELECT oid, nspname FROM pg_catalog.pg_namespace
  WHERE nspname = coalesce(%(schema)s::text, pg_catalog.current_schema())
)
SELECT 's', nspname, NULL, NULL, NULL, (nspname = pg_catalog.current_schema())::text
FROM pg_catalog.pg_namespace
WHERE nspname !~ '^pg_(toast|temp_)' AND (%(schema)s::text IS NULL OR nspname = %(schema)s)
UNION ALL
SELECT 't', c.relname, c.relkind::text,
  CASE WHEN c.reltuples > 0 OR c.reltuples = 0 AND c.relpages > 0 THEN c.reltuples::int8::text END,
  p.relname,
  {columns}
FROM pg_catalog.pg_class c
LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid AND i.inhseqno = 1 AND c.relispartition
LEFT JOIN pg_catalog.pg_class p ON p.oid = i.inhparent
WHERE c.relnamespace = (SELECT oid FROM wanted) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT 'f', p.proname, p.prokind::text, pg_catalog.pg_get_function_identity_arguments(p.oid), NULL, NULL
FROM pg_catalog.pg_proc p WHERE p.pronamespace = (SELECT oid FROM wanted)
UNION ALL
SELECT 'g', t.tgname, NULL, NULL, c.relname, NULL
FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND c.relnamespace = (SELECT oid FROM wanted)
"""
_COLUMNS = """(
    SELECT pg_catalog.json_agg(a.attname ORDER BY a.attnum)::text FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)"""


def read(query: Query, schema: str | None, *, columns: bool) -> Catalog:
    """Every schema by name with the default one filled, or the given one alone."""
    sql = _NAMES.format(columns=_COLUMNS if columns else "NULL")
    rows = query(sql, {"schema": schema})
    if schema is not None and not any(row[0] == "s" for row in rows):
        raise problem("data.unknown_table", f"There is no schema {schema}.")
    default = next((row[1] or "" for row in rows if row[0] == "s" and row[5] == "true"), "")
    filled = default if schema is None else schema
    tables = sorted((_table(row, columns) for row in rows if row[0] == "t"), key=_NAME)
    routines = sorted((_routine(row) for row in rows if row[0] in ("f", "g")), key=_NAME)
    names = [row[1] or "" for row in rows if row[0] == "s"]
    schemas = [
        CatalogSchema(
            name,
            tables if name == filled else [],
            routines if name == filled else [],
            default=name == default,
            system=is_system(name),
            loaded=name == filled,
        )
        for name in sorted(names, key=lambda name: (is_system(name), name))
    ]
    warnings = [] if filled or not names else ["No schema of the search path exists."]
    return Catalog(schemas, default, warnings)


def is_system(schema: str) -> bool:
    """Whether the schema belongs to the server itself."""
    return schema.startswith("pg_") or schema == "information_schema"


def _table(row: Row, columns: bool) -> CatalogTable:
    _, name, kind, rows, parent, names = row
    return CatalogTable(
        name or "",
        KINDS[kind or "r"],
        None if rows is None else int(rows),
        columns=json_names(names) if columns else [],
        parent=parent or "",
    )


def _routine(row: Row) -> Routine:
    which, name, kind, signature, table, _ = row
    if which == "g":
        return Routine(name or "", "trigger", table=table or "")
    found = cast("Any", _ROUTINES[kind or "f"])
    return Routine(name or "", found, signature=signature or "")


def json_names(text: str | None) -> list[str]:
    """A JSON list of names; none for NULL."""
    return msgspec.json.decode(text, type=list[str]) if text else []
