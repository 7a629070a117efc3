"""DuckDB's catalogue through its duckdb_*() functions: exact, and one query for each kind of thing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from embedded_server.engines.base import Catalog
from embedded_server.engines.support.ddl import items, tokens
from embedded_server.wire.data import (
    CatalogSchema,
    CatalogTable,
    Check,
    Column,
    ForeignKey,
    ForeignTarget,
    Index,
    Reference,
    Routine,
    TableResponse,
)
from embedded_server.wire.problem import ProblemError, problem

from .types import duckdb_kind

Query = Callable[..., Sequence[tuple[Any, ...]]]
_HERE = "database_name = current_database() AND NOT internal"


def catalog(query: Query, schema: str | None, *, columns: bool) -> Catalog:
    """Schemas of the current database; the one asked for (or main) with its tables, views and macros."""
    names = [
        row[0]
        for row in query(
            "SELECT schema_name FROM duckdb_schemas() WHERE database_name = current_database() "
            "AND (NOT internal OR schema_name = 'main') ORDER BY schema_name <> 'main', schema_name"
        )
    ]
    wanted = schema or "main"
    if wanted not in names:
        raise problem("data.unknown_table", f"There is no schema {wanted}.")
    schemas = []
    for name in names if schema is None else [wanted]:
        if name != wanted:
            schemas.append(CatalogSchema(name, loaded=False))
        else:
            tables = _tables(query, name, columns)
            schemas.append(CatalogSchema(name, tables, _macros(query, name), default=name == "main"))
    return Catalog(schemas, "main")


def _tables(query: Query, schema: str, columns: bool) -> list[CatalogTable]:
    rows = query(
        "SELECT * FROM (SELECT table_name AS name, FALSE, estimated_size, comment, table_oid "
        f"FROM duckdb_tables() WHERE {_HERE} AND schema_name = ? "
        "UNION ALL SELECT view_name, TRUE, NULL, comment, view_oid FROM duckdb_views() "
        f"WHERE {_HERE} AND schema_name = ?) ORDER BY lower(name), name",
        [schema, schema],
    )
    names: dict[int, list[str]] = {}
    if columns:
        found = query(
            f"SELECT table_oid, column_name FROM duckdb_columns() WHERE {_HERE} AND schema_name = ? "
            "ORDER BY table_oid, column_index",
            [schema],
        )
        for oid, name in found:
            names.setdefault(oid, []).append(name)
    return [
        CatalogTable(name, "view" if is_view else "table", size, comment or "", names.get(oid, []))
        for name, is_view, size, comment, oid in rows
    ]


def _macros(query: Query, schema: str) -> list[Routine]:
    rows = query(
        f"SELECT function_name, array_to_string(parameters, ', ') FROM duckdb_functions() WHERE {_HERE} "
        "AND schema_name = ? AND function_type IN ('macro', 'table_macro') ORDER BY function_name",
        [schema],
    )
    return [Routine(name, "function", f"{name}({parameters or ''})") for name, parameters in rows]


def source(query: Query, routine: Routine, schema: str) -> str:
    """DDL of a macro or view. Raises data.unknown_table."""
    rows = query(
        f"SELECT 'CREATE MACRO ' || function_name || '(' || array_to_string(parameters, ', ') || ') AS ' || "
        "CASE function_type WHEN 'table_macro' THEN 'TABLE ' ELSE '' END || macro_definition "
        f"FROM duckdb_functions() WHERE {_HERE} AND schema_name = ? AND function_name = ? "
        "AND macro_definition IS NOT NULL "
        f"UNION ALL SELECT sql FROM duckdb_views() WHERE {_HERE} AND schema_name = ? AND view_name = ?",
        [schema or "main", routine.name, schema or "main", routine.name],
    )
    if not rows:
        raise problem("data.unknown_table", f"There is no {routine.kind} {routine.name}.")
    return str(rows[0][0])


def table(query: Query, schema: str, name: str, *, whole: bool) -> TableResponse:
    """Structure of a table or view. Raises data.unknown_table."""
    schema = schema or "main"
    rows = query(
        f"SELECT table_name, FALSE, sql, comment, estimated_size FROM duckdb_tables() WHERE {_HERE} "
        "AND schema_name = ? AND lower(table_name) = lower(?) "
        f"UNION ALL SELECT view_name, TRUE, sql, comment, NULL FROM duckdb_views() WHERE {_HERE} "
        "AND schema_name = ? AND lower(view_name) = lower(?)",
        [schema, name, schema, name],
    )
    if not rows:
        raise problem("data.unknown_table", f"There is no table or view {name} in {schema}.")
    real, is_view, ddl, comment, size = rows[0]
    constraints = _constraints(query, schema, real)
    primary = next((list(c[1]) for c in constraints if c[0] == "PRIMARY KEY"), [])
    foreign = [
        ForeignKey(c[3] or "", list(c[1]), c[4], list(c[5]), schema)
        for c in constraints
        if c[0] == "FOREIGN KEY"
    ]
    columns = _columns(query, schema, real, primary, foreign, "" if is_view else ddl or "")
    return TableResponse(
        real,
        schema,
        "view" if is_view else "table",
        columns,
        primary,
        _row_key(columns, primary, constraints),
        foreign,
        _references(query, schema, real) if whole else [],
        _indexes(query, schema, real, constraints) if whole else [],
        [Check(c[3] or "", _check_text(c[2])) for c in constraints if c[0] == "CHECK"],
        ddl=ddl or "",
        comment=comment or "",
        rows=size,
    )


def _constraints(query: Query, schema: str, table: str) -> Sequence[tuple[Any, ...]]:
    return query(
        "SELECT constraint_type, constraint_column_names, constraint_text, constraint_name, "
        "referenced_table, referenced_column_names FROM duckdb_constraints() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ? "
        "ORDER BY constraint_index",
        [schema, table],
    )


def _check_text(text: str) -> str:
    inner = text.removeprefix("CHECK").strip()
    return inner[1:-1] if inner.startswith("(") and inner.endswith(")") else inner


def _columns(
    query: Query,
    schema: str,
    table: str,
    primary: list[str],
    foreign: list[ForeignKey],
    ddl: str,
) -> list[Column]:
    rows = query(
        "SELECT column_name, data_type, is_nullable, column_default, comment FROM duckdb_columns() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ? "
        "ORDER BY column_index",
        [schema, table],
    )
    # The catalogue shows a generated column like one with a default.
    generated = {
        item[0].name
        for item in items(list(tokens(ddl)))
        if any(token.word == "GENERATED" and token.depth == 1 for token in item[1:])
    }
    targets = {
        key.columns[0]: ForeignTarget(key.target, key.target_columns[0], schema)
        for key in reversed(foreign)
        if len(key.columns) == 1
    }
    return [
        Column(
            name,
            type_,
            duckdb_kind(type_),
            nullable,
            primary.index(name) + 1 if name in primary else 0,
            None if name in generated else default,
            name in generated,
            comment=comment or "",
            references=targets.get(name),
        )
        for name, type_, nullable, default, comment in rows
    ]


def _row_key(columns: list[Column], primary: list[str], constraints: Sequence[tuple[Any, ...]]) -> list[str]:
    # A rowid exists but is not stable: it changes when deleted rows are cleaned up.
    if primary:
        return primary
    required = {column.name for column in columns if column.nullable is False}
    for kind, names, *_ in constraints:
        if kind == "UNIQUE" and required.issuperset(names):
            return list(names)
    return []


def _indexes(query: Query, schema: str, table: str, constraints: Sequence[tuple[Any, ...]]) -> list[Index]:
    found = [
        Index(c[3] or c[2], list(c[1]), True, c[0] == "PRIMARY KEY", definition=c[2])
        for c in constraints
        if c[0] in ("PRIMARY KEY", "UNIQUE")
    ]
    rows = query(
        "SELECT index_name, is_unique, is_primary, expressions, sql FROM duckdb_indexes() "
        "WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY index_name",
        [schema, table],
    )
    return found + [
        Index(name, _terms(expressions), unique, primary, "ART", definition=sql or "")
        for name, unique, primary, expressions, sql in rows
    ]


def _terms(expressions: Any) -> list[str]:
    """The indexed terms from the catalogue's `[a, "lower(b)"]`."""
    text = str(expressions or "").strip()
    if not (text.startswith("[") and text.endswith("]")):
        return [text] if text else []
    terms, depth, quoted = [""], 0, False
    for character in text[1:-1]:
        quoted ^= character == "'"
        depth += (character in "([") - (character in ")]") if not quoted else 0
        if character == "," and depth == 0 and not quoted:
            terms.append("")
        else:
            terms[-1] += character
    return [term.strip().strip("'\"") for term in terms if term.strip()]


