"""The tab of a plan: of a statement, a stored one, or one that is pasted."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.editor.editor import SqlEditor
from desktop.kit.flow import Flow
from desktop.kit.theme import theme
from desktop.kit.widgets import (
    ElidedLabel,
    EmptyState,
    InlineProblem,
    Offer,
    PrimaryVerbButton,
    SegmentedBar,
    Toolbar,
    VerbButton,
    refresh_bound,
)
from embedded_server.wire.explain import (
    COMPARE,
    PIN,
    PLAN,
    PLANS,
    STATEMENT,
    CompareRequest,
    IndexColumns,
    PinRequest,
    PlanRequest,
    PlansRequest,
    StatementRequest,
    StatementResponse,
)
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import LabRef, PlanRef, ProposalRef, Ref, StatementRef, TraceRef

from .compare_view import CompareView
from .node_panel import NodePanel
from .paste_view import PasteView
from .plan_view import PlanView
from .raw_text import RawText
from .words import count_text, one_line, whole_text

PARTS = ("Plan", "Compare", "SQL", "Raw")
PASTE = ""


class PlanTab(Tab):
    """Opened by a `StatementRef` (it is explained then) or a `PlanRef` (stored; without id: to be pasted)."""

    ref: StatementRef | PlanRef
    icon = "plan"

    def __init__(
        self,
        context: Context,
        ref: StatementRef | PlanRef,
        origin: Ref | None = None,
        *,
        analyze: bool = False,
    ) -> None:
        super().__init__()
        self._context = context
        self.ref = ref
        self.origin = origin
        self.answer: StatementResponse | None = None
        self.analyze = analyze
        self._flow: Flow | None = None
        self.parts = SegmentedBar(PARTS, "Plan parts")
        self.kind = Whole("", "dim")
        self.kind.setContentsMargins(0, 0, theme().scaled(8), 0)
        self.view = PlanView()
        self.compare = CompareView()
        self.sql = SqlEditor("Statement with its values")
        self.sql.setReadOnly(True)
        self.raw = RawText("Plan as the database gave it")
        self.paste = PasteView()
        self.panel = NodePanel()
        self._waiting = EmptyState("Asking for the plan…")
        self._trouble = QWidget()
        QVBoxLayout(self._trouble).setContentsMargins(14, 14, 14, 14)
        self._lay_out()
        self._connect()
        self.load()

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        for page in (self.view, self.compare, self.sql, self.raw, self.paste, self._waiting, self._trouble):
            self._stack.addWidget(page)
        verbs = self._context.verbs
        self.bar = Toolbar()
        self.bar.add(self.parts)
        self.bar.add_right(self.kind)
        self.bar.add_right(VerbButton(verbs, "explain.pin", "Pin"))
        self.bar.add_right(VerbButton(verbs, "explain.lab", "Index lab"))
        self.bar.add_right(PrimaryVerbButton(verbs, "explain.analyze", "Run and measure"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.parts.chosen.connect(self._show_part)
        self.view.chosen.connect(self._node_chosen)
        self.view.index_wanted.connect(self.open_lab)
        self.compare.wanted.connect(self._compare_with)
        self.paste.pasted.connect(self._read)

    # --- what the workbench asks -----------------------------------------------------------------------

    def title(self) -> str:
        """What it is the plan of."""
        if isinstance(self.ref, PlanRef):
            return self.ref.title or ("Plan" if self.ref.plan else "Paste a plan")
        return f"Plan: {self.ref.label()}"

    def path(self) -> str:
        """The statement in one line."""
        sql = self.answer.sql if self.answer is not None and self.answer.sql else ""
        return one_line(sql)[:200] or self.title()

    def connection(self) -> str:
        """Where it was explained."""
        if isinstance(self.ref, StatementRef):
            return self.ref.connection
        return self.answer.connection if self.answer is not None else ""

    def subject(self, kind: str) -> Ref | None:
        """The statement, the stored plan, or the index that its first finding proposes."""
        if kind == StatementRef.kind:
            return self.statement()
        if kind == PlanRef.kind and self.answer is not None:
            return PlanRef(self.answer.id, self.title())
        if kind == ProposalRef.kind:
            return self._proposal()
        return super().subject(kind)

    def statement(self) -> StatementRef | None:
        """The statement behind the plan, null for one that was pasted without."""
        if isinstance(self.ref, StatementRef):
            return self.ref
        answer = self.answer
        if answer is None or not answer.connection or not answer.sql:
            return None
        return StatementRef(answer.connection, answer.sql, None, answer.origin)

    def inspector(self) -> QWidget:
        """The node under the cursor."""
        return self.panel

    def refresh(self) -> None:
        """Ask again."""
        self.load(analyze=self.analyze)

    def status(self) -> list[str]:
        """Whole time or cost, and which of both it is."""
        if self.answer is None:
            return []
        plan = self.answer.plan
        nodes = f"{len(plan.nodes)} operators" if len(plan.nodes) != 1 else "1 operator"
        return [part for part in (whole_text(plan), nodes if plan.nodes else "") if part]

    def state(self) -> dict[str, Any]:
        """Which stored plan it shows: it need not be made again."""
        return {"plan": self.answer.id if self.answer is not None else "", "part": self.parts.currentIndex()}

    def restore(self, state: dict[str, Any]) -> None:
        """The stored plan of an earlier run."""
        plan = state.get("plan")
        if isinstance(plan, str) and plan:
            self._run(self._stored(plan))
        part = state.get("part")
        if isinstance(part, int) and 0 <= part < len(PARTS):
            self.parts.setCurrentIndex(part)

    def closing(self) -> None:
        """Stop what runs for this tab."""
        if self._flow is not None:
            self._flow.cancel()

    def show_problem(self, problem: Problem) -> None:
        """In the place of the plan; a plan that is there already stays behind its part."""
        layout = self._trouble.layout()
        while layout is not None and layout.count():
            item = layout.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        offers = (Offer("Try again", self.refresh),)
        if problem.code in ("explain.writes", "job.timeout"):
            offers = (Offer("Explain without running it", self.explain),)
        elif self.answer is not None:
            offers = (Offer("Back to the plan", self._back),)
        message = InlineProblem(problem, offers, closable=False)
        if isinstance(layout, QVBoxLayout):
            layout.addWidget(message)
            layout.addStretch(1)
        self._stack.setCurrentWidget(self._trouble)

    # --- asking ----------------------------------------------------------------------------------------

    def explain(self) -> None:
        """The planner's guess, without running anything."""
        self.load(analyze=False)

    def measure(self) -> None:
        """Run the statement and measure it; it asks nothing, for only reading statements are run."""
        self.load(analyze=True)

    def load(self, *, analyze: bool | None = None) -> None:
        """Get what the tab shows."""
        self.analyze = self.analyze if analyze is None else analyze
        if isinstance(self.ref, StatementRef):
            self._run(self._explained(self.ref))
        elif self.ref.plan:
            self._run(self._stored(self.ref.plan))
        else:
            self._stack.setCurrentWidget(self.paste)

    def _run(self, steps: Any) -> None:
        if self._flow is not None:
            self._flow.cancel()
        if self.answer is None:
            self._waiting.show_text("Running the statement…" if self.analyze else "Asking for the plan…")
            self._stack.setCurrentWidget(self._waiting)
        self._flow = self._context.flow(self, steps)

    def trace(self) -> str:
        """The trace this serves."""
        if isinstance(self.origin, TraceRef):
            return self.origin.trace
        return self.ref.trace if isinstance(self.ref, StatementRef) else ""

    async def _explained(self, ref: StatementRef) -> None:
        request = StatementRequest(
            connection=ref.connection,
            sql=ref.sql,
            params=ref.params,
            analyze=self.analyze,
            origin=self.trace(),
            number=ref.number,
        )
        self._show(await self._context.api.call(STATEMENT, request))

    async def _stored(self, plan: str) -> None:
        self._show(await self._context.api.call(PLAN, PlanRequest(id=plan)))

    def _read(self, text: str) -> None:
        self._run(self._pasted(text))

    async def _pasted(self, text: str) -> None:
        self._show(await self._context.api.call(PLAN, PlanRequest(plan=text)))

    def _show(self, answer: StatementResponse) -> None:
        self.answer = answer
        self.analyze = answer.plan.measured
        self.kind.setText(whole_text(answer.plan))
        self.kind.set_token("ok" if answer.plan.measured else "dim")
        self.view.show_answer(answer)
        self.sql.setPlainText(answer.sql)
        self.raw.setPlainText(answer.plan.text)
        self.compare.show_plans([])
        self._show_part(self.parts.currentIndex())
        refresh_bound(self.bar)
        self._context.workbench.touched(self)

    # --- parts -----------------------------------------------------------------------------------------

    def _back(self) -> None:
        self.parts.setCurrentIndex(0)
        self._show_part(0)

    def _show_part(self, part: int) -> None:
        if self.answer is None:
            return
        self._stack.setCurrentIndex(part)
        if part == 1:
            self._context.flow(self, self._list_plans(self.answer))

    async def _list_plans(self, answer: StatementResponse) -> None:
        asked = PlansRequest(connection=answer.connection, sql=answer.sql, limit=50)
        found = (await self._context.api.call(PLANS, asked)).plans if answer.sql else []
        self.compare.show_plans([plan for plan in found if plan.id != answer.id])
        self.compare.ask_first()

    def _compare_with(self, plan: str) -> None:
        self._context.flow(self, self._compared(plan))

    async def _compared(self, plan: str) -> None:
        if self.answer is not None:
            request = CompareRequest(before=plan, after=self.answer.id)
            self.compare.show_comparison(await self._context.api.call(COMPARE, request))

    def _node_chosen(self, node: int) -> None:
        if self.answer is not None:
            self.panel.show_node(self.answer.plan, self.answer.plan.nodes[node])
            self._context.workbench.touched(self)

    # --- from here on ----------------------------------------------------------------------------------

    def open_lab(self, _: IndexColumns | None = None) -> None:
        """Try indexes for this statement."""
        statement = self.statement()
        if statement is not None:
            self._context.workbench.open(LabRef(statement), self.origin)

    def pin(self) -> None:
        """Keep this plan for good, or let it go."""
        if self.answer is not None:
            self._context.flow(self, self._pin(self.answer.id, not self.answer.pinned))

    async def _pin(self, plan: str, pinned: bool) -> None:
        await self._context.api.call(PIN, PinRequest(plan, pinned))
        self.answer = await self._context.api.call(PLAN, PlanRequest(id=plan))
        self._context.notify.say("The plan is kept." if pinned else "The plan is no longer kept.")

    def _proposal(self) -> ProposalRef | None:
        finding = next((one for one in self.answer.findings if one.index), None) if self.answer else None
        if finding is None or finding.index is None:
            return None
        index = finding.index
        name = "_".join(["ix", index.table, *index.columns])[:63]
        operation: dict[str, Any] = {"op": "create_index", "table": index.table, "schema": index.schema}
        operation |= {"name": name, "columns": list(index.columns), "unique": False}
        return ProposalRef(self.connection(), f"add {name}", [operation])


class Whole(ElidedLabel):
    """How long it took or what it costs; only how that is known may be cut."""

    def minimumSizeHint(self) -> QSize:
        """The figure, which stands before the last comma."""
        figure, comma, _ = self.line().rpartition(", ")
        margins = self.contentsMargins()
        shown = f"{figure}{comma.strip()}…" if figure else "…"
        width = QFontMetrics(self.font()).horizontalAdvance(shown) + margins.left() + margins.right() + 1
        return QSize(min(width, self.sizeHint().width()), self.sizeHint().height())


def summary_of(answer: StatementResponse) -> dict[str, Any]:
    """What a tour writes down of a plan."""
    findings = [one.rule for one in answer.findings]
    return {
        "plan": whole_text(answer.plan),
        "nodes": count_text(len(answer.plan.nodes)),
        "findings": findings,
    }
