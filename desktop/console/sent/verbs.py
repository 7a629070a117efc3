"""What can be done with what Backlight ran."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from desktop.context import Context
from desktop.kit.verb import Verb
from embedded_server.wire.refs import SentRef

from .tab import SentTab

NO_TAB = "Open what Backlight ran first"


def add_verbs(context: Context) -> None:
    """Register them."""
    acts = _Acts(context)
    on, one, shown = acts.on, acts.when(SentTab.why_not), acts.when(_shown)
    context.verbs.add(
        Verb(
            "console.sent",
            "What Backlight ran",
            acts.show,
            ("Ctrl+Alt+J",),
            "history",
            "View",
            hint="Every statement Backlight itself sent: browsing, the tree, counts, health, suggestions",
        ),
        Verb("console.sent_open", "Open as SQL script", on(SentTab.open_in_console), (), "sql", "", one),
        Verb("console.sent_copy", "Copy statement", on(SentTab.copy), (), "copy", "", one),
        Verb("console.sent_pause", "Pause or resume", on(SentTab.pause), (), "pause", "", shown),
        Verb("console.sent_clear", "Forget what Backlight ran", on(SentTab.clear), (), "trash", "", shown),
    )


def _shown(_: SentTab) -> str:
    return ""


class _Acts:
    def __init__(self, context: Context) -> None:
        self._context = context

    def show(self) -> None:
        """The tab with everything."""
        self._context.workbench.open(SentRef(), keep=True)

    def on(self, act: Callable[[SentTab], object]) -> Callable[[], object]:
        """A verb's function from one on the tab."""
        return partial(self._run, act)

    def when(self, reason: Callable[[SentTab], str]) -> Callable[[], str]:
        """A verb's condition from one on the tab."""
        return partial(self._why, reason)

    def _tab(self) -> SentTab | None:
        tab = self._context.workbench.current()
        return tab if isinstance(tab, SentTab) else None

    def _run(self, act: Callable[[SentTab], object]) -> None:
        tab = self._tab()
        if tab is not None:
            act(tab)

    def _why(self, reason: Callable[[SentTab], str]) -> str:
        tab = self._tab()
        return NO_TAB if tab is None else reason(tab)
