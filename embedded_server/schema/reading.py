"""A table as it is, in the terms of a form: every part that a change must bring along."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from embedded_server.ddl import mysql
from embedded_server.ddl.shadow import Shadow
from embedded_server.lanes import Lease
from embedded_server.wire.data import Column, ForeignKey, Index, Routine, TableResponse
from embedded_server.wire.ddl import Action, CheckSpec, ColumnSpec, ForeignSpec, IndexSpec, KeySpec, TableSpec
from embedded_server.wire.problem import ProblemError

Named = Literal["", "enum", "domain"]
_CHECK = re.compile(r"^CHECK\s*\((.*)\)(\s+NOT VALID)?$", re.S | re.I)
_SELECT = re.compile(r"\bAS\s+(?=\(*\s*(?:SELECT|WITH|VALUES|TABLE)\b)", re.I)
_NEXTVAL = re.compile(r"^nextval\('.*'(?:::regclass)?\)$")
_SERIALS = {"integer": "serial", "bigint": "bigserial", "smallint": "smallserial"}
_ACTIONS: dict[str, Action] = {
    "RESTRICT": "RESTRICT",
    "CASCADE": "CASCADE",
    "SET NULL": "SET NULL",
    "SET DEFAULT": "SET DEFAULT",
}
VIEWS = ("view", "materialized view")


@dataclass(frozen=True)
class Read:
    """A table with what hangs on it; `triggers` and `views` are SQL by name."""

    spec: TableSpec
    structure: TableResponse
    triggers: dict[str, str] = field(default_factory=dict)
    views: dict[str, str] = field(default_factory=dict)
    view: str = ""


def read(lease: Lease, schema: str, table: str, shadow: Shadow | None) -> Read:
    """From the database as it is now. Raises data.unknown_table."""
    structure = lease.session.table(schema, table)
    engine = lease.engine.name
    place = "" if structure.schema == lease.info.default_schema or engine == "sqlite" else structure.schema
    spec = TableSpec(structure.table, place, comment=structure.comment)
    if structure.kind in VIEWS:
        source = lease.session.source(Routine(structure.table, "view"), structure.schema)
        return Read(spec, structure, view=select_of(source))
    spec = msgspec.structs.replace(
        spec,
        columns=_columns(structure, engine, named_types(lease)),
        primary_key=_primary(structure, engine),
        checks=_checks(structure),
        foreign_keys=[_foreign(one, structure, lease) for one in structure.foreign_keys],
    )
    spec = _uniques(spec, structure, lease)
    if shadow is not None:
        spec = _as_sqlite(spec, structure, shadow)
    return Read(
        spec, structure, {one.name: one.sql for one in structure.triggers}, views_on(lease, structure)
    )


def select_of(source: str) -> str:
    """The SELECT of a view's DDL."""
    found = _SELECT.search(source)
    return (source[found.end() :] if found else source).strip().rstrip(";").strip()


def serial(column: ColumnSpec) -> ColumnSpec:
    """A PostgreSQL column that a sequence of its own numbers: the sequence goes and comes with the table."""
    word = _SERIALS.get(column.type)
    if word is None or not _NEXTVAL.match(column.default):
        return column
    return msgspec.structs.replace(column, type=word, default="", identity=True)


# --- parts -----------------------------------------------------------------------------------------------


def _columns(structure: TableResponse, engine: str, named: dict[str, Named]) -> list[ColumnSpec]:
    found = [_column(one, engine, named) for one in structure.columns if not one.hidden]
    return mysql.completed(found, structure.ddl) if engine == "mysql" else found


def _column(one: Column, engine: str, named: dict[str, Named]) -> ColumnSpec:
    default = one.default or ""
    identity = default == "AUTO_INCREMENT" or default.endswith("AS IDENTITY")
    return ColumnSpec(
        one.name,
        "json" if engine == "mysql" and one.kind == "json" else one.type,
        one.nullable is not False,
        "" if identity or one.generated else default,
        one.comment,
        identity,
        (default or "?") if one.generated else "",
        named.get(one.type, ""),
        one.collation if engine != "mysql" else "",
    )


def _primary(structure: TableResponse, engine: str) -> KeySpec | None:
    if not structure.primary_key:
        return None
    name = next((one.name for one in structure.indexes if one.primary), "")
    return KeySpec(list(structure.primary_key), "" if engine == "mysql" else name)


