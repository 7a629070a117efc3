"""Export and import in the window: openers, verbs, files that are dropped."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject

from desktop.context import Context, Launch, Tab
from desktop.kit.verb import Verb
from embedded_server.wire.refs import ExportRef, ImportRef, Ref, StatementRef, TableRef

from .selected import Selection, grid_of

# Endings of files that are surely tables; others have rooms of their own.
_DROPPED = (".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".xlsx", ".parquet")


class Transfer(QObject):
    """Makes the tabs; carries out what verbs ask."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        # What was selected where the form is opened from.
        self._selected: tuple[ExportRef, Selection] | None = None
        bench = context.workbench
        bench.add_opener(ExportRef.kind, self._export_tab)
        bench.add_opener(ImportRef.kind, self._import_tab)
        bench.add_launcher(self._launch)
        context.verbs.add(
            Verb(
                "data.export",
                "Export…",
                self.export,
                ("Ctrl+Alt+O",),
                "export",
                "File",
                self.why_no_export,
                "The table, result or selection in front to a file",
            ),
            Verb(
                "data.import",
                "Import a file…",
                self.load,
                ("Ctrl+Alt+I",),
                "import",
                "File",
                self.why_no_import,
                "CSV, JSON, Excel, Parquet or SQL into a table",
                self.load_named,
            ),
        )

    # --- export ----------------------------------------------------------------------------------------

    def subject(self) -> ExportRef | None:
        """What is in front: rows as they are filtered, else the query."""
        tab = self._context.workbench.current()
        found = tab.subject(ExportRef.kind) if tab is not None else None
        if tab is not None and isinstance(found, ExportRef) and not isinstance(tab.ref, ExportRef):
            return found
        query = tab.subject(StatementRef.kind) if tab is not None else None
        if isinstance(query, StatementRef) and query.connection:
            return ExportRef(query.connection, sql=query.sql, params=query.params)
        return None

    def why_no_export(self) -> str:
        """Why there is nothing to export."""
        return "" if self.subject() is not None else "Open a table or a query first"

    def export(self) -> None:
        """Open the form for what is in front."""
        ref = self.subject()
        if ref is None:
            return
        grid = grid_of(self._context.workbench.current())
        self._selected = (ref, Selection(grid)) if grid is not None else None
        self._context.workbench.open(ref, keep=True)

    def _export_tab(self, ref: ExportRef, _: Ref | None) -> Tab:
        from .export_tab import ExportTab  # noqa: PLC0415  # lazy: no first frame waits for it

        known, self._selected = self._selected, None
        return ExportTab(self._context, ref, known[1] if known is not None and known[0] == ref else None)

    # --- import ----------------------------------------------------------------------------------------

    def why_no_import(self) -> str:
        """Why nothing can be imported."""
        return "" if self._context.workbench.connection() else "Open a connection first"

    def load(self) -> None:
        """Open the form, for the table in front if there is one."""
        self._open("")

    def load_named(self, arguments: dict[str, str]) -> None:
        """Open the form for a file."""
        self._open(arguments.get("path", ""))

    def _open(self, path: str) -> None:
        bench = self._context.workbench
        tab = bench.current()
        table = tab.subject(TableRef.kind) if tab is not None else None
        if isinstance(table, TableRef) and not path:
            ref = ImportRef(table.connection, path, table.table, table.schema)
        else:
            ref = ImportRef(bench.connection(), path)
        bench.open(ref, keep=True)

    def _import_tab(self, ref: ImportRef, _: Ref | None) -> Tab:
        from .import_tab import ImportTab  # noqa: PLC0415  # lazy: no first frame waits for it

        return ImportTab(self._context, ref)

    def _launch(self, launch: Launch) -> bool:
        path = Path(launch.folder) / launch.target if launch.folder else Path(launch.target)
        if path.suffix.lower() not in _DROPPED or not path.is_file():
            return False
        if not self._context.workbench.connection():
            self._context.notify.say(f"Open a connection first, then import {path.name}.")
            return True
        self._open(str(path.absolute()))
        return True
