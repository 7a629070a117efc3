"""The index lab: candidates for one statement, the planner's word on each, and trying one for real."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.flow import Flow
from desktop.kit.two_lines import Row, TwoLineList
from desktop.kit.widgets import (
    EmptyState,
    InlineProblem,
    Message,
    Offer,
    Paragraph,
    Splitter,
    refresh_bound,
)
from embedded_server.wire.explain import (
    ADVISE,
    TRIAL,
    AdviseRequest,
    AdviseResponse,
    Plan,
    Suggestion,
    TrialRequest,
)
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import LabRef, ProposalRef, Ref, StatementRef, TraceRef

from .candidate_view import CandidateView
from .lab_bar import LabBar
from .words import gain_text, one_line, stage_text

_HOW = {
    "hypopg": "PostgreSQL's planner was asked through HypoPG; nothing was made.",
    "clone": "SQLite's planner was asked on a copy of the schema in memory; nothing was made.",
}


class LabTab(Tab):
    """Opened by a `LabRef`."""

    ref: LabRef
    icon = "index"

    def __init__(self, context: Context, ref: LabRef, origin: Ref | None = None) -> None:
        super().__init__()
        self._context = context
        self.ref = ref
        self.origin = origin
        self.answer: AdviseResponse | None = None
        self.trying = ""
        self._moved_by_hand = False
        self._tried: dict[str, tuple[Plan, Plan]] = {}
        self._flow: Flow | None = None
        self._message: QWidget | None = None
        self.bar = LabBar(context, one_line(ref.statement.sql))
        self.list = TwoLineList("Candidates")
        self.view = CandidateView()
        self.notes = Paragraph("", "dim")
        self.notes.setContentsMargins(14, 8, 14, 8)
        self._waiting = EmptyState("Looking for indexes…", "The planner is asked about each candidate.")
        self._nothing = EmptyState("No index to suggest", "", "index")
        self._trouble = QWidget()
        QVBoxLayout(self._trouble).setContentsMargins(14, 14, 14, 14)
        self._lay_out()
        self.list.moved.connect(self._moved)
        self.load()

    def _lay_out(self) -> None:
        upper = QWidget()
        self._upper = QVBoxLayout(upper)
        self._upper.setContentsMargins(0, 0, 0, 0)
        self._upper.setSpacing(0)
        self._upper.addWidget(self.notes)
        self._upper.addWidget(self.list, 1)
        self.splitter = Splitter(vertical=True)
        self.splitter.addWidget(upper)
        self.splitter.addWidget(self.view)
        self.splitter.setSizes([280, 520])
        # Another height of the tab is one of the plans below.
        self.splitter.setStretchFactor(0, 0)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.splitterMoved.connect(self._by_hand)
        self._stack = QStackedWidget()
        for page in (self.splitter, self._waiting, self._nothing, self._trouble):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.list)

    # --- what the workbench asks -----------------------------------------------------------------------

    def path(self) -> str:
        """The statement in one line."""
        return one_line(self.ref.statement.sql)[:200]

    def connection(self) -> str:
        """Where the indexes would be made."""
        return self.ref.statement.connection

    def subject(self, kind: str) -> Ref | None:
        """The statement, or the selected candidate as a change to the schema."""
        if kind == StatementRef.kind:
            return self.ref.statement
        if kind == ProposalRef.kind:
            one = self.candidate()
            return None if one is None else ProposalRef(self.connection(), f"add {one.name}", [one.operation])
        return super().subject(kind)

    def refresh(self) -> None:
        """Ask the planner again; what was measured is kept."""
        self.load()

    def status(self) -> list[str]:
        """How many candidates."""
        count = len(self.answer.suggestions) if self.answer is not None else 0
        return ["1 candidate" if count == 1 else f"{count} candidates"] if count else []

    def closing(self) -> None:
        """Stop what runs for this tab; a trial is rolled back."""
        if self._flow is not None:
            self._flow.cancel()

    def show_problem(self, problem: Problem) -> None:
        """Above the candidates when there are some, else in their place."""
        self.trying = ""
        if self.answer is not None and self.answer.suggestions:
            offers: tuple[Offer, ...] = ()
            if problem.code == "explain.not_local":
                offers = (Offer("Try it there anyway", self._try_confirmed),)
            self._tell(InlineProblem(problem, offers))
            self._show_rows()
            return
        _only(self._trouble, InlineProblem(problem, (Offer("Try again", self.load),), closable=False))
        self._stack.setCurrentWidget(self._trouble)

    # --- candidates ------------------------------------------------------------------------------------

    def candidate(self) -> Suggestion | None:
        """The candidate under the cursor."""
        name = self.list.thing()
        found = self.answer.suggestions if self.answer is not None else []
        return next((one for one in found if one.name == name), None)

    def trace(self) -> str:
        """The trace this serves."""
        return self.origin.trace if isinstance(self.origin, TraceRef) else self.ref.statement.trace

    def load(self) -> None:
        """Ask for advice."""
        if self.answer is None:
            self._stack.setCurrentWidget(self._waiting)
        self._run(self._advised())

    def _run(self, steps: Any) -> None:
        if self._flow is not None:
            self._flow.cancel()
        self._flow = self._context.flow(self, steps)

    async def _advised(self) -> None:
        statement = self.ref.statement
        request = AdviseRequest(
            connection=statement.connection, sql=statement.sql, params=statement.params, origin=self.trace()
        )
        answer = await self._context.api.call(ADVISE, request)
        known = {one.name: one for one in self.answer.suggestions} if self.answer is not None else {}
        kept = [_measured(known.get(one.name), one) for one in answer.suggestions]
        self.answer = msgspec.structs.replace(answer, suggestions=kept)
        self._show()

    def _show(self) -> None:
        answer = self.answer
        if answer is None:
            return
        notes = " ".join(filter(None, (_HOW.get(answer.what_if, ""), *answer.notes)))
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        if not answer.suggestions:
            self._nothing.show_text("No index to suggest", notes)
            self._stack.setCurrentWidget(self._nothing)
            return
        self._stack.setCurrentWidget(self.splitter)
        self._show_rows()
        self._context.workbench.touched(self)

    def _show_rows(self) -> None:
        current = self.list.currentIndex().row()
        found = self.answer.suggestions if self.answer is not None else []
        rows = [_row(one, trying=one.name == self.trying) for one in found]
        self.list.show_rows(rows, max(0, current))
        if not self._moved_by_hand:
            self._fit_list(len(rows))

    def _fit_list(self, count: int) -> None:
        """The list takes the room of its rows, up to a third of the tab; findings take the rest."""
        row = self.list.sizeHintForRow(0) if count else 0
        notes = 0 if self.notes.isHidden() else self.notes.heightForWidth(self.width())
        wanted = min(notes + count * row + 4, self.height() // 3)
        self.splitter.setSizes([wanted, max(1, self.height() - wanted)])

    def _by_hand(self) -> None:
        self._moved_by_hand = True

    def _moved(self, name: str) -> None:
        one = self.candidate()
        if one is not None and self.answer is not None:
            self.view.show_candidate(one, self.answer.plan, self._tried.get(name))
            self.bar.show_stage(measured=one.stage == "measured")
            self._context.workbench.touched(self)

    # --- trying ----------------------------------------------------------------------------------------

    def why_not_try(self) -> str:
        """Why nothing can be tried now."""
        if self.trying:
            return "A trial is under way"
        return "" if self.candidate() is not None else "Select a candidate first"

    def try_it(self, *, confirm: bool = False) -> None:
        """Build the selected index in a transaction that is rolled back, and measure."""
        one = self.candidate()
        if one is not None and not self.trying:
            self.trying = one.name
            self._show_rows()
            refresh_bound(self.bar)
            self._run(self._attempt(one, confirm))

    def _try_confirmed(self) -> None:
        self.try_it(confirm=True)

    async def _attempt(self, one: Suggestion, confirm: bool) -> None:
        statement = self.ref.statement
        request = TrialRequest(
            connection=statement.connection,
            sql=statement.sql,
            params=statement.params,
            table=one.table,
            schema=one.schema,
            columns=one.columns,
            confirm=confirm,
            origin=self.trace(),
        )
        try:
            answer = await self._context.api.call(TRIAL, request)
        finally:
            self.trying = ""
        self._tried[one.name] = (answer.before, answer.after)
        self._replace(_measured(answer.suggestion, one))
        self._show_rows()
        self._moved(one.name)
        found = answer.suggestion
        self._context.notify.say(f"{one.name}: {stage_text(found)}, {gain_text(found)}.")

    def _replace(self, one: Suggestion) -> None:
        if self.answer is not None:
            found = [one if other.name == one.name else other for other in self.answer.suggestions]
            self.answer = msgspec.structs.replace(self.answer, suggestions=found)

    def _tell(self, message: Message) -> None:
        if self._message is not None:
            self._message.deleteLater()
        self._message = message
        message.closed.connect(message.hide)
        self._upper.insertWidget(0, message)


def _measured(measured: Suggestion | None, asked: Suggestion) -> Suggestion:
    """What the planner said, and what was measured beside it."""
    if measured is None or measured.stage != "measured":
        return asked
    return msgspec.structs.replace(
        measured,
        reason=asked.reason,
        recommended=asked.recommended,
        bytes=measured.bytes if measured.bytes is not None else asked.bytes,
        bytes_at_most=measured.bytes is None and asked.bytes_at_most,
        plan=asked.plan,
    )


def _row(one: Suggestion, *, trying: bool) -> Row:
    tokens = {"measured": {"faster": "ok", "slower": "error"}.get(one.verdict, "dim"), "planner": "info"}
    token = tokens.get(one.stage, "dim")
    stage = "being tried…" if trying else stage_text(one)
    table = f"{one.schema}.{one.table}" if one.schema else one.table
    return Row(
        f"{table} ({', '.join(one.columns)})",
        gain_text(one),
        " · ".join(filter(None, (stage, one.reason))),
        one.write_cost,
        token=token if one.stage == "measured" else "dim",
        badge=token,
        bold=one.recommended,
        tip=one.ddl,
        thing=one.name,
    )


def _only(box: QWidget, widget: QWidget) -> None:
    """Put one widget into a box in the place of what was there."""
    layout = box.layout()
    while layout is not None and layout.count():
        item = layout.takeAt(0)
        old = item.widget() if item is not None else None
        if old is not None:
            old.deleteLater()
    if isinstance(layout, QVBoxLayout):
        layout.addWidget(widget)
        layout.addStretch(1)
