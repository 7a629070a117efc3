"""The health of one database: Overview, Sessions, Locks, Schema, Integrity."""

from __future__ import annotations

from typing import Any, Literal
from uuid import uuid4

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from desktop.context import Context, Tab
from desktop.kit.flow import Flow
from desktop.kit.widgets import (
    Choice,
    FilterBox,
    IconButton,
    InlineProblem,
    SegmentedBar,
    Toolbar,
    refresh_bound,
)
from embedded_server.wire.health import KILL, DatabaseSession, KillRequest
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import HealthRef, ProposalRef, Ref, ScriptRef, StatementRef, TableRef

from .ask_box import AskBox
from .details import Details
from .inspector import HealthInspector
from .integrity_part import IntegrityPart
from .overview_part import OverviewPart
from .part import Part
from .schema_part import SchemaPart
from .sessions_part import LocksPart, SessionsPart

PARTS = ("Overview", "Sessions", "Locks", "Schema", "Integrity")
INTERVALS = {"paused": 0, "every 2 s": 2, "every 5 s": 5, "every 15 s": 15, "every 60 s": 60}
USUAL = "every 5 s"
NOTHING = "Select something first"

What = Literal["cancel", "terminate"]


class HealthTab(Tab):
    """Opened by a `HealthRef`. A part asks the database only while it is shown."""

    ref: HealthRef
    icon = "health"

    def __init__(self, context: Context, ref: HealthRef) -> None:
        super().__init__()
        self.ref = ref
        self._context = context
        self._asked: tuple[DatabaseSession, What] | None = None
        self._ending: Flow | None = None
        self._resumes = USUAL
        self._message: InlineProblem | None = None
        self.overview = OverviewPart(context, ref.connection)
        self.sessions = SessionsPart(context, ref.connection)
        self.locks = LocksPart(context, ref.connection)
        self.schema = SchemaPart(context, ref.connection)
        self.integrity = IntegrityPart(context, ref.connection)
        self.parts: tuple[Part, ...] = (
            self.overview,
            self.sessions,
            self.locks,
            self.schema,
            self.integrity,
        )
        self.bar = SegmentedBar(PARTS, "Parts of health")
        self.filter = FilterBox("Filter the list", "Filter the list")
        self.filter.setToolTip("Words that all occur; -word leaves out what holds it")
        self.interval = Choice("Refresh automatically", tuple(INTERVALS))
        self.again = IconButton("refresh", "Refresh", "F5")
        self.ask = AskBox()
        self.panel = HealthInspector(context)
        self._stack = QStackedWidget()
        self._tick = QTimer(self)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        bar = Toolbar()
        bar.add(self.bar)
        bar.add_right(self.filter)
        bar.add_right(self.interval)
        bar.add_right(self.again)
        for part in self.parts:
            self._stack.addWidget(part)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(bar)
        self._column.addWidget(self.ask)
        self._column.addWidget(self._stack, 1)
        self.interval.setCurrentText(USUAL)
        self.setFocusProxy(self._stack)

    def _connect(self) -> None:
        self.bar.chosen.connect(self._chosen)
        self.filter.filtered.connect(self._filter)
        self.filter.left.connect(self._into_list)
        self.interval.currentIndexChanged.connect(self._paced)
        self.again.clicked.connect(self.refresh)
        self.ask.confirmed.connect(self._confirmed)
        self.ask.left.connect(self._into_list)
        self._tick.timeout.connect(self._ticked)
        for part in self.parts:
            part.changed.connect(self._changed)
            part.wants_query.connect(self.open_query)
            part.unfiltered.connect(self.filter.clear)

    # --- what the workbench asks -------------------------------------------------------------------

    def path(self) -> str:
        """Whose health."""
        return f"health of {self.ref.connection.partition('?')[0].rsplit('/', 1)[-1]}"

    def subject(self, kind: str) -> Ref | None:
        """The selected finding's cure as a proposal, the selected session's statement."""
        details = self.part().details()
        if kind == ProposalRef.kind:
            if not details.operations:
                return None
            return ProposalRef(self.ref.connection, details.proposal, details.operations)
        if kind == StatementRef.kind:
            sql = details.query
            return StatementRef(self.ref.connection, sql) if sql else None
        return super().subject(kind)

    def inspector(self) -> HealthInspector:
        """What is selected."""
        return self.panel

    def refresh(self) -> None:
        """Ask again for the part that is shown."""
        self.part().load()

    def status(self) -> list[str]:
        """The part in a line."""
        return [text for text in (self.part().summary(),) if text]

    def state(self) -> dict[str, Any]:
        """The part and the pace."""
        return {"part": self.part().title, "pace": self.interval.currentText()}

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` said in an earlier run."""
        if state.get("pace") in INTERVALS:
            self.interval.setCurrentText(str(state["pace"]))
        self.show_part(str(state.get("part", "")))

    def closing(self) -> None:
        """Stop what runs for this tab."""
        self._tick.stop()
        for part in self.parts:
            part.stop()
        if self._ending is not None:
            self._ending.cancel()

    def showEvent(self, event: object) -> None:
        """It is looked at: fetch and go on fetching."""
        self._chosen()

    def hideEvent(self, event: object) -> None:
        """Nobody looks: ask the database nothing more."""
        self._tick.stop()
        self.overview.stop()

    # --- parts -------------------------------------------------------------------------------------

    def part(self) -> Part:
        """The one that is shown."""
        return self.parts[max(0, self.bar.currentIndex())]

    def show_part(self, title: str) -> None:
        """Bring a part to the front."""
        if title in PARTS:
            self.bar.setCurrentIndex(PARTS.index(title))

    def _chosen(self, *_: object) -> None:
        part = self.part()
        self._stack.setCurrentWidget(part)
        self._stack.setFocusProxy(part)
        self.ask.leave()
        self.filter.setVisible(part is not self.overview)
        self.interval.setVisible(part.automatic)
        if self.isVisible():
            if part.automatic or (part is self.schema and not part.loaded and not part.busy()):
                part.load()
            self._paced()
        self._changed()

    def _filter(self, text: str) -> None:
        for part in self.parts:
            part.filter(text)

    def _into_list(self) -> None:
        self.part().list.first()

    # --- the pace ----------------------------------------------------------------------------------

    def paused(self) -> bool:
        """Whether nothing is fetched by itself."""
        return INTERVALS[self.interval.currentText()] == 0

    def pause(self) -> None:
        """Stop fetching by itself, or go on as before."""
        if self.paused():
            self.interval.setCurrentText(self._resumes)
        else:
            self._resumes = self.interval.currentText()
            self.interval.setCurrentText("paused")

    def _paced(self, *_: object) -> None:
        seconds = INTERVALS[self.interval.currentText()]
        if seconds and self.isVisible() and self.part().automatic:
            self._tick.start(seconds * 1000)
        else:
            self._tick.stop()

    def _ticked(self) -> None:
        part = self.part()
        # A question that takes longer than the pace is waited for; one that is being answered stays.
        if part.automatic and not part.busy() and not self.ask.isVisible():
            part.load()

    def _changed(self) -> None:
        part = self.part()
        details = part.details()
        if details != self.panel.details:
            self.panel.show_details(details, part.dialect)
        refresh_bound(self.panel)
        self._context.workbench.touched(self)

    # --- verbs -------------------------------------------------------------------------------------

    def details(self) -> Details:
        """What is selected."""
        return self.part().details()

    def open_query(self) -> None:
        """The proving query in a script of its own."""
        sql = self.details().query
        if sql:
            ref = ScriptRef(self.ref.connection, uuid4().hex, sql=f"{sql.rstrip().rstrip(';')};\n")
            self._context.workbench.open(ref, keep=True)

    def copy_query(self) -> None:
        """The proving query to the clipboard."""
        QGuiApplication.clipboard().setText(self.details().query)
        self._context.notify.say("Copied the query")

    def open_table(self) -> None:
        """The rows of the selected table."""
        details = self.details()
        self._context.workbench.open(TableRef(self.ref.connection, details.table, details.schema), keep=True)

    def why_not_end(self, what: What) -> str:
        """Why nothing can be ended now."""
        session = self.details().session
        answer = self.locks.answer if self.part() is self.locks else self.sessions.answer
        if session is None or answer is None:
            return "Select a session first"
        if self._ending is not None and not self._ending.done:
            return "A session is being ended"
        if what == "cancel" and session.state not in ("active", "waiting"):
            return "Nothing runs in this session"
        return answer.why_not_kill

    def end(self, what: What) -> None:
        """Ask, then end the selected session or its statement."""
        session = self.details().session
        answer = self.locks.answer if self.part() is self.locks else self.sessions.answer
        if session is None or answer is None:
            return
        self._asked = (session, what)
        whose = " It is Backlight's own." if session.ours else ""
        who = session.application or session.user
        if what == "cancel":
            text, action = f"Cancel the statement of session {session.id} ({who})?{whose}", "Cancel statement"
        else:
            text = f"End session {session.id} ({who})? Its transaction is rolled back.{whose}"
            action = "End session"
        if answer.class_ == "production":
            text = f"{text} {answer.name} is a production database: type its name."
        self.ask.ask(text, action, answer.name if answer.class_ == "production" else "")

    def _confirmed(self, typed: str) -> None:
        if self._asked is not None:
            session, what = self._asked
            self._asked = None
            self._into_list()
            self._ending = self._context.flow(self, self._end(session, what, typed or session.id))

    async def _end(self, session: DatabaseSession, what: What, confirm: str) -> None:
        request = KillRequest(
            connection=self.ref.connection,
            id=session.id,
            what=what,
            started=session.started,
            confirm=confirm,
        )
        answer = await self._context.api.call(KILL, request)
        self._context.notify.say(answer.text)
        self.refresh()

    def show_problem(self, problem: Problem) -> None:
        """Above the list, which stays."""
        if self._message is not None:
            self._message.deleteLater()
        self._message = InlineProblem(problem)
        self._message.closed.connect(self._message.hide)
        self._column.insertWidget(1, self._message)
