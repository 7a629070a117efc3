"""The plan's weight at a glance: width is a node with all below it, what is left uncovered is its own."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Themed, focus_ring
from embedded_server.wire.explain import Plan

from .plan_model import EMPTY
from .words import node_name, own_text

_LEVELS = 7
# Its ends stand under those of the rows and cards around it.
_SIDE = 12


class Icicle(Themed):
    """`chosen(id)`: a node was clicked, or reached with the arrow keys."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plan = EMPTY
        self._places: list[tuple[float, float, int]] = []
        self._current = -1
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setAccessibleName("Weights of the plan")
        self.restyle()

    def restyle(self) -> None:
        """Height follows the font and the depth."""
        self.setFixedHeight(self._level() * self._levels() + 2)
        super().restyle()

    def sizeHint(self) -> QSize:
        """As high as the plan is deep."""
        return QSize(theme().scaled(200), self.height())

    def show_plan(self, plan: Plan) -> None:
        """Another plan."""
        self._plan = plan
        self._places = _places(plan)
        self.setVisible(any(node.share > 0 for node in plan.nodes))
        unit = {"time": "own time", "cost": "cost", "rows": "rows read"}.get(plan.share_of, "")
        self.setAccessibleDescription(f"Width is the share of the {unit}")
        self.restyle()

    def select(self, node: int) -> None:
        """Mark a node."""
        if node != self._current:
            self._current = node
            self.update()

    def _levels(self) -> int:
        return min(_LEVELS, max((depth for _, _, depth in self._places), default=0) + 1)

    def _level(self) -> int:
        return theme().scaled(18)

    def _area(self, node: int) -> QRectF:
        start, width, depth = self._places[node]
        side = theme().scaled(_SIDE)
        full = self.width() - 2.0 * side
        deep = max((one[2] for one in self._places), default=0) + 1
        height = (self.height() - 2) / max(deep, 1)
        return QRectF(side + start * full, 1 + depth * height, max(width * full, 1.0), height)

    def paintEvent(self, _: QPaintEvent) -> None:
        """All nodes, the marked one outlined."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("bg1"))
        font = theme().ui_font(0.85)
        painter.setFont(font)
        metrics = QFontMetrics(font)
        for node in self._plan.nodes:
            area = self._area(node.id).adjusted(0, 0, -1, -1)
            token = "error" if node.share >= 0.5 else "warn" if node.share >= 0.1 else "info"
            painter.fillRect(area, theme().blend(token, "bg1", 0.16 + 0.18 * min(1.0, node.share)))
            if area.width() > theme().scaled(36) and area.height() >= metrics.height():
                painter.setPen(theme().color("text"))
                inner = area.adjusted(theme().scaled(4), 0, -theme().scaled(2), 0)
                text = metrics.elidedText(node_name(node), Qt.TextElideMode.ElideRight, int(inner.width()))
                painter.drawText(inner, int(Qt.AlignmentFlag.AlignVCenter), text)
            if node.id == self._current:
                painter.setPen(theme().color("select_line"))
                painter.drawRect(area.adjusted(0, 0, -1, -1))
        if self.hasFocus():
            focus_ring(painter, self.rect())
        painter.end()

    def _at(self, x: float, y: float) -> int:
        found = [node.id for node in self._plan.nodes if self._area(node.id).contains(x, y)]
        return found[-1] if found else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what is under the pointer."""
        node = self._at(event.position().x(), event.position().y())
        if node >= 0:
            self.select(node)
            self.chosen.emit(node)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right go through the nodes."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}.get(
            Qt.Key(event.key())
        )
        if step is None or not self._plan.nodes:
            super().keyPressEvent(event)
            return
        self.select(min(max(self._current + step, 0), len(self._plan.nodes) - 1))
        self.chosen.emit(self._current)

    def event(self, event: QEvent) -> bool:
        """Name and weight of what is under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            node = self._at(event.pos().x(), event.pos().y())
            if node >= 0:
                one = self._plan.nodes[node]
                own = own_text(self._plan, one)
                QToolTip.showText(
                    event.globalPos(), f"{node_name(one)} · {own} · {one.share * 100:.0f} %", self
                )
            return True
        return super().event(event)


def _places(plan: Plan) -> list[tuple[float, float, int]]:
    """Start, width and level of each node, as parts of the whole."""
    weights = [max(node.share, 0.0) for node in plan.nodes]
    for node in reversed(plan.nodes):
        if node.parent >= 0:
            weights[node.parent] += weights[node.id]
    whole = sum(weights[node.id] for node in plan.nodes if node.parent < 0) or 1.0
    starts = {-1: 0.0}
    places: list[tuple[float, float, int]] = []
    for node in plan.nodes:
        start = starts[node.parent]
        width = weights[node.id] / whole
        places.append((start, width, node.depth))
        starts[node.parent] = start + width
        starts[node.id] = start
    return places
