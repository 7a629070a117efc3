"""Revisions as a list with their graph at the left; pending ones and the current one are marked."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import RowDelegate, elided
from embedded_server.wire.migrations import GraphResponse, Revision, Status

from .strokes import Stroke, strokes

AnyIndex = QModelIndex | QPersistentModelIndex
_LANES = ("info", "ok", "warn", "function", "error")
MOST_LANES = 8
WORDS = {"current": "current", "pending": "pending", "applied": "", "unknown": ""}
TOKENS = {"current": "ok", "pending": "warn", "applied": "dim", "unknown": "dim"}


def state_of(revision: str, status: Status | None) -> str:
    """Where a revision stands on the connection in use: current, applied, pending, unknown."""
    if status is None or status.problem is not None:
        return "unknown"
    if revision in status.current:
        return "current"
    return "applied" if revision in status.applied else "pending"


class RevisionModel(QAbstractListModel):
    """The revisions that pass the filter."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: list[Revision] = []
        self._shown: list[int] = []
        self._status: Status | None = None
        self._strokes: list[list[Stroke]] = []
        self._filter = ""

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        revision = self.revision(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return revision.doc or revision.revision
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{revision.doc}\n{revision.revision} · {revision.file}"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = WORDS[state_of(revision.revision, self._status)]
            return ", ".join(filter(None, (revision.doc, revision.revision, state)))
        return None

    def revision(self, row: int) -> Revision:
        """The revision in a row."""
        return self._all[self._shown[row]]

    def state(self, row: int) -> str:
        """Where it stands."""
        return state_of(self.revision(row).revision, self._status)

    def drawn(self, row: int) -> list[Stroke]:
        """The strokes of a row; none while a filter hides rows."""
        return self._strokes[self._shown[row]] if len(self._shown) == len(self._all) else []

    def lanes(self) -> int:
        """How many lanes are drawn."""
        wide = max((one.lane for one in self._all), default=0) + 1
        return min(wide, MOST_LANES) if len(self._shown) == len(self._all) else 1

    def hidden(self) -> int:
        """How many the filter hides."""
        return len(self._all) - len(self._shown)

    def row_of(self, revision: str) -> int:
        """The row of a revision, -1 if it is not shown."""
        return next((row for row in range(len(self._shown)) if self.revision(row).revision == revision), -1)

    def show_graph(self, graph: GraphResponse | None, status: Status | None) -> None:
        """Show a project's history against a database."""
        self.beginResetModel()
        self._all = graph.revisions if graph is not None else []
        self._status = status
        self._strokes = strokes(self._all)
        self._apply()
        self.endResetModel()

    def set_filter(self, text: str) -> None:
        """Words that all occur; `-word` does not; `is:pending`, `is:current`, `is:applied`, `is:head`."""
        self.beginResetModel()
        self._filter = text
        self._apply()
        self.endResetModel()

    def _apply(self) -> None:
        words = self._filter.lower().split()
        self._shown = [
            row for row, one in enumerate(self._all) if all(self._passes(one, word) for word in words)
        ]

    def _passes(self, revision: Revision, word: str) -> bool:
        if word.startswith("is:"):
            state = state_of(revision.revision, self._status)
            return word[3:] in (
                state,
                "head" if revision.head else "",
                "applied" if state == "current" else "",
            )
        text = f"{revision.revision} {revision.doc} {revision.file} {' '.join(revision.labels)}".lower()
        if word.startswith("-") and len(word) > 1:
            return word[1:] not in text
        return word in text


class RevisionDelegate(RowDelegate):
    """Graph, title and state; below it the identifier, the date and labels."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """Two lines."""
        return QSize(theme().scaled(120), 2 * theme().metric("line") + theme().scaled(8))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Everything of a row."""
        model = index.model()
        assert isinstance(model, RevisionModel)
        painter.save()
        self.paint_background(painter, option)
        area = option.rect
        step = theme().scaled(12)
        left = area.left() + theme().scaled(10)
        revision, state = model.revision(index.row()), model.state(index.row())
        self._paint_graph(painter, model, index.row(), QRect(left, area.top(), step, area.height()))
        left += step * model.lanes() + theme().scaled(4)
        text = QRect(left, area.top() + theme().scaled(4), area.right() - left - theme().scaled(8), 0)
        text.setHeight(theme().metric("line"))
        word = WORDS[state] or ("head" if revision.head else "")
        self._paint_texts(painter, text, revision, word, TOKENS[state] if WORDS[state] else "dim")
        painter.restore()

    def _paint_texts(self, painter: QPainter, area: QRect, revision: Revision, word: str, token: str) -> None:
        small = theme().ui_font(0.88)
        width = QFontMetrics(small).horizontalAdvance(word) + theme().scaled(8) if word else 0
        painter.setFont(theme().ui_font())
        painter.setPen(theme().color("text"))
        elided(painter, area.adjusted(0, 0, -width, 0), revision.doc.rstrip(".") or revision.revision)
        painter.setFont(small)
        if word:
            painter.setPen(theme().color(token))
            elided(painter, area, word, Qt.AlignmentFlag.AlignRight)
        below = area.translated(0, area.height())
        painter.setPen(theme().color("dim"))
        parts = [revision.revision[:12], revision.at[:10], *revision.labels]
        if len(revision.down) > 1:
            parts.append(f"merges {len(revision.down)}")
        elided(painter, below, " · ".join(filter(None, parts)))

    def _paint_graph(self, painter: QPainter, model: RevisionModel, row: int, cell: QRect) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for stroke in model.drawn(row):
            self._paint_stroke(painter, stroke, cell)
        revision, state = model.revision(row), model.state(row)
        lane = min(revision.lane, model.lanes() - 1) if model.drawn(row) or not model.hidden() else 0
        middle = _point((lane, 1), cell)
        size = theme().scaled(4)
        color = lane_color(lane)
        painter.setPen(QPen(color, theme().scaled(2)))
        # What the database lacks is hollow.
        hollow = state == "pending"
        painter.setBrush(theme().color("bg1") if hollow else color)
        painter.drawEllipse(middle, size, size)

    def _paint_stroke(self, painter: QPainter, stroke: Stroke, cell: QRect) -> None:
        start, end = _point(_capped(stroke.start), cell), _point(_capped(stroke.end), cell)
        lane = max(_capped(stroke.start)[0], _capped(stroke.end)[0])
        pen = QPen(lane_color(lane), max(1.5, theme().scaled(2) * 0.8))
        pen.setStyle(Qt.PenStyle.DotLine if stroke.dashed else Qt.PenStyle.SolidLine)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        path = QPainterPath(start)
        bend = (start.y() + end.y()) / 2
        path.cubicTo(QPointF(start.x(), bend), QPointF(end.x(), bend), end)
        painter.drawPath(path)


def _capped(place: tuple[int, int]) -> tuple[int, int]:
    return min(place[0], MOST_LANES - 1), place[1]


def _point(place: tuple[int, int], cell: QRect) -> QPointF:
    lane, height = place
    x = cell.left() + cell.width() * lane + cell.width() / 2
    return QPointF(x, cell.top() + cell.height() * height / 2)


def lane_color(lane: int) -> QColor:
    """The colour of a lane."""
    return theme().color(_LANES[lane % len(_LANES)])
