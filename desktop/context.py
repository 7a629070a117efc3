"""All that a capability may reach: no globals, no window."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

import msgspec
from PySide6.QtCore import QObject, SignalInstance
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
        """Show a problem: inside `where` or a parent of it that offers `show_problem`, else as a banner."""

    def say(self, text: str) -> None:
        """A short success or state message in the status bar."""


class RailEntry(msgspec.Struct, frozen=True):
    """A page's place in the rail; a capability declares it so that it stands there before it registers."""

    id: str
    title: str
    icon: str


class Page(Protocol):
    """A page of the rail: `widget` fills the left pane (tree or list with a filter box).

    It is asked for when the page is first shown; a `cached_property` keeps it out of the first frame.
    """

    id: str
    title: str
    icon: str

    @property
    def widget(self) -> QWidget:
        """The same widget at every call."""
        raise AttributeError


class Tab(QWidget):
    """Base of everything that stands in a centre tab.

    A capability subclasses it, sets `ref`, and calls the workbench when its title or state changes.
    A tab may also define `show_problem(problem) -> None` to show problems of its flows inside itself.
    """

    ref: Ref
    icon: str = ""
    # The trace this tab serves (`workbench.open(ref, origin)`): carried on by what is opened from here.
    origin: Ref | None = None

    def title(self) -> str:
        """The tab's short name."""
        return self.ref.label()

    def path(self) -> str:
        """Where it belongs, for the breadcrumb and the tooltip: `public.orders`, `trace 7c1e · 12 s ago`."""
        return self.title()

    def dirty(self) -> bool:
        """Whether closing would lose something; such a tab is never reused for another thing."""
        return False

    def closing_question(self) -> str:
        """What to ask before closing (an open transaction, a running apply); "" closes at once."""
        return ""

    def connection(self) -> str:
        """The connection this tab shows, "" for none: colours the tab and the frame."""
        return getattr(self.ref, "connection", "")

    def subject(self, kind: str) -> Ref | None:
        """The reference of this kind that verbs of other capabilities act on, null for none.

        The trace tab answers for "statement" with the selected statement, the index lab for "proposal"
        with the accepted index: so Ctrl+E, Ctrl+I and Ctrl+M need not know each other's views.
        """
        return self.ref if self.ref.kind == kind else None

    def inspector(self) -> QWidget | None:
        """The widget for the right pane while this tab is current; always the same one, kept alive."""
        return None

    def refresh(self) -> None:
        """F5: fetch again what is shown, keeping selection and scroll."""

    def status(self) -> list[str]:
        """Short texts for the status bar (rows, times)."""
        return []

    def offer(self) -> tuple[str, str]:
        """What the status bar offers to do behind those texts, and why, in full; ("", "") for nothing."""
        return "", ""

    def take_offer(self) -> None:
        """The user took it."""

    def transaction(self) -> str:
        """The text of the transaction chip: "AUTO", "TXN 3 stmts 00:42"; "" hides it."""
        return ""

    def state(self) -> dict[str, Any]:
        """What to restore after a restart besides `ref` (scroll, selection, filter); JSON values."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Apply what `state` returned in an earlier run."""

    def closing(self) -> None:
        """Called before the tab is removed: cancel calls, close sessions."""


Opener = Callable[[Any, Ref | None], Tab]


class Part(msgspec.Struct, frozen=True):
    """A segment that one capability adds to another's page: `make` builds its widget on first show."""

    title: str
    make: Callable[[], QWidget]


class ConnectionLook(msgspec.Struct, frozen=True):
    """How a connection is shown everywhere: `class_` is "local", "shared" or "production"."""

    name: str
    class_: str
    detail: str = ""
    zone: str = ""


class Launch(msgspec.Struct, frozen=True):
    """Something to open from outside: the command line, a second start, a file dropped on the window.

    `target` is a path (absolute, or relative to `folder`) or a URL; `table` a table to open at once.
    """

    target: str
    table: str = ""
    folder: str = ""


