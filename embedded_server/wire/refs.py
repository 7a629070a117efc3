"""References: small values that name a thing in the workspace or in a database.

Quick open, history, Alt+Left, session restore and reports all store these; a capability registers
an opener for each kind it can show.
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from .data import RoutineKind


class Ref(msgspec.Struct, frozen=True, tag=True):
    """Base of every reference; `kind` names it to openers."""

    kind: ClassVar[str] = ""

    def label(self) -> str:
        """A short name for tabs and lists."""
        return self.kind


class ConnectionRef(Ref, frozen=True, tag="connection"):
    """A saved connection or a URL."""

    kind: ClassVar[str] = "connection"
    connection: str

    def label(self) -> str:
        return self.connection


class TableRef(Ref, frozen=True, tag="table"):
    """A table or view; `schema` is empty where the engine has none or for its default."""

    kind: ClassVar[str] = "table"
    connection: str
    table: str
    schema: str = ""

    def label(self) -> str:
        return self.table


class RowRef(Ref, frozen=True, tag="row"):
    """Rows of a table that carry `values` in `columns` (a key, or the target of a foreign key).

    `values` are cells in their JSON form (`wire.values.to_json`).
    """

    kind: ClassVar[str] = "row"
    connection: str
    table: str
    columns: list[str]
    values: list[Any]
    schema: str = ""

    def label(self) -> str:
        return f"{self.table} {', '.join(map(str, self.values))}"


class RoutineRef(Ref, frozen=True, tag="routine"):
    """A stored function, procedure or trigger, shown by its source."""

    kind: ClassVar[str] = "routine"
    connection: str
    name: str
    schema: str = ""
    routine: RoutineKind = "function"
    table: str = ""

    def label(self) -> str:
        return self.name


class ScriptRef(Ref, frozen=True, tag="script"):
    """A console tab; `document` is its journal's id, `path` a .sql file it was opened from."""

    kind: ClassVar[str] = "script"
    connection: str
    document: str
    path: str = ""
    sql: str = ""

    def label(self) -> str:
        return self.path.rsplit("/", 1)[-1] or "SQL"


class PageRef(Ref, frozen=True, tag="page"):
    """A page of Backlight itself: "settings", "keys"."""

    kind: ClassVar[str] = "page"
    page: str
    title: str = ""

    def label(self) -> str:
        return self.title or self.page.capitalize()


AnyRef = ConnectionRef | TableRef | RowRef | RoutineRef | ScriptRef | PageRef
