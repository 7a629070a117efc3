"""The result of a replay: times, the table before and after, the verdict, then what differs."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.kit.pair_table import Pair, PairTable
from desktop.kit.theme import theme
from desktop.kit.widgets import Panel, Paragraph, SegmentedBar, Surface, column
from embedded_server.wire.http import ReplayResponse

from .differences import DifferenceTree
from .runs_chart import RunsChart
from .statement_list import StatementList
from .text_box import TextBox

PARTS = ("Differences", "SQL", "Log lines", "What was sent")
_NARROW = 560
_TOKENS = {"ok": "ok", "warn": "warn", "error": "error", "": "text"}


class ReplayResult(Surface):
    """Chart and table side by side, the parts below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg0", parent=parent)
        self.chart = RunsChart()
        self.table = PairTable("Before and after")
        # What everything before was done for is never cut.
        self.verdict = Paragraph("", weight=600)
        self.range = Paragraph("", "dim", ratio=0.92)
        self.notes = Paragraph("", "warn")
        self.parts = SegmentedBar(PARTS, "Parts of the comparison")
        self.differences = DifferenceTree()
        self.statements = StatementList()
        self.logs = TextBox("Log lines that came or went", read_only=True)
        self.sent_about = Paragraph("", "dim")
        self.sent = TextBox("What was really sent", read_only=True)
        self._pages = QStackedWidget()
        sent = column(self.sent_about, self.sent, margins=(14, 4, 0, 0))
        for page in (self.differences, self.statements, self.logs, sent):
            self._pages.addWidget(page)
        self._lay_out()
        self.parts.chosen.connect(self._pages.setCurrentIndex)

    def show_replay(self, replay: ReplayResponse) -> None:
        """Show a run and its comparison."""
        comparison, verdict = replay.comparison, replay.comparison.verdict
        compared = bool(comparison.before_ms)
        self.chart.show_times(comparison.before_ms, comparison.after_ms)
        self.table.show_pairs(
            [Pair(row.label, row.before, row.after, _TOKENS[row.tone]) for row in verdict.rows]
        )
        self.verdict.setText(verdict.text or "Nothing to compare with yet")
        self.verdict.set_token(_TOKENS[verdict.tone] if verdict.text else "dim")
        self.range.setText(_range(replay))
        self.notes.setText(" ".join(comparison.notes))
        self.notes.setVisible(bool(comparison.notes))
        self.differences.show_differences(comparison.diff)
        self.statements.show_statements(comparison.statements, compared=compared)
        self.logs.setPlainText("\n".join(comparison.logs) or "The same log lines.")
        self.sent_about.setText("; ".join(replay.sent.differences))
        self.sent.setPlainText(replay.sent.text.replace("\r\n", "\n"))
        counts = (
            sum(not one.noise for one in comparison.diff),
            sum(one.before != one.after for one in comparison.statements) if compared else 0,
            len(comparison.logs),
            0,
        )
        for index, (name, count) in enumerate(zip(PARTS, counts, strict=True)):
            self.parts.setTabText(index, f"{name} {count}" if count else name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where both would be squeezed the table stands above the chart."""
        super().resizeEvent(event)
        narrow = self.width() < theme().scaled(_NARROW)
        directions = QBoxLayout.Direction
        self._top.setDirection(directions.BottomToTop if narrow else directions.LeftToRight)

    def _lay_out(self) -> None:
        left = _card(self.chart, margins=(2, 10, 8, 4))
        right = _card(self.table, self.verdict, self.range, self.notes, margins=(1, 1, 1, 10))
        for label in (self.verdict, self.range, self.notes):
            label.setContentsMargins(theme().scaled(10), 0, theme().scaled(10), 0)
        self._top = top = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        top.setContentsMargins(12, 12, 12, 0)
        top.setSpacing(12)
        top.addWidget(left, 5)
        top.addWidget(right, 6)
        parts = column(self.parts, margins=(7, 0, 7, 0))
        below = _card(parts, self._pages, margins=(1, 6, 1, 1))
        self._pages.setMinimumHeight(theme().scaled(220))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 12)
        outer.setSpacing(12)
        outer.addLayout(top)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.addWidget(below)
        outer.addLayout(row, 1)


def _card(*widgets: QWidget, margins: tuple[int, int, int, int]) -> QWidget:
    box = Panel()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(*margins)
    layout.setSpacing(theme().scaled(6))
    for number, widget in enumerate(widgets, 1):
        grows = number == len(widgets) and isinstance(widget, QStackedWidget | RunsChart)
        layout.addWidget(widget, int(grows))
    if not isinstance(widgets[-1], QStackedWidget | RunsChart):
        layout.addStretch(1)
    return box


def _range(replay: ReplayResponse) -> str:
    """How sure the ratio is."""
    verdict = replay.comparison.verdict
    if not verdict.low or verdict.before_count < 2:
        return f"{replay.host} · {replay.class_}"
    ratio = f"before ÷ after {verdict.ratio:.2f} ({verdict.low:.2f} to {verdict.high:.2f})"
    return f"{ratio} · {replay.host} · {replay.class_}"
