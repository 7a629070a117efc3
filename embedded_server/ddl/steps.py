"""What each operation is: a sentence, Alembic's steps there and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from alembic.operations import ops
from sqlalchemy import Index, Table
from sqlalchemy.exc import SQLAlchemyError

from embedded_server.wire import ddl as wire
from embedded_server.wire.ddl import ColumnSpec, IndexSpec, KeySpec, TableSpec
from embedded_server.wire.problem import ProblemError, problem

from .build import (
    Batch,
    Built,
    Outside,
    Raw,
    alter_op,
    bound,
    check_op,
    column_of,
    drop_index_op,
    drop_op,
    foreign_op,
    index_op,
    is_expression,
    key_op,
    name_of,
    shown,
    table_of,
    unique_op,
)
from .dialects import dialect_of
from .evolve import evolved
from .naming import index_name

Maker = Callable[[Any, str], Built]


def built(operation: wire.Operation, engine: str) -> Built:
    """Raises schema.type, schema.invalid, schema.unsupported, each with the place."""
    dialect_of(engine)
    try:
        return _MAKERS[type(operation)](operation, engine)
    except SQLAlchemyError as error:
        raise problem("schema.invalid", detail=str(error).splitlines()[0]) from error


def _create_table(one: wire.CreateTable, engine: str) -> Built:
    spec = one.spec
    if not spec.columns:
        raise problem("schema.invalid", f"{spec.table or 'The table'} has no columns.")
    up: list[Any] = [ops.CreateTableOp.from_table(table_of(spec, engine))]
    up += [index_op(spec.table, spec.schema, index, engine, concurrently=False) for index in spec.indexes]
    return Built(
        f"Create table {spec.table} with {_count(len(spec.columns), 'column')}",
        spec.table,
        up,
        [ops.DropTableOp(spec.table, schema=spec.schema or None)],
    )


def _drop_table(one: wire.DropTable, engine: str) -> Built:
    down: list[Any] | None = None
    if one.was is not None:
        try:
            down = [ops.CreateTableOp.from_table(table_of(one.was, engine)), *_indexes(one.was, engine)]
        except ProblemError:
            down = None
    return Built(
        f"Drop table {one.table}", one.table, [ops.DropTableOp(one.table, schema=one.schema or None)], down
    )


def _indexes(spec: TableSpec, engine: str) -> list[Any]:
    return [
        Raw(index.definition)
        if index.definition
        else index_op(spec.table, spec.schema, index, engine, concurrently=False)
        for index in spec.indexes
    ]


def _rename_table(one: wire.RenameTable, _: str) -> Built:
    name_of(one.name, "The table")
    schema = one.schema or None
    return Built(
        f"Rename {one.table} to {one.name}",
        one.table,
        [ops.RenameTableOp(one.table, one.name, schema=schema)],
        [ops.RenameTableOp(one.name, one.table, schema=schema)],
    )


def _comment_table(one: wire.CommentTable, engine: str) -> Built:
    _comments(engine)

    def comment(text: str, was: str) -> Any:
        if not text:
            return ops.DropTableCommentOp(one.table, existing_comment=was or None, schema=one.schema or None)
        return ops.CreateTableCommentOp(
            one.table, text, existing_comment=was or None, schema=one.schema or None
        )

    return Built(
        f"Comment on {one.table}", one.table, [comment(one.comment, one.was)], [comment(one.was, one.comment)]
    )


def _comments(engine: str) -> None:
    if engine == "sqlite":
        raise problem("schema.unsupported", "SQLite has no comments.")


# --- columns ---------------------------------------------------------------------------------------------


def _add_column(one: wire.AddColumn, engine: str) -> Built:
    schema = one.schema or None
    return Built(
        f"Add column {one.table}.{one.column.name}",
        one.table,
        [ops.AddColumnOp(one.table, column_of(one.column, engine), schema=schema)],
        [ops.DropColumnOp(one.table, one.column.name, schema=schema)],
    )


def _drop_column(one: wire.DropColumn, engine: str) -> Built:
    schema = one.schema or None
    down: list[Any] | None = None
    if one.was is not None:
        try:
            down = [ops.AddColumnOp(one.table, column_of(one.was, engine), schema=schema)]
        except ProblemError:
            down = None
    return Built(
        f"Drop column {one.table}.{one.column}",
        one.table,
        [ops.DropColumnOp(one.table, one.column, schema=schema)],
        down,
    )


def _alter_column(one: wire.AlterColumn, engine: str) -> Built:
    was = one.was or ColumnSpec(one.column, one.to.type)
    if was.identity != one.to.identity or was.computed != one.to.computed:
        hint = "Drop the column and add it again."
        raise problem(
            "schema.unsupported", "How a column is generated cannot be altered.", f"column {was.name}", hint
        )
    if was.comment != one.to.comment:
        _comments(engine)
    up = _altered(one, was, one.to, engine)
    down = _altered(one, one.to, was, engine)
    return Built(_alter_title(one.table, was, one.to), one.table, up, down)


def _altered(one: wire.AlterColumn, was: ColumnSpec, to: ColumnSpec, engine: str) -> list[Any]:
    """The old default goes before the type changes: it may not fit the new one."""
    if engine == "mysql":
        return [alter_op(one, was, to, engine)]
    if not (was.default and _other_type(was, to)):
        return [alter_op(one, was, to, engine)]
    bare = msgspec.structs.replace(was, default="")
    return [alter_op(one, was, bare, engine), alter_op(one, bare, to, engine)]


def _other_type(was: ColumnSpec, to: ColumnSpec) -> bool:
    return was.type.strip().lower() != to.type.strip().lower()


def _alter_title(table: str, was: ColumnSpec, to: ColumnSpec) -> str:
    parts = []
    if was.name != to.name:
        parts.append(f"rename to {to.name}")
    if _other_type(was, to):
        parts.append(f"type {to.type}")
    if was.nullable != to.nullable:
        parts.append("allow NULL" if to.nullable else "NOT NULL")
    if was.default != to.default:
        parts.append(f"default {to.default}" if to.default else "no default")
    if was.comment != to.comment:
        parts.append("comment")
    return f"Change {table}.{was.name}: {', '.join(parts) or 'nothing'}"


# --- constraints -----------------------------------------------------------------------------------------


def _set_primary_key(one: wire.SetPrimaryKey, _: str) -> Built:
    def steps(old: KeySpec | None, new: KeySpec | None) -> list[Any]:
        found: list[Any] = []
        if old is not None:
            found.append(drop_op(one, old.name or f"{one.table}_pkey", "primary"))
        if new is not None:
            found.append(key_op(one, new))
        return found

    columns = ", ".join(one.key.columns) if one.key is not None else ""
    title = f"Primary key of {one.table}: {columns}" if columns else f"Drop the primary key of {one.table}"
    return Built(title, one.table, steps(one.was, one.key), steps(one.key, one.was))


def _add_unique(one: wire.AddUnique, _: str) -> Built:
    title = f"Unique {one.table} ({', '.join(one.unique.columns)})"
    return Built(title, one.table, [unique_op(one, one.unique)], [drop_op(one, one.unique.name, "unique")])


def _drop_unique(one: wire.DropUnique, _: str) -> Built:
    title = f"Drop unique {one.unique.name or ', '.join(one.unique.columns)} of {one.table}"
    return Built(title, one.table, [drop_op(one, one.unique.name, "unique")], [unique_op(one, one.unique)])


def _add_check(one: wire.AddCheck, _: str) -> Built:
    title = f"Check {one.table}: {one.check.sql}"
    return Built(title, one.table, [check_op(one, one.check)], [drop_op(one, one.check.name, "check")])


def _drop_check(one: wire.DropCheck, _: str) -> Built:
    title = f"Drop check {one.check.name or one.check.sql} of {one.table}"
    return Built(title, one.table, [drop_op(one, one.check.name, "check")], [check_op(one, one.check)])


def _add_foreign_key(one: wire.AddForeignKey, _: str) -> Built:
    title = f"Foreign key {one.table} ({', '.join(one.foreign.columns)}) to {one.foreign.target}"
    down = [drop_op(one, one.foreign.name, "foreignkey")]
    return Built(title, one.table, [foreign_op(one, one.foreign)], down)


def _drop_foreign_key(one: wire.DropForeignKey, _: str) -> Built:
    title = f"Drop foreign key {one.foreign.name or ', '.join(one.foreign.columns)} of {one.table}"
    up = [drop_op(one, one.foreign.name, "foreignkey")]
    return Built(title, one.table, up, [foreign_op(one, one.foreign)])


# --- indexes, views, statements --------------------------------------------------------------------------


def _outside(one: Any, engine: str, step: Any) -> Any:
    return Outside(step) if engine == "postgresql" and not one.blocking else step


def _create_index(one: wire.CreateIndex, engine: str) -> Built:
    concurrently = engine == "postgresql" and not one.blocking
    spec = _index(one)
    up = index_op(one.table, one.schema, spec, engine, concurrently=concurrently)
    down = drop_index_op(one.table, one.schema, spec.name, concurrently=concurrently)
    kind = "unique index" if one.unique else "index"
    title = f"Create {kind} {spec.name} on {one.table} ({', '.join(map(shown, one.columns))})"
    return Built(title, one.table, [_outside(one, engine, up)], [_outside(one, engine, down)])


def _drop_index(one: wire.DropIndex, engine: str) -> Built:
    concurrently = engine == "postgresql" and not one.blocking
    up = drop_index_op(one.table, one.schema, one.name, concurrently=concurrently)
    down: list[Any] | None = None
    if one.definition:
        down = [Raw(one.definition)]
    elif one.columns:
        down = [
            _outside(
                one, engine, index_op(one.table, one.schema, _index(one), engine, concurrently=concurrently)
            )
        ]
    return Built(f"Drop index {one.name} of {one.table}", one.table, [_outside(one, engine, up)], down)


def _index(one: wire.CreateIndex | wire.DropIndex) -> IndexSpec:
    """Its name follows from its columns where it has none. Raises schema.invalid."""
    if not one.columns or not all(
        isinstance(part, str | dict) and shown(part).strip() for part in one.columns
    ):
        raise problem("schema.invalid", f"The index {one.name} of {one.table} has no columns.")
    name = one.name or index_name(one.table, [shown(part) for part in one.columns])
    return IndexSpec(one.columns, name, one.unique, one.where, one.method, one.include)


def _rebuild(one: wire.Rebuild, engine: str) -> Built:
    parts = [built(part, engine) for part in one.operations]
    then = one.was
    for part in one.operations:
        then = evolved(then, part)

    def whole(steps: list[Any], spec: TableSpec) -> list[Any]:
        before, after = map(_raws, (one.before, one.after))
        return [*before, Batch(_with_indexes(spec, engine), steps), *after]

    title = "; ".join(part.title for part in parts)
    up = whole([step for part in parts for step in part.up], one.was)
    if any(part.down is None for part in parts):
        return Built(title, one.table, up, None)
    back = [step for part in reversed(parts) for step in part.down or []]
    return Built(title, one.table, up, whole(back, then))


def _with_indexes(spec: TableSpec, engine: str) -> Table:
    """The table with those of its indexes that a copy takes along: expressions come back by their own DDL."""
    table = table_of(spec, engine)
    for index in spec.indexes:
        if not index.definition and not any(is_expression(part) for part in index.columns):
            options: dict[str, Any] = (
                {f"{engine}_where": bound(index.where)} if index.where and engine == "sqlite" else {}
            )
            Index(index.name, *(table.c[name] for name in index.columns), unique=index.unique, **options)
    return table


def _raws(texts: list[str]) -> list[Any]:
    return [Raw(sql) for sql in texts]


def _view(one: Any, sql: str, engine: str) -> str:
    body = sql.strip().rstrip(";").strip()
    if not body:
        raise problem("schema.invalid", f"The view {one.table} has no SELECT.")
    return f"CREATE VIEW {_named(one, engine)} AS\n{body}"


def _named(one: Any, engine: str) -> str:
    name_of(one.table, "The view")
    quote = dialect_of(engine).identifier_preparer.quote_identifier
    return f"{quote(one.schema)}.{quote(one.table)}" if one.schema else str(quote(one.table))


def _create_view(one: wire.CreateView, engine: str) -> Built:
    drop = Raw(f"DROP VIEW {_named(one, engine)}")
    return Built(f"Create view {one.table}", one.table, [Raw(_view(one, one.sql, engine))], [drop])


def _replace_view(one: wire.ReplaceView, engine: str) -> Built:
    drop = Raw(f"DROP VIEW {_named(one, engine)}")
    up = [drop, Raw(_view(one, one.sql, engine))]
    down = [drop, Raw(_view(one, one.was, engine))] if one.was else None
    return Built(f"Replace view {one.table}", one.table, up, down)


def _drop_view(one: wire.DropView, engine: str) -> Built:
    down: list[Any] | None = [Raw(_view(one, one.was, engine))] if one.was else None
    return Built(f"Drop view {one.table}", one.table, [Raw(f"DROP VIEW {_named(one, engine)}")], down)


def _execute(one: wire.Execute, _: str) -> Built:
    short = " ".join(one.sql.split())
    if not short:
        raise problem("schema.invalid", "The statement is empty.")
    title = f"Run {short if len(short) <= 60 else short[:59] + '…'}"
    return Built(title, "", [Raw(one.sql)], [Raw(one.reverse)] if one.reverse else None)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


_MAKERS: dict[type, Maker] = {
    wire.CreateTable: _create_table,
    wire.DropTable: _drop_table,
    wire.RenameTable: _rename_table,
    wire.CommentTable: _comment_table,
    wire.AddColumn: _add_column,
    wire.DropColumn: _drop_column,
    wire.AlterColumn: _alter_column,
    wire.SetPrimaryKey: _set_primary_key,
    wire.AddUnique: _add_unique,
    wire.DropUnique: _drop_unique,
    wire.AddCheck: _add_check,
    wire.DropCheck: _drop_check,
    wire.AddForeignKey: _add_foreign_key,
    wire.DropForeignKey: _drop_foreign_key,
    wire.CreateIndex: _create_index,
    wire.DropIndex: _drop_index,
    wire.Rebuild: _rebuild,
    wire.CreateView: _create_view,
    wire.ReplaceView: _replace_view,
    wire.DropView: _drop_view,
    wire.Execute: _execute,
}
