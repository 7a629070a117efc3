"""One box for opening anything and for running any command, driven by the keyboard alone."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import BLANK, ElidedLabel, ListView, Role, TextField, rounded

from .palette_items import Item

ROWS = 12
AnyIndex = QModelIndex | QPersistentModelIndex
_LIST_KEYS = {
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
}


class Source(Protocol):
    """Where the palette's lines come from."""

    hint: str
    empty: str

    def items(self, text: str) -> list[Item]:
        """The lines for a text, best first; asked at every keystroke."""


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.items: list[Item] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.items)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.items[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (item.title, item.detail, item.note) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return item.reason or None
        return {
            Role.ICON: item.icon or BLANK,
            Role.NOTE: item.note,
            Role.DETAIL: item.detail,
            Role.DIM: bool(item.reason),
            Role.MATCH: item.marks,
        }.get(role)  # type: ignore[call-overload]

    def replace(self, items: list[Item]) -> None:
        self.beginResetModel()
        self.items = items
        self.endResetModel()


class Palette(QWidget):
    """An overlay of the window. `said` carries why a line cannot be taken.

    Enter takes, Ctrl+Enter takes and keeps the tab, Esc puts the focus back where it was. A `>` typed
    first turns quick open into commands.
    """

    said = Signal(str)
    swapped = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Palette")
        self.setProperty("covers", True)
        self._source: Source | None = None
        self._over = parent
        self._before: QWidget | None = None
        self.field = TextField("Search")
        self.list = ListView("Results", background="bg2")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._model = _Model(self)
        self.list.setModel(self._model)
        self.list.clicked.connect(self._clicked)
        self.none = ElidedLabel("", "dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(7, 7, 7, 7)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.none)
        column.addWidget(self.list)
        self.field.textChanged.connect(self._search)
        self.field.installEventFilter(self)
        parent.installEventFilter(self)
        self.hide()

    def items(self) -> list[Item]:
        """What is listed now."""
        return self._model.items

    def open(self, source: Source, text: str = "") -> None:
        """Show the box; it takes the keyboard until it is closed."""
        if self.isHidden():
            self._before = QApplication.focusWidget()
        self._source = source
        self.field.setPlaceholderText(source.hint)
        self.field.setAccessibleName(source.hint)
        self.field.setText(text)
        self._search(text)
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def close_box(self, restore: bool = True) -> None:
        """Put the box away and the focus back."""
        if self.isHidden():
            return
        before, self._before = self._before, None
        self.hide()
        if restore and before is not None and before.isVisible():
            before.setFocus()

    def take(self, row: int, keep: bool = False) -> None:
        """Take a line; one that cannot run now says why and stays."""
        if not 0 <= row < len(self._model.items):
            return
        item = self._model.items[row]
        if item.reason:
            self.said.emit(item.reason)
            return
        # The focus goes back first: a verb acts on what had it.
        self.close_box()
        item.run(keep)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the field that belong to the list; the window's size; the focus going elsewhere."""
        if watched is self._over:
            if event.type() == QEvent.Type.Resize and not self.isHidden():
                self._place()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._key(event)
        elif isinstance(event, QFocusEvent) and event.type() == QEvent.Type.FocusOut:
            self._focus_left(event.reason())
        return False

    def paintEvent(self, _: QPaintEvent) -> None:
        """A box with a firm edge over everything."""
        painter = QPainter(self)
        rounded(painter, self.rect(), theme().color("bg2"), theme().color("faint"), theme().scaled(8))
        painter.end()

    def _focus_left(self, reason: Qt.FocusReason) -> None:
        # Another window in front, or a menu of the field, does not mean the user went elsewhere.
        if reason not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.close_box(restore=False)

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self.close_box()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            keep = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            self.take(self.list.currentIndex().row(), keep)
        elif event.key() in _LIST_KEYS:
            self._move(Qt.Key(event.key()))
        elif event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            self._move(Qt.Key.Key_Down if event.key() == Qt.Key.Key_Tab else Qt.Key.Key_Up)
        else:
            return False
        return True

    def _move(self, key: Qt.Key) -> None:
        count = len(self._model.items)
        if not count:
            return
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -ROWS, Qt.Key.Key_PageDown: ROWS}[
            key
        ]
        row = self.list.currentIndex().row()
        row = (row + step) % count if abs(step) == 1 else max(0, min(count - 1, row + step))
        self.list.setCurrentIndex(self._model.index(row))

    def _search(self, text: str) -> None:
        if self._source is None:
            return
        if text.startswith(">"):
            self.swapped.emit()
            return
        self._model.replace(self._source.items(text))
        found = bool(self._model.items)
        self.list.setVisible(found)
        self.none.setVisible(not found)
        self.none.setText(self._source.empty)
        if found:
            self.list.setCurrentIndex(self._model.index(0))
        self._place()

    def _clicked(self, index: QModelIndex) -> None:
        self.take(index.row())

    def _place(self) -> None:
        """In the middle of the top, as high as its lines."""
        window = self._over
        width = min(theme().metric("palette"), window.width() - theme().scaled(40))
        rows = min(ROWS, len(self._model.items))
        height = 14 + theme().metric("field") + 6
        height += rows * theme().metric("row") if rows else theme().metric("line")
        height = min(height, window.height() - theme().scaled(20))
        self.setGeometry((window.width() - width) // 2, theme().scaled(5), width, height)
