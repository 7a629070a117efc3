"""The list of suggestions below the cursor. The keyboard stays in the editor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop.kit.theme import theme
from desktop.kit.widgets import ElidedLabel, ListView, Role, rounded
from embedded_server.wire.fuzzy import positions

from .editor import SqlEditor

AnyIndex = QModelIndex | QPersistentModelIndex
_ROWS = 9
_WIDEST, _NARROWEST = 560, 260
_MOVES = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: _ROWS - 1,
    Qt.Key.Key_PageUp: 1 - _ROWS,
}


@dataclass(frozen=True)
class Choice:
    """`text` is shown with an icon and a dim detail; `insert` replaces what was typed, the cursor ends `back`
    characters before its end."""

    text: str
    insert: str
    icon: str = ""
    detail: str = ""
    back: int = 0


class _Model(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.choices: list[Choice] = []
        self._typed = ""

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.choices)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        choice = self.choices[index.row()]
        if role == Role.MATCH:
            return positions(self._typed, choice.text) if self._typed else None
        found = {
            Qt.ItemDataRole.DisplayRole: choice.text,
            Qt.ItemDataRole.ToolTipRole: choice.insert,
            Qt.ItemDataRole.AccessibleTextRole: f"{choice.text}, {choice.detail}",
            Role.DETAIL: choice.detail,
            Role.ICON: choice.icon or "blank",
            Role.MONO: True,
        }
        return found.get(role)  # type: ignore[call-overload]

    def replace(self, choices: list[Choice], typed: str) -> None:
        self.beginResetModel()
        self.choices, self._typed = choices, typed
        self.endResetModel()


class Suggestions(QFrame):
    """`taken(choice)`: one was taken by key or click. `closed`: it went away with nothing taken."""

    taken = Signal(object)
    closed = Signal()

    def __init__(self, editor: SqlEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._position = 0
        self.setAccessibleName("Suggestions")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._model = _Model(self)
        self.list = ListView("Suggestions")
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setModel(self._model)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.note = ElidedLabel("", "dim", ratio=0.88)
        self.note.setContentsMargins(theme().scaled(8), 2, theme().scaled(8), 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addWidget(self.list, 1)
        column.addWidget(self.note)
        self.list.clicked.connect(self._clicked)
        editor.verticalScrollBar().valueChanged.connect(self.arrange)
        editor.horizontalScrollBar().valueChanged.connect(self.arrange)
        theme().changed.connect(self.arrange)
        editor.assist = self
        self.hide()

    # --- showing -------------------------------------------------------------------------------------

    def choices(self) -> list[Choice]:
        """What is shown, best first."""
        return self._model.choices if self.isVisible() else []

    def current(self) -> Choice | None:
        """What Enter would take, null if nothing is chosen."""
        row = self.list.currentIndex().row()
        return self._model.choices[row] if self.isVisible() and row >= 0 else None

    def show_choices(
        self, choices: Sequence[Choice], position: int, typed: str, note: str, chosen: bool
    ) -> None:
        """Show these for what begins at a position of the text; with `chosen` the first one is marked."""
        if not choices and not note:
            self.close_list()
            return
        self._position = position
        self._model.replace(list(choices), typed)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self.setParent(self._editor.window())
        self.arrange()
        self.show()
        self.raise_()
        if chosen and choices:
            self._choose(0)

    def close_list(self) -> None:
        """Put it away."""
        if self.isVisible():
            self._put_away()
            self.closed.emit()

    def _put_away(self) -> None:
        self.hide()
        # It lies over the whole window while it is shown, but goes with its editor.
        self.setParent(self._editor)

    def arrange(self, *_: object) -> None:
        """Take the place below the typed word, above it where there is no room."""
        if not self._model.choices and not self.note.text():
            return
        cursor = self._editor.textCursor()
        cursor.setPosition(min(self._position, self._editor.document().characterCount() - 1))
        word = self._editor.cursorRect(cursor)
        corner = self._editor.viewport().mapTo(self._editor.window(), word.topLeft())
        inside = self._editor.viewport().rect().intersects(word)
        area = QRect(corner, word.size())
        whole = self._editor.window().rect()
        size = self._size()
        below = area.bottom() + theme().scaled(3)
        top = (
            below
            if below + size.height() <= whole.bottom()
            else area.top() - size.height() - theme().scaled(3)
        )
        left = min(area.left() - theme().scaled(29), whole.right() - size.width())
        self.setGeometry(max(0, left), max(0, top), size.width(), size.height())
        if not inside and self.isVisible():
            self.close_list()

    def _size(self) -> QSize:
        rows = min(max(len(self._model.choices), 0), _ROWS)
        mono, small = QFontMetrics(theme().mono_font()), QFontMetrics(theme().ui_font(0.88))
        shown = self._model.choices[:60]
        texts = max((mono.horizontalAdvance(one.text) for one in shown), default=0)
        details = max((small.horizontalAdvance(one.detail) for one in shown), default=0)
        wide = max(texts + details, small.horizontalAdvance(self.note.text())) + theme().scaled(74)
        width = max(theme().scaled(_NARROWEST), min(wide, theme().scaled(_WIDEST)))
        height = rows * theme().metric("row") + 2
        if self.note.text():
            height += self.note.sizeHint().height()
        return QSize(width, height)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        rounded(painter, self.rect(), theme().color("bg1"), theme().color("faint"), 3)
        painter.end()

    # --- keys ----------------------------------------------------------------------------------------

    def wants(self, event: QKeyEvent) -> bool:
        """Whether a key is meant for the list although a shortcut has it too."""
        return self.isVisible() and self._meant(event)

    def takes(self, event: QKeyEvent) -> bool:
        """Act on a key before the editor does; whether it was for the list."""
        if not self.isVisible() or not self._meant(event):
            return False
        key = Qt.Key(event.key())
        if key == Qt.Key.Key_Escape:
            self.close_list()
        elif key in _MOVES:
            self._move(_MOVES[key])
        else:
            choice = self.current() or self._model.choices[0]
            self._put_away()
            self.taken.emit(choice)
        return True

    def leave(self) -> None:
        """The keyboard went elsewhere."""
        self.close_list()

    def _meant(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
        if not plain:
            return False
        if key in _MOVES or key == Qt.Key.Key_Tab:
            return bool(self._model.choices)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Where a new name may be typed nothing is marked, and Enter begins a new line.
            return self.current() is not None
        return key == Qt.Key.Key_Escape

    def _move(self, by: int) -> None:
        row, count = self.list.currentIndex().row(), len(self._model.choices)
        if abs(by) == 1:
            row = (row + by) % count if row >= 0 or by > 0 else count - 1
        else:
            row = max(0, min(row + by, count - 1))
        self._choose(row)

    def _choose(self, row: int) -> None:
        self.list.setCurrentIndex(self._model.index(row, 0))
        choice = self._model.choices[row]
        if QAccessible.isActive():
            said = f"{choice.text}, {choice.detail}, {row + 1} of {len(self._model.choices)}"
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._editor, said))

    def _clicked(self, index: QModelIndex) -> None:
        self._put_away()
        self.taken.emit(self._model.choices[index.row()])
