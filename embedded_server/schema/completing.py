"""Operations made whole: names for what has none, what was there before, refused where it does not fit."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any, cast

import msgspec

from embedded_server.ddl.build import shown
from embedded_server.ddl.naming import constraint_name, index_name
from embedded_server.wire import ddl as wire
from embedded_server.wire.ddl import CheckSpec, ColumnSpec, ForeignSpec, KeySpec, TableSpec
from embedded_server.wire.problem import ProblemError, problem

from .reading import bare, serial
from .tables import Tables


def completed(one: Any, tables: Tables) -> list[Any]:
    """The operation, and what has to come before it. Raises schema.invalid, data.unknown_table."""
    if isinstance(one, wire.Execute):
        return [one]
    one = msgspec.structs.replace(one, schema=tables.place(one.schema))
    maker = _MAKERS.get(type(one))
    return [one] if maker is None else maker(one, tables)


def _invalid(title: str, where: str, hint: str = "") -> ProblemError:
    return problem("schema.invalid", title, where, hint)


def _column(spec: TableSpec, name: str) -> ColumnSpec:
    for column in spec.columns:
        if column.name == name:
            return column
    near = difflib.get_close_matches(name, [column.name for column in spec.columns], 3, 0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else ""
    raise problem("data.unknown_column", f"{spec.table} has no column {name}.", hint=hint)


def _known(spec: TableSpec, columns: list[str], what: str) -> None:
    if not columns:
        raise _invalid(f"{what} has no columns.", spec.table)
    for name in columns:
        _column(spec, name)


def _create_table(one: wire.CreateTable, tables: Tables) -> list[Any]:
    spec = msgspec.structs.replace(one.spec, table=one.spec.table or one.table, schema=one.schema)
    if spec.table.strip() and tables.exists(spec.schema, spec.table):
        raise _invalid(f"{spec.table} is there already.", "table name")
    names = [column.name for column in spec.columns]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise _invalid(f"Two columns are called {twice}.", spec.table)
    if spec.primary_key is not None:
        _known(spec, spec.primary_key.columns, "The primary key")
    spec = msgspec.structs.replace(
        spec,
        columns=[tables.named(column) for column in spec.columns],
        uniques=[_unique(spec, key) for key in spec.uniques],
        checks=[_check(spec, check, number) for number, check in enumerate(spec.checks, start=1)],
        foreign_keys=[_foreign(spec, key, tables) for key in spec.foreign_keys],
        indexes=[
            msgspec.structs.replace(
                index, name=index.name or index_name(spec.table, [shown(part) for part in index.columns])
            )
            for index in spec.indexes
        ],
    )
    return [msgspec.structs.replace(one, table=spec.table, spec=spec)]


def _drop_table(one: wire.DropTable, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    was = msgspec.structs.replace(spec, columns=[serial(column) for column in spec.columns])
    return [msgspec.structs.replace(one, was=was)]


def _rename_table(one: wire.RenameTable, tables: Tables) -> list[Any]:
    tables.now(one)
    if one.name.strip() and one.name != one.table and tables.exists(one.schema, one.name):
        raise _invalid(f"{one.name} is there already.", f"new name of {one.table}")
    return [one]


def _comment_table(one: wire.CommentTable, tables: Tables) -> list[Any]:
    return [msgspec.structs.replace(one, was=tables.now(one).comment)]


def _add_column(one: wire.AddColumn, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    if any(column.name == one.column.name for column in spec.columns):
        raise _invalid(f"{spec.table} has a column {one.column.name} already.", "column name")
    if one.column.identity and tables.engine in ("mysql", "sqlite", "duckdb"):
        raise problem(
            "schema.unsupported", "A column that numbers rows is made with its table.", one.column.name
        )
    return [msgspec.structs.replace(one, column=tables.named(one.column))]


def _drop_column(one: wire.DropColumn, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    was = _column(spec, one.column)
    if len(spec.columns) == 1:
        raise _invalid(
            f"{spec.table} has no other column.", f"column {one.column}", "Drop the table instead."
        )
    before: list[Any] = []
    if tables.engine in ("sqlite", "duckdb"):
        before = [_gone(one, index, tables) for index in spec.indexes if _uses(index, one.column)]
    return [*before, msgspec.structs.replace(one, was=was)]


def _uses(index: wire.IndexSpec, column: str) -> bool:
    parts = [shown(part) for part in index.columns]
    return column in parts or any(
        column in part for part in [*parts, index.where] if "(" in part or " " in part
    )


def _gone(one: Any, index: wire.IndexSpec, tables: Tables) -> wire.DropIndex:
    found = _drop_index(wire.DropIndex(table=one.table, schema=one.schema, name=index.name), tables)
    return cast("wire.DropIndex", found[0])


def _alter_column(one: wire.AlterColumn, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    was = _column(spec, one.column)
    to = tables.named(one.to)
    if to.name != was.name and any(column.name == to.name for column in spec.columns):
        raise _invalid(f"{spec.table} has a column {to.name} already.", f"new name of {was.name}")
    if tables.engine == "mysql" and any(check.name == was.name for check in spec.checks):
        hint = "Drop the check first, and add it as one of the table."
        raise problem("schema.unsupported", f"MODIFY would lose the check of {was.name}.", spec.table, hint)
    if was == to:
        return []
    return [msgspec.structs.replace(one, was=was, to=to)]


def _set_primary_key(one: wire.SetPrimaryKey, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    key = one.key
    before: list[Any] = []
    if key is not None:
        _known(spec, key.columns, "The primary key")
        # The key makes its columns NOT NULL: said by itself, it can be taken back by itself.
        before = [
            _required(one, column)
            for column in spec.columns
            if column.name in key.columns and column.nullable
        ]
        name = "" if tables.engine == "mysql" else key.name or constraint_name(spec.table, [], "pkey")
        key = KeySpec(key.columns, name)
    elif spec.primary_key is None:
        raise _invalid(f"{spec.table} has no primary key.", spec.table)
    return [*before, msgspec.structs.replace(one, key=key, was=spec.primary_key)]


def _required(one: Any, column: ColumnSpec) -> wire.AlterColumn:
    to = msgspec.structs.replace(column, nullable=False)
    return wire.AlterColumn(table=one.table, schema=one.schema, column=column.name, to=to, was=column)


def _unique(spec: TableSpec, key: KeySpec) -> KeySpec:
    _known(spec, key.columns, "The unique constraint")
    return KeySpec(key.columns, key.name or constraint_name(spec.table, key.columns, "key"))


def _check(spec: TableSpec, check: CheckSpec, number: int) -> CheckSpec:
    if not check.sql.strip():
        raise _invalid("A check has no condition.", spec.table)
    return CheckSpec(check.sql.strip(), check.name or constraint_name(spec.table, [], f"check{number}"))


def _foreign(spec: TableSpec, key: ForeignSpec, tables: Tables) -> ForeignSpec:
    _known(spec, key.columns, "The foreign key")
    where = f"foreign key ({', '.join(key.columns)})"
    schema = tables.place(key.target_schema or spec.schema)
    if not key.target:
        raise _invalid("A foreign key has no table to refer to.", where)
    if key.target == spec.table and schema == spec.schema:
        target = spec
    elif not tables.exists(schema, key.target):
        raise problem("data.unknown_table", f"There is no table {key.target}.", where)
    else:
        target = tables.now(wire.RenameTable(table=key.target, schema=schema, name=""))
    columns = key.target_columns
    if not columns and target.primary_key is not None:
        columns = target.primary_key.columns
    if len(columns) != len(key.columns):
        raise _invalid("A foreign key needs as many columns there as here.", where)
    for name in columns:
        _column(target, name)
    name = key.name or constraint_name(spec.table, key.columns, "fkey")
    place = "" if schema == spec.schema else schema or tables.lease.info.default_schema
    return msgspec.structs.replace(key, target_columns=columns, name=name, target_schema=place)


def _add_unique(one: wire.AddUnique, tables: Tables) -> list[Any]:
    return [msgspec.structs.replace(one, unique=_unique(tables.now(one), one.unique))]


def _add_check(one: wire.AddCheck, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    return [msgspec.structs.replace(one, check=_check(spec, one.check, len(spec.checks) + 1))]


def _add_foreign_key(one: wire.AddForeignKey, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    foreign = _foreign(spec, one.foreign, tables)
    before: list[Any] = []
    if tables.engine == "mysql" and not _leads(spec, foreign.columns):
        # MySQL makes this index by itself, and would leave it there.
        before = [
            wire.CreateIndex(table=one.table, schema=one.schema, name=foreign.name, columns=foreign.columns)
        ]
    return [*before, msgspec.structs.replace(one, foreign=foreign)]


def _leads(spec: TableSpec, columns: list[str]) -> bool:
    """Whether an index begins with these columns."""
    keys = [key.columns for key in spec.uniques] + [
        [shown(part) for part in index.columns] for index in spec.indexes
    ]
    keys += [spec.primary_key.columns] if spec.primary_key is not None else []
    return any(key[: len(columns)] == columns for key in keys)


def _there(listed: list[Any], wanted: Any, what: str, table: str) -> Any:
    """The constraint meant: by its name, else by what it says."""
    for one in listed:
        if one == wanted or (wanted.name and one.name == wanted.name):
            return one
    for one in listed:
        if not wanted.name and getattr(one, "columns", one) == getattr(wanted, "columns", wanted):
            return one
    raise _invalid(f"{table} has no such {what}.", wanted.name or str(getattr(wanted, "columns", "")))


def _drop_unique(one: wire.DropUnique, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    return [
        msgspec.structs.replace(one, unique=_there(spec.uniques, one.unique, "unique constraint", spec.table))
    ]


def _drop_check(one: wire.DropCheck, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    name, sql = one.check.name, one.check.sql
    same = [check for check in spec.checks if check.name == name and (name or check.sql == sql)]
    same = same or [check for check in spec.checks if sql and bare(check.sql) == bare(sql)]
    found = same[0] if same else _there([], one.check, "check", spec.table)
    return [msgspec.structs.replace(one, check=found)]


def _drop_foreign_key(one: wire.DropForeignKey, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    return [
        msgspec.structs.replace(
            one, foreign=_there(spec.foreign_keys, one.foreign, "foreign key", spec.table)
        )
    ]


def _create_index(one: wire.CreateIndex, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    if not one.columns:
        raise _invalid("The index has no columns.", spec.table)
    name = one.name or index_name(spec.table, [shown(part) for part in one.columns])
    if any(index.name == name for index in spec.indexes):
        raise _invalid(f"{spec.table} has an index {name} already.", "index name")
    known = {column.name for column in spec.columns}
    columns = [
        {"column": part} if part in known and "(" in str(part) else part for part in one.columns if part
    ]
    blocking = one.blocking or (tables.place(one.schema), one.table) in tables.made
    return [msgspec.structs.replace(one, name=name, columns=columns, blocking=blocking)]


def _drop_index(one: wire.DropIndex, tables: Tables) -> list[Any]:
    spec = tables.now(one)
    for index in spec.indexes:
        if index.name == one.name:
            fields = ("columns", "unique", "where", "method", "include", "definition")
            return [msgspec.structs.replace(one, **{name: getattr(index, name) for name in fields})]
    raise _invalid(f"{spec.table} has no index {one.name}.", "index name")


def _create_view(one: wire.CreateView, tables: Tables) -> list[Any]:
    if one.table.strip() and tables.exists(one.schema, one.table):
        raise _invalid(f"{one.table} is there already.", "view name")
    return [one]


def _replace_view(one: wire.ReplaceView, tables: Tables) -> list[Any]:
    return [msgspec.structs.replace(one, was=_select(one, tables))]


def _drop_view(one: wire.DropView, tables: Tables) -> list[Any]:
    return [msgspec.structs.replace(one, was=_select(one, tables))]


def _select(one: Any, tables: Tables) -> str:
    tables.now(one)
    found = tables.reads[(tables.place(one.schema), one.table)]
    if not found.view:
        raise _invalid(f"{one.table} is no view.", "view name")
    return found.view


_MAKERS: dict[type, Callable[[Any, Tables], list[Any]]] = {
    wire.CreateTable: _create_table,
    wire.DropTable: _drop_table,
    wire.RenameTable: _rename_table,
    wire.CommentTable: _comment_table,
    wire.AddColumn: _add_column,
    wire.DropColumn: _drop_column,
    wire.AlterColumn: _alter_column,
    wire.SetPrimaryKey: _set_primary_key,
    wire.AddUnique: _add_unique,
    wire.AddCheck: _add_check,
    wire.AddForeignKey: _add_foreign_key,
    wire.DropUnique: _drop_unique,
    wire.DropCheck: _drop_check,
    wire.DropForeignKey: _drop_foreign_key,
    wire.CreateIndex: _create_index,
    wire.DropIndex: _drop_index,
    wire.CreateView: _create_view,
    wire.ReplaceView: _replace_view,
    wire.DropView: _drop_view,
}
