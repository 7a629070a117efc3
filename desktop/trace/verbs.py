"""What can be done with requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from desktop.kit.statements import with_values
from desktop.kit.verb import Verb
from desktop.kit.widgets import Message, Offer, key_text
from desktop.settings import SHOW_STRIP
from embedded_server.wire.refs import ComparisonRef, TraceRef
from embedded_server.wire.trace import DELETE, PIN, DeleteRequest, Frame, PinRequest, TraceSummary

from .frames_view import open_frame
from .header import PARTS
from .verdict_card import place_text
from .words import plural, request_text

if TYPE_CHECKING:
    from desktop.context import Context

    from .capability import Requests

NO_TRACE = "Open a request first"
NO_STATEMENT = "Select a statement of the request first"
MENU = "Request"
# What the menu of a request in the list offers, as far as it is there.
LIST_MENU = (
    "trace.open",
    "http.draft",
    "http.replay",
    "",
    "trace.mark",
    "trace.compare",
    "",
    "http.copy_curl",
    "http.save_har",
    "http.save_pytest",
    "",
    "trace.pin",
    "trace.delete",
)
# The same for a statement.
STATEMENT_MENU = (
    "explain.statement",
    "explain.analyze",
    "explain.lab",
    "",
    "trace.copy_statement",
    "",
    "trace.open_caller",
    "trace.copy_caller",
)


class Acts:
    """Functions and conditions behind the verbs; they act on the trace in front."""

    def __init__(self, context: Context, owner: Requests) -> None:
        self._context, self._owner = context, owner

    # Conditions

    def needs_trace(self) -> str:
        """For verbs about the request in front."""
        return "" if self._owner.tab() is not None else NO_TRACE

    def needs_statement(self) -> str:
        """For verbs about its selected statement."""
        tab = self._owner.tab()
        if tab is None:
            return NO_TRACE
        return "" if tab.statement() is not None else NO_STATEMENT

    def needs_caller(self) -> str:
        """For verbs about where the statement was run from."""
        return self.needs_statement() or ("" if self._caller() is not None else "No caller is known")

    def needs_request(self) -> str:
        """For verbs about one request: that in front, or the one selected in the list."""
        return "" if self.request() is not None else "Select a request first"

    def needs_marked(self) -> str:
        """For comparing."""
        request = self.request()
        if request is None:
            return "Select a request first"
        marked = self._owner.marked
        if marked is None:
            return "Choose the request to compare with first"
        return "" if marked.id != request.id else "Select another request to compare with it"

    def needs_removable(self) -> str:
        """For deleting."""
        request = self.request()
        if request is None:
            return "Select a request first"
        return "It is kept; let it go first" if request.pinned else ""

    # Functions

    def request(self) -> TraceSummary | None:
        """The request that verbs act on: selected in the list where that has the focus, else in front."""
        tab, selected = self._owner.tab(), self._owner.selected()
        in_front = tab.trace.summary if tab is not None and tab.trace is not None else None
        return selected if selected is not None and (self._owner.listing() or in_front is None) else in_front

    def open_request(self) -> None:
        """Show it in a tab of its own."""
        request = self.request()
        if request is not None:
            self._owner.open(request, keep=True)

    def mark(self) -> None:
        """Remember it for comparing."""
        request = self.request()
        if request is not None:
            self._owner.mark(request)
            self._context.notify.say(f"{request_text(request)} is compared with what you choose next")

    def compare(self) -> None:
        """The marked one is before, this one after."""
        request, marked = self.request(), self._owner.marked
        if request is not None and marked is not None:
            ref = ComparisonRef(marked.id, request.id, request_text(request))
            self._context.workbench.open(ref, TraceRef(request.id, request_text(request)), keep=True)

    def pin(self) -> None:
        """Keep it, or let it go again."""
        request = self.request()
        if request is not None:
            self._context.flow(self._owner, self._pin(request))

    async def _pin(self, request: TraceSummary) -> None:
        await self._context.api.call(PIN, PinRequest(request.id, not request.pinned))
        word = "may be removed to make room" if request.pinned else "is kept"
        self._context.notify.say(f"{request_text(request)} {word}")
        self._owner.changed(request.id)

    def delete(self) -> None:
        """Remove it with all that is known of it."""
        request = self.request()
        if request is not None:
            self._context.flow(self._owner, self._delete(request))

    async def _delete(self, request: TraceSummary) -> None:
        await self._context.api.call(DELETE, DeleteRequest([request.id]))
        self._owner.removed(request.id)
        self._context.notify.say(f"Deleted {request_text(request)}")

    def ask_clear(self) -> None:
        """Ask before every request goes."""
        live = self._owner.show_live()
        live.stop_waiting()
        count = plural(live.model.total, "request")
        offers = (Offer("Clear them", self._clear),)
        text = "Kept ones stay. What was found out about the others goes with them."
        live.ask(Message(f"Clear {count}?", text, tone="warn", offers=offers))

    def _clear(self) -> None:
        self._owner.show_live().ask(None)
        self._context.flow(self._owner, self._clear_steps())

    async def _clear_steps(self) -> None:
        answer = await self._context.api.call(DELETE, DeleteRequest(all=True))
        self._context.notify.say(f"Cleared {plural(answer.count, 'request')}")

    def filter(self) -> None:
        """Go to the filter box."""
        live = self._owner.show_live()
        live.stop_waiting()
        live.filter.setFocus()
        live.filter.selectAll()

    def connect_app(self) -> None:
        """Say how to connect an application."""
        self._owner.show_live().wait()

    def toggle_strip(self) -> None:
        """Show or hide the activity strip."""
        settings = self._context.settings
        settings.set(SHOW_STRIP, not settings.get(SHOW_STRIP))

    def part(self, name: str) -> None:
        """Show a part of the request in front."""
        tab = self._owner.tab()
        if tab is not None:
            tab.show_part(name)

    def copy_statement(self) -> None:
        """Put the selected statement on the clipboard, ready to be run."""
        tab = self._owner.tab()
        statement = tab.statement() if tab is not None else None
        if statement is not None:
            text = with_values(statement.sql, statement.params, statement.dialect)
            QGuiApplication.clipboard().setText(text)
            self._context.notify.say("Copied the statement with its values")

    def copy_caller(self) -> None:
        """Put the place that ran the statement on the clipboard."""
        frame = self._caller()
        if frame is not None:
            QGuiApplication.clipboard().setText(f"{frame.file}:{frame.line}")
            self._context.notify.say(f"Copied {place_text(frame)}")

    def open_caller(self) -> None:
        """Open that place in the user's editor."""
        frame, tab = self._caller(), self._owner.tab()
        if frame is not None and tab is not None:
            open_frame(self._context, frame, tab)

    def _caller(self) -> Frame | None:
        tab = self._owner.tab()
        statement = tab.statement() if tab is not None else None
        return statement.callers[0] if statement is not None and statement.callers else None


