"""The page's list: the parts of the health of the connection in use, each in a line."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.names import short_name
from desktop.kit.two_lines import Row, TwoLineList
from desktop.kit.widgets import ElidedLabel, EmptyState

from .tab import PARTS, HealthTab

_ABOUT = {
    "Overview": "sizes, load, limits",
    "Sessions": "who is connected and what runs",
    "Locks": "who waits for whom",
    "Schema": "keys, indexes, types",
    "Integrity": "orphans, duplicates, NULLs",
}


class HealthPane(QWidget):
    """`wanted(part)`: a line was clicked or Enter pressed on it."""

    wanted = Signal(str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.heading = ElidedLabel("", "dim", ratio=0.92)
        self.heading.setContentsMargins(12, 10, 12, 6)
        self.list = TwoLineList("Parts of health")
        self._nothing = EmptyState(
            "No connection",
            "Open a database: its sessions, locks and what is wrong with it will stand here.",
            "health",
        )
        self._stack = QStackedWidget()
        for page in (self.list, self._nothing):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.list)
        self.list.opened.connect(self._opened)
        context.workbench.connection_changed.connect(self.follow)
        context.workbench.current_changed.connect(self.follow)

    def showEvent(self, event: object) -> None:
        """Come to the front with what is known now."""
        self.follow()

    def follow(self, *_: object) -> None:
        """Show what the open tab of this connection knows."""
        if not self.isVisible():
            return
        connection = self._context.workbench.connection()
        self._stack.setCurrentWidget(self.list if connection else self._nothing)
        self.heading.setText(short_name(connection))
        self.heading.setToolTip(connection)
        rows = [self._row(title, self._tab_of(connection)) for title in PARTS]
        front = self._context.workbench.current()
        place = max(0, self.list.currentIndex().row())
        if isinstance(front, HealthTab):
            place = PARTS.index(front.part().title)
        if rows != list(self.list.rows()) or place != self.list.currentIndex().row():
            self.list.show_rows(rows, place)

    def _tab_of(self, connection: str) -> HealthTab | None:
        tabs = self._context.workbench.tabs()
        return next(
            (tab for tab in tabs if isinstance(tab, HealthTab) and tab.ref.connection == connection), None
        )

    def _row(self, title: str, tab: HealthTab | None) -> Row:
        told = tab.parts[PARTS.index(title)].summary() if tab is not None else ""
        return Row(title, "", told or _ABOUT[title], mono=False, thing=title)

    def _opened(self, title: str, _: bool) -> None:
        self.wanted.emit(title)
