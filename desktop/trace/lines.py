"""Lists of one-line facts as they stand on cards: a count or a time, a word, text with values, a duration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
)
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from desktop.kit.statements import Piece, plain
from desktop.kit.theme import theme
from desktop.kit.turns import unturned
from desktop.kit.widgets import ListView, RowDelegate

AnyIndex = QModelIndex | QPersistentModelIndex
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
# So many lines a card shows before it scrolls.
SHOWN = 4
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


@dataclass(frozen=True)
class Line:
    """`lead` stands in a narrow first column, `word` in a second; `copy` is what Ctrl+C takes.

    `key` is what the line stands for, handed on when it is chosen.
    """

    pieces: tuple[Piece, ...]
    lead: str = ""
    word: str = ""
    word_token: str = "dim"
    right: str = ""
    right_token: str = "dim"
    hot: bool = False
    tip: str = ""
    copy: str = ""
    key: object = None

    def text(self) -> str:
        """The line for a screen reader."""
        parts = (self.lead, self.word, plain(self.pieces), self.right)
        return " ".join(part.strip() for part in parts if part.strip())


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.text()
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.tip or line.text()
        return line if role == Qt.ItemDataRole.UserRole else None

    def replace(self, lines: list[Line]) -> None:
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()


class LineList(ListView):
    """`picked(key)` when a line becomes current, `opened(key)` on Enter or a double click.

    `menu_wanted(QPoint)`: the menu of the current line.
    """

    picked = Signal(object)
    opened = Signal(object)
    menu_wanted = Signal(object)

    def __init__(
        self,
        name: str,
        parent: QWidget | None = None,
        *,
        lead: str = "",
        lead_right: bool = False,
        word: str = "",
        ruled: bool = True,
        fits: bool = False,
    ) -> None:
        """`lead` and `word` are the widest texts of their columns; with `fits` it is as high as its lines."""
        super().__init__(name, parent)
        self.lead, self.lead_right, self.word, self.ruled = lead, lead_right, word, ruled
        self._fits = fits
        self._model = _Model(self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setTabKeyNavigation(False)
        self.selectionModel().currentChanged.connect(self._current)
        self.activated.connect(self._open)
        if fits:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines; what was current stays so while it is among them."""
        if list(lines) == self._model.lines:
            return
        key = self.key()
        self._model.replace(list(lines))
        if key is not None:
            self.pick(key)
        self._fit()

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        super().restyle()
        self._fit()

    def sizeHint(self) -> QSize:
        """A few lines; the rest scrolls."""
        return QSize(theme().scaled(200), min(max(len(self._model.lines), 1), SHOWN) * theme().metric("row"))

    def minimumSizeHint(self) -> QSize:
        """Three lines, if there are as many."""
        return QSize(theme().scaled(80), min(max(len(self._model.lines), 1), 3) * theme().metric("row"))

    def lines(self) -> list[Line]:
        """What is shown."""
        return self._model.lines

    def key(self) -> object:
        """What the current line stands for, null for none."""
        row = self.currentIndex().row()
        return self._model.lines[row].key if 0 <= row < len(self._model.lines) else None

    def pick(self, key: object) -> bool:
        """Make the line of a key current; whether there is one."""
        for row, line in enumerate(self._model.lines):
            if line.key == key:
                self.setCurrentIndex(self._model.index(row))
                return True
        self.clearSelection()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C takes the line."""
        row = self.currentIndex().row()
        if event.matches(QKeySequence.StandardKey.Copy) and row >= 0:
            line = self._model.lines[row]
            QGuiApplication.clipboard().setText(line.copy or line.text())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the line under the pointer."""
        index = self.indexAt(event.pos())
        if index.isValid():
            self.setCurrentIndex(index)
            self.menu_wanted.emit(event.globalPos())

    def _fit(self) -> None:
        if self._fits:
            self.setFixedHeight(max(1, len(self._model.lines)) * theme().metric("row"))
        self.updateGeometry()

    def _current(self, index: QModelIndex) -> None:
        if index.isValid():
            if not self.selectionModel().isSelected(index):
                # Qt makes the first line current when the keyboard comes here, but shows none.
                self.selectionModel().select(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.picked.emit(self._model.lines[index.row()].key)

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(self._model.lines[index.row()].key)


class _Delegate(RowDelegate):
    def __init__(self, view: LineList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(0, theme().metric("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        line: Line = index.data(Qt.ItemDataRole.UserRole)
        area: QRect = option.rect
        painter.save()
        if line.hot:
            painter.fillRect(area, theme().color("staged"))
        self.paint_background(painter, option)
        if self._view.ruled:
            painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), theme().color("line"))
        font = theme().mono_font()
        side = theme().scaled(14)
        inner = area.adjusted(side, 0, -side, 0)
        inner.setLeft(self._columns(painter, line, inner, font))
        inner.setRight(self._right(painter, line, inner, font))
        paint_pieces(painter, inner, line.pieces, line.hot)
        painter.restore()

    def _columns(self, painter: QPainter, line: Line, area: QRect, font: QFont) -> int:
        metrics, left = QFontMetrics(font), area.left()
        painter.setFont(font)
        for text, widest, token, right in (
            (line.lead, self._view.lead, "dim", self._view.lead_right),
            (line.word, self._view.word, line.word_token, False),
        ):
            if widest:
                width = metrics.horizontalAdvance(widest)
                painter.setPen(theme().color(token))
                box = QRect(left, area.top(), width + 1, area.height())
                painter.drawText(box, _RIGHT if right else _LEFT, text)
                left += width + theme().scaled(12)
        return left

    @staticmethod
    def _right(painter: QPainter, line: Line, area: QRect, font: QFont) -> int:
        if not line.right:
            return area.right()
        painter.setFont(font)
        painter.setPen(theme().color(line.right_token))
        painter.drawText(area, _RIGHT, line.right)
        return area.right() - QFontMetrics(font).horizontalAdvance(line.right) - theme().scaled(10)


def paint_pieces(painter: QPainter, area: QRect, pieces: Sequence[Piece], bold: bool = False) -> int:
    """Pieces one after the other, cut with an ellipsis at the right; answers where they end."""
    left = area.left()
    for number, piece in enumerate(pieces):
        font = theme().mono_font(weight=700 if piece.bold or bold and not piece.token else 400)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(theme().color(piece.token or "text"))
        text = unturned(piece.text)
        width = metrics.horizontalAdvance(text)
        room = area.right() - left + 1
        rest = number < len(pieces) - 1
        shown = text
        if width > room - (metrics.horizontalAdvance("…") if rest else 0):
            follows = unturned("".join(other.text for other in pieces[number + 1 :]))
            if width + metrics.horizontalAdvance(follows) > room:
                shown = metrics.elidedText(text + follows, Qt.TextElideMode.ElideRight, room)
                # Cut right after words left out: one ellipsis says both.
                before = shown.removesuffix("…").rstrip()
                shown = before if before.endswith("…") else shown
        painter.drawText(QRect(left, area.top(), max(0, room), area.height()), _LEFT, shown)
        left += metrics.horizontalAdvance(shown)
        if shown != piece.text:
            break
    return left
