"""A log in a tab: its lines, what is looked for in them, records over time, the record in the inspector."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.flow import Flow
from desktop.kit.widgets import EmptyState, InlineProblem, Offer
from embedded_server.wire.logs import (
    CLOSE,
    FORCE,
    ForceRequest,
    LogRow,
    SourceRequest,
)
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import LogRef, Ref, TraceRef

from .bar import LogBar
from .inspector import RecordInspector
from .query import Query
from .rows import LogRows
from .stepping import Stepper
from .strip import HistogramStrip
from .strip_feed import StripFeed
from .view import LogView
from .words import asked_text, size_text

TYPING_MILLISECONDS = 150
PICKING_MILLISECONDS = 60


class LogTab(Tab):
    """Opened by a `LogRef`: a file's path, or the name of a command that runs."""

    ref: LogRef
    icon = "logs"

    def __init__(self, context: Context, ref: LogRef) -> None:
        super().__init__()
        self._context = context
        self.ref = ref
        self.rows = LogRows(context, ref.source, self)
        self.bar = LogBar()
        self.strip = HistogramStrip()
        self.view = LogView(self.rows)
        self.panel = RecordInspector(context)
        self._stack = QStackedWidget()
        self._empty = EmptyState("The log is empty", "Lines appear here as they are written.", "logs")
        self._nothing = EmptyState(
            "No line is a hit", "", "search", (Offer("Show all lines", self.clear_query),)
        )
        self._problem: QWidget | None = None
        self._jump = ref.offset
        self._opening = -1
        self.stepper = Stepper(context, self.rows, self)
        self.strip_feed = StripFeed(context, self.strip)
        self._typing = _timer(self, TYPING_MILLISECONDS)
        self._picking = _timer(self, PICKING_MILLISECONDS)
        self._lay_out()
        self._connect()
        if ref.query:
            self.rows.query = Query(pattern=ref.query)
            self.bar.set_query(self.rows.query)
        self.follow(ref.offset < 0)
        self.rows.load()

    # --- what the workbench asks -------------------------------------------------------------------

    def title(self) -> str:
        """The file's name, or the command."""
        state = self.rows.state
        return state.title if state is not None else self.ref.label()

    def path(self) -> str:
        """Where it lies."""
        state = self.rows.state
        return state.path if state is not None else self.ref.source

    def inspector(self) -> QWidget:
        """The record of the current line."""
        return self.panel

    def subject(self, kind: str) -> Ref | None:
        """The log itself, or the request that the record leads to."""
        if kind == TraceRef.kind:
            found = self.panel.trace()
            return TraceRef(found.trace, found.title) if found is not None else None
        return super().subject(kind)

    def status(self) -> list[str]:
        """Lines, size, how far it is indexed."""
        state = self.rows.state
        if state is None:
            return []
        about = "" if state.exact else "~"
        parts = [f"{about}{state.count + state.earlier:,} lines", size_text(state.size)]
        if not state.exact:
            parts.append(f"indexing {state.indexed * 100 // max(1, state.size)} %")
        return parts

    def state(self) -> dict[str, Any]:
        """What is looked for, and where."""
        row = self.view.current()
        query = self.bar.query()
        return {
            "pattern": query.pattern,
            "only": query.only,
            "offset": -1 if row is None or self.following else row.offset,
        }

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` said in an earlier run."""
        pattern, offset = state.get("pattern"), state.get("offset")
        if isinstance(pattern, str) and pattern:
            self.bar.set_query(Query(pattern=pattern, only=bool(state.get("only"))))
            self._ask()
        if isinstance(offset, int) and offset >= 0:
            self._jump = offset
            self.follow(False)

    def closing_question(self) -> str:
        """A running command ends with its tab."""
        state = self.rows.state
        running = state is not None and state.running
        return f"Closing ends the command “{self.title()}”." if running else ""

    def closing(self) -> None:
        """Let the server let go of it."""
        Flow(self._context.events, _close(self._context, self.rows.source), _unheard)

    def refresh(self) -> None:
        """Ask anew for what is shown."""
        self.strip_feed.forget()
        self.rows.reload()

    def show_problem(self, problem: Problem) -> None:
        """A log that cannot be opened says why in its place."""
        if self.rows.state is not None:
            self._context.notify.problem(problem)
            return
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(InlineProblem(problem, (Offer("Try again", self.rows.load),), closable=False))
        column.addStretch(1)
        if self._problem is not None:
            self._stack.removeWidget(self._problem)
            self._problem.deleteLater()
        self._problem = page
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)

    # --- what others ask ---------------------------------------------------------------------------

    @property
    def following(self) -> bool:
        """Whether the view stays at the end."""
        return self.view.following

    def follow(self, on: bool) -> None:
        """Stay at the end, or stop that."""
        self.view.following = on
        self.bar.show_following(on)
        self.stepper.stop()
        if on and self.view.total_rows():
            self.view.set_cursor(self.view.total_rows() - 1)

    def focus_find(self) -> None:
        """Go to the field of what to find."""
        self.bar.field.setFocus()
        self.bar.field.selectAll()

    def clear_query(self) -> None:
        """Show everything again."""
        self.ask(Query())

    def ask(self, query: Query) -> None:
        """Look for something as if it was typed and chosen."""
        self.bar.set_query(query)
        self._ask()

    def toggle_only(self) -> None:
        """Only hits, or all lines."""
        self.bar.scope.setCurrentIndex(1 - self.bar.scope.currentIndex())

    def step(self, way: int) -> None:
        """To the next hit (1) or the one before (-1); around at the ends."""
        if not self.rows.query.anything():
            self.focus_find()
            return
        self.follow(False)
        self.stepper.step(way, self.view.current(), self.view.cursor_row())

    def jump(self, offset: int) -> None:
        """To the line at a byte of the newest file."""
        self.follow(False)
        self.stepper.jump(offset)

    def open_request(self) -> None:
        """Open the request that the record leads to."""
        found = self.panel.trace()
        if found is not None:
            self.panel.open_trace(found)

    # --- searching ---------------------------------------------------------------------------------

    def _typed(self) -> None:
        self._typing.start()

    def _ask(self) -> None:
        self._typing.stop()
        query = self.bar.query()
        if query == self.rows.query:
            return
        was = self.rows.filtered()
        row = self.view.current()
        self.stepper.hit = -1
        if query.narrows():
            self.follow(False)
        self.rows.find(query)
        if was and not query.narrows() and row is not None and row.file == 0:
            # Back among all lines the same one stays current.
            self.jump(row.offset)
        elif was != query.narrows():
            self.view.set_cursor(0)

    def _show_hits(self) -> None:
        rows = self.rows
        if rows.refused is not None:
            self.bar.show_hits(f"Not a pattern: {rows.refused.detail}", "error")
        elif not rows.query.anything():
            self.bar.show_hits("")
        elif not rows.hits:
            self.bar.show_hits("no hits" if rows.searched else "searching…")
        else:
            place = f"{self.stepper.hit + 1:,}/" if self.stepper.hit >= 0 else ""
            more = "" if rows.searched else "…"
            self.bar.show_hits(f"{place}{rows.hits:,}{more}")

    # --- what comes --------------------------------------------------------------------------------

    def _told(self) -> None:
        state = self.rows.state
        if state is None:
            return
        if self.rows.formats and self.bar.format.count() < 2:
            self.bar.show_formats(self.rows.formats)
        self.bar.show_state(state)
        self._show_hits()
        self.strip_feed.show(self.rows)
        if self._jump >= 0 and state.exact:
            offset, self._jump = self._jump, -1
            self.jump(offset)
        self._context.workbench.touched(self)

    def _changed(self) -> None:
        rows = self.rows
        if rows.state is None:
            return
        if rows.total():
            self._stack.setCurrentWidget(self.view)
        elif rows.filtered() and rows.searched and rows.refused is None:
            self._nothing.show_text("No line is a hit", asked_text(rows.query))
            self._stack.setCurrentWidget(self._nothing)
        elif not rows.filtered():
            self._stack.setCurrentWidget(self._empty)
        if self.view.cursor_row() < 0 and rows.total():
            self.view.set_cursor(rows.total() - 1 if self.following else 0)

    def _go(self, place: int) -> None:
        self.view.center_row(place)
        self.view.set_cursor(place)
        self.view.setFocus()

    # --- the current line --------------------------------------------------------------------------

    def _picked(self, _: object) -> None:
        self._picking.start()

    def _show_record(self) -> None:
        self.panel.show_row(self.rows.source, self.view.current())

    def _opened(self, row: object) -> None:
        # The record may still be on its way: then it is opened when it is there.
        self._opening = row.offset if self.panel.record is None and isinstance(row, LogRow) else -1
        self.open_request()

    def _read(self) -> None:
        row, opening = self.view.current(), self._opening
        self._opening = -1
        if row is not None and row.offset == opening:
            self.open_request()

    def _menu(self, at: QPoint) -> None:
        menu = QMenu(self)
        for verb_id in ("logs.open_request", "logs.copy", "logs.copy_record", "logs.only_hits"):
            verb = self._context.verbs.get(verb_id)
            action = menu.addAction(verb.title, verb.run)
            action.setEnabled(not verb.when())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def _left_end(self) -> None:
        if self.following:
            self.follow(False)

    def _to_end(self) -> None:
        self.follow(True)

    def _force(self, name: str) -> None:
        self._context.flow(self, self._forcing(name))

    async def _forcing(self, name: str) -> None:
        try:
            await self._context.api.call(FORCE, ForceRequest(self.rows.source, name))
        except ProblemError as error:
            self._context.notify.problem(error.problem)

    # --- layout ------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        for page in (EmptyState("Opening the log…"), self.view, self._empty, self._nothing):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.strip)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.view)

    def _connect(self) -> None:
        self._typing.timeout.connect(self._ask)
        self._picking.timeout.connect(self._show_record)
        self.stepper.arrived.connect(self._go)
        self.stepper.at_hit.connect(self._show_hits)
        self.rows.changed.connect(self._changed)
        self.rows.told.connect(self._told)
        self.rows.troubled.connect(self.show_problem)
        self.bar.asked.connect(self._typed)
        self.bar.stepped.connect(self.step)
        self.bar.follow_wanted.connect(self.follow)
        self.bar.format_wanted.connect(self._force)
        self.bar.field.left.connect(self.view.setFocus)
        self.strip.brushed.connect(self.bar.brush)
        self.strip.jumped.connect(self.jump)
        self.view.picked.connect(self._picked)
        self.panel.read.connect(self._read)
        self.view.opened.connect(self._opened)
        self.view.left_end.connect(self._left_end)
        self.view.to_end.connect(self._to_end)
        self.view.menu_wanted.connect(self._menu)


async def _close(context: Context, source: str) -> None:
    await context.api.call(CLOSE, SourceRequest(source))


def _unheard(_: Problem) -> None:
    """It was closed already, or there is nothing to draw."""


def _timer(parent: Tab, milliseconds: int) -> QTimer:
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    return timer
