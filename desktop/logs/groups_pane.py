"""The part Groups of the Logs page: similar lines of the log in front, counted; one filters the log."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.flow import Flow
from desktop.kit.widgets import ElidedLabel, EmptyState, FilterBox, IconButton, ListView, Role
from embedded_server.wire.log_groups import GROUPS, GroupsRequest, GroupsResponse, LogGroup
from embedded_server.wire.problem import Problem

from .query import LEVELS, Query
from .tab import LogTab
from .view import TOKENS

AnyIndex = QModelIndex | QPersistentModelIndex
NO_LOG = "Open a log first"


class GroupsModel(QAbstractListModel):
    """Groups by their templates, the largest first; the filter keeps those that contain every word."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[LogGroup] = []
        self.groups: list[LogGroup] = []
        self._words: list[str] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.groups)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        group = self.groups[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return group.template
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{group.count:,} times {group.template}, {levels_text(group)}".rstrip(", ")
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(group)
        if role == Role.DETAIL:
            return f"{group.count:,}"
        if role == Role.BADGE:
            worst = [level for level in LEVELS if group.levels.get(level)]
            return TOKENS[worst[-1]] if worst else "faint"
        return True if role == Role.MONO else None

    def show_groups(self, groups: list[LogGroup]) -> None:
        """List these."""
        self._all = groups
        self._fill()

    def set_filter(self, text: str) -> None:
        """Keep those that contain every word."""
        self._words = text.casefold().split()
        self._fill()

    def _fill(self) -> None:
        self.beginResetModel()
        words = self._words
        self.groups = [one for one in self._all if all(word in one.template.casefold() for word in words)]
        self.endResetModel()


def levels_text(group: LogGroup) -> str:
    """`3 error, 12 info`"""
    known = [(level, group.levels[level]) for level in reversed(LEVELS) if group.levels.get(level)]
    return ", ".join(f"{count:,} {level}" for level, count in known)


def tip(group: LogGroup) -> str:
    """What is known of a group."""
    first = f"first at line {group.first:,} {group.first_time}".rstrip()
    last = f"last at line {group.last:,} {group.last_time}".rstrip()
    parts = [group.sample, levels_text(group), first, last]
    return "\n".join(part for part in parts if part)


class GroupsPane(QWidget):
    """Counts anew when another log comes to the front while it is shown, and when it is asked to."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._source = ""
        self._flow: Flow | None = None
        self.model = GroupsModel(self)
        self.filter = FilterBox("Filter groups", "Filter groups")
        self.list = ListView("Groups of similar lines")
        self.list.setModel(self.model)
        self.again = IconButton("refresh", "Count again")
        self.about = ElidedLabel("", "faint", ratio=0.9)
        self._stack = QStackedWidget()
        self._empty = EmptyState(
            NO_LOG, "Its similar lines stand here, counted; one of them filters the log.", "logs"
        )
        self._counting = EmptyState("Counting…")
        self._lay_out()
        self.filter.filtered.connect(self.model.set_filter)
        self.filter.left.connect(self._enter_list)
        self.again.clicked.connect(self.reload)
        self.list.clicked.connect(self._use)
        self.list.activated.connect(self._use)
        context.workbench.current_changed.connect(self._follow)

    def reload(self) -> None:
        """Group the lines of the log in front."""
        if self._flow is not None:
            self._flow.cancel()
        tab = self._tab()
        self._source = tab.ref.source if tab is not None else ""
        if tab is None:
            self.model.show_groups([])
            self.about.setText("")
            self._stack.setCurrentWidget(self._empty)
            return
        self._stack.setCurrentWidget(self._counting)
        self._flow = Flow(self, self._load(tab.ref.source), self._failed)

    async def _load(self, source: str) -> None:
        answer = await self._context.api.call(GROUPS, GroupsRequest(source=source))
        self.model.show_groups(answer.groups)
        self.about.setText(about_text(answer))
        self._stack.setCurrentWidget(self.list)

    def _failed(self, problem: Problem) -> None:
        self.about.setText(problem.title)
        self._stack.setCurrentWidget(self.list)

    def _use(self, index: QModelIndex) -> None:
        """Only the lines of a group; those of one that is shown already: all again."""
        tab = self._tab()
        if tab is None:
            return
        pattern = self.model.groups[index.row()].pattern
        if tab.rows.query.pattern == pattern and tab.rows.query.only:
            tab.clear_query()
        else:
            show_only(tab, pattern)

    def _tab(self) -> LogTab | None:
        tab = self._context.workbench.current()
        return tab if isinstance(tab, LogTab) else None

    def _follow(self, *_: object) -> None:
        tab = self._tab()
        if self.isVisible() and tab is not None and tab.ref.source != self._source:
            self.reload()

    def showEvent(self, event: QShowEvent) -> None:
        """What is in front now."""
        super().showEvent(event)
        tab = self._tab()
        if tab is None or tab.ref.source != self._source:
            self.reload()

    def _enter_list(self) -> None:
        self.list.setFocus()
        if self.model.rowCount() and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))

    def _lay_out(self) -> None:
        for page in (self._empty, self._counting, self.list):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QHBoxLayout()
        top.setContentsMargins(8, 7, 8, 7)
        top.addWidget(self.filter, 1)
        top.addWidget(self.again)
        column.addLayout(top)
        column.addWidget(self._stack, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(10, 2, 10, 6)
        foot.addWidget(self.about)
        column.addLayout(foot)
        self.setFocusProxy(self.filter)


def show_only(tab: LogTab, pattern: str) -> None:
    """Only the lines that a pattern finds."""
    tab.ask(Query(pattern=pattern, ignore_case=False, only=True))


def about_text(answer: GroupsResponse) -> str:
    """`3,001 records in 3 groups`, and what is not told."""
    count = len(answer.groups) + answer.others
    of = f" of ~{answer.total:,}, a sample," if answer.sampled else ""
    rest = f"; {answer.others:,} groups not listed" if answer.others else ""
    return f"{answer.looked_at:,} records{of} in {count:,} {'group' if count == 1 else 'groups'}{rest}"
