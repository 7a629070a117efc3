"""The left pane of the Logs page: open logs, recent ones, those of the folder; opening others."""

from __future__ import annotations

import os
import shlex

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.flow import Flow
from desktop.kit.widgets import (
    Button,
    ElidedLabel,
    EmptyState,
    FilterBox,
    IconButton,
    ListView,
    Offer,
    Role,
    SegmentedBar,
    TextField,
    pane_head,
)
from embedded_server.wire.logs import RUN, SOURCES, LogSource, RunCommandRequest, SourcesRequest
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import LogRef
from embedded_server.wire.server import Event

from .groups_pane import GroupsPane
from .words import size_text

PARTS = ("Logs", "Groups")

AnyIndex = QModelIndex | QPersistentModelIndex
_ICONS = {"file": "file", "packed": "file", "command": "play"}
_NOTES = {"open": "open", "recent": "recent", "folder": ""}


class SourcesModel(QAbstractListModel):
    """Logs by their names; the filter keeps those that contain every word."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[LogSource] = []
        self._shown: list[LogSource] = []
        self._words: list[str] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        source = self._shown[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return source.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return source.path
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{source.title}, {source.place}"
        if role == Role.ICON:
            return _ICONS[source.kind]
        if role == Role.NOTE:
            return _NOTES[source.place]
        if role == Role.DETAIL:
            return size_text(source.size) if source.size else ""
        return None

    def source(self, row: int) -> LogSource:
        """A listed log."""
        return self._shown[row]

    def total(self) -> int:
        """How many there are, whatever the filter."""
        return len(self._all)

    def hidden(self) -> int:
        """How many the filter hides."""
        return len(self._all) - len(self._shown)

    def show_sources(self, sources: list[LogSource]) -> None:
        """List these."""
        self._all = sources
        self._fill()

    def set_filter(self, text: str) -> None:
        """Keep those that contain every word."""
        self._words = text.casefold().split()
        self._fill()

    def _fill(self) -> None:
        shown = [each for each in self._all if all(word in each.path.casefold() for word in self._words)]
        if shown != self._shown:
            self.beginResetModel()
            self._shown = shown
            self.endResetModel()


class CommandField(TextField):
    """A command to follow. Enter runs it, Esc puts the field away."""

    wanted = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__("Command to follow", "journalctl -f -u hello", mono=True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys above."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.text().strip():
                self.wanted.emit(self.text().strip())
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)


class LogsPane(QWidget):
    """The list with a filter box; below it what opens more."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.parts = SegmentedBar(PARTS, "Parts of the Logs page")
        self.groups = GroupsPane(context)
        self._pages = QStackedWidget()
        self.model = SourcesModel(self)
        self.filter = FilterBox("Filter logs", "Filter logs")
        self.list = ListView("Logs")
        self.list.setModel(self.model)
        self.command = CommandField()
        self.command.hide()
        self.open_file = Button("Open log…", icon="folder")
        self.follow_command = IconButton("play", "Follow a command")
        self._note = ElidedLabel("", "faint", ratio=0.9)
        self._flow: Flow | None = None
        self._stack = QStackedWidget()
        offers = (
            Offer("Open log…", self._browse, primary=True),
            Offer("Follow a command…", self.ask_command),
        )
        self._empty = EmptyState(
            "No logs here yet", "Log files of this folder and those you opened stand here.", "logs", offers
        )
        self._lay_out()
        self._connect()
        self.reload()

    def reload(self) -> None:
        """Look again what there is."""
        if self._flow is not None:
            self._flow.cancel()
        self._flow = Flow(self, self._load(), self._failed)

    async def _load(self) -> None:
        answer = await self._context.api.call(SOURCES, SourcesRequest(os.getcwd()))
        self.model.show_sources(answer.sources)
        self._show_state()

    def _failed(self, problem: Problem) -> None:
        self._note.setText(problem.title)

    def _show_state(self) -> None:
        self._stack.setCurrentWidget(self.list if self.model.total() else self._empty)
        hidden = self.model.hidden()
        self._note.setText(f"{hidden:,} hidden by the filter" if hidden else "")
        for button in (self.open_file, self.follow_command):
            button.setVisible(bool(self.model.total()))

    # --- opening -----------------------------------------------------------------------------------

    def open_source(self, source: LogSource, keep: bool = False) -> None:
        """Show a log; a command of the past is offered to be run again, never run by itself."""
        if source.kind == "command" and source.place != "open":
            self.ask_command(shlex.join(source.command))
        else:
            self._context.workbench.open(LogRef(source.source or source.path), keep=keep)

    def ask_command(self, text: str = "") -> None:
        """Show the field for a command."""
        self.command.show()
        if text:
            self.command.setText(text)
        self.command.setFocus()

    def run_command(self, text: str) -> None:
        """Run what the user typed."""
        try:
            words = shlex.split(text)
        except ValueError as error:
            self._context.notify.problem(
                Problem("logs.command", "The command cannot be read", str(error)), self
            )
            return
        self._context.flow(self, self._run(words))

    async def _run(self, words: list[str]) -> None:
        state = await self._context.api.call(RUN, RunCommandRequest(command=words, folder=os.getcwd()))
        self.command.clear()
        self.command.hide()
        self._context.workbench.open(LogRef(state.source), keep=True)
        self.reload()

    def _browse(self) -> None:
        self._context.verbs.run("logs.open")

    def _ask_command(self) -> None:
        self.ask_command()

    def _open_index(self, index: QModelIndex) -> None:
        self.open_source(self.model.source(index.row()))

    def _keep_index(self, index: QModelIndex) -> None:
        self.open_source(self.model.source(index.row()), keep=True)

    # --- inside ------------------------------------------------------------------------------------

    def _filtered(self, text: str) -> None:
        self.model.set_filter(text)
        self._show_state()

    def _enter_list(self) -> None:
        self.list.setFocus()
        if self.model.rowCount() and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))

    def _happened(self, event: Event) -> None:
        if event.kind == "logs.grown" and event.data.get("source") not in {s.source for s in self._open()}:
            self.reload()

    def _open(self) -> list[LogSource]:
        return [self.model.source(row) for row in range(self.model.rowCount())]

    def show_part(self, part: str) -> None:
        """Bring a part to the front, the keyboard in its filter."""
        self.parts.setCurrentIndex(PARTS.index(part))
        (self.groups if part == "Groups" else self).filter.setFocus()

    def _connect(self) -> None:
        self.parts.chosen.connect(self._pages.setCurrentIndex)
        self.filter.filtered.connect(self._filtered)
        self.filter.left.connect(self._enter_list)
        self.list.clicked.connect(self._open_index)
        self.list.activated.connect(self._keep_index)
        self.open_file.clicked.connect(self._browse)
        self.follow_command.clicked.connect(self._ask_command)
        self.command.wanted.connect(self.run_command)
        self.command.left.connect(self.command.hide)
        self._context.events.happened.connect(self._happened)
        self._context.events.reset.connect(self.reload)

    def _lay_out(self) -> None:
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        listed = QWidget()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(pane_head(self.parts))
        outer.addWidget(self._pages, 1)
        self._pages.addWidget(listed)
        self._pages.addWidget(self.groups)
        column = QVBoxLayout(listed)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(8, 7, 8, 7)
        top.addWidget(self.filter)
        column.addLayout(top)
        column.addWidget(self._stack, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(8, 4, 8, 8)
        foot.addWidget(self._note)
        foot.addWidget(self.command)
        row = QHBoxLayout()
        row.addWidget(self.open_file)
        row.addStretch(1)
        row.addWidget(self.follow_command)
        foot.addLayout(row)
        column.addLayout(foot)
