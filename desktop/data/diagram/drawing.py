"""Paints a diagram at its natural size, on the screen or into a picture."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPainterPath, QPen

from desktop.kit.theme import theme

from .graph import Box, Edge, Field, Graph, Name
from .layout import arrange, layers

MARGIN = 24
ACROSS, DOWN = 96, 26
MOST_FIELDS = 14
WIDEST = 280


@dataclass
class Drawing:
    """Boxes with their places. `whole`: every column is shown, else keys and those that refer."""

    graph: Graph
    whole: bool = False
    areas: dict[Name, QRectF] = field(default_factory=dict)
    shown: dict[Name, list[Field]] = field(default_factory=dict)
    left_out: dict[Name, int] = field(default_factory=dict)
    size: QSizeF = field(default_factory=QSizeF)

    def lay_out(self) -> None:
        """Measure everything and find its place: after the graph, theme or choice of columns changed."""
        for name, box in self.graph.boxes.items():
            fields = [f for f in box.fields if self.whole or f.key or f.refers or self._is_target(name, f)]
            self.shown[name] = fields[:MOST_FIELDS] if not self.whole else fields
            self.left_out[name] = len(box.fields) - len(self.shown[name])
        sizes = self._sizes()
        scale = theme().scaled
        places = arrange(self.graph, sizes, scale(ACROSS), scale(DOWN))
        margin = scale(MARGIN)
        self.areas = {name: QRectF(x + margin, y + margin, *sizes[name]) for name, (x, y) in places.items()}
        right = max((area.right() for area in self.areas.values()), default=0.0)
        bottom = max((area.bottom() for area in self.areas.values()), default=0.0)
        self.size = QSizeF(right + margin, bottom + margin)

    def _sizes(self) -> dict[Name, tuple[float, float]]:
        """Boxes of a layer are equally wide: edges then pass between layers, not behind boxes."""
        measured = {name: self._measure(box) for name, box in self.graph.boxes.items()}
        widths: dict[int, float] = {}
        where = layers(self.graph)
        for name, layer in where.items():
            widths[layer] = max(widths.get(layer, 0.0), measured[name][0])
        return {name: (widths[where[name]], height) for name, (_, height) in measured.items()}

    def _is_target(self, name: Name, column: Field) -> bool:
        return any(edge.parent == name and column.name in edge.targets for edge in self.graph.edges)

    def _measure(self, box: Box) -> tuple[float, float]:
        heading = QFontMetricsF(theme().ui_font(weight=600)).horizontalAdvance(self.title(box.name))
        mono = QFontMetricsF(theme().mono_font(0.92))
        gap = theme().scaled(16)
        rows = [
            mono.horizontalAdvance(f.name) + gap + mono.horizontalAdvance(f.type)
            for f in self.shown[box.name]
        ]
        room = theme().scaled(44)
        width = min(theme().scaled(WIDEST), max([heading, *rows]) + room)
        return width, self.line() * (1 + self._lines(box)) + theme().scaled(6)

    def _lines(self, box: Box) -> int:
        return len(self.shown[box.name]) + (1 if self.left_out[box.name] or not box.read else 0)

    def line(self) -> float:
        """The height of one row of a box."""
        return float(theme().metric("line"))

    def title(self, name: Name) -> str:
        """A table as it is called here: with its schema where that is another one than the centre's."""
        return name.table if name.schema == self.graph.centre.schema else f"{name.schema}.{name.table}"

    def at(self, point: QPointF) -> Name | None:
        """The box under a point."""
        return next((name for name, area in self.areas.items() if area.contains(point)), None)

    # --- painting ------------------------------------------------------------------------------------

    def paint(self, painter: QPainter, current: Name | None = None) -> None:
        """Everything; what touches `current` stands out."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        quiet = [edge for edge in self.graph.edges if current not in (edge.child, edge.parent)]
        loud = [edge for edge in self.graph.edges if current in (edge.child, edge.parent)]
        for edges, token in ((quiet, "faint"), (loud, "accent")):
            for edge in edges:
                self._paint_edge(painter, edge, token)
        for name, box in self.graph.boxes.items():
            self._paint_box(painter, box, self.areas[name], name == current)

    def _paint_box(self, painter: QPainter, box: Box, area: QRectF, current: bool) -> None:
        line, pad = self.line(), theme().scaled(10)
        centre = box.name == self.graph.centre
        edge = "select_line" if current else "accent" if centre else "line"
        painter.setPen(QPen(theme().color(edge), 2.0 if current else 1.0))
        painter.setBrush(theme().color("bg1"))
        painter.drawRoundedRect(area, 5, 5)
        painter.setPen(theme().color("line"))
        painter.drawLine(
            QPointF(area.left(), area.top() + line + 3), QPointF(area.right(), area.top() + line + 3)
        )
        inner = QRectF(area.left() + pad, area.top() + 1, area.width() - 2 * pad, line + 1)
        self._text(painter, inner, self.title(box.name), "accent" if centre else "text", weight=600)
        top = area.top() + line + 5
        for column in self.shown[box.name]:
            self._paint_field(painter, column, QRectF(area.left(), top, area.width(), line))
            top += line
        note = "reading…" if not box.read else f"{self.left_out[box.name]} more"
        if not box.read or self.left_out[box.name]:
            self._text(
                painter,
                QRectF(area.left() + pad + theme().scaled(14), top, area.width(), line),
                note,
                "faint",
            )

    def _paint_field(self, painter: QPainter, column: Field, area: QRectF) -> None:
        pad = theme().scaled(10)
        mark = "●" if column.key else "→" if column.refers else ""
        token = "warn" if column.key else "accent"
        self._text(painter, area.adjusted(pad, 0, 0, 0), mark, token, mono=True)
        inner = area.adjusted(pad + theme().scaled(14), 0, -pad, 0)
        metrics = QFontMetricsF(theme().mono_font(0.92))
        needed = metrics.horizontalAdvance(column.name) + theme().scaled(12)
        self._text(painter, inner, column.name, "text", mono=True)
        rest = inner.adjusted(needed, 0, 0, 0)
        if rest.width() > theme().scaled(20):
            self._text(painter, rest, column.type, "dim", mono=True, right=True)

    def _text(
        self,
        painter: QPainter,
        area: QRectF,
        text: str,
        token: str,
        *,
        mono: bool = False,
        weight: int = 400,
        right: bool = False,
    ) -> None:
        font = theme().mono_font(0.92) if mono else theme().ui_font(weight=weight)
        painter.setFont(font)
        painter.setPen(theme().color(token))
        shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(area, int(side | Qt.AlignmentFlag.AlignVCenter), shown)

    # --- foreign keys --------------------------------------------------------------------------------

    def _paint_edge(self, painter: QPainter, edge: Edge, token: str) -> None:
        start, leaving = self._end(edge.child, edge.columns, edge.parent)
        stop, arriving = self._end(edge.parent, edge.targets, edge.child)
        reach = max(theme().scaled(30), abs(stop.x() - start.x()) / 2)
        path = QPainterPath(start)
        path.cubicTo(
            QPointF(start.x() + leaving * reach, start.y()),
            QPointF(stop.x() + arriving * reach, stop.y()),
            stop,
        )
        style = Qt.PenStyle.DashLine if edge.optional else Qt.PenStyle.SolidLine
        painter.setPen(QPen(theme().color(token), 1.4, style))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path)
        painter.setPen(QPen(theme().color(token), 1.4))
        self._foot(painter, start, leaving, edge.single)
        tick = stop.x() + arriving * theme().scaled(7)
        half = theme().scaled(4)
        painter.drawLine(QPointF(tick, stop.y() - half), QPointF(tick, stop.y() + half))

    def _foot(self, painter: QPainter, at: QPointF, side: int, single: bool) -> None:
        """Crow's foot: many children, or the bar of at most one."""
        reach, half = side * theme().scaled(9), theme().scaled(4)
        if single:
            painter.drawLine(QPointF(at.x() + reach, at.y() - half), QPointF(at.x() + reach, at.y() + half))
            return
        for spread in (-half, 0, half):
            painter.drawLine(QPointF(at.x() + reach, at.y()), QPointF(at.x(), at.y() + spread))

    def _end(self, name: Name, columns: tuple[str, ...], other: Name) -> tuple[QPointF, int]:
        """Where an edge meets a box, and the side it leaves it to (1: right)."""
        area, beyond = self.areas[name], self.areas[other]
        names = [column.name for column in self.shown[name]]
        row = next((names.index(column) for column in columns if column in names), -1)
        y = area.top() + self.line() / 2
        if row >= 0:
            y = area.top() + self.line() * (row + 1.5) + 5
        if beyond.left() >= area.right():
            return QPointF(area.right(), y), 1
        if beyond.right() <= area.left():
            return QPointF(area.left(), y), -1
        # One above the other, or itself: both ends on the same side.
        return QPointF(area.right(), y), 1
