"""The timeline: everything a request did, on one clock; rows of several statements open."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
)
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from desktop.kit.statements import Piece
from desktop.kit.theme import theme
from desktop.kit.widgets import RowDelegate, TreeView

from .lines import paint_pieces
from .timeline_model import ROW, TimelineModel
from .timeline_rows import Row
from .words import ms_text

AnyIndex = QModelIndex | QPersistentModelIndex
# The names' part of the width, and where there is little of it: what is what comes before how long.
NAMES, NAMES_NARROW, NARROW = 0.47, 0.58, 640


class Timeline(TreeView):
    """`picked(Row)` when another row becomes current; `menu_wanted(QPoint)` for its menu."""

    picked = Signal(object)
    menu_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Timeline", parent)
        self.total = 1.0
        self._model = TimelineModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_Bars(self))
        self.setAllColumnsShowFocus(True)
        self.selectionModel().currentChanged.connect(self._current)

    def show_request(self, request: Row) -> None:
        """Show a request; a row that was current stays current."""
        before = self.row()
        self.total = max(request.duration or 0.0, 0.001)
        self._model.replace((request, *request.children))
        if before is None or not self._pick_like(before):
            self.pick_hottest()

    def rows(self) -> list[Row]:
        """The rows of the first level, the request first."""
        return list(self._model.tops)

    def row(self) -> Row | None:
        """The current row."""
        found = self.currentIndex().data(ROW)
        return found if isinstance(found, Row) else None

    def pick(self, kind: str, number: int) -> bool:
        """Make the row of a statement ("statement") or log line ("log") current, opening its group."""
        wanted = {"statement": ("statement", "group"), "log": ("log", "logs")}[kind]
        for at, row in enumerate(self._model.tops):
            if row.kind in wanted and number in row.numbers:
                place = self._model.index(at, 0)
                exact = [n for n, child in enumerate(self._model.below(at)) if child.numbers == (number,)]
                inside = exact and self.isExpanded(place)
                self.setCurrentIndex(self._model.index(exact[0], 0, place) if inside else place)
                return True
        return False

    def pick_hottest(self) -> None:
        """The row of statements that takes longest, else the request."""
        best, longest = 0, -1.0
        for at, row in enumerate(self.rows()):
            if row.kind in ("group", "statement") and (row.duration or 0.0) > longest:
                best, longest = at, row.duration or 0.0
        self.setCurrentIndex(self._model.index(best, 0))

    def wanted_height(self) -> int:
        """As high as its closed rows."""
        return max(1, self._model.rowCount()) * theme().metric("status")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C takes the row's words."""
        row = self.row()
        if event.matches(QKeySequence.StandardKey.Copy) and row is not None:
            QGuiApplication.clipboard().setText(row.text())
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The menu of the row under the pointer."""
        index = self.indexAt(event.pos())
        if index.isValid():
            self.setCurrentIndex(index)
            self.menu_wanted.emit(event.globalPos())

    def _pick_like(self, row: Row) -> bool:
        for at, other in enumerate(self.rows()):
            if (other.kind, other.numbers, other.text()) == (row.kind, row.numbers, row.text()):
                self.setCurrentIndex(self._model.index(at, 0))
                return True
        return False

    def _current(self, index: QModelIndex) -> None:
        row = index.data(ROW)
        if isinstance(row, Row):
            self.picked.emit(row)


class _Bars(RowDelegate):
    """Name, badge and duration at the left, bars of time at the right."""

    def __init__(self, view: Timeline) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        return QSize(theme().scaled(200), theme().metric("status"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        row: Row = index.data(ROW)
        area: QRect = option.rect
        painter.save()
        self.paint_background(painter, option)
        whole = self._view.viewport().width()
        painter.fillRect(QRect(0, area.bottom(), whole, 1), theme().color("line"))
        split = round(whole * (NAMES if whole >= theme().scaled(NARROW) else NAMES_NARROW))
        durations = QFontMetrics(theme().mono_font()).horizontalAdvance("00,000 ms")
        left = theme().scaled(12) if row.kind == "request" else area.left() + theme().scaled(6)
        names = QRect(left, area.top(), split - durations - theme().scaled(12) - left, area.height())
        self._name(painter, row, names)
        painter.setFont(theme().mono_font())
        painter.setPen(theme().color("dim"))
        duration = "—" if row.duration is None else ms_text(row.duration)
        box = QRect(split - durations, area.top(), durations, area.height())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), duration)
        bars = QRect(
            split + theme().scaled(16), area.top(), whole - split - theme().scaled(28), area.height()
        )
        self._bars(painter, row, bars)
        painter.restore()

    @staticmethod
    def _name(painter: QPainter, row: Row, area: QRect) -> None:
        badge = f"  {row.badge}" if row.badge else ""
        width = QFontMetrics(theme().mono_font()).horizontalAdvance(badge)
        quiet = row.kind in ("unexplained", "logs")
        pieces = [Piece(piece.text, piece.bold, "dim" if quiet else piece.token) for piece in row.pieces]
        end = paint_pieces(painter, area.adjusted(0, 0, -width, 0), pieces)
        if badge:
            token = "error" if row.token == "error" else "dim"
            paint_pieces(
                painter, QRect(end, area.top(), width + 1, area.height()), (Piece(badge, False, token),)
            )

    def _bars(self, painter: QPainter, row: Row, area: QRect) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        # A copy: the theme's own colour must stay as it is.
        color = QColor(theme().color("faint" if row.kind == "unexplained" else row.token))
        if row.kind == "unexplained":
            color.setAlphaF(0.45)
        if len(row.bars) > 1 and row.duration is not None and row.kind != "unexplained":
            span = (row.bars[0][0], max(end for _, end in row.bars))
            pale = QColor(color)
            pale.setAlphaF(0.35)
            self._bar(painter, span, area, pale)
        for bar in row.bars:
            self._bar(painter, bar, area, color)

    def _bar(self, painter: QPainter, bar: tuple[float, float], area: QRect, color: QColor) -> None:
        scale = area.width() / self._view.total
        width = max((bar[1] - bar[0]) * scale, theme().scaled(3) if bar[0] == bar[1] else 2.0)
        left = min(area.left() + bar[0] * scale, area.right() - width + 1)
        height = theme().scaled(12)
        top = area.top() + (area.height() - height) / 2
        painter.setBrush(color)
        radius = min(theme().scaled(3), width / 2)
        painter.drawRoundedRect(QRectF(left, top, width, height), radius, radius)
