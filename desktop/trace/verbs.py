"""What can be done with requests."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from desktop.kit.verb import Verb
from desktop.kit.widgets import key_text
from desktop.settings import SHOW_STRIP
from embedded_server.wire.trace import Frame

from .frames_view import open_frame
from .header import PARTS
from .statements import with_values
from .verdict_card import place_text

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
    "trace.pin",
    "trace.delete",
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

    # Functions

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
            ("Ctrl+Alt+E",),
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


def menu_of(context: Context, verb_ids: tuple[str, ...]) -> QMenu:
    """A context menu of those verbs that are there; "" is a line between groups."""
    menu = QMenu()
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
