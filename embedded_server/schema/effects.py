"""What a change does to a table in use: who waits, what is read or written, and what a copy would lose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from embedded_server.wire import ddl as wire
from embedded_server.wire.ddl import ColumnSpec
from embedded_server.wire.migrations import Finding
from embedded_server.wire.schema import Effect

Objects = Mapping[tuple[str, str], str]
_NOBODY = "Nobody waits"
_ALL = "ACCESS EXCLUSIVE: readers and writers wait"
_WRITERS = "Writers wait"
_WORDS = (
    "COLLATE", "CHECK", "UNIQUE", "REFERENCES", "ON DELETE", "ON UPDATE", "ON CONFLICT", "DEFERRABLE",
    "AUTOINCREMENT", "WITHOUT ROWID", "STRICT", "GENERATED",
)  # fmt: skip
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/", re.S)


def effect_of(one: Any, engine: str, rows: int | None, *, new: bool) -> Effect:
    """What the operation does on this product."""
    if new or isinstance(one, wire.CreateTable | wire.CreateView | wire.ReplaceView | wire.DropView):
        return Effect(_NOBODY, "catalogue only")
    if isinstance(one, wire.Execute):
        return Effect()
    if isinstance(one, wire.Rebuild):
        return _rebuild(one, engine, rows)
    return _EFFECTS[engine](one, rows)


def _rebuild(one: wire.Rebuild, engine: str, rows: int | None) -> Effect:
    lock = "The whole file is locked against writing" if engine == "sqlite" else "Writers of the table wait"
    count = len(one.after)
    again = "1 dependent object is made again" if count == 1 else f"{count} dependent objects are made again"
    back = f", {again}" if count else ""
    return Effect(lock, f"every row is copied into a new table{back}", rows, heavy=True)


def _postgresql(one: Any, rows: int | None) -> Effect:
    if isinstance(one, wire.CreateIndex | wire.DropIndex):
        if not one.blocking:
            read = isinstance(one, wire.CreateIndex)
            return Effect(
                _NOBODY, "the table is read twice" if read else "catalogue only", rows if read else None, read
            )
        return Effect(f"SHARE: {_WRITERS.lower()}", "the table is read and sorted", rows, heavy=True)
    if isinstance(one, wire.AddForeignKey):
        return Effect(
            "SHARE ROW EXCLUSIVE on both tables: writers wait", "each row is looked up", rows, heavy=True
        )
    if isinstance(one, wire.AddUnique | wire.AddCheck) or (isinstance(one, wire.SetPrimaryKey) and one.key):
        return Effect(_ALL, "the table is read", rows, heavy=True)
    if isinstance(one, wire.AddColumn):
        written = bool(one.column.computed or one.column.identity or _volatile(one.column.default))
        return Effect(
            _ALL,
            "the table is written anew" if written else "catalogue only",
            rows if written else None,
            written,
        )
    if isinstance(one, wire.AlterColumn) and one.was is not None:
        return _altered(one.was, one.to, rows)
    return Effect(_ALL, "catalogue only")


def _altered(was: ColumnSpec, to: ColumnSpec, rows: int | None) -> Effect:
    if was.type.strip().lower() != to.type.strip().lower() and not _wider(was.type, to.type):
        return Effect(_ALL, "the table and its indexes are written anew", rows, heavy=True)
    if was.nullable and not to.nullable:
        return Effect(_ALL, "the table is read", rows, heavy=True)
    return Effect(_ALL, "catalogue only")


def _wider(old: str, new: str) -> bool:
    before, after = (
        re.sub(r"character varying|varchar", "varchar", text.strip().lower()) for text in (old, new)
    )
    if before.partition("(")[0] == "varchar" and after in ("text", "varchar"):
        return True
    sizes = [re.fullmatch(r"varchar\((\d+)\)", text) for text in (before, after)]
    return bool(sizes[0] and sizes[1] and int(sizes[0][1]) <= int(sizes[1][1]))


def _volatile(default: str) -> bool:
    words = ("clock_timestamp", "gen_random_uuid", "uuid_generate_v", "random(", "timeofday", "nextval")
    return any(word in default.lower() for word in words)


def _mysql(one: Any, rows: int | None) -> Effect:
    if isinstance(one, wire.AddColumn):
        if one.column.computed:
            return Effect(_WRITERS, "ALGORITHM=COPY: the table is written anew", rows, heavy=True)
        return Effect("Nobody waits, but for a moment at the beginning", "ALGORITHM=INSTANT: catalogue only")
    if isinstance(one, wire.CreateIndex | wire.AddUnique):
        return Effect(
            "Nobody waits, but for a moment at both ends", "ALGORITHM=INPLACE: the table is read", rows, True
        )
    if isinstance(one, wire.AddForeignKey | wire.AddCheck | wire.SetPrimaryKey):
        return Effect(_WRITERS, "ALGORITHM=COPY: the table is written anew", rows, heavy=True)
    if isinstance(one, wire.AlterColumn) and one.was is not None and _rewrites(one.was, one.to):
        return Effect(_WRITERS, "ALGORITHM=COPY: the table is written anew", rows, heavy=True)
    return Effect("All wait for a moment", "catalogue only")


def _rewrites(was: ColumnSpec, to: ColumnSpec) -> bool:
    return was.type.lower() != to.type.lower() or was.nullable != to.nullable


def _sqlite(one: Any, rows: int | None) -> Effect:
    lock = "The whole file is locked against writing"
    if isinstance(one, wire.CreateIndex):
        return Effect(lock, "the table is read and sorted", rows, heavy=True)
    if isinstance(one, wire.DropColumn):
        return Effect(lock, "every row is written without it", rows, heavy=True)
    if isinstance(one, wire.DropTable):
        return Effect(lock, "its pages are freed", rows, heavy=True)
    return Effect(lock, "catalogue only")


def _duckdb(one: Any, rows: int | None) -> Effect:
    if isinstance(one, wire.CreateIndex):
        return Effect(_WRITERS, "the table is read", rows, heavy=True)
    if (
        isinstance(one, wire.AlterColumn)
        and one.was is not None
        and one.was.type.lower() != one.to.type.lower()
    ):
        return Effect(_WRITERS, "the column is written anew", rows, heavy=True)
    return Effect("One transaction writes at a time", "catalogue only")


_EFFECTS = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite, "duckdb": _duckdb}


# --- what a copy loses -----------------------------------------------------------------------------------


def lost(one: Any, before: Objects, after: Objects) -> list[Finding]:
    """What stood in the old table's DDL and stands in the new one's no more, though nobody asked for it."""
    if not isinstance(one, wire.Rebuild):
        return []
    found = []
    missing = [name for kind, name in before if kind in ("trigger", "view") and (kind, name) not in after]
    asked = any(isinstance(part, _TAKES) or _renames(part) for part in one.operations)
    old, new = (
        _QUOTED.sub("''", objects.get(("table", one.table), "")).upper() for objects in (before, after)
    )
    words = [] if asked else [word for word in _WORDS if _count(word, old) > _count(word, new)]
    if words or missing:
        text = ", ".join([*words, *missing])
        found.append(
            Finding(
                "L31",
                "error",
                f"The copy of {one.table} loses: {text}",
                "The old table's DDL says it, the new one's does not.",
                "Write the new table as SQL, or restate it in the revision.",
                table=one.table,
            )
        )
    return found


def in_the_way(one: Any, referred: list[str], readers: Iterable[str], engine: str) -> list[Finding]:
    """What makes the database refuse the change, or what the change breaks without a word."""
    found: list[Finding] = []
    if isinstance(one, wire.DropTable) and referred:
        told = "Its foreign keys then lead nowhere." if engine == "sqlite" else "The database refuses it."
        advice = "Drop the foreign keys first."
        title = f"{one.table} is referred to by {', '.join(referred)}"
        found.append(Finding("S01", "error", title, told, advice, table=one.table))
    views = list(readers)
    if views:
        told = (
            "Whoever asks for it then gets an error." if engine != "postgresql" else "PostgreSQL refuses it."
        )
        advice = "Drop the view before, and create it again behind the change."
        title = f"{one.table} is read by {', '.join(views)}"
        found.append(Finding("S02", "error", title, told, advice, table=one.table))
    return found


_TAKES = (wire.DropColumn, wire.DropUnique, wire.DropCheck, wire.DropForeignKey)


def _renames(part: Any) -> bool:
    return isinstance(part, wire.AlterColumn) and part.to.name != part.column


def _count(word: str, text: str) -> int:
    return len(re.findall(rf"\b{word}\b", text))
