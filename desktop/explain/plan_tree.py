"""The plan as a tree: operator and what it does to the left, rows, own time and its bar to the right."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import ListView, RowDelegate, Themed, elided, rounded
from embedded_server.wire.explain import Plan, PlanNode

from .plan_model import NODE, AnyIndex, PlanModel
from .words import count_text, node_name, own_text

_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
# Columns at the right end, by their width at the default font size.
_BAR, _OWN, _ROWS, _GAP = 96, 92, 84, 10
# A guess that is off by this factor deserves a colour.
_OFF = 10.0


class PlanTree(QWidget):
    """`chosen(id)`: another node has the cursor."""

    chosen = Signal(int)

    def __init__(self, name: str = "Plan", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = PlanModel(self)
        self.head = _Head(self.model)
        self.list = _List(name, self.model)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self.list, 1)
        self.setFocusProxy(self.list)
        self.list.selectionModel().currentChanged.connect(self._moved)

    def show_plan(self, plan: Plan) -> None:
        """Another plan; the cursor goes to what costs most."""
        self.model.show_plan(plan)
        self.head.update()
        if plan.nodes:
            self.select(max(0, self.model.hot))

    def current(self) -> PlanNode | None:
        """The node under the cursor."""
        return self.model.node(self.list.currentIndex().row())

    def select(self, node: int) -> None:
        """Put the cursor on a node."""
        if node != self.list.currentIndex().row():
            self.list.setCurrentIndex(self.model.index(node))

    def _moved(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid():
            self.chosen.emit(current.row())


class _Head(Themed):
    """Names of the columns, so that every number says what it is."""

    def __init__(self, model: PlanModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.restyle()

    def restyle(self) -> None:
        self.setFixedHeight(theme().metric("row"))
        super().restyle()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("bg1"))
        painter.fillRect(QRect(0, self.height() - 1, self.width(), 1), theme().color("line"))
        painter.setFont(theme().ui_font(0.88))
        painter.setPen(theme().color("dim"))
        plan = self._model.plan
        own = {"time": "own time", "cost": "own cost", "rows": "rows read"}.get(plan.share_of, "")
        columns = _columns(self.rect(), self._model)
        for area, text in zip(columns, (own, "", "rows" if plan.measured else "", "expected"), strict=True):
            if area.width():
                painter.drawText(area, _RIGHT, text)
        left = QRect(theme().scaled(12), 0, columns[3].left() - theme().scaled(12), self.height())
        elided(painter, left, "operator")
        painter.end()


class _List(ListView):
    def __init__(self, name: str, model: PlanModel, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self.setModel(model)
        self.setItemDelegate(_Delegate(model, self))
        self.setUniformItemSizes(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)


def _columns(area: QRect, model: PlanModel) -> tuple[QRect, QRect, QRect, QRect]:
    """Own time, bar, rows, expected rows; from the right end to the left. What nobody told has no width."""
    right = area.right() - theme().scaled(12)
    nodes = model.plan.nodes
    told = (
        any(own_text(model.plan, node) for node in nodes),
        any(node.share for node in nodes) and area.width() >= theme().scaled(460),
        any(node.rows is not None for node in nodes),
        any(node.estimated is not None for node in nodes) and area.width() >= theme().scaled(600),
    )
    found = []
    for width, shown in zip((_OWN, _BAR, _ROWS, _ROWS), told, strict=True):
        pixels = theme().scaled(width) if shown else 0
        found.append(QRect(right - pixels, area.top(), pixels, area.height()))
        right -= pixels + (theme().scaled(_GAP) if pixels else 0)
    return found[0], found[1], found[2], found[3]


class _Delegate(RowDelegate):
    def __init__(self, model: PlanModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        """A second line for what it looks for."""
        node = index.data(NODE)
        extra = theme().metric("line") if node is not None and node.detail else 0
        return QSize(0, theme().metric("row") + extra)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        """Background, name, detail, numbers, bar."""
        node: PlanNode = index.data(NODE)
        hot = node.id == self._model.hot
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if hot and not selected:
            painter.fillRect(option.rect, theme().blend("accent", "bg1", 0.14))
        self.paint_background(painter, option)
        line = QRect(option.rect)
        line.setHeight(theme().metric("row"))
        columns = _columns(line, self._model)
        indent = theme().scaled(12 + 14 * min(node.depth, 24))
        left = QRect(indent, line.top(), self._name_end(node, columns) - indent, line.height())
        self._paint_name(painter, node, left, hot)
        self._paint_numbers(painter, node, columns, hot)
        if node.detail:
            below = QRect(indent + theme().scaled(18), line.bottom() - theme().scaled(2), 0, 0)
            below.setSize(QSize(columns[0].right() - below.left(), theme().metric("line")))
            painter.setFont(theme().mono_font(0.92))
            painter.setPen(theme().color("dim"))
            elided(painter, below, node.detail)
        painter.restore()

    def _name_end(self, node: PlanNode, columns: tuple[QRect, QRect, QRect, QRect]) -> int:
        """Where the name has to end: before the first number, or not at all for a node without any."""
        told = (
            bool(own_text(self._model.plan, node)),
            node.share > 0,
            node.rows is not None,
            node.estimated is not None,
        )
        lefts = [area.left() for area, there in zip(columns, told, strict=True) if there and area.width()]
        return min(lefts) - theme().scaled(_GAP) if lefts else columns[0].right()

    def _paint_name(self, painter: QPainter, node: PlanNode, area: QRect, hot: bool) -> None:
        if node.depth:
            painter.setFont(theme().mono_font())
            painter.setPen(theme().color("faint"))
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), "└")
            area = area.adjusted(theme().scaled(16), 0, 0, 0)
        font = theme().mono_font(weight=700 if hot else 400)
        painter.setFont(font)
        painter.setPen(theme().color("text"))
        used = elided(painter, area, node_name(node))
        if node.index:
            rest = area.adjusted(used + theme().scaled(8), 0, 0, 0)
            painter.setFont(QFont(theme().mono_font()))
            painter.setPen(theme().color("dim"))
            elided(painter, rest, node.index)

    def _paint_numbers(
        self, painter: QPainter, node: PlanNode, columns: tuple[QRect, QRect, QRect, QRect], hot: bool
    ) -> None:
        own, bar, rows, expected = columns
        painter.setFont(theme().mono_font())
        painter.setPen(_heat(node.share))
        painter.drawText(own, _RIGHT, _fitting(painter, own_text(self._model.plan, node), own))
        if node.rows is not None:
            painter.setPen(theme().color("warn" if _off(self._model.plan, node) else "number"))
            painter.drawText(rows, _RIGHT, _fitting(painter, count_text(node.rows), rows))
        if node.estimated is not None:
            painter.setPen(theme().color("dim"))
            painter.drawText(expected, _RIGHT, _fitting(painter, f"~{count_text(node.estimated)}", expected))
        if node.share > 0 and bar.width():
            height = theme().scaled(10)
            place = QRect(bar.left(), bar.top() + (bar.height() - height) // 2, 0, height)
            place.setWidth(max(2, round(bar.width() * min(1.0, node.share))))
            rounded(painter, place, _heat(node.share), None, theme().scaled(2))


def _fitting(painter: QPainter, text: str, area: QRect) -> str:
    return QFontMetrics(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, area.width())


def _off(plan: Plan, node: PlanNode) -> bool:
    """Whether the guess was wrong; below a limit fewer rows than guessed are no mistake."""
    real, guessed = max(node.rows or 0.0, 1.0), max(node.estimated or 0.0, 1.0)
    if node.estimated is None or max(real / guessed, guessed / real) < _OFF:
        return False
    above = node.parent
    while real < guessed and above >= 0:
        if plan.nodes[above].kind == "limit":
            return False
        above = plan.nodes[above].parent
    return True


def _heat(share: float) -> QColor:
    """The colour of a share: what costs most of the time is meant to be seen."""
    return theme().color("error" if share >= 0.5 else "warn" if share >= 0.1 else "dim")
