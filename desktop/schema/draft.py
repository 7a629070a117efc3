"""A table as it is to be, row by row, and what leads there from how it is. Without Qt."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from embedded_server.wire.ddl import (
    AddCheck,
    AddColumn,
    AddForeignKey,
    AddUnique,
    AlterColumn,
    CheckSpec,
    ColumnSpec,
    CommentTable,
    CreateIndex,
    CreateTable,
    DropCheck,
    DropColumn,
    DropForeignKey,
    DropIndex,
    DropUnique,
    ForeignSpec,
    IndexSpec,
    KeySpec,
    Operation,
    RenameTable,
    SetPrimaryKey,
    TableSpec,
)

KINDS = ("primary key", "unique", "foreign key", "check", "index", "unique index")
ACTIONS = ("CASCADE", "RESTRICT", "SET NULL", "SET DEFAULT", "NO ACTION")
_TARGET = re.compile(
    r"^\s*(?P<table>.+?)\s*(?:\((?P<columns>[^()]*)\))?\s*(?P<rest>(?:\bon\s+(?:delete|update)\b.*)?)$",
    re.I | re.S,
)
_ON = re.compile(rf"\bon\s+(delete|update)\s+({'|'.join(ACTIONS)})\b", re.I)
_USING = re.compile(r"\busing\s+(\w+)", re.I)
_INCLUDE = re.compile(r"\binclude\s*\(([^()]*)\)", re.I)
_WHERE = re.compile(r"\bwhere\b(.*)$", re.I | re.S)


@dataclass
class ColumnRow:
    """A column; `was` as it is now, null for a new one."""

    spec: ColumnSpec
    was: ColumnSpec | None = None
    gone: bool = False

    def state(self) -> str:
        """new, gone, changed or ""."""
        if self.was is None:
            return "new"
        return "gone" if self.gone else "changed" if self.spec != self.was else ""


@dataclass
class PartRow:
    """A key, constraint or index as texts: columns or condition, and what comes behind them."""

    kind: str
    name: str = ""
    columns: str = ""
    rest: str = ""
    was: Any = None
    texts: tuple[str, str, str, str] = ("", "", "", "")
    gone: bool = False

    def now(self) -> tuple[str, str, str, str]:
        """The texts as they stand."""
        return self.kind, self.name, self.columns, self.rest

    def state(self) -> str:
        """new, gone, changed or ""."""
        if self.was is None:
            return "new"
        return "gone" if self.gone else "changed" if self.now() != self.texts else ""


@dataclass
class Draft:
    """A table being made (`base` null) or changed."""

    base: TableSpec | None
    name: str
    comment: str = ""
    schema: str = ""
    columns: list[ColumnRow] = field(default_factory=list)
    parts: list[PartRow] = field(default_factory=list)

    def operations(self) -> list[Operation]:
        """What leads from the base to the draft, in an order in which each finds what it needs."""
        if self.base is None:
            return self._create()
        found: list[Operation] = []
        table, schema = self.base.table, self.base.schema
        place: dict[str, Any] = {"table": table, "schema": schema}
        changed = [part for part in self.parts if part.state() in ("gone", "changed")]
        found += [op for part in changed for op in _dropped(part, place)]
        key = self._key(place)
        for row in self.columns:
            state = row.state()
            if state == "new" and not row.gone:
                found.append(AddColumn(**place, column=row.spec))
            elif state == "changed" and row.was is not None:
                found.append(AlterColumn(**place, column=row.was.name, to=row.spec))
        found += key
        found += [DropColumn(**place, column=row.was.name) for row in self.columns if row.gone and row.was]
        for part in self.parts:
            if part.state() in ("new", "changed") and not part.gone:
                found += _added(part, place)
        if self.comment != self.base.comment:
            found.append(CommentTable(**place, comment=self.comment))
        if self.name != table:
            found.append(RenameTable(**place, name=self.name))
        return found

    def _create(self) -> list[Operation]:
        spec = TableSpec(self.name, self.schema, comment=self.comment)
        spec = msgspec.structs.replace(spec, columns=[row.spec for row in self.columns if not row.gone])
        for row in self.parts:
            if not row.gone:
                spec = _with(spec, row)
        return [CreateTable(table=self.name, schema=self.schema, spec=spec)]

    def _key(self, place: dict[str, Any]) -> list[Operation]:
        rows = [row for row in self.parts if row.kind == "primary key"]
        if not any(row.state() for row in rows):
            return []
        left = [row for row in rows if not row.gone]
        key = KeySpec(names(left[0].columns), left[0].name) if left else None
        return [SetPrimaryKey(**place, key=key)]

    def changed(self) -> bool:
        """Whether there is anything to lose."""
        if self.base is None:
            return bool(self.name or self.parts or any(row.spec.name for row in self.columns))
        return bool(self.operations())


def names(text: str) -> list[str]:
    """Column names and expressions at commas outside of brackets and quotes."""
    found, depth, quote, start = [], 0, "", 0
    for at, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"`":
            quote = letter
        elif letter in "()":
            depth += 1 if letter == "(" else -1
        elif letter == "," and not depth:
            found.append(text[start:at])
            start = at + 1
    return [name for part in [*found, text[start:]] if (name := _bare(part.strip()))]


def _bare(name: str) -> str:
    """A quoted name without its quotes."""
    if len(name) > 1 and name[0] == name[-1] == '"' and '"' not in name[1:-1].replace('""', ""):
        return name[1:-1].replace('""', '"')
    return name


def shown(columns: list[Any]) -> str:
    """Columns as a person types them; what would be read as more than a name is quoted."""
    found = []
    for one in columns:
        if isinstance(one, dict):
            name = str(one.get("column") or one.get("expression") or "")
            found.append(f'"{name}"' if "column" in one else name)
        else:
            found.append(f'"{one}"' if "," in one and "(" not in one else one)
    return ", ".join(found)


def draft_of(spec: TableSpec) -> Draft:
    """A table that is there."""
    parts: list[PartRow] = []
    if spec.primary_key is not None:
        parts.append(
            PartRow(
                "primary key", spec.primary_key.name, shown(spec.primary_key.columns), "", spec.primary_key
            )
        )
    parts += [PartRow("unique", one.name, shown(one.columns), "", one) for one in spec.uniques]
    parts += [
        PartRow("foreign key", one.name, shown(one.columns), _target(one), one) for one in spec.foreign_keys
    ]
    parts += [PartRow("check", one.name, one.sql, "", one) for one in spec.checks]
    parts += [
        PartRow("unique index" if one.unique else "index", one.name, shown(one.columns), _options(one), one)
        for one in spec.indexes
    ]
    return Draft(
        spec,
        spec.table,
        spec.comment,
        spec.schema,
        [ColumnRow(one, one) for one in spec.columns],
        [replace(one, texts=one.now()) for one in parts],
    )


def _target(one: ForeignSpec) -> str:
    place = f"{one.target_schema}." if one.target_schema else ""
    text = f"{place}{one.target} ({', '.join(one.target_columns)})"
    text += f" on delete {one.on_delete.lower()}" if one.on_delete else ""
    return text + (f" on update {one.on_update.lower()}" if one.on_update else "")


def _options(one: IndexSpec) -> str:
    words = [f"using {one.method}" if one.method else ""]
    words += [f"include ({', '.join(one.include)})" if one.include else ""]
    words += [f"where {one.where}" if one.where else ""]
    return " ".join(word for word in words if word)


def foreign_of(row: PartRow) -> ForeignSpec:
    """A foreign key's texts read."""
    match = _TARGET.match(row.rest)
    rest = (match["rest"] if match else "") or ""
    actions: dict[str, Any] = {f"on_{word.lower()}": action.upper() for word, action in _ON.findall(rest)}
    table = match["table"].strip() if match else ""
    columns = names(match["columns"] or "") if match else []
    return ForeignSpec(names(row.columns), _bare(table), columns, row.name, **actions)


