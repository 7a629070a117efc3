"""What can be done with statements and plans."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from desktop.context import Context
from desktop.kit.verb import Verb

if TYPE_CHECKING:
    from .capability import Explain

MENU = "SQL"
NO_PLAN, NO_LAB = "Open a plan first", "Open the index lab first"


def _needs_plan(explain: Explain) -> str:
    tab = explain.plan_tab()
    return "" if tab is not None and tab.answer is not None else NO_PLAN


def _pin(explain: Explain) -> None:
    tab = explain.plan_tab()
    if tab is not None:
        tab.pin()


def _compare(explain: Explain) -> None:
    tab = explain.plan_tab()
    if tab is not None:
        tab.parts.setCurrentIndex(1)


def _needs_candidate(explain: Explain) -> str:
    tab = explain.lab_tab()
    return NO_LAB if tab is None else tab.why_not_try()


def _try(explain: Explain) -> None:
    tab = explain.lab_tab()
    if tab is not None:
        tab.try_it()


def _filter(context: Context, explain: Explain) -> None:
    context.workbench.show_page("slow")
    explain.page.widget.filter.setFocus()
    explain.page.widget.filter.selectAll()


def _on_statements(explain: Explain) -> list[Verb]:
    why_not = explain.why_no_statement
    return [
        Verb(
            "explain.statement",
            "Explain statement",
            explain.explain,
            ("Ctrl+E",),
            "plan",
            MENU,
            why_not,
            "Show the planner's plan; nothing is run",
        ),
        Verb(
            "explain.analyze",
            "Explain, run and measure",
            explain.measure,
            ("Ctrl+Shift+E",),
            "slow",
            MENU,
            why_not,
            "Run the statement if it surely only reads, and measure each step",
        ),
        Verb(
            "explain.lab",
            "Index lab",
            explain.lab,
            ("Ctrl+I",),
            "index",
            MENU,
            why_not,
            "Which indexes would help this statement",
        ),
    ]


def _on_indexes(explain: Explain) -> list[Verb]:
    return [
        Verb(
            "explain.try",
            "Try the index",
            partial(_try, explain),
            ("Ctrl+Enter", "Ctrl+Return"),
            "play",
            MENU,
            partial(_needs_candidate, explain),
            "Build it in a transaction, measure with and without it, roll back",
        ),
    ]


def _on_plans(context: Context, explain: Explain) -> list[Verb]:
    needs = partial(_needs_plan, explain)
    compare = partial(_compare, explain)
    show = partial(_filter, context, explain)
    return [
        Verb("explain.pin", "Pin or unpin the plan", partial(_pin, explain), (), "pin", MENU, needs),
        Verb("explain.compare", "Compare with a plan before", compare, (), "compare", MENU, needs),
        Verb("explain.paste", "Paste a plan…", explain.paste, (), "plan", MENU),
        Verb("explain.slow", "Slow statements", show, ("Ctrl+Alt+E",), "slow", "View"),
    ]


def add_verbs(context: Context, explain: Explain) -> None:
    """Register them."""
    context.verbs.add(*_on_statements(explain), *_on_indexes(explain), *_on_plans(context, explain))
