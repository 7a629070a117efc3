"""All that a capability may reach: no globals, no window."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.api.client import Client
from desktop.api.events import Events
from desktop.kit.flow import Flow
from desktop.kit.verb import Verbs
from desktop.settings import Settings
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import Ref


class Notify(Protocol):
    """Tells the user; chooses inline, banner or status line by itself."""

    def problem(self, problem: Problem, where: QWidget | None = None) -> None:
        """Show a problem: inside `where` if that view can show it, else as a banner."""

    def say(self, text: str) -> None:
        """A short success or state message in the status bar."""


class Page(Protocol):
    """A page of the rail: `widget` fills the left pane (tree or list with a filter box)."""

    id: str
    title: str
    icon: str
    widget: QWidget


class Tab(QWidget):
    """Base of everything that stands in a centre tab.

    A capability subclasses it, sets `ref`, and calls the workbench when its title or state changes.
    """

    ref: Ref
    icon: str = ""

    def title(self) -> str:
        """The tab's short name."""
        return self.ref.label()

    def dirty(self) -> bool:
        """Whether closing would lose something; such a tab is never reused for another thing."""
        return False

    def connection(self) -> str:
        """The connection this tab shows, "" for none: colours the tab and the frame."""
        return getattr(self.ref, "connection", "")

    def inspector(self) -> QWidget | None:
        """The widget for the right pane while this tab is current."""
        return None

    def refresh(self) -> None:
        """F5: fetch again what is shown, keeping selection and scroll."""

    def status(self) -> list[str]:
        """Short texts for the status bar (rows, times, transaction)."""
        return []

    def state(self) -> dict[str, Any]:
        """What to restore after a restart besides `ref` (scroll, selection, filter); JSON values."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Apply what `state` returned in an earlier run."""

    def closing(self) -> None:
        """Called before the tab is removed: cancel calls, close sessions."""


Opener = Callable[[Any, Ref | None], Tab]


class Workbench(Protocol):
    """Rail, tabs, inspector, history: where views are shown."""

    def add_page(self, page: Page) -> None:
        """Put a page into the rail, in order of registration."""

    def show_page(self, page_id: str) -> None:
        """Bring a rail page to the front."""

    def add_opener(self, kind: str, opener: Opener) -> None:
        """Register how references of a kind are opened (one opener per kind)."""

    def open(self, ref: Ref, origin: Ref | None = None, *, keep: bool = False) -> Tab | None:
        """Show a reference: its existing tab, a clean reusable tab, or a new one (`keep`: always new)."""

    def current(self) -> Tab | None:
        """The tab in front."""

    def tabs(self) -> list[Tab]:
        """All tabs, left to right."""

    def close(self, tab: Tab) -> None:
        """Close a tab (it can be reopened)."""

    def touched(self, tab: Tab) -> None:
        """A tab's title, state, status or inspector changed."""

    def back(self) -> None:
        """Alt+Left: the reference shown before."""

    def add_finder(self, finder: Finder) -> None:
        """Add a source of quick-open (Ctrl+P) results."""


@dataclass(frozen=True)
class Found:
    """A quick-open result: what it is, where it belongs, what it opens."""

    title: str
    detail: str
    icon: str
    ref: Ref


class Finder(Protocol):
    """A source of quick-open results, asked at every keystroke: must answer from memory."""

    def find(self, text: str, limit: int) -> list[Found]:
        """Best matches first."""


@dataclass(frozen=True)
class Context:
    """Handed to each capability's `register(context)`."""

    api: Client
    events: Events
    settings: Settings
    verbs: Verbs
    notify: Notify
    workbench: Workbench

    def flow(self, owner: QObject, steps: Coroutine[Any, None, Any]) -> Flow:
        """Run a flow whose uncaught problems are shown at `owner`."""
        where = owner if isinstance(owner, QWidget) else None

        def show(problem: Problem) -> None:
            self.notify.problem(problem, where)

        return Flow(owner, steps, show)
