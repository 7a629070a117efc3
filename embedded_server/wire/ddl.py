"""Tables as they are to be, and the operations that lead there.

An operation is an object whose `op` names it. What `schema.compose` answers as `operations` is complete (it
carries what was there before, so that it can be taken back) and is what `migrations.generate` takes.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Action = Literal["", "NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT"]


class ColumnSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A column. `type` and `default` are SQL of the database itself ("": no default).

    `identity`: the database numbers its rows; `computed` is the expression of a stored generated column.
    `named` tells types made by users from the built-in ones.
    """

    name: str
    type: str = ""
    nullable: bool = True
    default: str = ""
    comment: str = ""
    identity: bool = False
    computed: str = ""
    named: Literal["", "enum", "domain"] = ""
    collation: str = ""


class KeySpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A primary key or unique constraint; with `name` "" the database chooses one."""

    columns: list[str]
    name: str = ""


class CheckSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A check constraint; `sql` without the word CHECK."""

    sql: str
    name: str = ""


class ForeignSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A foreign key; an empty `target_schema` is the table's own."""

    columns: list[str]
    target: str
    target_columns: list[str]
    name: str = ""
    target_schema: str = ""
    on_delete: Action = ""
    on_update: Action = ""


class IndexSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """An index. `columns` are names, expressions and names with an order as SQL, or `{"column": name}`.

    `definition` is the database's own DDL of one that is there: it brings it back exactly.
    """

    columns: list[Any]
    name: str = ""
    unique: bool = False
    where: str = ""
    method: str = ""
    include: list[str] = []
    definition: str = ""


class TableSpec(msgspec.Struct, frozen=True, omit_defaults=True):
    """A table as it is or is to be. `schema` is empty for the connection's default one.

    `options` are SQLite's: AUTOINCREMENT, WITHOUT ROWID, STRICT.
    """

    table: str
    schema: str = ""
    columns: list[ColumnSpec] = []
    primary_key: KeySpec | None = None
    uniques: list[KeySpec] = []
    checks: list[CheckSpec] = []
    foreign_keys: list[ForeignSpec] = []
    indexes: list[IndexSpec] = []
    comment: str = ""
    options: list[str] = []


class _Of(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="op", kw_only=True):
    table: str
    schema: str = ""


class CreateTable(_Of, frozen=True, tag="create_table"):
    """A new table with its indexes."""

    spec: TableSpec


class DropTable(_Of, frozen=True, tag="drop_table"):
    """`was` brings its shape back, never its rows."""

    was: TableSpec | None = None


class RenameTable(_Of, frozen=True, tag="rename_table"):
    """Another name in the same schema."""

    name: str


class CommentTable(_Of, frozen=True, tag="comment_table"):
    """A table's comment; "" takes it away."""

    comment: str
    was: str = ""


class AddColumn(_Of, frozen=True, tag="add_column"):
    """A new column behind the others."""

    column: ColumnSpec


class DropColumn(_Of, frozen=True, tag="drop_column"):
    """A column goes, with what it holds."""

    column: str
    was: ColumnSpec | None = None


class AlterColumn(_Of, frozen=True, tag="alter_column"):
    """A column becomes `to`: name, type, nullability, default and comment at once."""

    column: str
    to: ColumnSpec
    was: ColumnSpec | None = None


class SetPrimaryKey(_Of, frozen=True, tag="set_primary_key"):
    """Another primary key, null for none."""

    key: KeySpec | None = None
    was: KeySpec | None = None


class AddUnique(_Of, frozen=True, tag="add_unique"):
    """A unique constraint."""

    unique: KeySpec


class AddCheck(_Of, frozen=True, tag="add_check"):
    """A check constraint."""

    check: CheckSpec


class AddForeignKey(_Of, frozen=True, tag="add_foreign_key"):
    """A foreign key."""

    foreign: ForeignSpec


class DropUnique(_Of, frozen=True, tag="drop_unique"):
    """A unique constraint goes, named or told by its columns."""

    unique: KeySpec


class DropCheck(_Of, frozen=True, tag="drop_check"):
    """A check goes."""

    check: CheckSpec


class DropForeignKey(_Of, frozen=True, tag="drop_foreign_key"):
    """A foreign key goes."""

    foreign: ForeignSpec


class CreateIndex(_Of, frozen=True, tag="create_index"):
    """Fields as `IndexSpec`. On PostgreSQL it is built beside the writers unless `blocking`."""

    columns: list[Any]
    name: str = ""
    unique: bool = False
    where: str = ""
    method: str = ""
    include: list[str] = []
    blocking: bool = False


class DropIndex(_Of, frozen=True, tag="drop_index"):
    """An index goes; with `columns` or `definition` it can come back."""

    name: str
    columns: list[Any] = []
    unique: bool = False
    where: str = ""
    method: str = ""
    include: list[str] = []
    definition: str = ""
    blocking: bool = False


class Rebuild(_Of, frozen=True, tag="rebuild"):
    """Several changes of one table by copying it, where the database has no ALTER for them.

    `was` is the whole table, written out: what reflection does not see would be lost with the copy. `before`
    and `after` take views away and bring back what dropping the old table took along. Made by
    `schema.compose`.
    """

    operations: list[
        AddColumn
        | DropColumn
        | AlterColumn
        | SetPrimaryKey
        | AddUnique
        | AddCheck
        | AddForeignKey
        | DropUnique
        | DropCheck
        | DropForeignKey
    ]
    was: TableSpec
    before: list[str] = []
    after: list[str] = []


class CreateView(_Of, frozen=True, tag="create_view"):
    """A view named `table`; `sql` is its SELECT."""

    sql: str


class ReplaceView(_Of, frozen=True, tag="replace_view"):
    """A view gets another SELECT."""

    sql: str
    was: str = ""


class DropView(_Of, frozen=True, tag="drop_view"):
    """A view goes."""

    was: str = ""


class Execute(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="op", tag="execute"):
    """A statement as it is, and the one that takes it back."""

    sql: str
    reverse: str = ""


Operation = (
    CreateTable
    | DropTable
    | RenameTable
    | CommentTable
    | AddColumn
    | DropColumn
    | AlterColumn
    | SetPrimaryKey
    | AddUnique
    | AddCheck
    | AddForeignKey
    | DropUnique
    | DropCheck
    | DropForeignKey
    | CreateIndex
    | DropIndex
    | Rebuild
    | CreateView
    | ReplaceView
    | DropView
    | Execute
)
