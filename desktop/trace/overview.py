"""The part Timeline of a trace: the waterfall, the path, and the cards below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.statements import Piece, group_line
from desktop.kit.theme import theme
from desktop.kit.widgets import Surface, slim_bars
from embedded_server.wire.trace import Group, Trace, TracedLog, TracedStatement

from .card import Card
from .exception_card import ExceptionCard
from .findings_card import FindingsCard
from .frames_view import open_frame
from .lines import Line, LineList
from .path_bar import PathBar
from .timeline import Timeline
from .timeline_rows import groups_of, rows_of
from .verdict_card import VerdictCard
from .why_card import WhyCard
from .words import clock_text, level_token, ms_text, plural

# The timeline takes no more of the height than this; it scrolls then.
MOST_SHARE = 0.45
# Below this width, in pixels at the default font size, the cards stand in one column.
NARROW = 640
# A group that takes at least this share of the time in SQL is coloured.
NOTABLE = 0.25


class Overview(QWidget):
    """`picked(Row)` from the timeline; a click on a card's line selects its row there."""

    picked = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._known = False
        self.timeline = Timeline()
        self.path = PathBar()
        self.why = WhyCard()
        self.verdict = VerdictCard()
        self.error = ExceptionCard(context)
        self.findings = FindingsCard(context)
        self.statements = Card("Statements", "This request ran no statements.")
        self.groups = LineList("Statements by shape", lead="0,000×", lead_right=True)
        self.statements.body.addWidget(self.groups, 1)
        self.logs = Card("Log lines", "No log lines were written while it ran.")
        self.lines = LineList("Log lines", lead="00:00:00.000", word="WARNING")
        self.logs.body.addWidget(self.lines, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.timeline)
        column.addWidget(self.path)
        column.addWidget(self._cards(), 1)
        self.setFocusProxy(self.timeline)
        self.timeline.picked.connect(self.picked)
        self.timeline.expanded.connect(self._fit)
        self.timeline.collapsed.connect(self._fit)
        self.groups.picked.connect(self._pick_statement)
        self.findings.picked.connect(self._pick_statement)
        self.lines.picked.connect(self._pick_log)
        self.verdict.caller_wanted.connect(self._open_caller)
        theme().changed.connect(self._fit)

    def show_trace(self, trace: Trace) -> None:
        """Show a trace; what is selected stays selected."""
        self.timeline.show_request(rows_of(trace))
        self.path.show_steps(trace.steps)
        self._known = len(trace.steps) > 0
        self._share_height()
        self.why.show_steps(trace.steps)
        self.verdict.show_trace(trace)
        self.error.show_exception(trace.exception)
        groups = group_lines(trace)
        self.groups.show_lines(groups)
        self.groups.setVisible(bool(groups))
        self.statements.show_empty(not groups)
        shapes = plural(len(groups), "shape")
        count = f"{trace.summary.statements:,} in {shapes} · bound values shown"
        self.statements.about.setText(count if groups else "")
        lines = log_lines(trace)
        self.lines.show_lines(lines)
        self.lines.setVisible(bool(lines))
        self.logs.show_empty(not lines)
        self.logs.about.setText(f"{len(lines):,} · {matched_text(trace.logs)}" if lines else "")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The timeline's share follows."""
        super().resizeEvent(event)
        wide = self.width() >= theme().scaled(NARROW)
        if wide != self._wide:
            self._arrange(wide)
        self._fit()

    def _fit(self, *_: object) -> None:
        most = max(round(self.height() * MOST_SHARE), 3 * theme().metric("status"))
        rows = sum(1 + self._open_children(at) for at in range(self.timeline.model().rowCount()))
        wanted = max(1, rows) * theme().metric("status")
        self.timeline.setFixedHeight(min(wanted, most))

    def _open_children(self, at: int) -> int:
        index = self.timeline.model().index(at, 0)
        return self.timeline.model().rowCount(index) if self.timeline.isExpanded(index) else 0

    def _cards(self) -> QWidget:
        body = Surface("bg1")
        self._grid = grid = QGridLayout(body)
        grid.setContentsMargins(12, 12, 12, 12)
        grid.setSpacing(theme().scaled(12))
        self._arrange(wide=True)
        area = QScrollArea()
        area.setAccessibleName("Facts of the request")
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        slim_bars(area)
        area.setWidget(body)
        return area

    def _arrange(self, wide: bool) -> None:
        """Two columns as long as both are readable, else one."""
        cards = (self.why, self.verdict, self.statements, self.logs)
        self._grid.addWidget(self.error, 0, 0, 1, 2)
        self._grid.addWidget(self.findings, 1, 0, 1, 2)
        for at, card in enumerate(cards):
            row, column = (2 + at // 2, at % 2) if wide else (2 + at, 0)
            self._grid.addWidget(card, row, column, 1, 1 if wide else 2)
        self._wide = wide
        self._share_height()
        self._grid.setColumnStretch(0, 61)
        self._grid.setColumnStretch(1, 39 if wide else 0)

    def _share_height(self) -> None:
        """Cards that only say what will stand there leave the height to those that are full."""
        known = self._known
        stretches = (0, 0, 5 if known else 0, 2, 0, 0) if self._wide else (0, 0, int(known), int(known), 1, 1)
        for row, stretch in enumerate(stretches):
            self._grid.setRowStretch(row, stretch)

    def _pick_statement(self, key: object) -> None:
        if isinstance(key, int):
            self.timeline.pick("statement", key)

    def _pick_log(self, key: object) -> None:
        if isinstance(key, int):
            self.timeline.pick("log", key)

    def _open_caller(self, frame: object) -> None:
        open_frame(self._context, frame, self)  # type: ignore[arg-type]


def group_lines(trace: Trace) -> list[Line]:
    """The statements by shape, their values in bold."""
    lines = []
    total = sum(group.total_ms for group, _ in groups_of(trace))
    for group, members in sorted(groups_of(trace), key=_costliest):
        token = "error" if group.mark else "warn" if group.total_ms > max(total * NOTABLE, 1.0) else "dim"
        lines.append(
            Line(
                tuple(group_line(group, members)),
                lead=f"{group.count:,}×",
                right="  ".join(part for part in (group.mark, ms_text(group.total_ms)) if part),
                right_token=token,
                tip=members[0].sql,
                copy=members[0].sql,
                key=members[0].number,
            )
        )
    return lines


def _costliest(entry: tuple[Group, list[TracedStatement]]) -> float:
    return -entry[0].total_ms


def log_lines(trace: Trace) -> list[Line]:
    """The log lines in order."""
    return [
        Line(
            (Piece(" ".join(f"{line.logger} {line.message}".split())),),
            lead=clock_text(trace.summary.at, line.start_ms),
            word=line.level,
            word_token=level_token(line.level),
            tip=line.message + (f"\n{line.traceback}" if line.traceback else ""),
            copy=f"{clock_text(trace.summary.at, line.start_ms)} {line.level} {line.logger} {line.message}",
            key=line.number,
        )
        for line in trace.logs
    ]


def matched_text(logs: Sequence[TracedLog]) -> str:
    """How the lines were matched to the request: the weakest way counts."""
    ways = {line.match for line in logs}
    if "time" in ways:
        return "matched by time"
    return "matched by thread and time" if "thread" in ways else "matched by request id"