def index_of(row: PartRow) -> IndexSpec:
    """An index's texts read."""
    where = _WHERE.search(row.rest)
    head = row.rest[: where.start()] if where else row.rest
    using, include = _USING.search(head), _INCLUDE.search(head)
    return IndexSpec(
        list(names(row.columns)),
        row.name,
        row.kind == "unique index",
        where[1].strip() if where else "",
        using[1] if using else "",
        names(include[1]) if include else [],
    )


def _with(spec: TableSpec, row: PartRow) -> TableSpec:
    change = msgspec.structs.replace
    if row.kind == "primary key":
        return change(spec, primary_key=KeySpec(names(row.columns), row.name))
    if row.kind == "unique":
        return change(spec, uniques=[*spec.uniques, KeySpec(names(row.columns), row.name)])
    if row.kind == "foreign key":
        return change(spec, foreign_keys=[*spec.foreign_keys, foreign_of(row)])
    if row.kind == "check":
        return change(spec, checks=[*spec.checks, CheckSpec(row.columns, row.name)])
    return change(spec, indexes=[*spec.indexes, index_of(row)])


def _dropped(row: PartRow, place: dict[str, Any]) -> list[Operation]:
    was = row.was
    if isinstance(was, IndexSpec):
        return [DropIndex(**place, name=was.name)]
    if isinstance(was, ForeignSpec):
        return [DropForeignKey(**place, foreign=was)]
    if isinstance(was, CheckSpec):
        return [DropCheck(**place, check=was)]
    return [] if row.texts[0] == "primary key" else [DropUnique(**place, unique=was)]