def _checks(structure: TableResponse) -> list[CheckSpec]:
    found = []
    documents = {one.name for one in structure.columns if one.kind == "json"}
    for one in structure.checks:
        match = _CHECK.match(one.sql)
        if one.sql.upper().startswith("EXCLUDE") or (
            one.name in documents and one.sql.lower().startswith("json_valid")
        ):
            continue
        found.append(CheckSpec(bare(match[1] if match else one.sql), one.name))
    return found


def bare(sql: str) -> str:
    """Without brackets around the whole."""
    text = sql.strip()
    while text.startswith("(") and text.endswith(")") and _closes(text) == len(text) - 1:
        text = text[1:-1].strip()
    return text


def _closes(text: str) -> int:
    depth, quote = 0, ""
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"`":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
            if not depth:
                return at
    return -1


def _foreign(one: ForeignKey, structure: TableResponse, lease: Lease) -> ForeignSpec:
    place = one.target_schema
    same = place in (
        "",
        structure.schema,
        lease.info.default_schema if not structure.schema else structure.schema,
    )
    return ForeignSpec(
        list(one.columns),
        one.target,
        list(one.target_columns),
        one.name,
        "" if same else place,
        _ACTIONS.get(one.on_delete.upper(), ""),
        _ACTIONS.get(one.on_update.upper(), ""),
    )


def _uniques(spec: TableSpec, structure: TableResponse, lease: Lease) -> TableSpec:
    """Which unique indexes are constraints, and the other indexes."""
    names = _unique_names(lease, structure)
    uniques, indexes = [], []
    for one in structure.indexes:
        if one.primary:
            continue
        if one.name in names:
            name = "" if one.name.startswith("sqlite_autoindex_") else one.name
            uniques.append(KeySpec(list(one.columns), name))
        else:
            indexes.append(_index(one, spec))
    return msgspec.structs.replace(spec, uniques=uniques, indexes=indexes)


def _index(one: Index, spec: TableSpec) -> IndexSpec:
    known = {column.name for column in spec.columns}
    plain = not one.where and known.issuperset(one.columns) and one.method.lower() in ("", "btree", "art")
    listed = [{"column": name} if name in known and "(" in name else name for name in one.columns]
    method = "" if one.method.lower() in ("btree", "art") else one.method
    definition = one.definition.strip().rstrip(";")
    extra = plain and _more_than_names(definition)
    return IndexSpec(
        listed, one.name, one.unique, one.where, method, [], definition if not plain or extra else ""
    )


def _more_than_names(definition: str) -> bool:
    """An order, a collation, a prefix, columns that are only included: what a list of names leaves out."""
    words = r"\b(?:DESC|NULLS|COLLATE|INCLUDE|WITH|TABLESPACE|FULLTEXT|SPATIAL)\b|_ops\b|[\w`\"]\(\d+\)"
    return bool(re.search(words, definition, re.I))


def _unique_names(lease: Lease, structure: TableResponse) -> set[str]:
    unique = [one for one in structure.indexes if one.unique and not one.primary]
    engine = lease.engine.name
    if engine == "postgresql" and unique:
        text = lease.grammar.literal
        sql = (
            "SELECT c.conname FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid JOIN pg_namespace n"
            f" ON n.oid = r.relnamespace WHERE c.contype = 'u' AND r.relname = {text(None, structure.table)}"
            f" AND n.nspname = {text(None, structure.schema)}"
        )
        return {row[0] for row in rows(lease, sql)}
    if engine == "sqlite":
        return {one.name for one in unique if one.name.startswith("sqlite_autoindex_")}
    if engine == "duckdb":
        return {one.name for one in unique if one.definition.upper().startswith("UNIQUE")}
    known = {column.name for column in structure.columns}
    return {
        one.name for one in unique if known.issuperset(one.columns) and not _more_than_names(one.definition)
    }


# --- SQLite ----------------------------------------------------------------------------------------------


def _as_sqlite(spec: TableSpec, structure: TableResponse, shadow: Shadow) -> TableSpec:
    """With names that only the DDL has."""
    table = spec.table
    uniques, foreign = shadow.uniques(table), shadow.foreign_keys(table)
    computed = shadow.computed(table)
    key = shadow.key(table)
    return msgspec.structs.replace(
        spec,
        columns=[
            msgspec.structs.replace(one, computed=computed.get(one.name, one.computed))
            for one in spec.columns
        ],
        primary_key=spec.primary_key
        if spec.primary_key is None
        else KeySpec(spec.primary_key.columns, key.name if key is not None else ""),
        uniques=[KeySpec(one.columns, uniques.get(tuple(one.columns), "")) for one in spec.uniques],
        foreign_keys=[
            msgspec.structs.replace(one, name=foreign.get(tuple(one.columns), ""))
            for one in spec.foreign_keys
        ],
        options=_options(structure.ddl),
    )


