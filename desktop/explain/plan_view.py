"""The part Plan: findings, the tree, the icicle; each leads to the same node in the others."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.kit.widgets import Line, Paragraph
from embedded_server.wire.explain import StatementResponse

from .finding_card import Findings
from .icicle import Icicle
from .plan_tree import PlanTree
from .raw_text import RawText


class PlanView(QWidget):
    """`chosen(id)`: another node has the cursor. `index_wanted(IndexColumns)`: a finding's index."""

    chosen = Signal(int)
    index_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.findings = Findings()
        self.tree = PlanTree()
        self.icicle = Icicle()
        self.text = RawText("Plan as text")
        self.notes = Paragraph("", "dim")
        self.notes.setContentsMargins(14, 6, 14, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.findings, Line(), self.icicle, self.tree, self.text, self.notes):
            column.addWidget(widget, 1 if widget in (self.tree, self.text) else 0)
        self.setFocusProxy(self.tree)
        self.tree.chosen.connect(self._node)
        self.icicle.chosen.connect(self.tree.select)
        self.findings.chosen.connect(self.tree.select)
        self.findings.index_wanted.connect(self.index_wanted)

    def show_answer(self, answer: StatementResponse) -> None:
        """Another plan with its findings."""
        plan = answer.plan
        readable = bool(plan.nodes)
        self.findings.show_findings(answer.findings, _nothing(answer))
        self.icicle.show_plan(plan)
        self.tree.setVisible(readable)
        self.text.setVisible(not readable)
        self.text.setPlainText("" if readable else plan.text)
        self.notes.setText(" ".join(filter(None, (*plan.notes, answer.static))))
        self.notes.setVisible(bool(self.notes.text()))
        self.tree.show_plan(plan)

    def _node(self, node: int) -> None:
        self.icicle.select(node)
        self.chosen.emit(node)


def _nothing(answer: StatementResponse) -> str:
    if not answer.plan.nodes:
        return ""
    if answer.plan.measured:
        return "Nothing stands out: no rule found anything to improve in this run."
    return "Nothing stands out in the planner's guess. Run and measure it to be sure."
