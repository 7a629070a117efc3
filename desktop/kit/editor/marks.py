"""Marks behind the text: the errors of the last run, found text, the bracket pair."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF, QTextBlock

from desktop.kit.theme import theme

Kind = Literal["error", "found", "bracket", "alone"]


@dataclass(frozen=True)
class ErrorMark:
    """What the database objected to, from `start` to `end` (Qt's positions), and why."""

    start: int
    end: int
    message: str


@dataclass(frozen=True, order=True)
class Mark:
    """A stretch of the document in Qt's positions; an "alone" bracket has no partner."""

    start: int
    end: int
    kind: Kind = "found"


class Marks:
    """The marks of a document, found quickly by line. They lie behind the text, which keeps its colours."""

    def __init__(self) -> None:
        self._sorted: list[Mark] = []
        self._longest = 0

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._sorted)

    def lay(self, marks: Iterable[Mark]) -> bool:
        """Show these; whether they are others than before."""
        found = sorted(marks)
        if found == self._sorted:
            return False
        self._sorted = found
        self._longest = max((mark.end - mark.start for mark in found), default=0)
        return True

    def paint(self, painter: QPainter, block: QTextBlock, area: QRectF) -> None:
        """Paint what lies in a line, before its text."""
        first, last = block.position(), block.position() + block.length()
        at = bisect_left(self._sorted, Mark(first - self._longest, 0, "alone"))
        while at < len(self._sorted) and self._sorted[at].start < last:
            mark = self._sorted[at]
            at += 1
            if mark.end > first or mark.start == mark.end == first:
                left = _x(block, max(mark.start - first, 0))
                right = _x(block, min(mark.end - first, block.length() - 1))
                wide = max(right - left, float(theme().scaled(4)))
                _paint(painter, mark.kind, QRectF(area.left() + left, area.top(), wide, area.height()))


def _x(block: QTextBlock, column: int) -> float:
    line = block.layout().lineForTextPosition(column)
    if not line.isValid():
        return 0.0
    # The binding answers with the column as well, against its own stub.
    found: Any = line.cursorToX(column)
    return float(found[0])


def _paint(painter: QPainter, kind: Kind, area: QRectF) -> None:
    if kind == "error":
        painter.fillRect(area, theme().color("error_soft"))
        _wave(painter, area)
    elif kind == "found":
        painter.setPen(QPen(theme().color("accent"), 1))
        painter.setBrush(theme().blend("match", "bg1", 0.5))
        painter.drawRect(area.adjusted(-0.5, 0.5, 0.5, -0.5))
    else:
        painter.fillRect(area, theme().color("bg3" if kind == "bracket" else "error_soft"))


def _wave(painter: QPainter, area: QRectF) -> None:
    step = theme().scaled(3)
    bottom = area.bottom() - 1
    points = [
        QPointF(area.left() + number * step, bottom - (step / 2 if number % 2 else 0))
        for number in range(int(area.width() / step) + 2)
    ]
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(theme().color("error"), 1))
    painter.drawPolyline(QPolygonF(points))
