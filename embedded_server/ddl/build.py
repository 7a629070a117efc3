"""Operations as Alembic's own, in both directions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from alembic.operations import ops
from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    DefaultClause,
    ForeignKeyConstraint,
    Identity,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    TextClause,
    UniqueConstraint,
    text,
)
from sqlalchemy.util import OrderedSet

from embedded_server.wire import ddl as wire
from embedded_server.wire.ddl import CheckSpec, ColumnSpec, ForeignSpec, IndexSpec, KeySpec, TableSpec
from embedded_server.wire.problem import ProblemError, problem

from .types import is_serial, type_of

_BIND = re.compile(r"(?<![:\w\\]):(?=\w)")
_EXPRESSION = re.compile(r"\(|^.+\s(?:ASC|DESC)(?:\s+NULLS\s+(?:FIRST|LAST))?$|^.+\s\w+_ops$", re.I)


@dataclass(frozen=True)
class Raw:
    """A statement as it is."""

    sql: str


@dataclass(frozen=True)
class Outside:
    """An index that is built or dropped beside the writers, outside of the transaction."""

    step: Any


@dataclass(frozen=True)
class Batch:
    """Changes of one table by copying it; `like` is the whole table."""

    like: Table
    steps: list[Any]


@dataclass(frozen=True)
class Built:
    """A sentence, and steps in both directions; no way back where `down` is null."""

    title: str
    table: str
    up: list[Any]
    down: list[Any] | None


def bound(sql: str) -> TextClause:
    """SQL as a text whose colons are no parameters."""
    return text(escaped(sql))


def escaped(sql: str) -> str:
    """SQLAlchemy takes `:name` in a text for a parameter."""
    return _BIND.sub(r"\\:", sql)


def is_expression(column: str) -> bool:
    """Whether an index's part is SQL and not a column's name."""
    return bool(_EXPRESSION.search(column))


def shown(column: Any) -> str:
    """A part of an index as text: a name, an expression, or an object that says which."""
    if isinstance(column, dict):
        return str(column.get("expression") or column.get("column") or column.get("name") or "")
    return str(column)


def column_of(spec: ColumnSpec, engine: str, *, key: bool = False) -> Column[Any]:
    """A column. Raises schema.type, schema.invalid."""
    name_of(spec.name, "A column")
    kind = type_of(spec, engine)
    parts: list[Any] = []
    identity = spec.identity or (engine == "postgresql" and is_serial(spec.type))
    if spec.computed:
        parts.append(Computed(escaped(spec.computed), persisted=True))
    elif identity and engine == "postgresql" and not (key and is_serial(spec.type)):
        parts.append(Identity(always=False))
    default = bound(spec.default) if spec.default and not identity and not spec.computed else None
    numbered: dict[str, Any] = {}
    if engine != "sqlite" and key and not identity:
        # An integer key alone would number its rows by itself.
        numbered = {"autoincrement": False}
    elif identity and (engine == "mysql" or (engine == "postgresql" and key and is_serial(spec.type))):
        numbered = {"autoincrement": True}
    return Column(
        spec.name,
        kind,
        *parts,
        nullable=spec.nullable and not key and not (identity and engine == "postgresql"),
        server_default=default,
        comment=spec.comment or None,
        **numbered,
    )


def name_of(name: str, what: str) -> str:
    """A name that a database can have. Raises schema.invalid."""
    if not name.strip() or "\0" in name:
        raise problem("schema.invalid", f"{what} needs a name.")
    return name


# --- tables ----------------------------------------------------------------------------------------------


def table_of(spec: TableSpec, engine: str, *, uniques: bool = True) -> Table:
    """A table with its constraints, without its indexes."""
    name_of(spec.table, "The table")
    key = spec.primary_key
    in_key = set(key.columns) if key is not None else set()
    parts: list[Any] = [column_of(column, engine, key=column.name in in_key) for column in spec.columns]
    if key is not None:
        parts.append(PrimaryKeyConstraint(*key.columns, name=key.name or None))
    if uniques:
        parts += [UniqueConstraint(*one.columns, name=one.name or None) for one in spec.uniques]
    parts += [CheckConstraint(bound(one.sql), name=one.name or None) for one in spec.checks]
    parts += [_foreign(one, spec.schema) for one in spec.foreign_keys]
    words = spec.options if engine == "sqlite" else []
    options: dict[str, Any] = dict(_OPTIONS[word] for word in words)
    table = Table(
        spec.table, MetaData(), *parts, schema=spec.schema or None, comment=spec.comment or None, **options
    )
    # A set's order differs from run to run, and a copy would take it over.
    ordered: Any = OrderedSet(sorted(table.constraints, key=lambda one: one._creation_order))
    table.constraints = ordered
    return table


_OPTIONS: dict[str, tuple[str, bool]] = {
    "AUTOINCREMENT": ("sqlite_autoincrement", True),
    "WITHOUT ROWID": ("sqlite_with_rowid", False),
    "STRICT": ("sqlite_strict", True),
}


def _foreign(spec: ForeignSpec, schema: str) -> ForeignKeyConstraint:
    undotted(spec)
    place = spec.target_schema or schema
    start = f"{place}.{spec.target}" if place else spec.target
    return ForeignKeyConstraint(
        spec.columns,
        [f"{start}.{column}" for column in spec.target_columns],
        name=spec.name or None,
        ondelete=spec.on_delete or None,
        onupdate=spec.on_update or None,
    )


def undotted(spec: ForeignSpec) -> None:
    """Alembic writes a foreign key's target as one dotted text. Raises schema.unsupported."""
    if not spec.target or not spec.target_columns or len(spec.columns) != len(spec.target_columns):
        detail = f"foreign key ({', '.join(spec.columns)})"
        raise problem("schema.invalid", "A foreign key needs as many columns there as here.", detail)
    if any("." in name for name in (spec.target, *spec.target_columns)):
        hint = "Write it as SQL, in a script."
        detail = f"foreign key to {spec.target}"
        raise problem("schema.unsupported", "A revision cannot name a target with a dot.", detail, hint)


