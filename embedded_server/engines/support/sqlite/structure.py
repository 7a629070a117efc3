"""SQLite's catalogue: names, columns, keys, indexes, from its pragma functions and stored DDL."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from embedded_server.engines.base import Catalog
from embedded_server.engines.support.kinds import kind_of
from embedded_server.wire.data import (
    CatalogSchema,
    CatalogTable,
    Column,
    ForeignKey,
    ForeignTarget,
    Index,
    ObjectKind,
    Reference,
    Routine,
    TableResponse,
    Trigger,
)
from embedded_server.wire.problem import ProblemError, problem

from .ddl import TableText, index_text, table_text
from .grammar import BUILT_IN_COLLATIONS, SqliteGrammar

Query = Callable[..., Sequence[tuple[Any, ...]]]
_KINDS: dict[str, ObjectKind] = {"view": "view", "virtual": "virtual table"}
_ROWID_NAMES = ("rowid", "_rowid_", "oid")
_SMALLEST_ROW = 4
_name = SqliteGrammar().name


class _Found(NamedTuple):
    schema: str
    name: str
    type: str
    without_rowid: bool
    sql: str


class _IndexRow(NamedTuple):
    shown: Index
    origin: str
    whole: bool
    names: tuple[str | None, ...]


# --- catalogue -------------------------------------------------------------------------------------


def catalog(query: Query, schema: str | None, *, columns: bool) -> Catalog:
    """Names of the databases attached to the session; the one asked for (or main) with its tables."""
    names = [row[0] for row in query("SELECT name FROM pragma_database_list ORDER BY seq")]
    wanted = schema or "main"
    if wanted not in names and schema is not None:
        raise problem("data.unknown_table", f"There is no attached database {schema}.")
    warnings: list[str] = []
    schemas = []
    for name in names if schema is None else [wanted]:
        if name != wanted:
            schemas.append(CatalogSchema(name, loaded=False, system=name == "temp"))
            continue
        tables = _tables(query, name, columns, warnings)
        schemas.append(CatalogSchema(name, tables, _triggers(query, name), default=name == "main"))
    return Catalog(schemas, "main", warnings)


def _tables(query: Query, schema: str, columns: bool, warnings: list[str]) -> list[CatalogTable]:
    rows = query(
        "SELECT name, type FROM pragma_table_list WHERE schema = ? "
        "AND lower(substr(name, 1, 7)) <> 'sqlite_' ORDER BY name COLLATE NOCASE",
        [schema],
    )
    sizes = _statistics(query, schema)
    names = _all_columns(query, schema, rows, warnings) if columns else {}
    return [
        CatalogTable(
            name,
            _KINDS.get(kind, "table"),
            sizes.get(name),
            "part of a virtual table" if kind == "shadow" else "",
            names.get(name, []),
        )
        for name, kind in rows
    ]


def _all_columns(
    query: Query, schema: str, rows: Sequence[tuple[Any, ...]], warnings: list[str]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, _ in rows:
        try:
            columns = query("SELECT name FROM pragma_table_xinfo(?, ?) WHERE hidden <> 1", [name, schema])
        except ProblemError as error:
            warnings.append(f"{name}: {error.problem.detail}")
            continue
        found[name] = [row[0] for row in columns]
    return found


def _statistics(query: Query, schema: str) -> dict[str, int]:
    """Row counts that ANALYZE left behind."""
    try:
        rows = query(f"SELECT tbl, stat FROM {_name(schema)}.sqlite_stat1 WHERE stat IS NOT NULL")
    except ProblemError:
        return {}  # ANALYZE never ran
    found: dict[str, int] = {}
    for table, stat in rows:
        first = str(stat).split(" ", 1)[0]
        if first.isdigit():
            found[table] = max(found.get(table, 0), int(first))
    return found


def _triggers(query: Query, schema: str) -> list[Routine]:
    source = f"SELECT name, tbl_name FROM {_name(schema)}.sqlite_schema WHERE type = 'trigger' ORDER BY name"
    return [Routine(name, "trigger", table=table) for name, table in query(source)]


# --- one table -------------------------------------------------------------------------------------


def table(query: Query, schema: str, name: str, *, whole: bool) -> TableResponse:
    """Structure of a table or view; without `whole` only columns and keys. Raises data.unknown_table."""
    found = _find(query, schema or "main", name)
    warnings: list[str] = []
    text = table_text(found.sql) if found.type not in ("view", "virtual") else TableText({}, [], {})
    indexes = _attempt(lambda: _indexes(query, found), [], "indexes", warnings)
    keys = _attempt(lambda: _foreign_keys(query, found, text), [], "foreign keys", warnings)
    columns = _attempt(lambda: _columns(query, found, text, indexes, keys), [], "columns", warnings)
    warnings += _foreign_collations(columns)
    primary = [column.name for column in sorted(columns, key=lambda c: c.key) if column.key]
    row_key, extra = _row_key(query, found, columns, primary, indexes)
    response = TableResponse(
        found.name,
        found.schema,
        _KINDS.get(found.type, "table"),
        columns + extra,
        primary,
        row_key,
        keys,
        indexes=[row.shown for row in indexes],
        checks=text.checks,
        ddl=found.sql,
        warnings=warnings,
    )
    return _with_rest(query, found, response) if whole else response


def _with_rest(query: Query, found: _Found, response: TableResponse) -> TableResponse:
    response.references.extend(
        _attempt(lambda: _references(query, found), [], "references", response.warnings)
    )
    response.triggers.extend(
        Trigger(name, sql or "")
        for name, sql in query(
            f"SELECT name, sql FROM {_name(found.schema)}.sqlite_schema "
            "WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE ORDER BY name",
            [found.name],
        )
    )
    return response


def _attempt(read: Callable[[], Any], otherwise: Any, part: str, warnings: list[str]) -> Any:
    try:
        return read()
    except ProblemError as error:
        if error.problem.code in ("job.cancelled", "connection.lost", "file.replaced", "file.locked"):
            raise
        warnings.append(f"{part}: {error.problem.detail}")
        return otherwise


def _find(query: Query, schema: str, name: str) -> _Found:
    rows = query(
        "SELECT name, type, wr FROM pragma_table_list WHERE schema = ? AND name = ? COLLATE NOCASE",
        [schema, name],
    )
    if not rows:
        raise problem("data.unknown_table", f"There is no table or view {name} in {schema}.")
    real, kind, without_rowid = rows[0]
    sql = query(
        f"SELECT sql FROM {_name(schema)}.sqlite_schema WHERE type IN ('table', 'view') AND name = ?", [real]
    )
    return _Found(schema, real, kind, bool(without_rowid), (sql[0][0] or "") if sql else "")


def _columns(
    query: Query, found: _Found, text: TableText, indexes: list[_IndexRow], keys: list[ForeignKey]
) -> list[Column]:
    rows = query(
        'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?, ?) ORDER BY cid',
        [found.name, found.schema],
    )
    alias = _rowid_alias(rows, found, indexes)
    targets = {
        key.columns[0].lower(): ForeignTarget(
            key.target, key.target_columns[0] if key.target_columns else "", found.schema
        )
        for key in reversed(keys)
        if len(key.columns) == 1
    }
    return [
        Column(
            name,
            type_,
            kind_of(type_) if type_ else "other",
            not (notnull or name == alias or (found.without_rowid and pk)),
            pk,
            default,
            hidden in (2, 3),
            hidden == 1,
            collation=text.collations.get(name.lower(), ""),
            references=targets.get(name.lower()),
        )
        for name, type_, notnull, default, pk, hidden in rows
    ]


def _rowid_alias(rows: Sequence[tuple[Any, ...]], found: _Found, indexes: list[_IndexRow]) -> str | None:
    """The INTEGER PRIMARY KEY column, which is the rowid itself: the only key without an index of its own."""
    keys = [row for row in rows if row[4]]
    if len(keys) != 1 or found.without_rowid or any(row.origin == "pk" for row in indexes):
        return None
    return keys[0][0] if keys[0][1].upper() == "INTEGER" else None


def _foreign_collations(columns: list[Column]) -> list[str]:
    return [
        f"Column {column.name} uses the collation {column.collation}, which only its own application has: "
        "it is compared and sorted byte by byte here."
        for column in columns
        if column.collation.upper() not in BUILT_IN_COLLATIONS
    ]


def _row_key(
    query: Query, found: _Found, columns: list[Column], primary: list[str], indexes: list[_IndexRow]
) -> tuple[list[str], list[Column]]:
    """The key, and the hidden column it needs. Most primary keys may hold NULL here: those do not count."""
    if found.type == "view" or not columns:
        return [], []
    required = {column.name for column in columns if column.nullable is False}
    if primary and required.issuperset(primary):
        return primary, []
    if not primary:
        for row in indexes:
            if row.shown.unique and row.whole and required.issuperset(row.names):
                return [name for name in row.names if name], []
    taken = {column.name.lower() for column in columns}
    alias = next((name for name in _ROWID_NAMES if name not in taken), None)
    if alias is None or found.without_rowid:
        return [], []
    try:
        query(f"SELECT {_name(alias)} FROM {_name(found.schema)}.{_name(found.name)} LIMIT 0")
    except ProblemError:
        return [], []
    return [alias], [Column(alias, "INTEGER", "number", False, hidden=True)]


def _indexes(query: Query, found: _Found) -> list[_IndexRow]:
    rows = query(
        'SELECT l.name, l."unique", l.origin, l.partial, s.sql, x.cid, x.name '
        "FROM pragma_index_list(?1, ?2) l JOIN pragma_index_xinfo(l.name, ?2) x ON x.key "
        f"LEFT JOIN {_name(found.schema)}.sqlite_schema s ON s.type = 'index' AND s.name = l.name "
        "ORDER BY l.seq DESC, x.seqno",
        [found.name, found.schema],
    )
    grouped: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    return [_index(name, parts) for name, parts in grouped.items()]


def _index(name: str, parts: list[tuple[Any, ...]]) -> _IndexRow:
    _, unique, origin, partial, sql, *_ = parts[0]
    text = index_text(sql) if sql else None
    shown = [
        column if cid >= 0 and column else _term(text.terms if text else [], place, column)
        for place, (*_, cid, column) in enumerate(parts)
    ]
    index = Index(name, shown, bool(unique), origin == "pk", "", text.where if text else "", sql or "")
    names = tuple(part[6] for part in parts)
    return _IndexRow(index, origin, not partial and None not in names, names)


def _term(terms: list[str], place: int, column: str | None) -> str:
    return column or (terms[place] if place < len(terms) else "expression")


def _foreign_keys(query: Query, found: _Found, text: TableText) -> list[ForeignKey]:
    rows = query(
        'SELECT id, "table", "from", "to", on_update, on_delete FROM pragma_foreign_key_list(?, ?) '
        "ORDER BY id DESC, seq",
        [found.name, found.schema],
    )
    grouped: dict[int, list[tuple[Any, ...]]] = {}
    for row in rows:
        grouped.setdefault(row[0], []).append(row)
    keys = []
    for parts in grouped.values():
        _, target, _, _, on_update, on_delete = parts[0]
        columns = [part[2] for part in parts]
        targets = [part[3] for part in parts]
        if None in targets:
            targets = _primary_key(query, found.schema, target)
        name = text.foreign_keys.get(tuple(column.lower() for column in columns), "")
        keys.append(
            ForeignKey(name, columns, target, targets, found.schema, _rule(on_delete), _rule(on_update))
        )
    return keys


def _rule(text: str) -> str:
    return "" if text == "NO ACTION" else text


def _primary_key(query: Query, schema: str, table: str) -> list[str]:
    rows = query("SELECT name FROM pragma_table_xinfo(?, ?) WHERE pk > 0 ORDER BY pk", [table, schema])
    return [row[0] for row in rows]


def _references(query: Query, found: _Found) -> list[Reference]:
    rows = query(
        'SELECT m.name, f.id, f."from", f."to", f.on_delete '
        f"FROM {_name(found.schema)}.sqlite_schema m JOIN pragma_foreign_key_list(m.name, ?1) f "
        "WHERE m.type = 'table' AND f.\"table\" = ?2 COLLATE NOCASE ORDER BY m.name, f.id, f.seq",
        [found.schema, found.name],
    )
    grouped: dict[tuple[str, int], list[tuple[Any, ...]]] = {}
    for row in rows:
        grouped.setdefault((row[0], row[1]), []).append(row)
    primary = _primary_key(query, found.schema, found.name) if rows else []
    return [
        Reference(
            child,
            [part[2] for part in parts],
            primary if parts[0][3] is None else [part[3] for part in parts],
            found.schema,
            on_delete=_rule(parts[0][4]),
        )
        for (child, _), parts in grouped.items()
    ]


def rowid_name(query: Query, schema: str, name: str) -> str:
    """A name under which the table's rowid can be read, "" if it has none."""
    found = _find(query, schema or "main", name)
    if found.type not in ("table", "shadow") or found.without_rowid:
        return ""
    taken = {row[0].lower() for row in query("SELECT name FROM pragma_table_xinfo(?, ?)", [name, schema])}
    return next((alias for alias in _ROWID_NAMES if alias not in taken), "")


def estimate(query: Query, schema: str, name: str) -> tuple[int | None, str]:
    """Rows by ANALYZE, else by the span of row numbers when the file is large enough to hold so many."""
    known = _statistics(query, schema).get(name)
    if known is not None:
        return known, "ANALYZE"
    alias = rowid_name(query, schema, name)
    if not alias:
        return None, "SQLite keeps no row count, and this has no row numbers to guess from"
    where = f"{_name(schema)}.{_name(name)}"
    # Two statements: only alone is each of them a single step down the tree.
    last = query(f"SELECT max({_name(alias)}) FROM {where}")[0][0]
    first = query(f"SELECT min({_name(alias)}) FROM {where}")[0][0]
    if last is None:
        return 0, "row numbers"
    span = last - first + 1
    pages = query(f"PRAGMA {_name(schema)}.page_count")[0][0]
    size = query(f"PRAGMA {_name(schema)}.page_size")[0][0]
    if span > pages * size // _SMALLEST_ROW:
        return None, "row numbers have large gaps"
    return span, "row numbers"
