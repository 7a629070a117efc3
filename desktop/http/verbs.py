"""What can be done with requests: composing, sending, replaying, importing, exporting."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from desktop.context import Context
from desktop.kit.verb import Verb

if TYPE_CHECKING:
    from .capability import Http

NO_TRACE = "Open a captured request first"
NO_DRAFT = "Open a request to edit first"
MENU = "Request"


class _When:
    """Conditions of the verbs, on what is in front."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def trace(self) -> str:
        return "" if self._http.trace() is not None else NO_TRACE

    def draft(self) -> str:
        return "" if self._http.draft_tab() is not None else NO_DRAFT

    def send(self) -> str:
        tab = self._http.draft_tab()
        if tab is None:
            return NO_DRAFT
        return "The answer is on its way" if tab.sending() else ""

    def replay(self) -> str:
        tab = self._http.replay_tab()
        if tab is not None and tab.asking():
            return "Answer the question first"
        if tab is not None:
            return "A replay is running" if tab.running() else ""
        return "" if self._http.draft_tab() is not None or self._http.trace() is not None else NO_TRACE

    def stop(self) -> str:
        tab, replay = self._http.draft_tab(), self._http.replay_tab()
        busy = (tab is not None and tab.sending()) or (
            replay is not None and (replay.running() or replay.asking())
        )
        return "" if busy else "Nothing runs"

    def export(self) -> str:
        tab = self._http.draft_tab()
        return "" if (tab is not None and tab.kept()) or self._http.trace() is not None else NO_TRACE


class _Acts:
    """Functions that need the tab in front."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def send(self) -> None:
        tab = self._http.draft_tab()
        if tab is not None:
            tab.send()

    def keep(self) -> None:
        tab = self._http.draft_tab()
        if tab is not None:
            tab.keep()

    def stop(self) -> None:
        for tab in (self._http.draft_tab(), self._http.replay_tab()):
            if tab is not None:
                tab.stop()


def add_verbs(context: Context, http: Http) -> None:
    """Register them."""
    when, acts = _When(http), _Acts(http)
    replay_hint = "Send it many times; response, SQL and times beside those of before"
    verbs = [
        Verb("http.new", "New request", http.new, (), "plus", MENU),
        Verb("http.draft", "Edit and resend", http.edit, ("Ctrl+Alt+Enter",), "edit", MENU, when.trace),
        Verb("http.send", "Send", acts.send, ("Ctrl+Enter", "Ctrl+Return"), "play", MENU, when.send),
        Verb("http.save", "Save request", acts.keep, ("Ctrl+S",), "save", MENU, when.draft),
        Verb(
            "http.replay",
            "Replay and compare",
            http.replay,
            ("Ctrl+Shift+R",),
            "compare",
            MENU,
            when.replay,
            replay_hint,
        ),
        Verb("http.stop", "Stop sending", acts.stop, ("Esc",), "stop", MENU, when.stop),
        Verb(
            "http.import",
            "Import HAR file…",
            http.import_file,
            (),
            "import",
            MENU,
            act=http.import_named,
            hint="Requests saved by a browser",
        ),
        Verb(
            "http.paste",
            "Import curl command from clipboard",
            http.paste,
            (),
            "import",
            MENU,
            hint="What “Copy as cURL” gives",
        ),
        Verb("http.copy_curl", "Copy as curl…", http.copy_curl, (), "copy", MENU, when.export),
        Verb("http.save_har", "Save as HAR…", partial(http.export, "har"), (), "export", MENU, when.export),
        Verb(
            "http.save_pytest",
            "Save as pytest…",
            partial(http.export, "pytest"),
            (),
            "export",
            MENU,
            when.trace,
        ),
    ]
    context.verbs.add(*verbs)
