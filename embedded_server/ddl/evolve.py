"""A table after an operation."""

from __future__ import annotations

from typing import Any

import msgspec

from embedded_server.wire import ddl as wire
from embedded_server.wire.ddl import ColumnSpec, ForeignSpec, IndexSpec, KeySpec, TableSpec


def evolved(spec: TableSpec, one: Any) -> TableSpec:
    """What the table is once the operation ran; the same for one that leaves its shape alone."""
    maker = _AFTER.get(type(one))
    return spec if maker is None else maker(spec, one)


def _with(spec: TableSpec, **changes: Any) -> TableSpec:
    return msgspec.structs.replace(spec, **changes)


def _add_column(spec: TableSpec, one: wire.AddColumn) -> TableSpec:
    return _with(spec, columns=[*spec.columns, one.column])


def _drop_column(spec: TableSpec, one: wire.DropColumn) -> TableSpec:
    """With what stands on the column alone or besides others."""
    gone = one.column
    key = spec.primary_key
    return _with(
        spec,
        columns=[column for column in spec.columns if column.name != gone],
        primary_key=None if key is not None and gone in key.columns else key,
        uniques=[key for key in spec.uniques if gone not in key.columns],
        foreign_keys=[key for key in spec.foreign_keys if gone not in key.columns],
        indexes=[index for index in spec.indexes if gone not in index.columns],
    )


def _alter_column(spec: TableSpec, one: wire.AlterColumn) -> TableSpec:
    columns = [one.to if column.name == one.column else column for column in spec.columns]
    spec = _with(spec, columns=columns)
    return spec if one.to.name == one.column else _renamed(spec, one.column, one.to)


def _renamed(spec: TableSpec, old: str, to: ColumnSpec) -> TableSpec:
    def names(columns: list[str]) -> list[str]:
        return [to.name if name == old else name for name in columns]

    def key(one: KeySpec) -> KeySpec:
        return msgspec.structs.replace(one, columns=names(one.columns))

    def foreign(one: ForeignSpec) -> ForeignSpec:
        return msgspec.structs.replace(one, columns=names(one.columns))

    def index(one: IndexSpec) -> IndexSpec:
        return msgspec.structs.replace(one, columns=names(one.columns))

    return _with(
        spec,
        primary_key=None if spec.primary_key is None else key(spec.primary_key),
        uniques=[key(one) for one in spec.uniques],
        foreign_keys=[foreign(one) for one in spec.foreign_keys],
        indexes=[index(one) for one in spec.indexes],
    )


def _set_primary_key(spec: TableSpec, one: wire.SetPrimaryKey) -> TableSpec:
    return _with(spec, primary_key=one.key)


def _add_unique(spec: TableSpec, one: wire.AddUnique) -> TableSpec:
    return _with(spec, uniques=[*spec.uniques, one.unique])


def _drop_unique(spec: TableSpec, one: wire.DropUnique) -> TableSpec:
    return _with(spec, uniques=[key for key in spec.uniques if key != one.unique])


def _add_check(spec: TableSpec, one: wire.AddCheck) -> TableSpec:
    return _with(spec, checks=[*spec.checks, one.check])


def _drop_check(spec: TableSpec, one: wire.DropCheck) -> TableSpec:
    return _with(spec, checks=[check for check in spec.checks if check != one.check])


def _add_foreign_key(spec: TableSpec, one: wire.AddForeignKey) -> TableSpec:
    return _with(spec, foreign_keys=[*spec.foreign_keys, one.foreign])


def _drop_foreign_key(spec: TableSpec, one: wire.DropForeignKey) -> TableSpec:
    return _with(spec, foreign_keys=[key for key in spec.foreign_keys if key != one.foreign])


def _create_index(spec: TableSpec, one: wire.CreateIndex) -> TableSpec:
    index = IndexSpec(one.columns, one.name, one.unique, one.where, one.method, one.include)
    return _with(spec, indexes=[*spec.indexes, index])


def _drop_index(spec: TableSpec, one: wire.DropIndex) -> TableSpec:
    return _with(spec, indexes=[index for index in spec.indexes if index.name != one.name])


def _rename_table(spec: TableSpec, one: wire.RenameTable) -> TableSpec:
    return _with(spec, table=one.name)


def _comment_table(spec: TableSpec, one: wire.CommentTable) -> TableSpec:
    return _with(spec, comment=one.comment)


def _rebuild(spec: TableSpec, one: wire.Rebuild) -> TableSpec:
    for part in one.operations:
        spec = evolved(spec, part)
    return spec


_AFTER: dict[type, Any] = {
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
    wire.RenameTable: _rename_table,
    wire.CommentTable: _comment_table,
    wire.Rebuild: _rebuild,
}
