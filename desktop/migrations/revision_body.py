"""What a revision's tab shows below its toolbar: the file with findings, the SQL, the rehearsal."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import ElidedLabel, EmptyState, InlineProblem, Message, Splitter
from embedded_server.wire.migration_runs import PlanStep, PreviewResponse, Rehearsal, RowChange
from embedded_server.wire.migrations import Finding
from embedded_server.wire.problem import Problem

from .findings_view import FindingsView
from .layouts import clear
from .python_view import PythonView
from .statements_view import StatementsView, milliseconds


class RevisionBody(QStackedWidget):
    """Segments in the order of the toolbar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = PythonView("File of the revision")
        self.findings = FindingsView()
        self.findings.wanted.connect(self.source.go_to)
        split = Splitter()
        split.addWidget(self.source)
        split.addWidget(self.findings)
        split.setStretchFactor(0, 1)
        split.setSizes([theme().scaled(700), theme().scaled(340)])
        self.sql = SqlPart()
        self.rehearsal = RehearsalPart()
        for widget in (split, self.sql, self.rehearsal):
            self.addWidget(widget)

    def show_source(self, text: str) -> None:
        """The file's text."""
        self.source.show_source(text)

    def show_findings(self, findings: list[Finding], none: str) -> None:
        """Findings beside the file and as marks in it."""
        self.findings.show_findings(findings, none)
        self.source.mark(findings)


class _Part(QWidget):
    """Messages over one of several widgets."""

    def __init__(self) -> None:
        super().__init__()
        self._messages = QVBoxLayout()
        self._messages.setContentsMargins(12, 8, 12, 8)
        self._messages.setSpacing(6)
        self.stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._messages)
        column.addWidget(self.stack, 1)

    def show_messages(self, messages: list[QWidget]) -> None:
        """Instead of those shown before."""
        clear(self._messages)
        for message in messages:
            self._messages.addWidget(message)


class SqlPart(_Part):
    """The SQL as the project's own tools write it down."""

    def __init__(self) -> None:
        super().__init__()
        self.statements = StatementsView("Statements")
        self._empty = EmptyState("No SQL yet", "What Alembic would send stands here.", "sql")
        for widget in (self._empty, self.statements):
            self.stack.addWidget(widget)

    def wait(self) -> None:
        """The project is being asked."""
        self._empty.show_text("Asking the project…", "Its own code is imported for this.")
        self.stack.setCurrentWidget(self._empty)

    def show_answer(self, answer: PreviewResponse | None, engine: str) -> None:
        """Show an answer; without one, what will be here."""
        found = [one for step in answer.steps for one in step.statements] if answer is not None else []
        problem = answer.problem if answer is not None else None
        self.show_messages([InlineProblem(problem, closable=False)] if problem is not None else [])
        if found and answer is not None:
            self.statements.show_steps(answer.steps, engine)
            self.stack.setCurrentWidget(self.statements)
            return
        told = ("No statements", "The database has nothing to do for it.") if answer is not None else None
        if problem is not None:
            told = ("No SQL without running it", "Rehearse it: a rehearsal shows every statement.")
        self._empty.show_text(*(told or ("No SQL yet", "What Alembic would send stands here.")))
        self.stack.setCurrentWidget(self._empty)


class RehearsalPart(_Part):
    """What a rehearsal measured."""

    def __init__(self) -> None:
        super().__init__()
        self.statements = StatementsView("Rehearsed statements")
        self._empty = EmptyState("Not rehearsed yet", _PROMISE, "play")
        for widget in (self._empty, self.statements):
            self.stack.addWidget(widget)

    def wait(self) -> None:
        """It runs."""
        self._empty.show_text("Rehearsing…", _PROMISE)
        self.stack.setCurrentWidget(self._empty)
        self.show_messages([])

    def show_answer(self, answer: PreviewResponse | None, engine: str, *, done: bool = False) -> None:
        """Show a rehearsal; without one, what will be here, or that the revision is `done`."""
        rehearsal = answer.rehearsal if answer is not None else None
        if answer is None or rehearsal is None:
            self._empty.show_text(*(_DONE if done else ("Not rehearsed yet", _PROMISE)))
            self.show_messages([])
            self.stack.setCurrentWidget(self._empty)
            return
        self.show_messages([_summary(rehearsal, answer.steps), *_lost(rehearsal, answer.findings)])
        self.statements.show_steps(answer.steps, engine)
        self.stack.setCurrentWidget(self.statements)


_PROMISE = (
    "PostgreSQL: really run in one transaction and rolled back, with locks and times.\n"
    "SQLite: run on a copy, rows counted before and after."
)
_DONE = ("Nothing to rehearse", "The database has this revision already.")


def _summary(rehearsal: Rehearsal, steps: list[PlanStep]) -> Message:
    if rehearsal.problem is not None:
        failed: Problem = rehearsal.problem
        text = failed.detail.strip().splitlines()[0] if failed.detail.strip() else failed.title
        return Message(
            "The rehearsal failed; nothing was changed", text, failed.detail, "error", closable=False
        )
    parts = [_change(change) for change in rehearsal.tables[:8]]
    text = "\n".join([*(["Rows: " + ", ".join(parts)] if parts else []), *rehearsal.notes])
    spent = sum(one.elapsed_ms or 0.0 for step in steps for one in step.statements)
    whole = "copying and starting included" if rehearsal.kind == "clone" else "starting included"
    title = (
        f"The rehearsal went through: {milliseconds(spent)} for its statements,"
        f" {milliseconds(rehearsal.elapsed_ms)} with {whole}"
    )
    return Message(title, text, "\n".join(rehearsal.broken_keys), "ok", closable=False)


def _change(change: RowChange) -> str:
    before = "new" if change.before is None else f"{change.before:,}"
    after = "gone" if change.after is None else f"{change.after:,}"
    return f"{change.table} {before} → {after}"


def _lost(rehearsal: Rehearsal, findings: list[Finding]) -> list[QWidget]:
    told: list[QWidget] = [
        Message(one.title, one.advice, "", "error", closable=False)
        for one in findings
        if one.severity == "error" and " lost " in one.title
    ]
    if rehearsal.broken_keys:
        label = ElidedLabel(f"{len(rehearsal.broken_keys)} rows refer to nothing afterwards", "error")
        label.setAlignment(Qt.AlignmentFlag.AlignLeft)
        told.append(label)
    return told