def _added(row: PartRow, place: dict[str, Any]) -> list[Operation]:
    if row.kind == "primary key":
        return []
    if row.kind == "unique":
        return [AddUnique(**place, unique=KeySpec(names(row.columns), row.name))]
    if row.kind == "foreign key":
        return [AddForeignKey(**place, foreign=foreign_of(row))]
    if row.kind == "check":
        return [AddCheck(**place, check=CheckSpec(row.columns, row.name))]
    one = index_of(row)
    fields = ("columns", "name", "unique", "where", "method", "include")
    return [CreateIndex(**place, **{name: getattr(one, name) for name in fields})]


# --- kept over a restart ---------------------------------------------------------------------------------


def saved(draft: Draft) -> dict[str, Any]:
    """The draft as JSON values."""
    return {
        "base": msgspec.to_builtins(draft.base),
        "name": draft.name,
        "comment": draft.comment,
        "schema": draft.schema,
        "columns": [
            [msgspec.to_builtins(row.spec), row.was.name if row.was is not None else None, row.gone]
            for row in draft.columns
        ],
        "parts": [
            [*row.now(), list(row.texts) if row.was is not None else None, row.gone] for row in draft.parts
        ],
    }


def restored(state: dict[str, Any]) -> Draft | None:
    """The draft of `saved`, null for what is none."""
    try:
        base = msgspec.convert(state["base"], TableSpec | None)
        there = draft_of(base) if base is not None else Draft(None, "")
        columns = {row.was.name: row.was for row in there.columns if row.was is not None}
        parts = {row.texts: row.was for row in there.parts}
        return Draft(
            base,
            str(state["name"]),
            str(state["comment"]),
            str(state["schema"]),
            [
                ColumnRow(msgspec.convert(spec, ColumnSpec), columns.get(was), bool(gone))
                for spec, was, gone in state["columns"]
            ],
            [_part(one, parts) for one in state["parts"]],
        )
    except (KeyError, TypeError, ValueError, msgspec.ValidationError):
        return None


def _part(saved: list[Any], parts: dict[tuple[str, str, str, str], Any]) -> PartRow:
    kind, name, columns, rest, was, gone = saved
    texts = (str(was[0]), str(was[1]), str(was[2]), str(was[3])) if was else ("", "", "", "")
    return PartRow(str(kind), str(name), str(columns), str(rest), parts.get(texts), texts, bool(gone))