def index_op(
    table: str, schema: str, spec: IndexSpec, engine: str, *, concurrently: bool
) -> ops.CreateIndexOp:
    """An index as Alembic's operation."""
    options: dict[str, Any] = {}
    if engine in ("postgresql", "sqlite", "duckdb") and spec.where:
        options[f"{'sqlite' if engine == 'sqlite' else 'postgresql'}_where"] = bound(spec.where)
    if engine == "postgresql" and spec.method:
        options["postgresql_using"] = spec.method
    if engine == "postgresql" and spec.include:
        options["postgresql_include"] = list(spec.include)
    if concurrently:
        options |= {"postgresql_concurrently": True, "if_not_exists": True}
    columns = [_index_part(one) for one in spec.columns]
    return ops.CreateIndexOp(
        name_of(spec.name, "The index"), table, columns, schema=schema or None, unique=spec.unique, **options
    )


def _index_part(column: Any) -> Any:
    if isinstance(column, dict) and "expression" not in column:
        return shown(column)
    text = shown(column)
    return bound(text) if isinstance(column, dict) or is_expression(text) else text


def drop_index_op(table: str, schema: str, name: str, *, concurrently: bool) -> ops.DropIndexOp:
    """The way back from `index_op`."""
    options: dict[str, Any] = {"postgresql_concurrently": True, "if_exists": True} if concurrently else {}
    return ops.DropIndexOp(name, table, schema=schema or None, **options)


# --- one column ------------------------------------------------------------------------------------------