class Workbench(Protocol):
    """Rail, tabs, inspector, history: where views are shown."""

    # Another tab is in front (None: no tab), or the same one touched.
    current_changed: SignalInstance
    # Another connection is asked for, below this widget.
    connection_wanted: SignalInstance
    # The connection in use has another name or look.
    connection_changed: SignalInstance
    # The page of this id got another part.
    parts_changed: SignalInstance

    def add_page(self, page: Page) -> None:
        """Put a page into the rail: in the place of its capability, else at the end."""

    def add_part(self, page_id: str, title: str, make: Callable[[], QWidget]) -> None:
        """Offer a segment to a page that another capability owns, which may not be there (yet)."""

    def parts(self, page_id: str) -> list[Part]:
        """What others added to a page, in order of registration; its owner shows them."""

    def set_strip(self, widget: QWidget) -> None:
        """Put a strip between the panes and the status bar; it stands there on every page."""

    def show_page(self, page_id: str) -> None:
        """Bring a rail page to the front."""

    def add_opener(self, kind: str, opener: Opener) -> None:
        """Register how references of a kind are opened (one opener per kind)."""

    def why_not(self, kind: str) -> str:
        """Why references of this kind cannot be opened, "" if they can: a verb's `when`."""

    def open(self, ref: Ref, origin: Ref | None = None, *, keep: bool = False) -> Tab | None:
        """Show a reference: its existing tab, else in the place of a clean passing tab, else a new one.

        `keep` (a double click, Ctrl+T) makes a tab of its own that is not given up for the next one.
        """

    def keep(self, tab: Tab) -> None:
        """The user works with this tab: never give it up for another reference."""

    def current(self) -> Tab | None:
        """The tab in front."""

    def tabs(self) -> list[Tab]:
        """The tabs that are made, left to right; restored ones are made when they are first shown."""

    def close(self, tab: Tab) -> None:
        """Close a tab at once (it can be reopened)."""

    def touched(self, tab: Tab) -> None:
        """A tab's title, state, status or inspector changed."""

    def back(self) -> None:
        """Alt+Left: the reference shown before."""

    def forward(self) -> None:
        """Alt+Right: the reference `back` came from."""

    def add_finder(self, finder: Finder) -> None:
        """Add a source of quick-open (Ctrl+P) results."""

    def quick_open(self, text: str = "") -> None:
        """Open the Ctrl+P box with a text typed."""

    def set_home(self, make: Callable[[], QWidget]) -> None:
        """What stands in the centre when no tab is open: the start page; made when first needed."""

    def set_connections(self, look: Callable[[str], ConnectionLook | None]) -> None:
        """How to find a connection's class, engine and zone by name, answered from memory."""

    def class_of(self, connection: str) -> str:
        """The class of a connection, "" if it is not known."""

    def connections_changed(self) -> None:
        """Looks of connections changed: colours and chips are to be drawn again."""

    def use_connection(self, name: str) -> None:
        """The connection to show and use while the tab in front has none of its own."""

    def launch(self, what: Launch) -> None:
        """Open something as if it came from outside: with the first part that takes it."""

    def bring(self, connection: str) -> bool:
        """Bring the last tab of a connection to the front; false if it has none."""

    def connections(self) -> list[str]:
        """Those of the tabs, each once."""

    def want_connection(self) -> None:
        """Ask for another connection, below its chip."""

    def connection(self) -> str:
        """The connection in use: the current tab's, else the one last used; "" for none."""

    def add_chip(self, chip: QWidget) -> None:
        """Put a chip at the right of the top bar."""

    def add_launcher(self, launch: Callable[[Launch], bool], *, last: bool = False) -> None:
        """Offer to open things from outside; True if it was yours. Asked in order of registration.

        `last` for one that takes whatever nobody else knows.
        """

    def add_closing_question(self, ask: Callable[[], str]) -> None:
        """Ask this before the window closes, "" for nothing: work that belongs to no tab."""


class Found(msgspec.Struct, frozen=True):
    """A quick-open result: what it is, where it belongs, what it opens."""

    title: str
    detail: str
    icon: str
    ref: Ref


class Finder(Protocol):
    """A source of quick-open results, asked at every keystroke: must answer from memory.

    `embedded_server.wire.fuzzy` ranks 30,000 names within a frame.
    """

    def find(self, text: str, limit: int) -> list[Found]:
        """Best matches first; for "" what was used last."""


class Context(msgspec.Struct, frozen=True):
    """Handed to each capability's `register(context)`."""

    api: Client
    events: Events
    settings: Settings
    verbs: Verbs
    notify: Notify
    workbench: Workbench
    # The window's own folder (session, one journal per document), private to this user and workspace.
    folder: Path

    def flow(self, owner: QObject, steps: Coroutine[Any, None, Any]) -> Flow:
        """Run a flow whose uncaught problems are shown at `owner`."""
        where = owner if isinstance(owner, QWidget) else None

        def show(problem: Problem) -> None:
            self.notify.problem(problem, where)

        return Flow(owner, steps, show)
