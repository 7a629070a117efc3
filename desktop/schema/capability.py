"""Schema changes as a capability: its opener, its verbs, new database files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject

from desktop.context import Context, Tab
from desktop.kit.ask_file import ask_target
from desktop.kit.flow import Flow
from embedded_server.wire.refs import ProposalRef, Ref, SchemaRef, TableRef
from embedded_server.wire.schema import NEW_FILE, NewFileRequest

from .tab import SchemaTab
from .verbs import add_verbs

What = Literal["table", "view"]
Part = Literal["", "index", "drop"]
_KINDS = "SQLite (*.db *.sqlite *.sqlite3);;DuckDB (*.duckdb)"


class Schema(QObject):
    """Makes tabs and files."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self.context = context
        self._making: Flow | None = None
        add_verbs(self)
        context.workbench.add_opener(SchemaRef.kind, self._make)

    def tab(self) -> SchemaTab | None:
        """The change in front."""
        tab = self.context.workbench.current()
        return tab if isinstance(tab, SchemaTab) else None

    def table(self) -> TableRef | None:
        """The table or view in front."""
        tab = self.context.workbench.current()
        found = tab.ref if tab is not None else None
        return found if isinstance(found, TableRef) else None

    def new(self, what: What) -> None:
        """A table or view to be."""
        connection = self.context.workbench.connection()
        if connection:
            self.context.workbench.open(SchemaRef(connection, what=what), keep=True)

    def change(self, part: Part = "") -> None:
        """The table in front: change it, add an index, drop it."""
        table = self.table()
        if table is None:
            return
        what: What = "view" if self.is_view() else "table"
        ref = SchemaRef(table.connection, table.table, table.schema, what, part)
        self.context.workbench.open(ref, keep=True)

    def is_view(self) -> bool:
        """Whether what is in front is a view, as far as its tab knows."""
        structure = getattr(self.context.workbench.current(), "structure", None)
        return getattr(structure, "kind", "table") in ("view", "materialized view")

    def propose(self) -> None:
        """The change in front as a revision to be."""
        tab = self.tab()
        ref = tab.proposal() if tab is not None else None
        if tab is not None and ref is not None:
            self.context.workbench.open(ref, tab.origin, keep=True)

    def why_no_revision(self) -> str:
        """Why no revision can be made."""
        tab = self.tab()
        if tab is None:
            return "Open a change of a schema first"
        return self.context.workbench.why_not(ProposalRef.kind) or tab.why_nothing()

    def ask_file(self) -> None:
        """Ask where the new database is to be."""
        ask_target("New database file", "new.db", _KINDS, self.make_file, "db")

    def make_file(self, path: str) -> None:
        """Make it and offer its first table."""
        self._making = self.context.flow(self, self._made(path))

    async def _made(self, path: str) -> None:
        made = await self.context.api.call(NEW_FILE, NewFileRequest(str(Path(path).absolute())))
        bench = self.context.workbench
        bench.use_connection(made.url)
        self.context.notify.say(f"Made: {made.path}")
        bench.open(SchemaRef(made.url), keep=True)

    def _make(self, ref: SchemaRef, origin: Ref | None) -> Tab:
        return SchemaTab(self.context, ref, origin)
