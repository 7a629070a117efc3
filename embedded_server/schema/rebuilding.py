"""Which changes have no ALTER: those of one table are made together, by copying it."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from embedded_server.ddl.evolve import evolved
from embedded_server.ddl.naming import constraint_name
from embedded_server.wire import ddl as wire
from embedded_server.wire.ddl import CheckSpec, ColumnSpec, KeySpec, Rebuild, TableSpec
from embedded_server.wire.problem import problem

from .tables import Tables

_CONSTRAINTS = (
    wire.SetPrimaryKey,
    wire.AddUnique,
    wire.AddCheck,
    wire.AddForeignKey,
    wire.DropUnique,
    wire.DropCheck,
    wire.DropForeignKey,
)
_CONSTANT = re.compile(
    r"^\s*(?:[-+]?[\d.]+(?:e[-+]?\d+)?|'(?:[^']|'')*'|x'[0-9a-f]*'|null|true|false)\s*$", re.I
)


def needs_copy(one: Any, spec: TableSpec, engine: str) -> bool:
    """Whether the database has no ALTER for it."""
    if engine not in ("sqlite", "duckdb"):
        return False
    if isinstance(one, _CONSTRAINTS):
        return True
    if engine == "duckdb":
        # It alters no table that an index stands on, and adds no column with a constraint.
        if isinstance(one, wire.AddColumn):
            return not one.column.nullable
        return isinstance(one, wire.AlterColumn | wire.DropColumn) and _tied(spec)
    if isinstance(one, wire.AlterColumn):
        return _more_than_name(one)
    if isinstance(one, wire.AddColumn):
        return not _appended(one.column)
    return isinstance(one, wire.DropColumn) and _held(spec, one.column)


def _tied(spec: TableSpec) -> bool:
    return bool(spec.indexes or spec.uniques or spec.primary_key or spec.foreign_keys or spec.checks)


def _more_than_name(one: wire.AlterColumn) -> bool:
    was = one.was
    if was is None:
        return True
    return (was.type, was.nullable, was.default) != (one.to.type, one.to.nullable, one.to.default)


def _appended(column: ColumnSpec) -> bool:
    """What SQLite's ADD COLUMN takes: a constant default, or NULL."""
    if column.computed:
        return False
    if column.default and not _CONSTANT.match(column.default):
        return False
    null = not column.default or column.default.strip().upper() == "NULL"
    return column.nullable or not null


def _held(spec: TableSpec, column: str) -> bool:
    """Whether constraints stand on it: then DROP COLUMN is refused."""
    keys = [key.columns for key in spec.uniques] + [key.columns for key in spec.foreign_keys]
    keys += [spec.primary_key.columns] if spec.primary_key else []
    mentioned = [check.sql for check in spec.checks] + [one.computed for one in spec.columns]
    return any(column in key for key in keys) or any(
        re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text, re.I) for text in mentioned
    )


def grouped(operations: list[Any], tables: Tables, spec: TableSpec) -> Rebuild:
    """One copy for changes of one table. `spec` is the table before them. Raises schema.unsupported."""
    first = operations[0]
    spec, operations = _told_apart(spec, operations)
    then = spec
    for one in operations:
        then = evolved(then, one)
    kept = {column.name for column in spec.columns if column.computed} & {
        column.name for column in then.columns
    }
    if kept:
        hint = "Drop the generated column, make the change, and add it again."
        detail = f"{spec.table}: {', '.join(sorted(kept))}"
        raise problem("schema.unsupported", "Alembic copies no table with a generated column.", detail, hint)
    before, hanging = _hanging(spec.table, tables)
    again = [
        index.definition for index in spec.indexes if index.definition and not _gone(index.name, operations)
    ]
    return Rebuild(
        table=first.table,
        schema=first.schema,
        operations=operations,
        was=spec,
        before=before,
        after=[*again, *hanging],
    )


def _hanging(table: str, tables: Tables) -> tuple[list[str], list[str]]:
    """What SQLite would drop with the table, or stumble over while there is none of its name: dropped before
    by hand where it must be, and made again in the old order."""
    if tables.shadow is None:
        return [], []
    listing = [one for one in tables.shadow.listing() if one[0] in ("view", "trigger")]
    gone = {table}
    views: set[str] = set()
    while more := {name for kind, name, _, sql in listing if kind == "view" and _names(sql, gone)} - views:
        views |= more
        gone |= more
    taken = [
        one
        for one in listing
        if one[1] in views or (one[0] == "trigger" and (one[2] in gone or _names(one[3], gone)))
    ]
    quote = tables.lease.grammar.name
    # A trigger goes with its table or view.
    alone = [name for kind, name, on, _ in taken if kind == "trigger" and on not in gone]
    before = [f"DROP TRIGGER {quote(name)}" for name in alone]
    before += [f"DROP VIEW {quote(name)}" for kind, name, _, _ in reversed(taken) if kind == "view"]
    return before, [sql for _, _, _, sql in taken]


def _names(sql: str, names: set[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", sql, re.I) for name in names)


def _told_apart(spec: TableSpec, operations: list[Any]) -> tuple[TableSpec, list[Any]]:
    """What goes needs a name to be told by; what stays keeps none if it had none."""
    told: list[Any] = []
    for one in operations:
        if isinstance(one, wire.SetPrimaryKey) and one.was is not None and not one.was.name:
            key = KeySpec(one.was.columns, constraint_name(spec.table, [], "old_pkey"))
            spec = msgspec.structs.replace(spec, primary_key=key)
            one = msgspec.structs.replace(one, was=key)
        elif isinstance(one, wire.DropUnique) and not one.unique.name:
            named = KeySpec(one.unique.columns, constraint_name(spec.table, one.unique.columns, "key"))
            spec = msgspec.structs.replace(spec, uniques=_swapped(spec.uniques, one.unique, named))
            one = msgspec.structs.replace(one, unique=named)
        elif isinstance(one, wire.DropForeignKey) and not one.foreign.name:
            name = constraint_name(spec.table, one.foreign.columns, "fkey")
            foreign = msgspec.structs.replace(one.foreign, name=name)
            spec = msgspec.structs.replace(
                spec, foreign_keys=_swapped(spec.foreign_keys, one.foreign, foreign)
            )
            one = msgspec.structs.replace(one, foreign=foreign)
        elif isinstance(one, wire.DropCheck) and not one.check.name:
            number = spec.checks.index(one.check) + 1 if one.check in spec.checks else 0
            check = CheckSpec(one.check.sql, constraint_name(spec.table, [], f"check{number}"))
            spec = msgspec.structs.replace(spec, checks=_swapped(spec.checks, one.check, check))
            one = msgspec.structs.replace(one, check=check)
        told.append(one)
    return spec, told


def _swapped(listed: list[Any], old: Any, new: Any) -> list[Any]:
    return [new if one == old else one for one in listed]


def _gone(name: str, operations: list[Any]) -> bool:
    return any(isinstance(one, wire.DropIndex) and one.name == name for one in operations)