def add_verbs(context: Context, owner: Requests) -> None:
    """Register them."""
    acts = Acts(context, owner)
    context.verbs.add(
        Verb("trace.filter", "Filter requests", acts.filter, ("Ctrl+Shift+L",), "filter", MENU),
        Verb("trace.open", "Open request", acts.open_request, (), "trace", MENU, acts.needs_request),
        Verb("trace.mark", "Compare with…", acts.mark, (), "compare", MENU, acts.needs_request),
        Verb(
            "trace.compare",
            "Compare with the chosen request",
            acts.compare,
            ("Ctrl+Alt+D",),
            "compare",
            MENU,
            acts.needs_marked,
        ),
        Verb(
            "trace.pin",
            "Keep request, or let it go",
            acts.pin,
            (),
            "pin",
            MENU,
            acts.needs_request,
            "Kept requests are not removed to make room",
        ),
        Verb("trace.delete", "Delete request", acts.delete, (), "trash", MENU, acts.needs_removable),
        Verb("trace.clear", "Clear all requests…", acts.ask_clear, (), "trash", MENU),
        Verb("trace.strip", "Show or hide the activity strip", acts.toggle_strip, (), "trace", "View"),
        Verb("trace.connect", "Connect your app", acts.connect_app, (), "trace", "File"),
        Verb(
            "trace.copy_statement",
            "Copy statement with its values",
            acts.copy_statement,
            ("Ctrl+Alt+S",),
            "copy",
            MENU,
            acts.needs_statement,
            "Bound values are written into it, so that it can be run as it is",
        ),
        Verb(
            "trace.copy_caller",
            "Copy the caller's place",
            acts.copy_caller,
            (),
            "copy",
            MENU,
            acts.needs_caller,
        ),
        Verb(
            "trace.open_caller",
            "Open the caller in the editor",
            acts.open_caller,
            ("F12",),
            "external",
            MENU,
            acts.needs_caller,
        ),
    )
    for number, name in enumerate(PARTS, 1):
        show: Callable[[], None] = partial(acts.part, name)
        context.verbs.add(
            Verb(
                f"trace.part_{name.lower()}",
                f"Show {name}",
                show,
                (f"Ctrl+{number}",),
                "",
                MENU,
                acts.needs_trace,
            )
        )


def menu_of(context: Context, verb_ids: tuple[str, ...], parent: QWidget) -> QMenu:
    """A context menu of those verbs that are there; "" is a line between groups."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    for verb_id in verb_ids:
        if not verb_id:
            menu.addSeparator()
        elif verb_id in context.verbs:
            verb = context.verbs.get(verb_id)
            keys = context.verbs.keys(verb_id)
            text = verb.title + (f"\t{key_text(keys[0])}" if keys else "")
            action = menu.addAction(text, partial(context.verbs.run, verb_id))
            action.setEnabled(not verb.when())
    return menu
