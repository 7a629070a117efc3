"""The inspector of a plan: everything known of the node under the cursor."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import ElidedLabel, Heading, KeyValue, KeyValueList, Paragraph, Surface, slim_bars
from embedded_server.wire.explain import Plan, PlanNode

from .words import GUESS, count_text, ms_text, node_name, whole_text

_LONGEST = 2000


class NodePanel(Surface):
    """Measured numbers, the planner's guesses and the engine's own facts, apart."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg1", parent=parent)
        self.setAccessibleName("Node of the plan")
        self.title = ElidedLabel("", weight=600)
        self.title.setContentsMargins(14, 8, 14, 0)
        self.about = Paragraph("", "dim", ratio=0.92)
        self.about.setContentsMargins(14, 0, 14, 6)
        self._lists: list[tuple[Heading, KeyValueList]] = []
        inner = Surface("bg1")
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 8)
        column.setSpacing(0)
        for name in ("Measured", "Planner's guess", "Conditions", "As the database tells it"):
            heading, rows = Heading(name), KeyValueList(name)
            heading.setContentsMargins(14, theme().scaled(10), 14, theme().scaled(4))
            column.addWidget(heading)
            column.addWidget(rows)
            self._lists.append((heading, rows))
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        slim_bars(area)
        area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.title)
        outer.addWidget(self.about)
        outer.addWidget(area, 1)
        self.show_node(None, None)

    def show_node(self, plan: Plan | None, node: PlanNode | None) -> None:
        """Another node."""
        if plan is None or node is None:
            self.title.setText("No plan yet")
            self.about.setText("The operator under the cursor stands here.")
            groups: tuple[list[KeyValue], ...] = ([], [], [], [])
        else:
            self.title.setText(node_name(node))
            self.about.setText(whole_text(plan))
            groups = (_measured(node), _guessed(node), _conditions(node), _facts(node.facts))
        for (heading, rows), values in zip(self._lists, groups, strict=True):
            rows.show_rows(values)
            heading.setVisible(bool(values))
            rows.setVisible(bool(values))


def _measured(node: PlanNode) -> list[KeyValue]:
    rows = []
    if node.self_ms is not None:
        rows.append(KeyValue("own time", ms_text(node.self_ms)))
    if node.time_ms is not None:
        rows.append(KeyValue("with all below", ms_text(node.time_ms)))
    if node.rows is not None:
        rows.append(KeyValue("rows", count_text(node.rows)))
    if node.removed is not None:
        rows.append(KeyValue("thrown away", count_text(node.removed)))
    if node.rows is not None and node.loops != 1:
        rows.append(KeyValue("rounds", count_text(node.loops)))
    return rows


def _guessed(node: PlanNode) -> list[KeyValue]:
    rows = []
    if node.estimated is not None:
        rows.append(KeyValue("rows", f"~{count_text(node.estimated)}", tip=GUESS))
    if node.self_cost is not None:
        rows.append(KeyValue("own cost", count_text(round(node.self_cost, 1)), tip=GUESS))
    if node.cost is not None:
        rows.append(KeyValue("cost with all below", count_text(node.cost), tip=GUESS))
    return rows


def _conditions(node: PlanNode) -> list[KeyValue]:
    rows = [KeyValue("index", node.index)] if node.index else []
    return rows + [KeyValue(role, text[:_LONGEST], copy=text) for role, text in node.conditions.items()]


def _facts(facts: dict[str, Any]) -> list[KeyValue]:
    """Zeros and falsehoods say nothing here."""
    return [
        KeyValue(name, str(value)[:_LONGEST])
        for name, value in facts.items()
        # Whether a figure is a guess is said by its "~".
        if name != "Guessed" and value not in (0, False, "", None)
    ]
