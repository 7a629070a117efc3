"""What can be done with logs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from desktop.kit.ask_file import ask_file
from desktop.kit.verb import Verb
from embedded_server.wire.refs import LogRef, TraceRef

from .tab import LogTab

if TYPE_CHECKING:
    from desktop.context import Context

    from .capability import Logs

NO_LOG = "Open a log first"
MENU = "Log"
FILES = "Logs (*.log *.log.* *.jsonl *.ndjson *.txt *.out *.err *.gz);;All files (*)"


class Acts:
    """Functions and conditions behind the verbs; they act on the log in front."""

    def __init__(self, context: Context, owner: Logs) -> None:
        self._context, self._owner = context, owner

    def _tab(self) -> LogTab | None:
        tab = self._context.workbench.current()
        return tab if isinstance(tab, LogTab) else None

    def needs_log(self) -> str:
        """For verbs about the log in front."""
        return "" if self._tab() is not None else NO_LOG

    def needs_request(self) -> str:
        """For the verb that opens a request."""
        tab = self._tab()
        if tab is None:
            return NO_LOG
        why_not = self._context.workbench.why_not(TraceRef.kind)
        return why_not or ("" if tab.panel.trace() is not None else "This line leads to no captured request")

    def open(self) -> None:
        """Choose a file."""
        ask_file("Open log", FILES, self._chosen, os.getcwd())

    def _chosen(self, path: str) -> None:
        self._context.workbench.open(LogRef(os.path.abspath(path)), keep=True)

    def groups(self) -> None:
        """Show the similar lines of the log in front."""
        self._context.workbench.show_page("logs")
        self._owner.pane.show_part("Groups")

    def command(self) -> None:
        """Ask for a command to follow."""
        self._context.workbench.show_page("logs")
        self._owner.pane.ask_command()

    def find(self) -> None:
        """Go to the field of what to find."""
        if (tab := self._tab()) is not None:
            tab.focus_find()

    def next(self) -> None:
        """To the next hit."""
        if (tab := self._tab()) is not None:
            tab.step(1)

    def previous(self) -> None:
        """To the hit before."""
        if (tab := self._tab()) is not None:
            tab.step(-1)

    def only(self) -> None:
        """Only hits, or all lines."""
        if (tab := self._tab()) is not None:
            tab.toggle_only()

    def follow(self) -> None:
        """Stay at the end, or stop that."""
        if (tab := self._tab()) is not None:
            tab.follow(not tab.following)

    def request(self) -> None:
        """Open the request that the record leads to."""
        if (tab := self._tab()) is not None:
            tab.open_request()

    def copy(self) -> None:
        """Copy the selected lines."""
        if (tab := self._tab()) is not None:
            count = tab.view.copy()
            self._context.notify.say(f"Copied {count:,} {'line' if count == 1 else 'lines'}")

    def copy_record(self) -> None:
        """Copy the whole record."""
        if (tab := self._tab()) is not None:
            tab.panel.copy_record()
            self._context.notify.say("Copied the record")


def add_verbs(context: Context, owner: Logs) -> None:
    """Register them."""
    acts = Acts(context, owner)
    needs = acts.needs_log
    context.verbs.add(
        Verb("logs.open", "Open log…", acts.open, ("Ctrl+Shift+G",), "logs", "File"),
        Verb("logs.groups", "Group similar lines", acts.groups, (), "logs", MENU),
        Verb("logs.command", "Follow a command…", acts.command, (), "play", "File"),
        Verb("logs.find", "Find in log", acts.find, ("Ctrl+F",), "search", MENU, needs),
        Verb("logs.next", "Next hit", acts.next, ("F3",), "chevron-down", MENU, needs),
        Verb("logs.previous", "Previous hit", acts.previous, ("Shift+F3",), "chevron-up", MENU, needs),
        Verb("logs.only_hits", "Only hits or all lines", acts.only, ("Ctrl+Shift+H",), "filter", MENU, needs),
        Verb("logs.follow", "Follow the end", acts.follow, ("Ctrl+End",), "arrow-down", MENU, needs),
        Verb(
            "logs.open_request",
            "Open the request of this line",
            acts.request,
            ("Ctrl+Return",),
            "requests",
            MENU,
            acts.needs_request,
        ),
        Verb("logs.copy", "Copy lines", acts.copy, (), "copy", MENU, needs),
        Verb(
            "logs.copy_record",
            "Copy the whole record",
            acts.copy_record,
            ("Ctrl+Alt+C",),
            "copy",
            MENU,
            needs,
        ),
    )
