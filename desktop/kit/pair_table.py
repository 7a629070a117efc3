"""A table of facts before and after: a label and two columns of values, as high as its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import ListView, RowDelegate, elided

AnyIndex = QModelIndex | QPersistentModelIndex
_RIGHT = Qt.AlignmentFlag.AlignRight


@dataclass(frozen=True)
class Pair:
    """A fact before and after; without `before` the other takes both columns."""

    label: str
    before: str = ""
    after: str = ""
    token: str = "text"
    head: bool = False

    def text(self) -> str:
        """For a screen reader."""
        if self.head:
            return "before, after"
        return f"{self.label}: " + (
            f"before {self.before}, after {self.after}" if self.before else self.after
        )


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.pairs: list[Pair] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.pairs)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        pair = self.pairs[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return pair
        words = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)
        return pair.text() if role in words else None

    def replace(self, pairs: list[Pair]) -> None:
        self.beginResetModel()
        self.pairs = pairs
        self.endResetModel()


class PairTable(ListView):
    """A label and two columns of values, as high as its rows."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._model = _Model(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setTabKeyNavigation(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_pairs(self, pairs: Sequence[Pair]) -> None:
        """Show these."""
        self._model.replace([Pair("", "before", "after", "text", True), *pairs] if pairs else [])
        self._fit()

    def pairs(self) -> list[Pair]:
        """What is shown, without the head."""
        return self._model.pairs[1:]

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        super().restyle()
        self._fit()

    def column_width(self) -> int:
        """Each value column is as wide as the widest value, at most a third of the whole."""
        metrics, words = QFontMetrics(theme().mono_font()), QFontMetrics(theme().ui_font())
        widest = metrics.horizontalAdvance("before")
        for pair in self._model.pairs:
            if pair.before:
                widest = max(widest, *(metrics.horizontalAdvance(text) for text in (pair.before, pair.after)))
            else:
                # It has both columns, and is cut before the labels are.
                half = words.horizontalAdvance(pair.after) // 2
                widest = max(widest, min(half, self.viewport().width() // 5))
        return min(widest + theme().scaled(20), self.viewport().width() // 3)

    def _fit(self) -> None:
        self.setFixedHeight(len(self._model.pairs) * theme().metric("row"))
        self.setVisible(bool(self._model.pairs))


class _Delegate(RowDelegate):
    def __init__(self, view: PairTable) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, theme().metric("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        pair: Pair = index.data(Qt.ItemDataRole.UserRole)
        area: QRect = option.rect
        painter.save()
        if pair.head:
            painter.fillRect(area, theme().color("bg2"))
        else:
            self.paint_background(painter, option)
        line = theme().color("line")
        painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), line)
        pad = theme().scaled(9)
        column = self._view.column_width()
        first, second = area.width() - 2 * column, area.width() - column
        painter.fillRect(QRect(area.left() + first, area.top(), 1, area.height()), line)
        font = theme().ui_font(weight=600) if pair.head else theme().mono_font()
        painter.setFont(theme().ui_font())
        painter.setPen(theme().color("text"))
        elided(painter, QRect(area.left() + pad, area.top(), first - 2 * pad, area.height()), pair.label)
        painter.setFont(font)
        if not pair.before:
            # A sentence, not a value.
            painter.setFont(theme().ui_font())
            painter.setPen(theme().color(pair.token))
            wide = QRect(area.left() + first + pad, area.top(), area.width() - first - 2 * pad, area.height())
            elided(painter, wide, pair.after, _RIGHT)
        else:
            painter.fillRect(QRect(area.left() + second, area.top(), 1, area.height()), line)
            painter.setPen(theme().color("text" if pair.head else "number"))
            width = second - first - 2 * pad
            elided(
                painter,
                QRect(area.left() + first + pad, area.top(), width, area.height()),
                pair.before,
                _RIGHT,
            )
            painter.setPen(theme().color("number" if pair.token == "text" and not pair.head else pair.token))
            last = QRect(
                area.left() + second + pad, area.top(), area.width() - second - 2 * pad, area.height()
            )
            elided(painter, last, pair.after, _RIGHT)
        painter.restore()
