"""A file into a table: a look into it, what goes where, a dry run, the import."""

from __future__ import annotations

import os
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout

from desktop.api.client import Stream
from desktop.context import Context, Tab
from desktop.kit.ask_file import ask_file
from desktop.kit.widgets import (
    InlineProblem,
    Message,
    Offer,
)
from embedded_server.wire.data import CATALOG, TABLE, CatalogRequest, Column, Kind, TableRequest
from embedded_server.wire.loading import (
    IMPORT,
    PREVIEW,
    BadRow,
    ImportEvent,
    ImportRequest,
    PreviewRequest,
    PreviewResponse,
    ReadOptions,
)
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import ImportRef, TableRef

from .forms import keyboard_kept
from .import_form import MOST_BAD, ImportForm
from .progress import rate_text

KINDS = "Tables (*.csv *.tsv *.tab *.txt *.json *.jsonl *.ndjson *.xlsx *.parquet *.sql);;All files (*)"


class ImportTab(Tab):
    """Opened by an `ImportRef`."""

    ref: ImportRef
    icon = "import"

    def __init__(self, context: Context, ref: ImportRef) -> None:
        super().__init__()
        self.ref = ref
        self._context = context
        self._stream: Stream | None = None
        self.seen: PreviewResponse | None = None
        self.bad: list[BadRow] = []
        self._last: ImportEvent | None = None
        self._after = 0
        self.form = ImportForm(ref.connection)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.form)
        self.setFocusProxy(self.form.file)
        self._connect()
        self.setAcceptDrops(True)
        self.form.file.setText(ref.path)
        QTimer.singleShot(0, self.load)

    def _connect(self) -> None:
        self.form.browse.clicked.connect(self.choose)
        self.form.file.editingFinished.connect(self._typed)
        self.form.read_options.changed.connect(self._reread)
        self.form.target.currentIndexChanged.connect(self._target_chosen)
        self.form.name.editingFinished.connect(self._renamed)
        self.form.run.clicked.connect(self.load_rows)
        self.form.check.clicked.connect(self.try_rows)
        self.form.work.cancelled.connect(self._stop)

    # --- what the workbench asks -----------------------------------------------------------------------

    def title(self) -> str:
        """Import of what."""
        return self.ref.label()

    def closing_question(self) -> str:
        """An import under way would be given up."""
        return "The import is still running. Close and give it up?" if self.form.work.running() else ""

    def closing(self) -> None:
        """Give up what runs."""
        if self._stream is not None:
            self._stream.cancel()

    def show_problem(self, problem: Problem) -> None:
        """Under the buttons."""
        self.form.show_message(InlineProblem(problem))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter imports, Esc gives up."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.form.run.isEnabled():
            self.load_rows()
        elif event.key() == Qt.Key.Key_Escape and self.form.work.running():
            self.form.work.give_up()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A file may be dropped."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look into it."""
        files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            self.use(files[0])

    # --- the file --------------------------------------------------------------------------------------

    def choose(self) -> None:
        """Ask for a file."""
        ask_file("Import a file", KINDS, self.use, os.path.dirname(self.form.file.text()))

    def use(self, path: str) -> None:
        """Look into this file."""
        self.form.file.setText(path)
        self.form.read_options.hide()
        self.load()

    def _typed(self) -> None:
        if self.seen is None or os.path.expanduser(self.form.file.text()) != self.ref.path:
            self.use(self.form.file.text())

    def load(self) -> None:
        """Read the beginning of the file and the names of the tables."""
        if self.form.file.text().strip():
            self._context.flow(self, self._load(ReadOptions()))

    def _reread(self) -> None:
        self._context.flow(self, self._load(self.form.read_options.options()))

    async def _load(self, options: ReadOptions) -> None:
        self.form.show_message(None)
        # What an earlier try found is not true of another file or table.
        self.bad = []
        self.form.show_bad(self.bad)
        self._after = 0
        path = os.path.expanduser(self.form.file.text().strip())
        try:
            await self._tables()
            table = self.form.table()
            request = PreviewRequest(
                path=path,
                options=options,
                connection=self.ref.connection,
                table=table,
                schema=self.ref.schema,
            )
            seen = await self._context.api.call(PREVIEW, request)
        except ProblemError as error:
            self.form.ready(False)
            self.show_problem(error.problem)
            return
        self.seen = seen
        self.ref = ImportRef(self.ref.connection, path, self.ref.table, self.ref.schema)
        self._context.workbench.touched(self)
        self.form.read_options.show_options(seen.format, seen.options, seen.sheets)
        columns = [Column(column.name, column.type, _kind(column.kind)) for column in seen.columns]
        self.form.rows.show_rows(columns, seen.rows)
        self.form.ready(True)
        self._show_target(table)
        if seen.notes:
            self.form.show_message(Message("About this file", "\n".join(seen.notes), "", "info"))
        await self._show_columns(table)

    async def _tables(self) -> None:
        if self.form.target.count() > 1:
            return
        answer = await self._context.api.call(CATALOG, CatalogRequest(self.ref.connection))
        names = [
            table.name
            for schema in answer.schemas
            if schema.default
            for table in schema.tables
            if table.kind == "table"
        ]
        if self.ref.table and self.ref.table not in names:
            names.insert(0, self.ref.table)
        self.form.show_tables(names, self.ref.table)

    # --- the table -------------------------------------------------------------------------------------

    def _show_target(self, table: str) -> None:
        script = self.seen is not None and self.seen.format == "sql"
        self.form.show_target(table, script=script)
        if self.seen is not None and not table:
            if not self.form.name.text():
                self.form.name.setText(self.seen.table)
            self.form.ddl.show_ddl(self.seen.ddl, self.seen.table, self.form.name.text())

    def _target_chosen(self, *_: object) -> None:
        self._reread()

    def _renamed(self) -> None:
        self._show_target(self.form.table())

    async def _show_columns(self, table: str) -> None:
        if self.seen is None or not table:
            self.form.mapping.clear()
            return
        answer = await self._context.api.call(
            TABLE, TableRequest(self.ref.connection, table, self.ref.schema)
        )
        names = [column.name for column in answer.columns if not column.generated and not column.hidden]
        self.form.mapping.show_columns(self.seen.columns, names)

    # --- running ---------------------------------------------------------------------------------------

    def try_rows(self) -> None:
        """A dry run: every bad row is listed, nothing stays."""
        self._start(dry_run=True)

    def load_rows(self) -> None:
        """Import."""
        self._start()

    def go_on(self) -> None:
        """Import what is left behind the rows that are in."""
        self._start(after=self._after)

    def _start(self, **fields: Any) -> None:
        if not self.form.work.running() and self.seen is not None:
            self._context.flow(self, self._steps(**fields))

    async def _steps(self, **fields: Any) -> None:
        self.form.show_message(None)
        self.bad, self._last = [], None
        self.form.show_bad(self.bad)
        self.form.work.begin("Trying every row…" if fields.get("dry_run") else "Importing…")
        request = self._request(**fields)
        try:
            with keyboard_kept(self, self.form.work.cancel):
                self.form.ready(False)
                try:
                    self._stream = self._context.api.stream(IMPORT, request, self._hear)
                    event: ImportEvent = await self._stream
                finally:
                    self.form.ready(True)
        except ProblemError as error:
            self._refused(error.problem)
            return
        finally:
            self._stream = None
            self.form.work.end()
            self.form.show_bad(self.bad)
        self.form.show_message(self._tried(event) if request.dry_run else self._imported(event))

    def _request(self, **fields: Any) -> ImportRequest:
        assert self.seen is not None
        table = self.form.table()
        script = self.seen.format == "sql"
        known = self.form.read_options
        return ImportRequest(
            connection=self.ref.connection,
            path=self.ref.path,
            table="" if script else table or self.form.name.text().strip(),
            schema=self.ref.schema if table else "",
            format=self.seen.format,
            options=self.seen.options if known.isHidden() else known.options(),
            mapping=self.form.mapping.mapping() if table else None,
            create="" if table or script or self._after else self.form.ddl.sql(),
            transaction=self.form.transaction(),  # type: ignore[arg-type]
            on_error=self.form.on_error(),  # type: ignore[arg-type]
            confirm=self.form.confirm.text(),
            **fields,
        )

    def _hear(self, event: ImportEvent) -> None:
        self._last = event
        if len(self.bad) < MOST_BAD:
            self.bad += event.bad_rows
        if event.state == "running":
            bad = f" · {event.bad:,} bad" if event.bad else ""
            self.form.work.tell(rate_text(event.read, event.rate) + bad, event.share)

    def _stop(self) -> None:
        if self._stream is not None:
            self._stream.stop()

    # --- answers ---------------------------------------------------------------------------------------

    def _refused(self, problem: Problem) -> None:
        kept = self._last.kept if self._last is not None else 0
        self._after = kept if self.form.transaction() == "batches" else 0
        offers = (Offer(f"Go on behind row {kept:,}", self.go_on),) if self._after else ()
        if problem.code == "transfer.confirm":
            self.form.ask_name()
        if problem.code == "job.cancelled":
            text = f"{kept:,} rows of the file are in." if self._after else "Nothing was imported."
            self.form.show_message(Message("Cancelled.", text, "", "info", offers))
        else:
            self.form.show_message(InlineProblem(problem, offers))

    def _tried(self, event: ImportEvent) -> Message:
        text = "Nothing was changed: this was a dry run."
        if event.bad:
            title, then = would(event.rows, event.bad, self.form.transaction(), self.form.on_error())
            return Message(title, "\n".join(filter(None, [then, text, *event.notes])), "", "warn")
        return Message(f"All {event.rows:,} rows would go in.", "\n".join([text, *event.notes]), "", "ok")

    def _imported(self, event: ImportEvent) -> Message:
        left_out = f"{event.bad:,} bad rows were left out." if event.bad else ""
        offers = (Offer("Open table", self.open_table),) if event.table else ()
        if not self.isVisible():
            # Where it is seen it is said already.
            self._context.notify.say(f"Imported {event.rows:,} rows")
        text = "\n".join(filter(None, [left_out, *event.notes]))
        return Message(f"{event.rows:,} rows imported.", text, "", "warn" if event.bad else "ok", offers)

    def open_table(self) -> None:
        """Show the table the rows went into."""
        table = self.form.table() or self.form.name.text().strip()
        self._context.workbench.open(TableRef(self.ref.connection, table, self.ref.schema), keep=True)


def would(good: int, bad: int, whole: str, on_error: str) -> tuple[str, str]:
    """What an import as it is set would do with good and bad rows, as a title and a line."""
    if on_error == "skip":
        return f"{good:,} rows would go in, {bad:,} would be left out.", ""
    title = f"{good:,} rows are good, {bad:,} {'is' if bad == 1 else 'are'} not."
    if whole == "one":
        return title, "As it is set nothing would go in: all rows or none. Bad rows can be left out instead."
    return title, "As it is set the first bad row stops it; the batches before that one stay."


_KINDS: dict[str, Kind] = {
    "integer": "number", "bigint": "number", "decimal": "number", "float": "number", "truth": "bool",
    "date": "time", "moment": "time", "zoned": "time", "bytes": "binary", "uuid": "uuid",
}  # fmt: skip


def _kind(word: str) -> Kind:
    """How cells of a guessed type are shown."""
    return _KINDS.get(word, "text")
