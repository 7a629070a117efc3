"""Two requests side by side: figures, SQL by fingerprint, log lines, where the responses differ."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.ages import age_text
from desktop.kit.flow import Flow
from desktop.kit.pair_table import Pair, PairTable
from desktop.kit.statements import Piece, short
from desktop.kit.theme import theme
from desktop.kit.widgets import (
    Button,
    ElidedLabel,
    EmptyState,
    InlineProblem,
    LinkButton,
    Offer,
    Surface,
    slim_bars,
)
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import ComparisonRef, Ref, TraceRef
from embedded_server.wire.replays import Difference, StatementChange
from embedded_server.wire.trace import TraceSummary
from embedded_server.wire.trace_compare import COMPARE, CompareRequest, CompareResponse, LogChange

from .card import Card
from .lines import Line, LineList
from .rich_text import RichText
from .words import level_token, ms_text, request_text, status_text

_TONES = {"ok": "ok", "warn": "warn", "error": "error"}
NARROW = 640
MOST_VALUE = 120


class CompareTab(Tab):
    """Opened by a `ComparisonRef`."""

    ref: ComparisonRef
    icon = "compare"

    def __init__(self, context: Context, ref: ComparisonRef) -> None:
        super().__init__()
        self._context, self.ref = context, ref
        self._flow: Flow | None = None
        self._problem: QWidget | None = None
        self.answer: CompareResponse | None = None
        self.before, self.after = _Side("before"), _Side("after")
        self.swap = Button("Swap", icon="compare")
        self.said = RichText("Difference")
        self.figures = PairTable("Figures")
        self.statements = LineList("Statements by shape, before and after", lead="000 → 000", lead_right=True)
        self.logs = LineList("Log lines, before and after", lead="00 → 00", lead_right=True, word="WARNING")
        self.response = LineList("Differences of the responses", word="status")
        self._cards = (
            _card("Figures", "", self.figures),
            _card("SQL", "Neither request used a database.", self.statements),
            _card("Response", "The responses are the same.", self.response),
            _card("Log lines", "Neither request wrote any.", self.logs),
        )
        self._cards[0].body.addWidget(self.said)
        self._waiting = EmptyState("Comparing…")
        self._lay_out()
        self.swap.clicked.connect(self._swap)
        for side in (self.before, self.after):
            side.open.clicked.connect(_Open(self, side).run)
        self.refresh()

    def title(self) -> str:
        """What is compared."""
        return self.ref.title or "Comparison"

    def path(self) -> str:
        """Both by their ids."""
        return f"trace {self.ref.before[:8]} → {self.ref.after[:8]}"

    def subject(self, kind: str) -> Ref | None:
        """Verbs about a request mean the later one."""
        return TraceRef(self.ref.after, self.title()) if kind == TraceRef.kind else super().subject(kind)

    def refresh(self) -> None:
        """Compare anew."""
        if self._flow is not None:
            self._flow.cancel()
        self._flow = self._context.flow(self, self._load())

    def closing(self) -> None:
        """Stop what is under way."""
        if self._flow is not None:
            self._flow.cancel()

    def show_problem(self, problem: Problem) -> None:
        """Why they cannot be compared, in the cards' place."""
        if self._problem is not None:
            self._problem.deleteLater()
        self._problem = InlineProblem(problem, (Offer("Try again", self.refresh),), closable=False)
        self._column.insertWidget(1, self._problem)
        self._waiting.hide()

    async def _load(self) -> None:
        answer = await self._context.api.call(COMPARE, CompareRequest(self.ref.before, self.ref.after))
        self.answer = answer
        if self._problem is not None:
            self._problem.deleteLater()
            self._problem = None
        self._waiting.hide()
        self._area.show()
        self.before.show_request(answer.before)
        self.after.show_request(answer.after)
        self.said.show_parts([Piece(answer.text)] if answer.text else [])
        self.figures.show_pairs(
            [Pair(row.label, row.before, row.after, _TONES.get(row.tone, "text")) for row in answer.rows]
        )
        for card, view, lines in (
            (self._cards[1], self.statements, statement_lines(answer.statements)),
            (self._cards[2], self.response, difference_lines(answer.diff)),
            (self._cards[3], self.logs, log_lines(answer.logs)),
        ):
            view.show_lines(lines)
            view.setVisible(bool(lines))
            card.show_empty(not lines)
        self._context.workbench.touched(self)

    def _swap(self) -> None:
        ref = ComparisonRef(self.ref.after, self.ref.before, self.ref.title)
        self._context.workbench.open(ref, self.origin)

    def open_side(self, side: _Side) -> None:
        """Show one of both requests."""
        if side.request is not None:
            self._context.workbench.open(TraceRef(side.request.id, request_text(side.request)), self.origin)

    # --- building ----------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        head = Surface("bg1", "bottom")
        row = QHBoxLayout(head)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(theme().scaled(10))
        row.addWidget(self.before, 1)
        row.addWidget(self.swap)
        row.addWidget(self.after, 1)
        body = Surface("bg1")
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(12, 12, 12, 12)
        self._grid.setSpacing(theme().scaled(12))
        self._area = QScrollArea()
        self._area.setAccessibleName("Comparison")
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        slim_bars(self._area)
        self._area.setWidget(body)
        self._area.hide()
        self._arrange(wide=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(head)
        self._column.addWidget(self._waiting, 1)
        self._column.addWidget(self._area, 1)
        self.setFocusProxy(self.statements)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One column where two are too narrow to be read."""
        super().resizeEvent(event)
        wide = self.width() >= theme().scaled(NARROW)
        if wide != self._wide:
            self._arrange(wide)

    def _arrange(self, wide: bool) -> None:
        self._wide = wide
        for at, card in enumerate(self._cards):
            row, column = (at // 2, at % 2) if wide else (at, 0)
            self._grid.addWidget(card, row, column, 1, 1 if wide else 2)
        self._grid.setColumnStretch(0, 40)
        self._grid.setColumnStretch(1, 60 if wide else 0)
        for row in range(4):
            self._grid.setRowStretch(row, 1 if row < 2 or not wide else 0)


class _Side(QWidget):
    """One of both: which request, when, and a way to it."""

    def __init__(self, word: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.request: TraceSummary | None = None
        self.word = ElidedLabel(word, "dim", ratio=0.88, weight=600)
        self.open = LinkButton("Open")
        self.open.setAccessibleName(f"Open the request {word}")
        self.text = ElidedLabel("", weight=600)
        self.about = ElidedLabel("", "dim", ratio=0.92)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(theme().scaled(8))
        row.addWidget(self.word)
        row.addWidget(self.open)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.text)
        column.addWidget(self.about)

    def show_request(self, request: TraceSummary) -> None:
        """Show which one it is."""
        self.request = request
        self.text.setText(request_text(request))
        parts = (status_text(request.status), ms_text(request.duration_ms), age_text(request.at), request.run)
        self.about.setText(" · ".join(part for part in parts if part))


class _Open(QObject):
    """Opens one side; lives as long as its button."""

    def __init__(self, tab: CompareTab, side: _Side) -> None:
        super().__init__(side.open)
        self._tab, self._side = tab, side

    def run(self) -> None:
        """Open it."""
        self._tab.open_side(self._side)


def _card(title: str, empty: str, view: QWidget) -> Card:
    card = Card(title, empty)
    card.show_empty(False)
    card.body.addWidget(view)
    return card


def statement_lines(changes: Sequence[StatementChange]) -> list[Line]:
    """SQL by fingerprint: `21 → 2`; what is equal is dim."""
    lines = []
    for change in changes:
        changed = change.before != change.after
        pieces = [Piece(piece.text, False, "" if changed else "dim") for piece in short(change.sql, "")]
        if change.mark:
            # Before the text, which may be cut.
            pieces.insert(0, Piece(f"{change.mark}  ", False, "error"))
        better = "ok" if change.after_ms <= change.before_ms else "warn"
        lines.append(
            Line(
                tuple(pieces),
                lead=f"{change.before:,} → {change.after:,}",
                right=f"{ms_text(change.before_ms)} → {ms_text(change.after_ms)}",
                right_token=better if changed else "dim",
                tip="\n".join(part for part in (change.sql, change.caller) if part),
                copy=change.sql,
                key=change.fingerprint,
            )
        )
    return lines


def log_lines(changes: Sequence[LogChange]) -> list[Line]:
    """Log lines by pattern."""
    return [
        Line(
            (
                Piece(
                    f"{change.logger} {change.pattern}", False, "" if change.before != change.after else "dim"
                ),
            ),
            lead=f"{change.before:,} → {change.after:,}",
            word=change.level,
            word_token=level_token(change.level),
            key=(change.level, change.logger, change.pattern),
        )
        for change in changes
    ]


def difference_lines(differences: Sequence[Difference]) -> list[Line]:
    """Where the responses differ; what counts for nothing is dim and says why."""
    lines = []
    for found in differences:
        token = "dim" if found.noise else ""
        pieces = [Piece(found.path or "whole", not found.noise, token)]
        if found.noise:
            pieces.append(Piece(f"  {found.noise}", False, "dim"))
        values = f"  {_shown(found.before)} → {_shown(found.after)}"
        pieces.append(Piece(values, False, token or "number"))
        tip = f"{found.path}\n{found.before}\n{found.after}"
        lines.append(Line(tuple(pieces), word=found.part, tip=tip, key=found.path))
    return lines


def _shown(value: str | None) -> str:
    if value is None:
        return "nothing"
    text = " ".join(value.split())
    return text if len(text) <= MOST_VALUE else text[:MOST_VALUE] + "…"
