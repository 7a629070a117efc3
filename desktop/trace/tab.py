"""One request in a tab: what it did on one clock, what it sent and got, its SQL, logs and replays."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.ages import age_text
from desktop.kit.flow import Flow
from desktop.kit.widgets import EmptyState, InlineProblem, Offer
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import Ref, StatementRef, TraceRef
from embedded_server.wire.request_findings import ABOUT, AboutRequest
from embedded_server.wire.trace import (
    GET,
    LIST,
    GetRequest,
    ListRequest,
    Trace,
    TracedStatement,
    TraceSummary,
)

from .feed import Feed
from .header import TraceHeader
from .inspector import TraceInspector, slowest
from .lines import LineList
from .message_view import MessageView
from .overview import Overview, log_lines
from .tables import beyond, run_lines, statement_lines
from .timeline_rows import Row
from .words import ms_text, plural, request_text, status_text

PARTS = ("Timeline", "Request", "Response", "SQL", "Logs", "Runs")
MOST_RUNS = 500
AGES_MILLISECONDS = 10_000


class TraceTab(Tab):
    """Opened by a `TraceRef`. It follows what is done about its request, and its replays."""

    ref: TraceRef
    icon = "trace"
    # The context menu of the selected statement is wanted at this place.
    menu_wanted = Signal(object)

    def __init__(self, context: Context, feed: Feed, ref: TraceRef) -> None:
        super().__init__()
        self._context, self._feed = context, feed
        self.ref = ref
        self.trace: Trace | None = None
        self.runs: list[TraceSummary] = []
        self._statement = -1
        self._flow: Flow | None = None
        self._runs_flow: Flow | None = None
        self.header = TraceHeader(context)
        self.overview = Overview(context)
        self.request, self.response = MessageView("Request"), MessageView("Response")
        self.statements = LineList("Statements", lead="0,000", lead_right=True, word="00,000 ms")
        self.logs = LineList("Log lines of the request", lead="00:00:00.000", word="CRITICAL")
        self.run_list = LineList("Runs", lead="000000000000/00", word="00 min ago")
        self.panel = TraceInspector(context)
        self._stack = QStackedWidget()
        self._pages: tuple[QWidget, ...] = (
            self.overview,
            self.request,
            self.response,
            self.statements,
            self.logs,
            self.run_list,
        )
        self._waiting = EmptyState("Reading the request…")
        self._problem: QWidget | None = None
        self._lay_out()
        self._ages = QTimer(self)
        self._ages.setInterval(AGES_MILLISECONDS)
        self._connect()
        self.refresh()

    # --- what the workbench asks -------------------------------------------------------------------

    def title(self) -> str:
        """Method and target, the status when it is bad."""
        if self.trace is None:
            return self.ref.label()
        summary = self.trace.summary
        status = f" · {status_text(summary.status)}" if summary.status >= 400 or not summary.status else ""
        return request_text(summary) + status

    def path(self) -> str:
        """`trace 7c1e · 12 s ago`"""
        age = f" · {age_text(self.trace.summary.at)}" if self.trace is not None else ""
        return f"trace {self.ref.trace[:8]}{age}"

    def inspector(self) -> QWidget:
        """What is selected on the timeline."""
        return self.panel

    def subject(self, kind: str) -> Ref | None:
        """The request itself, or the selected statement."""
        if kind == TraceRef.kind:
            return self.ref
        if kind == StatementRef.kind:
            statement = self.statement()
            return self.statement_ref(statement) if statement is not None else None
        return None

    def status(self) -> list[str]:
        """Duration, statements, log lines."""
        if self.trace is None:
            return []
        summary = self.trace.summary
        return [
            ms_text(summary.duration_ms),
            f"{plural(summary.statements, 'statement')}, {ms_text(summary.sql_ms)}",
            plural(summary.logs, "log line"),
        ]

    def state(self) -> dict[str, Any]:
        """The part shown and the statement selected."""
        return {"part": self.header.parts.currentIndex(), "statement": self._statement}

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` said in an earlier run."""
        part, number = state.get("part"), state.get("statement")
        if isinstance(part, int) and 0 <= part < len(PARTS):
            self.show_part(PARTS[part])
        if isinstance(number, int):
            self._statement = number

    def closing(self) -> None:
        """Stop what is under way."""
        for flow in (self._flow, self._runs_flow):
            if flow is not None:
                flow.cancel()

    def refresh(self) -> None:
        """Read the request anew; what is selected stays selected."""
        if self._flow is not None:
            self._flow.cancel()
        self._flow = self._context.flow(self, self._load())
        self._load_runs()

    def show_problem(self, problem: Problem) -> None:
        """A request that cannot be read says why in its place."""
        if self.trace is not None:
            self._context.notify.problem(problem)
            return
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(InlineProblem(problem, (Offer("Try again", self.refresh),), closable=False))
        column.addStretch(1)
        if self._problem is not None:
            self._stack.removeWidget(self._problem)
            self._problem.deleteLater()
        self._problem = page
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)

    # --- what others ask ---------------------------------------------------------------------------

    def statement(self) -> TracedStatement | None:
        """The selected statement."""
        found = self.trace.statements if self.trace is not None else []
        return next((one for one in found if one.number == self._statement), None)

    def statement_ref(self, statement: TracedStatement) -> StatementRef:
        """A statement as other capabilities take it."""
        place = statement.connection or statement.database
        return StatementRef(place, statement.sql, statement.params, self.ref.trace, statement.number)

    def show_part(self, name: str) -> None:
        """Bring a part to the front."""
        within = self._stack.isAncestorOf(QApplication.focusWidget() or self)
        self.header.parts.setCurrentIndex(PARTS.index(name))
        page = self._stack.currentWidget()
        if within and page is not None:
            page.setFocus()

    def select_statement(self, number: int) -> None:
        """Select a statement everywhere."""
        timeline = self.overview.timeline
        was_blocked = timeline.blockSignals(True)
        if timeline.pick("statement", number):
            self._statement = number
        timeline.blockSignals(was_blocked)
        self._show_selected()

    # --- loading -----------------------------------------------------------------------------------

    async def _load(self) -> None:
        trace = await self._context.api.call(GET, GetRequest(self.ref.trace))
        first = self.trace is None
        self.trace = trace
        wanted = self._statement
        self.overview.show_trace(trace)
        summary = trace.summary
        self.request.show_message(request_text(summary), trace.request)
        took = f"{status_text(summary.status)} · {ms_text(summary.duration_ms)}"
        self.response.show_message(took, trace.response)
        self.statements.show_lines(statement_lines(trace))
        self.logs.show_lines([*log_lines(trace), *beyond(trace, "logs", "log line")])
        self._show_counts()
        if first:
            self._show_part(self.header.parts.currentIndex())
        row = self.overview.timeline.row()
        if row is not None:
            self._picked(row)
        if wanted > 0:
            self.select_statement(wanted)
        self._context.workbench.touched(self)
        await self._load_findings()

    async def _load_findings(self) -> None:
        """What the request tells of itself; a server without explanations tells nothing."""
        try:
            answer = await self._context.api.call(ABOUT, AboutRequest(self.ref.trace))
        except ProblemError:
            return
        self.overview.findings.show_findings(answer.findings)

    def _load_runs(self) -> None:
        if self._runs_flow is not None:
            self._runs_flow.cancel()
        self._runs_flow = Flow(self, self._read_runs(), self._no_runs)

    async def _read_runs(self) -> None:
        request = ListRequest(filter=f"origin:{self.ref.trace}", limit=MOST_RUNS)
        answer = await self._context.api.call(LIST, request)
        self.runs = answer.requests
        self.run_list.show_lines(run_lines(self.runs))
        self._show_counts()
        self._show_part(self.header.parts.currentIndex())

    def _no_runs(self, _: Problem) -> None:
        self.runs = []

    def _show_counts(self) -> None:
        trace = self.trace
        counts = {} if trace is None else {"SQL": trace.summary.statements, "Logs": trace.summary.logs}
        self.header.show_counts({**counts, "Runs": len(self.runs)})

    # --- inside ------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._none = {
            "SQL": EmptyState("No statements", "This request did not use a database.", "sql"),
            "Logs": EmptyState("No log lines", "Nothing was logged while this request ran.", "logs"),
            "Runs": EmptyState(
                "Not replayed yet", "Ctrl+Shift+R sends the request again; its replays stand here.", "play"
            ),
        }
        for page in (self._waiting, *self._pages, *self._none.values()):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.overview)

    def _connect(self) -> None:
        self._ages.timeout.connect(self._older)
        self.header.parts.chosen.connect(self._show_part)
        self.overview.picked.connect(self._picked)
        self.overview.path.wanted.connect(self._open)
        self.statements.picked.connect(self._pick_statement)
        self.logs.picked.connect(self._pick_log)
        self.run_list.opened.connect(self._open_run)
        for view in (self.overview.timeline, self.overview.groups, self.statements):
            view.menu_wanted.connect(self.menu_wanted)
        self._feed.stepped.connect(self._stepped)
        self._feed.arrived.connect(self._arrived)
        self._feed.reset.connect(self.refresh)

    def showEvent(self, event: QShowEvent) -> None:
        """How long ago it was goes on while it is looked at."""
        super().showEvent(event)
        self._ages.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing runs unseen."""
        self._ages.stop()
        super().hideEvent(event)

    def _older(self) -> None:
        self._context.workbench.touched(self)

    def _show_part(self, part: int) -> None:
        if self.trace is None:
            return
        name = PARTS[part]
        counts = {"SQL": len(self.trace.statements), "Logs": len(self.trace.logs), "Runs": len(self.runs)}
        empty = name in counts and not counts[name]
        self._stack.setCurrentWidget(self._none[name] if empty else self._pages[part])
        if name != "Logs":
            self._inspect_again()

    def _inspect_again(self) -> None:
        """Behind a log line the inspector shows what is selected on the timeline again."""
        row = self.overview.timeline.row()
        if self._statement > 0:
            self._show_selected()
        elif row is not None:
            self._picked(row)

    def _picked(self, row: object) -> None:
        if not isinstance(row, Row) or self.trace is None:
            return
        if row.kind in ("statement", "group"):
            members = [one for one in self.trace.statements if one.number in row.numbers]
            self._statement = slowest(members).number if members else -1
        else:
            self._statement = -1
        self.panel.show_row(self.trace, row)
        self._mark_statement()
        self._context.workbench.touched(self)

    def _show_selected(self) -> None:
        statement = self.statement()
        if statement is not None and self.trace is not None:
            self.panel.show_statement(self.trace, statement)
        self._mark_statement()
        self._context.workbench.touched(self)

    def _pick_statement(self, key: object) -> None:
        if isinstance(key, int) and key != self._statement:
            self.select_statement(key)

    def _mark_statement(self) -> None:
        """The list of statements follows the timeline, so that switching parts changes nothing."""
        if self._statement > 0:
            self.statements.pick(self._statement)

    def _pick_log(self, key: object) -> None:
        if self.trace is None or not isinstance(key, int):
            return
        line = next((line for line in self.trace.logs if line.number == key), None)
        if line is not None:
            self.panel.show_log(self.trace, line)

    def _open(self, ref: object) -> None:
        if isinstance(ref, Ref):
            self._context.workbench.open(ref, self.ref)

    def _open_run(self, key: object) -> None:
        self._context.workbench.open(TraceRef(str(key), self.title()), self.ref)

    def _stepped(self, trace: str) -> None:
        if trace == self.ref.trace:
            self.refresh()

    def _arrived(self, fresh: list[TraceSummary]) -> None:
        if any(request.origin == self.ref.trace for request in fresh):
            self._load_runs()
