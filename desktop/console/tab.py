"""A script in a tab: editor above, results below."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent, QTextCursor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.editor.editor import SqlEditor
from desktop.kit.editor.find_bar import FindBar
from desktop.kit.widgets import Splitter, refresh_bound
from desktop.settings import ROW_LIMIT
from embedded_server.wire.console import FORMAT, FormatRequest
from embedded_server.wire.favourites import Favourite
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import Ref, ScriptRef, StatementRef
from embedded_server.wire.sql.placeholders import placeholders

from .bar import ScriptBar
from .completing import Completing
from .document import ScriptJournal
from .params_panel import ParamsPanel
from .profiles import Profiles, without_password
from .results_view import ResultsView
from .running import Running
from .runs import Runs
from .script_file import ScriptFile

# How long the cursor rests before the placeholders of its statement are looked for.
_SETTLE_MILLISECONDS = 120


class ScriptTab(Tab):
    """Opened by a `ScriptRef`. Its text, cursor and connection live in a journal of its own."""

    ref: ScriptRef
    icon = "sql"

    def __init__(self, context: Context, profiles: Profiles, ref: ScriptRef, name: str) -> None:
        super().__init__()
        self._context, self._profiles = context, profiles
        self.ref = ref
        self.name = name
        self.document_id = ref.document or uuid4().hex
        self._connection = ref.connection
        self.manual = False
        self.stop_on_error = True
        self._loading = True
        self.editor = SqlEditor("SQL")
        self.editor.setPlaceholderText("Type SQL here")
        self.find_bar = FindBar(self.editor)
        self.completing = Completing(context, self)
        self.params = ParamsPanel()
        self.bar = ScriptBar(context)
        self.running = Running(context, self, Runs(context.api, self.document_id, self))
        self.results = ResultsView(context)
        self.file = ScriptFile(context, self)
        self.journal = self._journal()
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MILLISECONDS)
        self._lay_out()
        self._connect()
        self.results.show_limit(context.settings.get(ROW_LIMIT))
        self._load(ref)

    # --- building ------------------------------------------------------------------------------------

    def _journal(self) -> ScriptJournal:
        path = folder(self._context) / f"{self.document_id}.journal"
        journal = ScriptJournal(path, self.editor.document(), self)
        journal.failed.connect(self.show_problem)
        return journal

    def _lay_out(self) -> None:
        upper = QWidget()
        column = QVBoxLayout(upper)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.editor, 1)
        column.addWidget(self.find_bar)
        column.addWidget(self.params)
        self.splitter = Splitter(vertical=True)
        self.splitter.addWidget(upper)
        self.splitter.addWidget(self.results)
        self.splitter.setSizes([400, 400])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.bar)
        outer.addWidget(self.splitter, 1)
        self.setFocusProxy(self.editor)

    def _connect(self) -> None:
        self.editor.statement_changed.connect(self._settle.start)
        self.editor.textChanged.connect(self._edited)
        self.editor.cursorPositionChanged.connect(self.remember)
        self.editor.verticalScrollBar().valueChanged.connect(self.remember)
        self.editor.files_dropped.connect(self.file.dropped)
        self._settle.timeout.connect(self._settled)
        self.params.entered.connect(self.running.entered)
        self.params.edited.connect(self.remember)
        self.bar.connection_chosen.connect(self.use_connection)
        self.bar.mode_chosen.connect(self.set_manual)
        self.results.limit.valueChanged.connect(self.remember)
        self.results.chosen.connect(self.running.go_to)
        self.results.touched.connect(self._touch)
        self.results.pinned.connect(self.remember)
        self._profiles.changed.connect(self._show_connection)

    # --- what the workbench asks -----------------------------------------------------------------------

    def title(self) -> str:
        """The file's name, or `SQL 1`."""
        return self.file.title() or self.name

    def path(self) -> str:
        """The file's path, or the name."""
        return self.file.path or self.name

    def dirty(self) -> bool:
        """A script with text is nothing to give up for another reference."""
        return self.file.modified() if self.file.path else not self.editor.document().isEmpty()

    def closing_question(self) -> str:
        """An open transaction would be rolled back."""
        known = self.running.runs.transaction
        if not known.open():
            return ""
        count = "1 statement" if known.statements == 1 else f"{known.statements} statements"
        return f"{self.title()} has an open transaction with {count}. Close and roll back?"

    def connection(self) -> str:
        """Where it runs."""
        return self._connection

    def subject(self, kind: str) -> Ref | None:
        """The script, or the selected or outlined statement with the values typed for it."""
        if kind != StatementRef.kind:
            return super().subject(kind)
        sql = self.editor.selected_sql().strip() or self.editor.statement().strip()
        if not sql:
            return None
        names = {mark.key for mark in placeholders(sql, self.editor.index.dialect)}
        values = self.params.values(self.dialect())
        return StatementRef(
            self._connection, sql, {key: value for key, value in values.items() if key in names} or None
        )

    def inspector(self) -> QWidget:
        """The fields of the result's current row."""
        return self.results.panel

    def refresh(self) -> None:
        """Run again what ran last."""
        self.running.again()

    def status(self) -> list[str]:
        """The cursor's place, rows, the selection's sums."""
        spot = self.editor.spot()
        grid = self.results.grid()
        summary = grid.summary.text() if grid is not None else ""
        place = f"{spot.line + 1:,}:{spot.column + 1}"
        return [part for part in (place, self.results.state_text(), summary) if part]

    def transaction(self) -> str:
        """The chip in the status bar."""
        return self.running.runs.chip()

    def state(self) -> dict[str, Any]:
        """Everything else is in the journal."""
        return {"document": self.document_id}

    def restore(self, state: dict[str, Any]) -> None:
        """Take up the journal of an earlier run (a reference without a document got one then)."""
        document = state.get("document")
        if not isinstance(document, str) or document == self.document_id:
            return
        self.journal.close()
        self.journal.deleteLater()
        self.document_id = self.running.runs.session = document
        self.journal = self._journal()
        self._load(ScriptRef(self.ref.connection, document))

    def showEvent(self, event: QShowEvent) -> None:
        """The file may be another one by now."""
        super().showEvent(event)
        self.file.watched(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        super().hideEvent(event)
        self.file.watched(False)

    def closing(self) -> None:
        """Roll back, close the session; the text stays in the journal."""
        self.results.close_all()
        self.running.runs.close()
        self.remember()
        self.journal.close()

    def show_problem(self, problem: Problem) -> None:
        """Problems of this tab's flows stand above its results."""
        self.results.show_trouble(problem)

    # --- the journal -----------------------------------------------------------------------------------

    def _load(self, ref: ScriptRef) -> None:
        self._loading = True
        script = self.journal.load()
        about = script.about
        self._connection = str(about.get("connection", ref.connection))
        self.name = str(about.get("name", self.name))
        self.manual = bool(about.get("manual", False))
        self.stop_on_error = bool(about.get("stop_on_error", True))
        self.params.restore(about.get("params") or {})
        if isinstance(about.get("limit"), int):
            self.results.show_limit(about["limit"])
        self.running.last = [str(sql) for sql in about.get("ran") or []]
        if script.text:
            self.editor.setPlainText(script.text)
        self.journal.loaded()
        self._loading = False
        self.file.restore(about, ref.path)
        if ref.sql and not script.text:
            self.editor.set_sql(ref.sql)
        self.bar.show_mode(self.manual)
        self._show_connection()
        self._place(about)
        self.running.pins = _pins(about.get("pinned"))
        if self.running.last or self.running.pins:
            self.running.offer_again()

    def _place(self, about: dict[str, Any]) -> None:
        last = self.editor.document().characterCount() - 1
        cursor = QTextCursor(self.editor.document())
        cursor.setPosition(min(int(about.get("anchor", 0)), last))
        cursor.setPosition(min(int(about.get("cursor", 0)), last), QTextCursor.MoveMode.KeepAnchor)
        self.editor.setTextCursor(cursor)
        self.editor.verticalScrollBar().setValue(int(about.get("top", 0)))

    def remember(self, *_: object) -> None:
        """Have the journal remember everything beside the text."""
        if self._loading:
            return
        cursor = self.editor.textCursor()
        self.journal.set_about(
            {
                "name": self.name,
                "connection": without_password(self._connection),
                "cursor": cursor.position(),
                "anchor": cursor.anchor(),
                "top": self.editor.verticalScrollBar().value(),
                "manual": self.manual,
                "stop_on_error": self.stop_on_error,
                "limit": self.results.limit.value(),
                "params": self.params.state(),
                "ran": self.running.last,
                "pinned": self.running.pins or self.results.results.pinned(),
                **self.file.about(),
            }
        )

    # --- connection and mode ---------------------------------------------------------------------------

    def use_connection(self, name: str) -> None:
        """Run on another connection from now on; not while a transaction is open."""
        if self.running.runs.transaction.open() and name != self._connection:
            hint = "Commit or roll back first."
            self.show_problem(Problem("console.other_transaction", "A transaction is open", hint=hint))
        else:
            self._connection = name
            self.results.close_message()
            self.remember()
        self._show_connection()

    def set_manual(self, manual: bool) -> None:
        """Keep transactions open until commit, or commit each statement; an open one stays open."""
        self.manual = manual
        self.bar.show_mode(manual)
        self.remember()
        self._touch()

    def toggle_stop(self) -> None:
        """Stop a script at its first error, or go on behind it."""
        self.stop_on_error = not self.stop_on_error
        self.remember()
        text = "Scripts stop at the first error." if self.stop_on_error else "Scripts go on after errors."
        self._context.notify.say(text)

    def dialect(self) -> str:
        """The engine's name."""
        return self._profiles.dialect(self._connection)

    def connection_class(self) -> str:
        """local, shared or production."""
        return self._profiles.class_(self._connection)

    def _show_connection(self) -> None:
        names = [(name, name) for name in self._profiles.names()]
        self.bar.show_connections(names, self._connection)
        self.editor.set_dialect(self.dialect())
        self.editor.gutter.show_class(self.connection_class())
        self._settled()
        self._touch()

    # --- editing ---------------------------------------------------------------------------------------

    def format(self) -> None:
        """Lay the selection out, or the whole script."""
        self._context.flow(self, self._format())

    async def _format(self) -> None:
        before = self.editor.selected_sql() or self.editor.sql()
        whole = not self.editor.textCursor().hasSelection()
        answer = await self._context.api.call(FORMAT, FormatRequest(before, self.dialect()))
        if (self.editor.sql() if whole else self.editor.selected_sql()) != before:
            self._context.notify.say("The text was edited meanwhile; nothing was laid out.")
            return
        cursor = self.editor.textCursor()
        if whole:
            cursor.select(QTextCursor.SelectionType.Document)
        if answer.sql != before:
            cursor.insertText(answer.sql)
        self._context.notify.say(answer.notice or "Laid out.")

    def insert(self, sql: str) -> None:
        """Put a statement at the cursor, on lines of its own."""
        cursor = self.editor.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        cursor.insertText(("\n" if before.strip() else "") + sql.rstrip().rstrip(";") + ";\n")
        self.editor.setTextCursor(cursor)
        self.editor.setFocus()

    def favourite(self) -> Favourite:
        """What would be saved for later: the selection, the outlined statement, else all of it."""
        sql = self.editor.selected_sql().strip() or self.editor.statement().strip() or self.editor.sql()
        names = {mark.key for mark in placeholders(sql, self.editor.index.dialect)}
        state = self.params.state()
        return Favourite(
            name=title_of(sql),
            sql=sql,
            params={name: text for name, text in state["texts"].items() if name in names},
            nulls=[name for name in state["nulls"] if name in names],
        )

    def _edited(self) -> None:
        self.remember()
        self._touch()

    def _settled(self) -> None:
        self.running.follow_cursor()
        refresh_bound(self)

    def _touch(self) -> None:
        if not self._loading:
            self._context.workbench.touched(self)


def _pins(found: object) -> list[tuple[str, str]]:
    pairs = found if isinstance(found, list) else []
    return [(str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2]


def title_of(sql: str) -> str:
    """A name for a statement: the first remark or line that says something."""
    lines = (line.strip().lstrip("-#").strip() for line in sql.splitlines())
    return next((line for line in lines if line), "Statement")[:60]


def folder(context: Context) -> Path:
    """Where the journals of scripts are."""
    return context.folder / "scripts"
