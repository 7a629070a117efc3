"""The calls of a revision's tab: reading, SQL, rehearsal, applying with its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.api.client import Stream
from desktop.context import Context
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.widgets import Message
from embedded_server.wire.migration_runs import (
    APPLY,
    PREVIEW,
    ApplyEvent,
    ApplyRequest,
    PreviewRequest,
    PreviewResponse,
)
from embedded_server.wire.migrations import GRAPH, STATUS, GraphRequest, StatusRequest
from embedded_server.wire.problem import Problem, ProblemError

if TYPE_CHECKING:
    from .revision_tab import RevisionTab


class Calls(QObject):
    """At most one of a kind under way."""

    def __init__(self, context: Context, tab: RevisionTab) -> None:
        super().__init__(tab)
        self._context, self._tab = context, tab
        self._loading: Flow | None = None
        self._working: Flow | None = None
        self._stream: Stream | None = None
        self._ended: ApplyEvent | None = None
        self._backup = ""
        self._notes: list[str] = []
        self.sql: PreviewResponse | None = None
        context.api.online_changed.connect(self._online)

    def _online(self, online: bool) -> None:
        """Without a server nothing more will come; an apply that ran is explained at its next start."""
        if not online and self._stream is None:
            self.close()

    def applying(self) -> bool:
        """Whether revisions are being run for real."""
        return self._stream is not None

    def busy(self) -> bool:
        """Whether the project's code runs for this tab."""
        return self._working is not None and not self._working.done

    def close(self) -> None:
        """Stop what is under way."""
        for flow in (self._loading, self._working):
            if flow is not None:
                flow.cancel()

    def cancel(self) -> None:
        """Stop what runs; an apply is heard out, so that it is told how it ended."""
        if self._stream is not None:
            self._stream.stop()
        elif self._working is not None:
            self._working.cancel()
            self._over()

    # --- reading -------------------------------------------------------------------------------------

    def load(self) -> None:
        """Read the file, where the database stands, and what the rules say."""
        if self._loading is not None:
            self._loading.cancel()
        self._loading = self._context.flow(self._tab, self._load())

    async def _load(self) -> None:
        tab, api = self._tab, self._context.api
        try:
            tab.graph = await api.call(GRAPH, GraphRequest(tab.ref.project, tab.ref.revision))
            if tab.ref.connection:
                asked = StatusRequest(tab.ref.project, connections=[tab.ref.connection])
                tab.status_of = (await api.call(STATUS, asked)).statuses[0]
            tab.show_all()
            if tab.status_of is not None and tab.status_of.problem is not None:
                tab.show_problem(tab.status_of.problem)
            elif tab.standing() in ("pending", "unknown"):
                tab.preview = await api.call(PREVIEW, self._asked("lint"))
                tab.show_previews()
        except Cancelled:
            return

    def _asked(self, depth: str) -> PreviewRequest:
        tab = self._tab
        return PreviewRequest(
            tab.ref.project,
            tab.ref.connection,
            tab.ref.revision,
            "upgrade",
            depth,  # type: ignore[arg-type]
            tab.bar.keys_off.isChecked(),
            origin=tab.trace(),
        )

    def load_sql(self) -> None:
        """Ask the project for its SQL."""
        self._tab.body.sql.wait()
        self._start(self._load_sql(), "Asking the project for its SQL")

    async def _load_sql(self) -> None:
        self.sql = await self._context.api.call(PREVIEW, self._asked("sql"))
        self._tab.show_previews()

    # --- rehearsing ----------------------------------------------------------------------------------

    def rehearse(self) -> None:
        """Run it and take it back."""
        self._tab.body.rehearsal.wait()
        self._start(self._rehearse(), "Rehearsing")

    async def _rehearse(self) -> None:
        try:
            self._tab.rehearsed = await self._context.api.call(PREVIEW, self._asked("rehearse"))
        finally:
            self._tab.show_previews()

    def preview_back(self) -> None:
        """See what the downgrade would drop, then ask."""
        self._start(self._preview_back(), "Looking at what the downgrade drops")

    async def _preview_back(self) -> None:
        tab = self._tab
        asked = PreviewRequest(tab.ref.project, tab.ref.connection, "", "downgrade", origin=tab.trace())
        answer = await self._context.api.call(PREVIEW, asked)
        tab.ask_back(answer)

    # --- applying ------------------------------------------------------------------------------------

    def apply(self, request: ApplyRequest) -> None:
        """Run it for real."""
        self._ended, self._backup, self._notes = None, "", []
        word = "Downgrading" if request.direction == "downgrade" else "Applying"
        self._start(self._apply(request), word)

    async def _apply(self, request: ApplyRequest) -> None:
        self._stream = self._context.api.stream(APPLY, request, self._hear)
        try:
            await self._stream
        finally:
            self._stream = None
        self._tell_end()

    def _hear(self, event: ApplyEvent) -> None:
        self._tab.progress.hear(event)
        if event.kind == "backup":
            self._backup = event.text
        elif event.kind == "note":
            self._notes.append(event.text)
        elif event.kind in ("done", "failed", "cancelled"):
            self._ended = event

    def _tell_end(self) -> None:
        event, tab = self._ended, self._tab
        # What was rehearsed before is no news beside what was done.
        tab.rehearsed = self.sql = None
        tab.show_previews()
        if event is None:
            lost = Problem(
                "server.lost", "The server ended while it applied", "", "Its next start explains it."
            )
            tab.show_problem(lost)
            return
        text = "\n".join(part for part in (self._backup, *self._notes) if part)
        if event.kind == "done":
            tab.show_message(Message(event.text, text, "", "ok"))
            self._context.notify.say(event.text)
        elif event.kind == "cancelled":
            tab.show_message(Message(f"Cancelled: {event.text}", text, "", "warn"))
        elif event.problem is not None:
            tab.show_problem(event.problem)

    # --- one at a time -------------------------------------------------------------------------------

    def _start(self, steps: object, text: str) -> None:
        tab = self._tab
        tab.show_message(None)
        tab.progress.begin(text)
        self._working = self._context.flow(tab, self._guarded(steps))
        tab.refresh_verbs()

    async def _guarded(self, steps: object) -> None:
        try:
            await steps  # type: ignore[misc]
        except Cancelled:
            pass
        except ProblemError as error:
            self._tab.show_problem(error.problem)
        finally:
            self._tab.progress.end()
        # Only now is the flow at its end for those who ask.
        self._working = None
        self._over()

    def _over(self) -> None:
        tab = self._tab
        tab.progress.end()
        tab.refresh_verbs()
        tab.refresh()
