"""The left pane of the SQL page: history with its filter, and the scripts."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.widgets import (
    ElidedLabel,
    EmptyState,
    FilterBox,
    InlineProblem,
    ListView,
    Message,
    MessagePlace,
    Offer,
    SegmentedBar,
    column,
    no_match,
    pane_head,
)
from embedded_server.wire.console import CLEAR_HISTORY, HistoryEntry, HistoryRequest

from .favourites.part import FavouritesPart
from .favourites.shelf import Shelf
from .history_list import HistoryDelegate, HistoryModel
from .scripts import ScriptEntry, ScriptsModel

_TYPING_MILLISECONDS = 150
SAVED = 2
HINTS = ("orders  slow>200  status:error", "Filter scripts", "Filter saved statements")
LANGUAGE = """Words that all occur, -word that does not, "two words",
slow>200 (ms), rows>1000, status:error, status:ok,
connection:main, date:2026-11-23"""


class _List(ListView):
    opened = Signal(QModelIndex)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.opened.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)


class ConsolePane(QWidget):
    """`insert(sql)`, `open_sql(entry)`: use a past statement. `open_script(entry)`, `new_script()`."""

    insert = Signal(str)
    open_sql = Signal(object)
    open_script = Signal(object)
    new_script = Signal()
    shown = Signal()
    save_wanted = Signal()

    def __init__(self, context: Context, shelf: Shelf, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.parts = SegmentedBar(("History", "Scripts", "Saved"), "What is listed")
        self.filter = FilterBox(HINTS[0], "Filter")
        self.filter.setToolTip(LANGUAGE)
        self.history = HistoryModel(context.api, self)
        self.scripts = ScriptsModel(self)
        self.history_view = self._list("Past statements", self.history)
        self.history_view.setItemDelegate(HistoryDelegate(self.history_view))
        self.scripts_view = self._list("Scripts", self.scripts)
        save = Offer("Save statement", self.save_wanted.emit, key="Ctrl+Alt+U")
        self.saved = FavouritesPart(context, shelf, save, self.filter.clear)
        self._note = ElidedLabel("", "faint", ratio=0.9)
        self._messages = MessagePlace()
        self._stack = QStackedWidget()
        new = Offer("New script", self.new_script.emit, key="Ctrl+T")
        self._no_history = EmptyState(
            "Nothing was run yet", "Every statement you run stands here.", "history", (new,)
        )
        self._no_scripts = EmptyState(
            "No scripts", "What you type is kept here, saved or not.", "script", (new,)
        )
        self._nothing = no_match(self.filter.clear)
        for widget in (
            self._no_history,
            self._no_scripts,
            self._nothing,
            self.history_view,
            self.scripts_view,
            self.saved,
        ):
            self._stack.addWidget(widget)
        self._lay_out()
        self._connect()

    def _list(self, name: str, model: HistoryModel | ScriptsModel) -> _List:
        view = _List(name)
        view.setModel(model)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        return view

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addLayout(pane_head(self.parts))
        outer.addWidget(column(self.filter, margins=(8, 7, 8, 7)))
        outer.addLayout(self._messages)
        outer.addWidget(self._stack, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 2, 10, 4)
        foot.addWidget(self._note)
        outer.addLayout(foot)

    def _connect(self) -> None:
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MILLISECONDS)
        self._typing.timeout.connect(self.reload)
        self.filter.filtered.connect(self._typed)
        self.filter.left.connect(self._enter)
        self.parts.chosen.connect(self._part_chosen)
        self.history.loaded.connect(self.refresh)
        self.scripts.modelReset.connect(self.refresh)
        self.history_view.doubleClicked.connect(self._use)
        self.history_view.opened.connect(self._use)
        self.history_view.customContextMenuRequested.connect(self._history_menu)
        self.scripts_view.doubleClicked.connect(self._open_script)
        self.scripts_view.opened.connect(self._open_script)
        self.scripts_view.clicked.connect(self._open_script)

    # --- showing -------------------------------------------------------------------------------------

    def reload(self) -> None:
        """Read what is listed again."""
        if self.parts.currentIndex() == 0:
            self.history.load(self.filter.text().strip())
        elif self.parts.currentIndex() == SAVED:
            self.saved.set_filter(self.filter.text())
            self.refresh()
        else:
            self.scripts.set_filter(self.filter.text())
            self.shown.emit()
            self.refresh()

    def refresh(self) -> None:
        """Show the list, or why it is empty."""
        history = self.parts.currentIndex() == 0
        if self.parts.currentIndex() == SAVED:
            self._messages.show_message(None)
            self._stack.setCurrentWidget(self.saved)
            self._tell_hidden(self.saved.hidden())
            return
        view = self.history_view if history else self.scripts_view
        empty = self._no_history if history else self._no_scripts
        problem = self.history.problem if history else None
        self._messages.show_message(InlineProblem(problem) if problem is not None else None)
        if view.model().rowCount():
            self._stack.setCurrentWidget(view)
        else:
            self._stack.setCurrentWidget(self._nothing if self.filter.text().strip() else empty)
        self._tell_hidden(0 if history else self.scripts.hidden())

    def _tell_hidden(self, hidden: int) -> None:
        self._note.setText(f"{hidden:,} hidden by the filter" if hidden else "")
        self._note.setVisible(bool(hidden))

    def ask_forget(self) -> None:
        """Ask before past statements are deleted: those that pass the filter, else all."""
        query = self.history.query()
        what = f"every past statement that passes “{query}”" if query else "all past statements"
        offers = (Offer("Forget them", self._forget),)
        self._messages.show_message(Message(f"Delete {what}?", tone="warn", offers=offers))

    def _forget(self) -> None:
        self._context.flow(self, self._forget_steps())

    async def _forget_steps(self) -> None:
        await self._context.api.call(CLEAR_HISTORY, HistoryRequest(query=self.history.query()))
        self.reload()

    def _typed(self, _: str) -> None:
        self._typing.start()

    def _part_chosen(self, part: int) -> None:
        self.filter.setPlaceholderText(HINTS[part])
        self.reload()

    def _enter(self) -> None:
        if self.parts.currentIndex() == SAVED:
            self.saved.tree.setFocus()
            return
        view = self.history_view if self.parts.currentIndex() == 0 else self.scripts_view
        view.setFocus()
        if view.model().rowCount():
            view.setCurrentIndex(view.model().index(0, 0))

    # --- using ---------------------------------------------------------------------------------------

    def _use(self, index: QModelIndex) -> None:
        self.insert.emit(self.history.entry(index.row()).sql)

    def _open_script(self, index: QModelIndex) -> None:
        entry: ScriptEntry = self.scripts.entry(index.row())
        self.open_script.emit(entry)

    def _history_menu(self, place: QPoint) -> None:
        index = self.history_view.indexAt(place)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        acts = _EntryActs(self, self.history.entry(index.row()), menu)
        menu.addAction("Insert at the cursor", acts.insert)
        menu.addAction("Open in a new script", acts.open)
        menu.addAction("Copy", acts.copy)
        menu.addSeparator()
        menu.addAction("Forget what is listed…", self.ask_forget)
        menu.popup(self.history_view.viewport().mapToGlobal(place))


class _EntryActs(QWidget):
    """What the menu does with one entry; lives as long as the menu."""

    def __init__(self, pane: ConsolePane, entry: HistoryEntry, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self._pane, self._entry = pane, entry

    def insert(self) -> None:
        self._pane.insert.emit(self._entry.sql)

    def open(self) -> None:
        self._pane.open_sql.emit(self._entry)

    def copy(self) -> None:
        QGuiApplication.clipboard().setText(self._entry.sql)
