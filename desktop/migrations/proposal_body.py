"""Toolbar and parts of a proposed revision's tab."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.theme import styled, theme
from desktop.kit.widgets import (
    Check,
    Choice,
    ElidedLabel,
    EmptyState,
    Heading,
    Paragraph,
    PrimaryVerbButton,
    Splitter,
    TextField,
    Toolbar,
    column,
    slim_bars,
)
from embedded_server.wire.migration_runs import GenerateResponse, OperationInfo
from embedded_server.wire.migrations import Project

from .findings_view import FindingsView
from .layouts import clear
from .python_view import PythonView

_SHEET = "QScrollArea { background: @bg1; border: 0; } QScrollArea > QWidget > QWidget { background: @bg1; }"


class ProposalBar(Toolbar):
    """The project, and writing."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.projects = Choice("Migration project")
        self.projects.setMinimumWidth(theme().scaled(160))
        self.projects.setMaximumWidth(theme().scaled(280))
        self.write = PrimaryVerbButton(context.verbs, "migrations.write", "Write revision")
        self.add(ElidedLabel("Project", "dim"))
        self.add(self.projects, 4)
        self.add_right(self.write)

    def show_projects(self, projects: list[Project], current: str) -> None:
        """Projects to choose from."""
        self.projects.clear()
        self.projects.addItems([one.name for one in projects])
        self.projects.setPlaceholderText("Choose a project")
        folders = [one.folder for one in projects]
        self.projects.setCurrentIndex(folders.index(current) if current in folders else -1)


class ProposalBody(QStackedWidget):
    """`ticked`: other operations are accepted now."""

    ticked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.message = TextField("Message of the revision", "What this revision is for")
        self.operations = _Operations()
        self.operations.ticked.connect(self.ticked)
        self.source = PythonView("File as it will be written")
        self.file = ElidedLabel("", "dim", mono=True, middle=True)
        self.findings = FindingsView()
        self.findings.wanted.connect(self.source.go_to)
        self._empty = EmptyState("Asking the project…", "", "migrate")
        self.addWidget(self._empty)
        self.addWidget(self._parts())

    def _parts(self) -> QWidget:
        left = column(
            column(Heading("Message"), self.message, gap=6, margins=(12, 12, 12, 4)), self.operations
        )
        file = column(self.file, margins=(14, 8, 12, 6))
        right = column(file, self.source)
        lower = Splitter(vertical=True)
        lower.addWidget(left)
        lower.addWidget(self.findings)
        lower.setStretchFactor(0, 1)
        lower.setSizes([theme().scaled(420), theme().scaled(260)])
        whole = Splitter()
        whole.addWidget(lower)
        whole.addWidget(right)
        whole.setStretchFactor(1, 1)
        whole.setSizes([theme().scaled(380), theme().scaled(640)])
        return whole

    def accepted(self) -> list[str]:
        """Keys of the ticked operations."""
        return self.operations.accepted()

    def show_answer(self, answer: GenerateResponse, *, first: bool) -> None:
        """What the revision would be."""
        if first:
            self.operations.show_operations(answer.operations)
        notes = [*answer.notes]
        if not answer.operations:
            notes.insert(0, "Models and database agree: there is nothing to write.")
        self.operations.show_notes(notes)
        self.source.show_source(answer.source)
        self.source.mark(answer.findings)
        self.file.setText(answer.file)
        self.findings.show_findings(answer.findings)
        self.setCurrentIndex(1)

    def show_missing(self, some: bool) -> None:
        """No project is chosen yet."""
        text = "Choose one above." if some else "Add one on the Migrate page."
        self._empty.show_text("Which migration project is it for?", text)
        self.setCurrentIndex(0)

    def show_failed(self) -> None:
        """The project could not be asked."""
        self._empty.show_text("No preview", "What went wrong stands above.")


class _Operations(QScrollArea):
    ticked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Operations")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        slim_bars(self)
        styled(self, _SHEET)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(12, 10, 12, 10)
        self._column.setSpacing(2)
        self.setWidget(inner)
        self._notes = Paragraph("", "dim", inner)
        self._notes.hide()
        self._checks: list[tuple[Check, OperationInfo]] = []

    def show_operations(self, operations: list[OperationInfo]) -> None:
        """One box each, all ticked."""
        clear(self._column, self._notes)
        self._checks = []
        self._column.addWidget(Heading(f"Operations · {len(operations)}"))
        for one in operations:
            check = Check("", one.title)
            check.setToolTip(one.upgrade)
            check.setChecked(True)
            check.toggled.connect(self.ticked)
            self._checks.append((check, one))
            self._column.addLayout(_row(check, one))
        self._column.addWidget(self._notes)
        self._column.addStretch(1)

    def show_notes(self, notes: list[str]) -> None:
        """Sentences below the operations."""
        self._notes.setText("\n".join(notes))
        self._notes.setVisible(bool(notes))

    def accepted(self) -> list[str]:
        """Keys of the ticked ones."""
        return [one.key for check, one in self._checks if check.isChecked()]


def _row(check: Check, operation: OperationInfo) -> QHBoxLayout:
    """The box, beside it what the operation does and its code."""
    row = QHBoxLayout()
    row.setSpacing(theme().scaled(6))
    row.addWidget(check, alignment=Qt.AlignmentFlag.AlignTop)
    texts = QVBoxLayout()
    texts.setSpacing(0)
    texts.setContentsMargins(0, theme().scaled(4), 0, theme().scaled(6))
    title = Paragraph(operation.title, "text")
    code = ElidedLabel(" ".join(operation.upgrade.split()), "dim", mono=True, ratio=0.92)
    title.setBuddy(check)
    texts.addWidget(title)
    texts.addWidget(code)
    row.addLayout(texts, 1)
    return row