def _options(ddl: str) -> list[str]:
    bare = re.sub(
        r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/", "''", ddl, flags=re.S
    )
    tail = bare[bare.rfind(")") :].upper()
    found = ["AUTOINCREMENT"] if re.search(r"\bAUTOINCREMENT\b", bare, re.I) else []
    found += ["WITHOUT ROWID"] if re.search(r"\bWITHOUT\s+ROWID\b", tail) else []
    return found + (["STRICT"] if re.search(r"\bSTRICT\b", tail) else [])


def shadow_of(lease: Lease) -> Shadow:
    """The database's tables without their rows. The caller closes it."""
    sql = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master"
    return Shadow([(row[0], row[1], row[2], row[3]) for row in rows(lease, sql)])


# --- what hangs on it ------------------------------------------------------------------------------------


def views_on(lease: Lease, structure: TableResponse) -> dict[str, str]:
    """Views that read the table: their DDL by name, as far as the database tells."""
    text = lease.grammar.literal
    if lease.engine.name == "postgresql":
        sql = (
            "SELECT DISTINCT v.oid::regclass::text, pg_get_viewdef(v.oid) FROM pg_depend d"
            " JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class"
            " JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace"
            f" WHERE d.classid = 'pg_rewrite'::regclass AND t.relname = {text(None, structure.table)}"
            f" AND n.nspname = {text(None, structure.schema)} AND v.oid <> t.oid ORDER BY 1"
        )
    elif lease.engine.name == "sqlite":
        sql = "SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY rowid"
    elif lease.engine.name == "mysql":
        sql = (
            "SELECT TABLE_NAME, VIEW_DEFINITION FROM information_schema.VIEWS"
            f" WHERE TABLE_SCHEMA = {text(None, structure.schema)} ORDER BY 1"
        )
    else:
        place = text(None, structure.schema)
        sql = f"SELECT view_name, sql FROM duckdb_views() WHERE NOT internal AND schema_name = {place}"
    named = re.compile(rf"(?<![\w]){re.escape(structure.table)}(?![\w])", re.I)
    try:
        found = rows(lease, sql)
    except ProblemError as error:
        if error.problem.code != "sql.error":
            raise
        return {}
    exact = lease.engine.name == "postgresql"
    return {row[0]: row[1] for row in found if exact or named.search(row[1])}


def readers(lease: Lease, read: Read, column: str) -> list[str]:
    """Views of PostgreSQL that read one column; of the whole table for ""."""
    if not column:
        return list(read.views)
    if lease.engine.name != "postgresql" or not read.views:
        return []
    text = lease.grammar.literal
    sql = (
        "SELECT DISTINCT r.ev_class::regclass::text FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid"
        " JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid"
        " JOIN pg_class t ON t.oid = d.refobjid JOIN pg_namespace n ON n.oid = t.relnamespace"
        f" WHERE d.classid = 'pg_rewrite'::regclass AND t.relname = {text(None, read.structure.table)}"
        f" AND n.nspname = {text(None, read.structure.schema)} AND a.attname = {text(None, column)}"
        " ORDER BY 1"
    )
    return [row[0] for row in rows(lease, sql)]


def named_types(lease: Lease) -> dict[str, Named]:
    """Types that users made, as PostgreSQL writes their names."""
    if lease.engine.name != "postgresql":
        return {}
    sql = (
        "SELECT format_type(t.oid, NULL), t.typtype FROM pg_type t"
        " JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype IN ('e', 'd')"
        " AND n.nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
    )
    return {row[0]: "enum" if row[1] == "e" else "domain" for row in rows(lease, sql)}


def rows(lease: Lease, sql: str) -> list[tuple[str, ...]]:
    """A small result as texts."""
    with lease.session.execute(sql) as reading:
        found: list[tuple[str, ...]] = []
        while block := list(reading.block(500).rows()):
            found += [tuple("" if cell is None else str(cell) for cell in row) for row in block]
            if len(block) < 500:
                break
    return found
