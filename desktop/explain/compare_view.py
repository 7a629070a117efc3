"""Two plans of one statement: which operators changed, the largest change first."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.kit.two_lines import Row, TwoLineList
from desktop.kit.widgets import Choice, ElidedLabel, EmptyState, Paragraph, Toolbar
from embedded_server.wire.explain import CompareLine, CompareResponse, PlanSummary

from .words import count_text, ms_text

_BADGES = {"added": "info", "removed": "dim", "changed": "warn", "same": "ok"}


class CompareView(QWidget):
    """`wanted(id)`: compare with this stored plan. `chosen(id)`: a node of the shown plan."""

    wanted = Signal(str)
    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choice = Choice("Compare with")
        self.choice.setMinimumContentsLength(36)
        self.sentence = Paragraph("", "text")
        self.sentence.setContentsMargins(14, 10, 14, 10)
        self.lines = TwoLineList("What differs")
        self.empty = EmptyState(
            "No other plan of this statement yet",
            "Explain it again after a change, and both plans stand here operator by operator.",
            "compare",
        )
        bar = Toolbar()
        bar.add(ElidedLabel("Compare with", "dim"))
        bar.add(self.choice)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addWidget(self.sentence)
        column.addWidget(self.lines, 1)
        column.addWidget(self.empty, 1)
        self._plans: list[PlanSummary] = []
        self.choice.activated.connect(self._picked)
        self.lines.moved.connect(self._moved)
        self.show_plans([])

    def show_plans(self, plans: list[PlanSummary]) -> None:
        """The stored plans to choose from, newest first."""
        self._plans = plans
        self.choice.clear()
        self.choice.addItems([_name(plan) for plan in plans])
        for widget in (self.choice, self.sentence, self.lines):
            widget.setVisible(bool(plans))
        self.empty.setVisible(not plans)

    def ask_first(self) -> None:
        """Compare with the newest one."""
        if self._plans:
            self.wanted.emit(self._plans[max(0, self.choice.currentIndex())].id)

    def show_comparison(self, answer: CompareResponse) -> None:
        """The lines, what is equal at the end."""
        self.sentence.setText(answer.text)
        self.lines.show_rows([_row(line, answer.unit) for line in answer.lines], 0)

    def _picked(self, place: int) -> None:
        self.wanted.emit(self._plans[place].id)

    def _moved(self, line: CompareLine) -> None:
        if line.after_node >= 0:
            self.chosen.emit(line.after_node)


def _name(plan: PlanSummary) -> str:
    how = ms_text(plan.execution_ms) + ", measured" if plan.execution_ms is not None else "planner's guess"
    pinned = " · pinned" if plan.pinned else ""
    return f"{plan.at[:10]} {plan.at[11:19]} · {how}{pinned}"


def _row(line: CompareLine, unit: str) -> Row:
    known = line.before_rows is not None or line.after_rows is not None
    rows = (
        f"returned {count_text(line.before_rows) or '–'} → {count_text(line.after_rows) or '–'}"
        if known
        else ""
    )
    told = line.before is not None or line.after is not None
    # Two numbers of rows stand below each other: those that it went through, those that it gave.
    read = "read " if unit == "rows" else ""
    better, worse = line.delta < 0, line.delta > 0
    return Row(
        line.text,
        f"{read}{_part(line.before, unit)} → {_part(line.after, unit)}" if told else "",
        line.change,
        rows,
        token="dim" if line.change == "same" else "ok" if better else "error" if worse else "dim",
        badge=_BADGES[line.change],
        thing=line,
    )


def _part(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    if unit == "ms":
        return ms_text(value)
    return count_text(round(value, 1)) if unit == "rows" else f"{count_text(round(value, 1))} {unit}"