def alter_op(one: wire.AlterColumn, was: ColumnSpec, to: ColumnSpec, engine: str) -> ops.AlterColumnOp:
    """What differs between two columns as one operation."""
    named: dict[str, Any] = {
        "existing_type": _type_or_none(was, engine),
        "existing_nullable": was.nullable,
        "existing_server_default": DefaultClause(bound(was.default)) if was.default else None,
        "existing_comment": was.comment or None,
    }
    if engine == "mysql" and was.identity:
        named["existing_autoincrement"] = True
    if was.type.strip().lower() != to.type.strip().lower():
        named["modify_type"] = type_of(to, engine)
        if engine == "postgresql" and not _casts(was.type, to.type):
            column = '"' + was.name.replace('"', '""') + '"'
            named["postgresql_using"] = f"{column}::{to.type}"
    if was.nullable != to.nullable:
        named["modify_nullable"] = to.nullable
    if was.default != to.default:
        named["modify_server_default"] = DefaultClause(bound(to.default)) if to.default else None
    if was.comment != to.comment:
        named["modify_comment"] = to.comment or None
    if was.name != to.name:
        named["modify_name"] = name_of(to.name, "A column")
    return ops.AlterColumnOp(one.table, was.name, schema=one.schema or None, **named)


def _type_or_none(was: ColumnSpec, engine: str) -> Any:
    if engine == "mysql":
        return type_of(was, engine)
    try:
        return type_of(was, engine)
    except ProblemError:
        return None


_FAMILIES = (
    re.compile(r"(?:character varying|varchar|text|character|char|bpchar|name|citext)\b"),
    re.compile(r"(?:small|big)?int(?:eger|2|4|8)?\b|numeric|decimal|real|double precision|float"),
    re.compile(r"timestamp|date\b"),
)


def _casts(old: str, new: str) -> bool:
    """Whether PostgreSQL changes one into the other without being told how."""
    lists = old.endswith("]") or new.endswith("]")
    before, after = old.strip().lower(), new.strip().lower()
    if lists:
        return before.partition("(")[0] == after.partition("(")[0]
    if _FAMILIES[0].match(after):
        return True
    return any(family.match(before) and family.match(after) for family in _FAMILIES)


# --- constraints -----------------------------------------------------------------------------------------


def unique_op(one: Any, spec: KeySpec) -> ops.CreateUniqueConstraintOp:
    """A unique constraint."""
    return ops.CreateUniqueConstraintOp(spec.name or None, one.table, spec.columns, schema=one.schema or None)


def check_op(one: Any, spec: CheckSpec) -> ops.CreateCheckConstraintOp:
    """A check."""
    return ops.CreateCheckConstraintOp(
        spec.name or None, one.table, bound(spec.sql), schema=one.schema or None
    )


def foreign_op(one: Any, spec: ForeignSpec) -> ops.CreateForeignKeyOp:
    """A foreign key. Raises schema.invalid, schema.unsupported."""
    undotted(spec)
    return ops.CreateForeignKeyOp(
        spec.name or None,
        one.table,
        spec.target,
        spec.columns,
        spec.target_columns,
        source_schema=one.schema or None,
        referent_schema=spec.target_schema or one.schema or None,
        ondelete=spec.on_delete or None,
        onupdate=spec.on_update or None,
    )


def key_op(one: Any, spec: KeySpec) -> ops.CreatePrimaryKeyOp:
    """A primary key."""
    return ops.CreatePrimaryKeyOp(spec.name or None, one.table, spec.columns, schema=one.schema or None)


def drop_op(one: Any, name: str, kind: str) -> ops.DropConstraintOp:
    """Any constraint by its name. Raises schema.unsupported without one."""
    if not name:
        raise problem(
            "schema.unsupported", f"The {_KINDS[kind]} has no name, so nothing can drop it.", one.table
        )
    return ops.DropConstraintOp(name, one.table, type_=kind, schema=one.schema or None)


_KINDS = {
    "unique": "unique constraint",
    "check": "check",
    "foreignkey": "foreign key",
    "primary": "primary key",
}
