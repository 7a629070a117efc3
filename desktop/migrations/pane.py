"""The left pane of the Migrate page: which project, its revisions, what stands in the way."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.widgets import (
    Choice,
    ElidedLabel,
    EmptyState,
    FilterBox,
    IconButton,
    InlineProblem,
    ListView,
    Message,
    Offer,
    bind,
    no_match,
)
from embedded_server.wire.migration_runs import Run
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import RevisionRef

from .book import Book
from .layouts import clear
from .project_settings import ProjectSettings
from .revision_list import RevisionDelegate, RevisionModel

LANGUAGE = "Words that all occur, -word that does not,\nis:pending, is:current, is:applied, is:head"


class _List(ListView):
    opened = Signal(QModelIndex)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class MigratePane(QWidget):
    """`opened(revision id)` when a revision is to be shown."""

    opened = Signal(str)

    def __init__(self, context: Context, book: Book, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._book = context, book
        self.projects = Choice("Migration project")
        self.add = IconButton("folder", "Add migration project")
        self.make = IconButton("plus", "Revision from models")
        self.settings_button = IconButton("settings", "Project settings")
        self.settings = ProjectSettings(context)
        bind(self.add, context.verbs, "migrations.add_project")
        bind(self.settings_button, context.verbs, "migrations.settings")
        bind(self.make, context.verbs, "migrations.from_models")
        self.filter = FilterBox("orders  is:pending", "Filter revisions")
        self.filter.setToolTip(LANGUAGE)
        self.model = RevisionModel(self)
        self.view = _List("Revisions")
        self.view.setModel(self.model)
        self.view.setItemDelegate(RevisionDelegate(self.view))
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._note = ElidedLabel("", "faint", ratio=0.9)
        self._messages = QVBoxLayout()
        self._stack = QStackedWidget()
        self._empty = EmptyState(
            "No migration project",
            "Revisions of a project with Alembic or Flask-Migrate stand here.",
            "migrate",
            (Offer("Choose its folder…", self._ask_folder),),
        )
        self._reading = EmptyState("Reading the project…")
        self._nothing = no_match(self.filter.clear)
        for widget in (self._reading, self._empty, self._nothing, self.view):
            self._stack.addWidget(widget)
        # The open revision, while it is not listed.
        self._wanted = ""
        self._lay_out()
        self._connect()
        self.refresh()
        self._follow()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(8, 7, 8, 7)
        top.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.projects, 1)
        row.addWidget(self.make)
        row.addWidget(self.settings_button)
        row.addWidget(self.add)
        top.addLayout(row)
        top.addWidget(self.filter)
        column.addLayout(top)
        column.addWidget(self.settings)
        self._messages.setContentsMargins(8, 0, 8, 0)
        self._messages.setSpacing(6)
        column.addLayout(self._messages)
        # The list gives way to the settings, which do not scroll.
        self._stack.setMinimumHeight(60)
        column.addWidget(self._stack, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 2, 10, 4)
        foot.addWidget(self._note)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.projects.activated.connect(self._chosen)
        self.filter.filtered.connect(self._filtered)
        self.filter.left.connect(self._enter)
        self.view.clicked.connect(self._open)
        self.view.opened.connect(self._open)
        self._book.changed.connect(self.refresh)
        self._context.workbench.current_changed.connect(self._follow)
        self.settings.saved.connect(self._book.load)

    def show_settings(self) -> None:
        """How the project in front is run."""
        project = self._book.project()
        if project is not None:
            self.settings.open_for(project)

    def refresh(self) -> None:
        """Show what the book knows."""
        book = self._book
        self.projects.clear()
        self.projects.addItems([one.name for one in book.projects])
        folders = [one.folder for one in book.projects]
        for number, folder in enumerate(folders):
            self.projects.setItemData(number, folder, Qt.ItemDataRole.ToolTipRole)
        self.projects.setCurrentIndex(folders.index(book.chosen) if book.chosen in folders else -1)
        self.projects.setPlaceholderText("No project")
        selected = self.selected()
        self.model.show_graph(book.graph, book.status)
        self.select(selected)
        self._take_wanted()
        self._show_state()
        self._show_messages()

    def shows(self, folder: str) -> bool:
        """Whether the revisions of this project are listed."""
        graph = self._book.graph
        return graph is not None and graph.project.folder == folder and self.model.rowCount() > 0

    def selected(self) -> str:
        """The revision under the cursor, "" for none."""
        index = self.view.currentIndex()
        return self.model.revision(index.row()).revision if index.isValid() else ""

    def select(self, revision: str) -> None:
        """Put the cursor on a revision."""
        row = self.model.row_of(revision) if revision else -1
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row, 0))

    def _follow(self, *_: object) -> None:
        """The revision in front is the one selected."""
        ref = getattr(self._context.workbench.current(), "ref", None)
        if isinstance(ref, RevisionRef):
            self._wanted = ref.revision
            self._take_wanted()

    def _take_wanted(self) -> None:
        if self._wanted and self.model.row_of(self._wanted) >= 0:
            self.select(self._wanted)
            self._wanted = ""

    def _show_state(self) -> None:
        book = self._book
        if not book.loaded:
            shown: QWidget = self._reading
        elif not book.projects:
            shown = self._empty
        else:
            shown = self.view if self.model.rowCount() else self._nothing
        self._stack.setCurrentWidget(shown)
        self._note.setText(self._counts())

    def _counts(self) -> str:
        graph, status = self._book.graph, self._book.status
        if graph is None:
            return ""
        parts = [f"{len(graph.revisions):,} revisions"]
        if status is not None and status.problem is None:
            parts.append(f"{len(status.pending):,} pending" if status.pending else "up to date")
        if self.model.hidden():
            parts.append(f"{self.model.hidden():,} hidden by the filter")
        return " · ".join(parts)

    # --- messages ------------------------------------------------------------------------------------

    def _show_messages(self) -> None:
        clear(self._messages)
        for message in self._told():
            self._messages.addWidget(message)

    def _told(self) -> list[Message]:
        book = self._book
        told: list[Message] = []
        if book.problem is not None:
            told.append(InlineProblem(book.problem, (Offer("Try again", book.load),), closable=False))
        told += [_interrupted(run) for run in book.interrupted]
        status = book.status
        if status is not None and status.problem is not None:
            told.append(InlineProblem(status.problem, closable=False))
        for unknown in status.unknown if status is not None else []:
            title = f"Unknown revision {unknown.revision}"
            told.append(Message(title, unknown.text, "\n".join(unknown.commits), "warn", closable=False))
        project = book.project()
        for note in project.notes if project is not None else []:
            told.append(Message("The application migrates itself", note, "", "warn", closable=False))
        for finding in book.graph.findings if book.graph is not None else []:
            if not finding.suppressed:
                tone = finding.severity
                told.append(Message(finding.title, finding.advice, finding.text, tone, closable=False))
        return told

    def show_problem(self, problem: Problem) -> None:
        """A problem of a flow of this page."""
        message = InlineProblem(problem)
        message.closed.connect(message.deleteLater)
        self._messages.addWidget(message)

    # --- acting --------------------------------------------------------------------------------------

    def _chosen(self, index: int) -> None:
        self._book.choose(self._book.projects[index].folder)

    def _filtered(self, text: str) -> None:
        self.model.set_filter(text)
        self._show_state()

    def _enter(self) -> None:
        self.view.setFocus()
        if self.model.rowCount() and not self.view.currentIndex().isValid():
            self.view.setCurrentIndex(self.model.index(0, 0))

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self.model.revision(index.row()).revision)

    def _ask_folder(self) -> None:
        self._context.verbs.run("migrations.add_project")


def _interrupted(run: Run) -> Message:
    text = f"{run.text}\n{run.mend}" if run.mend else run.text
    title = f"An apply on {run.connection.rsplit('/', 1)[-1]} was interrupted"
    return Message(title, text, "", "warn" if run.state == "interrupted" else "info", closable=False)