def _references(query: Query, schema: str, table: str) -> list[Reference]:
    rows = query(
        "SELECT table_name, constraint_column_names, referenced_column_names, schema_name, constraint_name "
        "FROM duckdb_constraints() WHERE database_name = current_database() "
        "AND constraint_type = 'FOREIGN KEY' AND referenced_table = ? AND schema_name = ? "
        "ORDER BY table_name",
        [table, schema],
    )
    return [
        Reference(child, list(names), list(targets), child_schema, name or "")
        for child, names, targets, child_schema, name in rows
    ]


def estimate(query: Query, schema: str, name: str) -> tuple[int | None, str]:
    """Rows as DuckDB's statistics have them."""
    rows = query(
        f"SELECT estimated_size FROM duckdb_tables() WHERE {_HERE} AND schema_name = ? AND table_name = ?",
        [schema or "main", name],
    )
    if not rows or rows[0][0] is None:
        return None, "only tables have statistics"
    return int(rows[0][0]), "table statistics"


def signature(query: Query) -> str:
    """A digest of all definitions: DuckDB has no schema version to ask for."""
    rows = query(
        "SELECT bit_xor(hash(schema_name, sql)) FROM ("
        f"SELECT schema_name, sql FROM duckdb_tables() WHERE {_HERE} "
        f"UNION ALL SELECT schema_name, sql FROM duckdb_views() WHERE {_HERE} "
        f"UNION ALL SELECT schema_name, sql FROM duckdb_indexes() WHERE database_name = current_database())"
    )
    return str(rows[0][0])


def current_zone(query: Query) -> str:
    """The zone in which TIMESTAMP WITH TIME ZONE is shown."""
    try:
        return str(query("SELECT current_setting('TimeZone')")[0][0])
    except ProblemError:
        return ""
