"""Names and values of one thing, as in the inspector: a list of two columns."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from desktop.kit.theme import theme
from desktop.kit.turns import unturned

from .lists import ListView, RowDelegate

AnyIndex = QModelIndex | QPersistentModelIndex


class KeyValue(msgspec.Struct, frozen=True):
    """One line: `copy` is the exact value when the shown text is shortened; `open` makes it a link."""

    key: str
    value: str
    token: str = "text"
    mono: bool = True
    italic: bool = False
    copy: str | None = None
    open: Callable[[], object] | None = None
    tip: str = ""


# A name up to here is never cut.
_SHORT = 12
# So many names tell how much room they need; a record may have thousands.
_MEASURED = 200
# Longer values are cut anyway.
_LONG = 80


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[KeyValue] = []
        self._widest = (0, 0)
        theme().changed.connect(self.measure)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.value
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.key}: {row.value}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.tip or (f"{row.key}\n{row.value}" if len(row.key) > _SHORT else row.value)
        if role == Qt.ItemDataRole.UserRole:
            return row
        return None

    def replace(self, rows: list[KeyValue]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.measure()
        self.endResetModel()

    def measure(self) -> None:
        names, mono = QFontMetrics(theme().ui_font()), QFontMetrics(theme().mono_font())
        some = self.rows[:_MEASURED]
        key = max((names.horizontalAdvance(row.key) for row in some), default=0)
        texts = ((mono if row.mono else names, row.value[:_LONG]) for row in some)
        value = max((metrics.horizontalAdvance(text) for metrics, text in texts), default=0)
        self._widest = key, value

    def key_room(self, usual: int, width: int) -> int:
        """Pixels for names: as usual, or what the longest one wants, as far as the values can spare it."""
        key, value = self._widest
        gap = theme().scaled(10)
        short = min(key, QFontMetrics(theme().ui_font()).averageCharWidth() * _SHORT) + gap
        return min(max(usual, key + gap), max(width * 2 // 5, min(short, width // 2), width - value))


class _Delegate(RowDelegate):
    def __init__(self, parent: QWidget, model: _Model, key_width: int) -> None:
        super().__init__(parent)
        self._model, self._key_width = model, key_width

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, theme().metric("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        from PySide6.QtWidgets import QStyle  # noqa: PLC0415  # lazy: its names cost a start 6 ms

        row = index.data(Qt.ItemDataRole.UserRole)
        area: QRect = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_HasFocus:
            self.paint_background(painter, option)
        edge = theme().scaled(14)
        room = self._model.key_room(theme().scaled(self._key_width), area.width() - 2 * edge)
        split = area.left() + edge + room
        painter.setFont(theme().ui_font())
        painter.setPen(theme().color("dim"))
        self._line(
            painter,
            QRect(area.left() + edge, area.top(), split - area.left() - edge - 6, area.height()),
            row.key,
        )
        font = theme().mono_font() if row.mono else theme().ui_font()
        font.setItalic(row.italic)
        painter.setFont(font)
        painter.setPen(theme().color("link" if row.open is not None else row.token))
        self._line(
            painter, QRect(split, area.top(), area.right() - split - edge + 4, area.height()), row.value
        )
        painter.restore()

    @staticmethod
    def _line(painter: QPainter, area: QRect, text: str) -> None:
        metrics = QFontMetrics(painter.font())
        shown = metrics.elidedText(
            unturned(text.replace("\n", "⏎")), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)


class KeyValueList(ListView):
    """A list of names and values; Enter or a click opens links, Ctrl+C copies the exact value.

    `key_width` is the room for names in pixels at the default font size.
    """

    def __init__(
        self, name: str, parent: QWidget | None = None, *, fits: bool = True, key_width: int = 106
    ) -> None:
        super().__init__(name, parent)
        self._fits = fits
        self._rows = _Model(self)
        self.setModel(self._rows)
        self.setItemDelegate(_Delegate(self, self._rows, key_width))
        self.setTabKeyNavigation(False)
        self.clicked.connect(self._open)
        if fits:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_rows(self, rows: list[KeyValue]) -> None:
        """Show these lines; with `fits` the widget is as high as they are."""
        self._rows.replace(rows)
        self._fit()

    def rows(self) -> list[KeyValue]:
        """What is shown."""
        return self._rows.rows

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        super().restyle()
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy and open."""
        current = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy) and current.isValid():
            row = self._rows.rows[current.row()]
            QGuiApplication.clipboard().setText(row.value if row.copy is None else row.copy)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and current.isValid():
            self._open(current)
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        action = self._rows.rows[index.row()].open
        if action is not None:
            action()

    def _fit(self) -> None:
        if self._fits:
            self.setFixedHeight(len(self._rows.rows) * theme().metric("row"))
