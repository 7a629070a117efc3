"""One candidate of the lab: its DDL, how far it is known to help, what it costs, plans before and after."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import (
    ElidedLabel,
    Paragraph,
    Splitter,
    column,
)
from embedded_server.wire.explain import Plan, Suggestion

from .plan_tree import PlanTree
from .words import bytes_text, gain_text, ms_text, stage_text, whole_text

_TOKENS = {"faster": "ok", "slower": "error", "same": "dim", "": "dim"}


class CandidateView(QWidget):
    """Follows the candidate under the cursor."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Candidate")
        self.ddl = Paragraph("", "text", mono=True)
        self.stage = ElidedLabel("", "text", weight=600)
        self.cost = Paragraph("", "dim")
        self.notes = Paragraph("", "dim")
        self.before = PlanTree("Plan without the index")
        self.after = PlanTree("Plan with the index")
        self._before_head, self._after_head = ElidedLabel("", "dim"), ElidedLabel("", "dim")
        for head in (self._before_head, self._after_head):
            head.setContentsMargins(12, 4, 12, 4)
        plans = Splitter()
        plans.addWidget(column(self._before_head, self.before))
        plans.addWidget(column(self._after_head, self.after))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        texts = column(
            self.ddl,
            self.stage,
            self.cost,
            self.notes,
            gap=theme().scaled(4),
            margins=(14, 10, 14, 10),
        )
        outer.addWidget(texts)
        outer.addWidget(plans, 1)
        self.ddl.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )

    def show_candidate(self, one: Suggestion, before: Plan, tried: tuple[Plan, Plan] | None) -> None:
        """Another candidate, or new knowledge of this one."""
        self.ddl.setText(f"{one.ddl};")
        gain = gain_text(one)
        self.stage.setText(" · ".join(filter(None, (stage_text(one), gain))))
        self.stage.set_token(_TOKENS[one.verdict] if one.stage == "measured" else "text")
        self.cost.setText(_cost(one))
        self.notes.setText(" ".join(one.notes))
        self.notes.setVisible(bool(one.notes))
        was, now = tried if tried is not None else (before, one.plan)
        self._show(self.before, self._before_head, "Without it", was)
        self._show(self.after, self._after_head, "With it", now)

    def _show(self, tree: PlanTree, head: ElidedLabel, name: str, plan: Plan | None) -> None:
        whole = whole_text(plan) if plan is not None else "not known yet"
        head.setText(" · ".join(filter(None, (name, whole))))
        tree.show_plan(plan if plan is not None else Plan(engine="", format=""))


def _cost(one: Suggestion) -> str:
    parts = []
    if one.bytes is not None:
        parts.append(f"{'at most ' if one.bytes_at_most else ''}{bytes_text(one.bytes)}")
    if one.write_cost:
        parts.append(one.write_cost)
    elif one.stage != "measured":
        parts.append("its cost for writes is measured when it is tried")
    if one.build_ms is not None:
        parts.append(f"built in {ms_text(one.build_ms)}")
    if one.before:
        parts.append(f"medians of {len(one.before)} interleaved pairs")
    return " · ".join(parts)
