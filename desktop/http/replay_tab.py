"""Replays of a request: times before and after, the table, the verdict, differences, statements."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import msgspec
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.widgets import (
    EmptyState,
    InlineProblem,
    Message,
    MessagePlace,
    Offer,
    VerbButton,
    slim_bars,
)
from embedded_server.wire.http import (
    GET,
    LIST,
    REPLAY,
    Alternate,
    Draft,
    GetRequest,
    ListRequest,
    ReplayRequest,
    ReplayResponse,
    RunSummary,
)
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import Ref, ReplayRef, TraceRef
from embedded_server.wire.server import Event
from embedded_server.wire.trace import GET as TRACE
from embedded_server.wire.trace import GetRequest as TraceRequest

from .environment_panel import EnvironmentPanel
from .replay_bar import CAPTURE, ReplayBar
from .replay_result import ReplayResult

_HOST = re.compile(r"host's name: (\S+?)\.(?:\s|$)")
_ASKED = re.compile(r"(\S+) × (\d+) to (\S+?)\.(?:\s|$)")
_EMPTY = (
    "Not replayed yet",
    "Times, statements and answers of its replays will stand here, beside those of before.",
)
_UNANSWERED = ("Nothing was sent yet", "The question above waits for its answer.")


class ReplayTab(Tab):
    """Opened by a `ReplayRef`; `start` replays, `show_run` shows a stored run."""

    ref: ReplayRef
    icon = "compare"

    def __init__(
        self, context: Context, ref: ReplayRef, origin: Ref | None, draft: Draft | None = None
    ) -> None:
        super().__init__()
        self._context, self.ref = context, ref
        self.origin = origin or (TraceRef(ref.trace, ref.title) if ref.trace else None)
        self._draft = draft
        self.shown: ReplayResponse | None = None
        self.runs: list[RunSummary] = []
        self._question: Message | None = None
        self._flow: Flow | None = None
        self.bar = ReplayBar(context)
        self.result = ReplayResult()
        self.panel = EnvironmentPanel(context)
        self._empty = EmptyState(*_EMPTY, "compare")
        self._again = VerbButton(context.verbs, "http.replay", "Replay")
        self._empty.add(self._again)
        self._stack = QStackedWidget()
        self._lay_out()
        self.bar.environment.picked.connect(self._picked)
        self.bar.environment.loaded.connect(self._loaded)
        self.bar.runs_picked.connect(self._show_picked)
        self.panel.saved.connect(self.bar.environment.reload)
        context.events.happened.connect(self._happened)
        self.bar.environment.reload("")
        self._flow = context.flow(self, self._load(ref.run))

    # --- what the workbench asks -----------------------------------------------------------------------

    def title(self) -> str:
        """What is replayed."""
        return f"Replay {self.ref.title or (self.shown.title if self.shown else self.ref.trace[:8])}"

    def path(self) -> str:
        """The trace it serves."""
        return f"trace {self.ref.trace[:8]} · replays" if self.ref.trace else "replays"

    def subject(self, kind: str) -> Ref | None:
        """The captured request."""
        if kind == TraceRef.kind and self.ref.trace:
            return TraceRef(self.ref.trace, self.ref.title)
        return super().subject(kind)

    def inspector(self) -> QWidget:
        """The environment."""
        return self.panel

    def status(self) -> list[str]:
        """The verdict."""
        return [self.shown.comparison.verdict.text] if self.shown else []

    def state(self) -> dict[str, Any]:
        """The run shown."""
        return {"run": self.shown.run if self.shown else "", "part": self.result.parts.currentIndex()}

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` said in an earlier run."""
        if isinstance(state.get("part"), int):
            self.result.parts.setCurrentIndex(state["part"])

    def closing(self) -> None:
        """Stop what is under way."""
        self.stop()

    def refresh(self) -> None:
        """Read the runs anew."""
        if not self.running():
            self._flow = self._context.flow(self, self._load(self.shown.run if self.shown else ""))

    def show_problem(self, problem: Problem) -> None:
        """Above the result; what was measured before stays."""
        self.bar.show_progress("")
        self._tell(InlineProblem(problem, (Offer("Try again", self.start),)))

    # --- acts ------------------------------------------------------------------------------------------

    def running(self) -> bool:
        """Whether requests are being sent."""
        return self.bar.busy

    def asking(self) -> bool:
        """Whether the question of a request that may change data waits for its answer."""
        return self._question is not None and self.place.message is self._question

    def start(self) -> None:
        """Replay with what is chosen in the bar."""
        self._start(None)

    def stop(self) -> None:
        """Give up, be it what is asked or what runs."""
        if self.asking():
            self._withdraw()
        if self._flow is not None:
            self._flow.cancel()
        self.bar.show_progress("")

    def show_run(self, run: str) -> None:
        """Show a stored run."""
        self._flow = self._context.flow(self, self._load(run))

    def _start(self, confirmed: ReplayRequest | None) -> None:
        self.stop()
        self._withdraw()
        self.bar.show_progress("Replaying…")
        self._flow = self._context.flow(self, self._replay(confirmed))

    def _request(self) -> ReplayRequest:
        return ReplayRequest(
            trace=self.ref.trace if self._draft is None else "",
            request=self._draft,
            environment=self.bar.environment.name(),
            count=self.bar.count.value(),
            warm_up=self.bar.warm_up.value(),
            before_run=self.bar.before_run(),
            alternate=self.bar.alternate(),
            origin=self.origin.trace if isinstance(self.origin, TraceRef) else "",
        )

    async def _replay(self, confirmed: ReplayRequest | None) -> None:
        request = confirmed or self._request()
        try:
            answer = await self._context.api.call(REPLAY, request)
        except ProblemError as error:
            self.bar.show_progress("")
            if error.problem.code != "http.confirm":
                raise
            self._ask(error.problem, request)
            return
        except Cancelled:
            self.bar.show_progress("")
            raise
        self._show(answer)
        await self._load_index()
        await self._load_runs(answer.run)
        self.bar.show_progress("")

    def _ask(self, problem: Problem, request: ReplayRequest) -> None:
        """What is sent when it is confirmed is what was asked about, whatever the bar says by then."""
        found = _HOST.search(problem.hint)
        host = found[1] if found else ""
        confirmed = msgspec.structs.replace(request, confirm=host)
        offers = (
            Offer(_sending(problem.detail, host), partial(self._start, confirmed)),
            Offer("Cancel", self._withdraw),
        )
        text = f"{problem.detail}\n{problem.hint}"
        self._question = Message(problem.title, text, tone="warn", offers=offers, closable=False)
        self._tell(self._question)

    def _withdraw(self) -> None:
        self._tell(None)

    def _tell(self, message: Message | None) -> None:
        """In the place of what was told; while that is a question nothing else offers to send."""
        self.place.show_message(message)
        asking = self.asking()
        self._empty.show_text(*(_UNANSWERED if asking else _EMPTY))
        self._again.setVisible(not asking)
        self._context.verbs.changed.emit()

    async def _load(self, run: str) -> None:
        await self._load_index()
        await self._load_runs(run)
        wanted = run or (self.runs[0].run if self.runs else "")
        if wanted:
            answer = await self._context.api.call(GET, GetRequest(run=wanted))
            if answer.replay is not None:
                self._show(answer.replay)

    async def _load_index(self) -> None:
        """The index that was last tried for this request can be switched off and on."""
        if not self.ref.trace:
            return
        try:
            trace = await self._context.api.call(TRACE, TraceRequest(self.ref.trace))
        except ProblemError:
            return
        known = [
            step.facts["index"] for step in trace.steps if step.kind == "index" and "index" in step.facts
        ]
        if known:
            self.bar.show_index(msgspec.convert(known[-1], Alternate))

    async def _load_runs(self, run: str) -> None:
        if self.ref.trace or self._draft is None:
            listed = await self._context.api.call(LIST, ListRequest(trace=self.ref.trace))
            self.runs = listed.runs if self.ref.trace else []
        elif self.shown is not None:
            known = [one for one in self.runs if one.run != self.shown.run]
            self.runs = [_summary(self.shown), *known]
        self.bar.show_runs(self.runs, run)

    def _show(self, replay: ReplayResponse) -> None:
        self.shown = replay
        self.result.show_replay(replay)
        self._stack.setCurrentIndex(1)
        if replay.hint:
            self._tell(Message(replay.hint, tone="warn"))
        self._context.workbench.touched(self)

    def _show_picked(self, run: str) -> None:
        if run and run != CAPTURE:
            self.show_run(run)

    def _happened(self, event: Event) -> None:
        if event.kind == "http.run" and self.bar.busy:
            self.bar.show_progress(f"{event.data['done']:,} of {event.data['total']:,}")

    def _picked(self, name: str) -> None:
        self.panel.show_environment(name, self.bar.environment.known)

    def _loaded(self) -> None:
        self._picked(self.bar.environment.name())

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("Comparison")
        scroll.setWidget(self.result)
        slim_bars(scroll)
        self._stack.addWidget(self._empty)
        self._stack.addWidget(scroll)
        self.place = MessagePlace(side=10, room=8)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(self.bar)
        outer.addLayout(self.place)
        outer.addWidget(self._stack, 1)


def _sending(detail: str, host: str) -> str:
    """What the button does that confirms a question of these words."""
    found = _ASKED.search(detail)
    if found is None:
        return f"Send to {host}"
    count = int(found[2])
    return f"Send {count:,} {found[1]} request{'' if count == 1 else 's'} to {found[3]}"


def _summary(replay: ReplayResponse) -> RunSummary:
    verdict = replay.comparison.verdict
    return RunSummary(
        run=replay.run,
        trace=replay.trace,
        at=replay.at,
        count=len(replay.runs),
        median_ms=verdict.after_median_ms,
        verdict=verdict.text,
    )
