"""Every statement that Backlight itself sent, live: why, where, how long."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout

from desktop.context import Context, Tab
from desktop.kit.flow import Flow
from desktop.kit.theme import theme
from desktop.kit.two_lines import Row, TwoLineList
from desktop.kit.widgets import (
    EmptyState,
    FilterBox,
    IconButton,
    InlineProblem,
    MessagePlace,
    Toolbar,
    bind,
    no_match,
    refresh_bound,
)
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import Ref, ScriptRef, SentRef, StatementRef
from embedded_server.wire.sent import CLEAR_SENT, SENT, SentRequest, SentResponse, SentStatement

from .panel import SentPanel
from .words import merged, row_of, summary

PACE_MILLISECONDS = 1000
TYPING_MILLISECONDS = 150
MOST = 2000
LANGUAGE = """Words that all occur in the statement, its purpose, connection or session; -word that does not,
"two words", slow>20 (ms), rows>100, status:error, purpose:data.page, session:3"""
NOTHING = "Select a statement first"


class SentTab(Tab):
    """Opened by a `SentRef`. It asks only while it is shown and not paused."""

    ref: SentRef
    icon = "history"

    def __init__(self, context: Context, ref: SentRef) -> None:
        super().__init__()
        self._context, self.ref = context, ref
        self._known: list[SentStatement] = []
        self._number = 0
        self._lost = 0
        self._flow: Flow | None = None
        self.paused = False
        self.filter = FilterBox("purpose:data  slow>20  status:error", "Filter the statements")
        self.filter.setMinimumWidth(theme().scaled(300))
        self.filter.setToolTip(LANGUAGE)
        self.list = _List("What Backlight ran", self)
        self.panel = SentPanel(context)
        self._empty = EmptyState(
            "Nothing was sent yet",
            "Every statement that Backlight itself sends to a database will stand here: browsing, the tree, "
            "counts, health, suggestions. What you run stands in the history.",
            "history",
        )
        self._none = no_match(self.filter.clear)
        self._stack = QStackedWidget()
        self._timer = QTimer(self)
        self._timer.setInterval(PACE_MILLISECONDS)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MILLISECONDS)
        self._lay_out()
        self._timer.timeout.connect(self.refresh)
        self._typing.timeout.connect(self._anew)
        self.filter.filtered.connect(self._typed)
        self.filter.left.connect(self.list.first)
        self.list.moved.connect(self._moved)
        self.list.opened.connect(self._opened)

    def _lay_out(self) -> None:
        bar = Toolbar()
        bar.add(self.filter)
        for icon, verb in (("pause", "console.sent_pause"), ("trash", "console.sent_clear")):
            button = IconButton(icon, self._context.verbs.get(verb).title)
            bind(button, self._context.verbs, verb)
            bar.add_right(button)
        for widget in (self._empty, self._none, self.list):
            self._stack.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        self._place = MessagePlace()
        column.addLayout(self._place)
        column.addWidget(self._stack, 1)
        self.setFocusProxy(self.list)

    # --- what the workbench asks -------------------------------------------------------------------

    def path(self) -> str:
        """On which connection."""
        return f"what Backlight ran · {self.ref.connection or 'all connections'}"

    def subject(self, kind: str) -> Ref | None:
        """The selected statement, for verbs of other capabilities."""
        one = self.selected()
        if kind != StatementRef.kind:
            return super().subject(kind)
        return StatementRef(one.connection, one.sql) if one is not None else None

    def inspector(self) -> SentPanel:
        """The selected statement."""
        return self.panel

    def status(self) -> list[str]:
        """How many, how long in all."""
        shown = summary(self._known)
        lost = f"{self._lost:,} older ones forgotten" if self._lost else ""
        return [part for part in (shown, lost, "paused" if self.paused else "live") if part]

    def state(self) -> dict[str, Any]:
        """The filter."""
        return {"filter": self.filter.text(), "paused": self.paused}

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` said in an earlier run."""
        self.filter.setText(str(state.get("filter", "")))
        self.paused = bool(state.get("paused", False))

    def closing(self) -> None:
        """Ask no more."""
        self._timer.stop()
        if self._flow is not None:
            self._flow.cancel()

    def showEvent(self, event: QShowEvent) -> None:
        """It is looked at."""
        super().showEvent(event)
        self.refresh()
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    # --- asking ------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for what is new, unless it is paused or being asked."""
        busy = self._flow is not None and not self._flow.done
        if not busy and not self.paused and self._context.api.online:
            self._flow = self._context.flow(self, self._ask())

    def _typed(self, _: str) -> None:
        self._typing.start()

    def _anew(self) -> None:
        """Another filter, or an empty ring: what is shown is asked for from the beginning."""
        if self._flow is not None:
            self._flow.cancel()
        self._number = 0
        self._flow = self._context.flow(self, self._ask())

    async def _ask(self) -> None:
        after = self._number
        request = SentRequest(
            connection=self.ref.connection, query=self.filter.text().strip(), after=after, limit=MOST
        )
        answer: SentResponse = await self._context.api.call(SENT, request)
        self._place.show_message(None)
        if answer.number < after:  # another server, which begins to count anew
            self._number = 0
            return
        self._number, self._lost = answer.number, answer.lost
        if answer.statements or not after:
            self._show(merged(self._known if after else [], answer.statements, MOST))

    def _show(self, known: list[SentStatement]) -> None:
        one = self.selected()
        before = len(self._known)
        self._known = known
        current = next((at for at, other in enumerate(known) if one is not None and other.id == one.id), -1)
        self.list.keep_place(len(known) - before)
        # Most of them are as they were a second ago; two thousand new ones would cost a frame or three.
        rows = {row.thing.id: row for row in self.list.rows()}
        shown = [_row(other, rows.get(other.id)) for other in known]
        self.list.show_rows(shown, current)
        self.list.take_place()
        self._stack.setCurrentWidget(
            self.list if known else self._none if self.filter.text().strip() else self._empty
        )
        if current < 0:
            self._moved(self.list.thing())
        self._context.workbench.touched(self)

    def show_problem(self, problem: Problem) -> None:
        """Above the list, which stays."""
        self._place.show_message(InlineProblem(problem))

    # --- using -------------------------------------------------------------------------------------

    def selected(self) -> SentStatement | None:
        """The statement under the cursor."""
        thing = self.list.thing()
        return thing if isinstance(thing, SentStatement) else None

    def why_not(self) -> str:
        """Why nothing can be done with a statement."""
        return "" if self.selected() is not None else NOTHING

    def copy(self) -> None:
        """The statement's text to the clipboard."""
        one = self.selected()
        if one is not None:
            QGuiApplication.clipboard().setText(one.sql)
            self._context.notify.say("Copied the statement")

    def open_in_console(self) -> None:
        """The statement in a script of its own; its values are to be typed there."""
        one = self.selected()
        if one is not None:
            sql = f"-- {one.title}\n{one.sql.rstrip().rstrip(';')};\n"
            self._context.workbench.open(ScriptRef(one.connection, uuid4().hex, sql=sql), keep=True)

    def pause(self) -> None:
        """Stand still, or go on."""
        self.paused = not self.paused
        self.refresh()
        refresh_bound(self)
        self._context.workbench.touched(self)

    def clear(self) -> None:
        """Forget what was sent until now."""
        self._context.flow(self, self._clear())

    async def _clear(self) -> None:
        await self._context.api.call(CLEAR_SENT, Nothing())
        self._show([])
        self._anew()

    def _moved(self, thing: object) -> None:
        one = thing if isinstance(thing, SentStatement) else None
        self.panel.show_statement(one)
        refresh_bound(self)
        self._context.workbench.touched(self)

    def _opened(self, _: object, keep: bool) -> None:
        if keep:
            self.open_in_console()


def _row(one: SentStatement, known: Row | None) -> Row:
    return known if known is not None and known.thing is one else row_of(one)


class _List(TwoLineList):
    """Stays where it is looked at while new rows come above."""

    def __init__(self, name: str, tab: SentTab) -> None:
        super().__init__(name)
        self._tab = tab
        self._wanted = 0

    def keep_place(self, more: int) -> None:
        """So many rows come above what is shown."""
        bar = self.verticalScrollBar()
        height = self.sizeHintForRow(0) if self.rows() else 0
        self._wanted = bar.value() + max(0, more) * height if bar.value() else 0

    def take_place(self) -> None:
        """They are there."""
        self.verticalScrollBar().setValue(self._wanted)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C copies the statement, Enter opens it in the console."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._tab.copy()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._tab.open_in_console()
        else:
            super().keyPressEvent(event)
