"""Names and values of one thing, as in the inspector: a list of two columns."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from desktop.kit.theme import theme
from desktop.kit.turns import unturned
from desktop.kit.wrapped import wrapped

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
# Longer values are cut or wrapped anyway.
_LONG = 80
# So many lines a value takes where it is to be read whole, and so many letters of it are looked at.
_LINES = 6
_LETTERS = 600


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[KeyValue] = []
        self._widest = (0, 0)
        # Row heights by the width of the view: a layout asks for them again and again.
        self.heights: dict[int, list[int]] = {}
        self.names = self.values = QFontMetrics(theme().ui_font())
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
        self.names, self.values, self.heights = names, mono, {}
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
    def __init__(self, view: ListView, model: _Model, key_width: int, *, wraps: bool) -> None:
        super().__init__(view)
        self._view, self._model, self._key_width, self._wraps = view, model, key_width, wraps

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, self.heights()[index.row()])

    def heights(self) -> list[int]:
        """Pixels of all rows at the width that the view has."""
        width = self._view.viewport().width()
        found = self._model.heights.get(width)
        if found is None:
            found = self._model.heights[width] = self._measured(width)
        return found

    def _measured(self, width: int) -> list[int]:
        rows, least = self._model.rows, theme().metric("row")
        found = [least] * len(rows)
        key, value = self._rooms(width)
        for number, row in enumerate(rows[:_MEASURED] if self._wraps else []):
            for text, metrics, room in (
                (row.key, self._model.names, key),
                (row.value, self._model.values if row.mono else self._model.names, value),
            ):
                further = len(self._lines(text, metrics, room)) - 1
                found[number] = max(found[number], least + further * metrics.lineSpacing())
        return found

    def _rooms(self, width: int) -> tuple[int, int]:
        """Pixels for the name and for the value."""
        edge = theme().scaled(14)
        key = self._model.key_room(theme().scaled(self._key_width), width - 2 * edge)
        return key - 6, width - 2 * edge - key + 3

    def _lines(self, text: str, metrics: QFontMetrics, room: int, number: int = 0) -> list[str]:
        shown = unturned(text[:_LETTERS].replace("\n", "⏎"))
        return wrapped(shown, metrics, room, _LINES if self._wraps and number < _MEASURED else 1)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        from PySide6.QtWidgets import QStyle  # noqa: PLC0415  # lazy: its names cost a start 6 ms

        row = index.data(Qt.ItemDataRole.UserRole)
        area: QRect = option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_HasFocus:
            self.paint_background(painter, option)
        key, value = self._rooms(area.width())
        left = area.left() + theme().scaled(14)
        painter.setFont(theme().ui_font())
        painter.setPen(theme().color("dim"))
        names, values = self._model.names, self._model.values if row.mono else self._model.names
        self._text(painter, QRect(left, area.top(), key, area.height()), row.key, names, index.row())
        painter.setFont(_font(row))
        painter.setPen(theme().color("link" if row.open is not None else row.token))
        place = QRect(left + key + 6, area.top(), value, area.height())
        self._text(painter, place, row.value, values, index.row())
        painter.restore()

    def _text(self, painter: QPainter, area: QRect, text: str, metrics: QFontMetrics, number: int) -> None:
        flags = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        line = QRect(area.left(), area.top(), area.width(), theme().metric("row"))
        for shown in self._lines(text, metrics, area.width(), number):
            painter.drawText(line, flags, shown)
            line.translate(0, metrics.lineSpacing())


def _font(row: KeyValue) -> QFont:
    font = theme().mono_font() if row.mono else theme().ui_font()
    font.setItalic(row.italic)
    return font


class KeyValueList(ListView):
    """A list of names and values; Enter or a click opens links, Ctrl+C copies the exact value.

    `key_width` is the room for names in pixels at the default font size. A list that `fits` is as high as
    its lines, and long values are wrapped in it unless it says otherwise.
    """

    def __init__(
        self,
        name: str,
        parent: QWidget | None = None,
        *,
        fits: bool = True,
        key_width: int = 106,
        wraps: bool = True,
    ) -> None:
        super().__init__(name, parent)
        self._fits = fits
        self._rows = _Model(self)
        self.setModel(self._rows)
        self._delegate = _Delegate(self, self._rows, key_width, wraps=fits and wraps)
        self.setUniformItemSizes(not (fits and wraps))
        self.setItemDelegate(self._delegate)
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
        self._rows.measure()
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps the values at other places."""
        super().resizeEvent(event)
        if self._rows.rows and event.size().width() != event.oldSize().width():
            self.scheduleDelayedItemsLayout()
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
            self.setFixedHeight(sum(self._delegate.heights()))
