"""What can be done on a health tab."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from desktop.kit.verb import Verb

from .tab import NOTHING, PARTS, HealthTab, What

if TYPE_CHECKING:
    from .capability import Health

MENU = "Health"
NO_TAB = "Open the health of a database first"


class _Acts:
    def __init__(self, owner: Health) -> None:
        self._owner = owner

    def run(self, act: Callable[[HealthTab], object]) -> None:
        tab = self._owner.tab()
        if tab is not None:
            act(tab)

    def why(self, reason: Callable[[HealthTab], str]) -> str:
        tab = self._owner.tab()
        return reason(tab) if tab is not None else NO_TAB

    def on(self, act: Callable[[HealthTab], object]) -> Callable[[], object]:
        return partial(self.run, act)

    def when(self, reason: Callable[[HealthTab], str]) -> Callable[[], str]:
        return partial(self.why, reason)


def add_verbs(owner: Health) -> None:
    """Register them."""
    acts = _Acts(owner)
    verbs = [*_showing(owner), *_on_selection(acts), *_on_sessions(acts), *_running(acts)]
    owner.context.verbs.add(*verbs)


def _showing(owner: Health) -> list[Verb]:
    return [
        Verb(
            f"health.{title.lower()}",
            f"Health: {title.lower()}",
            partial(owner.show, title),
            ("Ctrl+Alt+G",) if title == "Overview" else (),
            "health",
            MENU,
            owner.why_not,
        )
        for title in PARTS
    ]


def _on_selection(acts: _Acts) -> list[Verb]:
    return [
        Verb(
            "health.open_query",
            "Open query",
            acts.on(HealthTab.open_query),
            ("Ctrl+Return", "Ctrl+Enter"),
            "sql",
            MENU,
            acts.when(_no_query),
            "The query that proves it, in a script of its own",
        ),
        Verb(
            "health.copy_query",
            "Copy query",
            acts.on(HealthTab.copy_query),
            (),
            "copy",
            MENU,
            acts.when(_no_query),
        ),
        Verb(
            "health.open_table",
            "Open table",
            acts.on(HealthTab.open_table),
            (),
            "table",
            MENU,
            acts.when(_no_table),
        ),
    ]


def _on_sessions(acts: _Acts) -> list[Verb]:
    def ending(what: What) -> tuple[Callable[[], object], Callable[[], str]]:
        return acts.on(partial(_end, what)), acts.when(partial(_why_not_end, what))

    cancel, why_cancel = ending("cancel")
    terminate, why_terminate = ending("terminate")
    return [
        Verb(
            "health.cancel_statement",
            "Cancel statement",
            cancel,
            ("Ctrl+Alt+X",),
            "stop",
            MENU,
            why_cancel,
            "Ask, then stop what the session runs",
        ),
        Verb(
            "health.end_session",
            "End session",
            terminate,
            ("Ctrl+Alt+K",),
            "trash",
            MENU,
            why_terminate,
            "Ask, then end the session; its transaction is rolled back",
        ),
    ]


def _running(acts: _Acts) -> list[Verb]:
    return [
        Verb(
            "health.pause",
            "Pause or resume refreshing",
            acts.on(HealthTab.pause),
            ("Ctrl+Alt+P",),
            "pause",
            MENU,
            acts.when(_not_automatic),
        ),
        Verb(
            "health.check_data",
            "Check the data",
            acts.on(_check_data),
            (),
            "search",
            MENU,
            acts.when(_runs_already),
            "Look through all rows for what should not be there",
        ),
        Verb(
            "health.stop",
            "Stop checking the data",
            acts.on(_give_up),
            ("Esc",),
            "stop",
            MENU,
            acts.when(_runs_not),
        ),
    ]


def _no_query(tab: HealthTab) -> str:
    return "" if tab.details().query else NOTHING


def _no_table(tab: HealthTab) -> str:
    return "" if tab.details().table else NOTHING


def _end(what: What, tab: HealthTab) -> None:
    tab.end(what)


def _why_not_end(what: What, tab: HealthTab) -> str:
    return tab.why_not_end(what)


def _not_automatic(tab: HealthTab) -> str:
    return "" if tab.part().automatic else "This part is read when you ask for it"


def _check_data(tab: HealthTab) -> None:
    tab.show_part("Integrity")
    tab.integrity.load()


def _runs_already(tab: HealthTab) -> str:
    return "The data is being checked" if tab.integrity.busy() else ""


def _runs_not(tab: HealthTab) -> str:
    return "" if tab.integrity.busy() and tab.part() is tab.integrity else "Nothing runs"


def _give_up(tab: HealthTab) -> None:
    tab.integrity.give_up()
