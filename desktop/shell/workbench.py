"""The workbench of `desktop.context`: pages, openers, tabs, history, connections in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.context import (
    ConnectionLook,
    Finder,
    Found,
    Launch,
    Notify,
    Opener,
    Page,
    Part,
    RailEntry,
    Tab,
)
from desktop.kit.turns import unturned
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.refs import Ref

from .frame import Frame
from .history import History, Recent
from .tabs import Slot, TabSet


class Bench(QObject):
    """Where capabilities put their views; it moves the parts of the frame and knows none of them."""

    current_changed = Signal(object)
    connection_wanted = Signal(object)
    connection_changed = Signal()
    # Something worth saving in the session changed.
    session_changed = Signal()
    # A page got its place in the rail: `RailEntry`.
    page_expected = Signal(object)
    parts_changed = Signal(str)
    quick_open_wanted = Signal(str)

    def __init__(self, frame: Frame, notify: Notify, parent: QObject | None = None) -> None:
        super().__init__(parent or frame)
        self.frame = frame
        self.history = History()
        self.recent = Recent()
        self.finders: list[Finder] = []
        self.questions: list[Callable[[], str]] = []
        self._launchers: list[Callable[[Launch], bool]] = []
        self._last_launchers: list[Callable[[Launch], bool]] = []
        self.pages: list[Page] = []
        self._parts: dict[str, list[Part]] = {}
        self._notify = notify
        self._look_up: Callable[[str], ConnectionLook | None] | None = None
        self._used = ""
        self._shown = ("", "")
        self._make_home: Callable[[], QWidget] | None = None
        self.tab_set = TabSet(frame.bar, frame.stack, self.class_of)
        self.tab_set.changed.connect(self.session_changed)
        self.tab_set.current_changed.connect(self._current)
        frame.bar.close_wanted.connect(self.close_at)
        frame.bar.keep_wanted.connect(self._keep_at)
        frame.status.offer_taken.connect(self._take_offer)

    # Pages

    def add_page(self, page: Page) -> None:
        """Put a page into the rail: in the place of its capability, else at the end."""
        if page.id not in self.frame.page_ids():
            self.expect_page(RailEntry(page.id, page.title, page.icon))
        self.pages.append(page)
        self.frame.add_page(page)

    def expect_page(self, entry: RailEntry) -> None:
        """Keep the next place in the rail for a page whose capability registers later."""
        self.frame.expect_page(entry)
        self.page_expected.emit(entry)

    def add_part(self, page_id: str, title: str, make: Callable[[], QWidget]) -> None:
        """Offer a segment to a page that another capability owns."""
        self._parts.setdefault(page_id, []).append(Part(title, make))
        self.parts_changed.emit(page_id)

    def parts(self, page_id: str) -> list[Part]:
        """What others added to a page."""
        return list(self._parts.get(page_id, []))

    def set_strip(self, widget: QWidget) -> None:
        """Put a strip between the panes and the status bar."""
        self.frame.set_strip(widget)

    def show_page(self, page_id: str) -> None:
        """Bring a rail page to the front."""
        self.frame.show_page(page_id)
        self.session_changed.emit()

    # Opening

    def add_opener(self, kind: str, opener: Opener) -> None:
        """Register how references of a kind are opened."""
        if self.tab_set.openers.registered(kind):
            raise ValueError(f"references of kind {kind} have an opener already")
        self.tab_set.openers[kind] = opener

    def why_not(self, kind: str) -> str:
        """Why references of this kind cannot be opened, "" if they can."""
        return "" if kind in self.tab_set.openers else f"Nothing here opens a {kind}"

    def open(self, ref: Ref, origin: Ref | None = None, *, keep: bool = False) -> Tab | None:
        """Show a reference: its tab, a tab that gives way, or a new one; None with a message if it cannot."""
        return self._show(ref, origin, keep, None)

    def _show(self, ref: Ref, origin: Ref | None, keep: bool, state: dict[str, Any] | None) -> Tab | None:
        reason = self.why_not(ref.kind)
        if reason:
            self._notify.say(reason)
            return None
        self._leave()
        try:
            tab = self.tab_set.show(ref, origin, keep, state)
        except ProblemError as error:
            self._notify.problem(error.problem)
            return None
        if tab is not None:
            tab.setFocus()
            self.remember(tab)
        return tab

    def remember(self, tab: Tab) -> None:
        """This was used: it comes first in quick open."""
        self.recent.use(tab.ref.key(), _found(tab))

    def keep(self, tab: Tab) -> None:
        """Never give this tab up for another reference."""
        self._keep_at(self.tab_set.index_of(tab))

    def _keep_at(self, index: int) -> None:
        if index >= 0:
            self.tab_set.slots[index].kept = True
            self.tab_set.redraw(index)

    def pin(self, index: int, pinned: bool) -> None:
        """A pinned tab has no cross and is never given up."""
        self.tab_set.slots[index].pinned = pinned
        self.tab_set.redraw(index)
        self.session_changed.emit()

    def current(self) -> Tab | None:
        """The tab in front."""
        slot = self.tab_set.current()
        return slot.tab if slot is not None else None

    def tabs(self) -> list[Tab]:
        """The tabs that are made, left to right."""
        return [slot.tab for slot in self.tab_set.slots if slot.tab is not None]

    def touched(self, tab: Tab) -> None:
        """A tab's title, state, status or inspector changed."""
        index = self.tab_set.index_of(tab)
        if index < 0:
            return
        self.tab_set.redraw(index)
        self.session_changed.emit()
        if self.current() is tab:
            self._show_current()

    # Closing

    def close(self, tab: Tab) -> None:
        """Close a tab at once."""
        index = self.tab_set.index_of(tab)
        if index >= 0:
            self._leave()
            self.tab_set.remove(index)

    def close_at(self, index: int) -> None:
        """Close a tab by the user's wish: it may ask first, inside itself."""
        slot = self.tab_set.slots[index]
        question = slot.tab.closing_question() if slot.tab is not None else ""
        if not question:
            self._leave()
            self.tab_set.remove(index)
            return
        self.tab_set.activate(index)
        self.frame.ask(question, "Close tab", self._close_current)

    def _close_current(self) -> None:
        tab = self.current()
        if tab is not None:
            self.close(tab)

    def closing_questions(self) -> list[str]:
        """Everything that speaks against closing the window now."""
        asked = [tab.closing_question() for tab in self.tabs()] + [ask() for ask in self.questions]
        return [question for question in asked if question]

    # History

    def back(self) -> None:
        """Alt+Left."""
        self._go(-1)

    def forward(self) -> None:
        """Alt+Right."""
        self._go(1)

    def _go(self, step: int) -> None:
        self._leave()
        place = self.history.go(step)
        if place is not None and self._show(place.ref, None, False, place.state) is None:
            self.history.drop(place.ref)

    def _leave(self) -> None:
        tab = self.current()
        if tab is not None:
            self.history.leave(tab.ref, tab.state())

    # Finding and home

    def add_finder(self, finder: Finder) -> None:
        """Add a source of quick-open results."""
        self.finders.append(finder)

    def quick_open(self, text: str = "") -> None:
        """Open the Ctrl+P box with a text typed."""
        for slot in self.tab_set.slots:
            if slot.tab is not None:
                # A title may have come later than the tab.
                self.recent.mend(slot.tab.ref.key(), _found(slot.tab))
        self.quick_open_wanted.emit(text)

    def add_launcher(self, launch: Callable[[Launch], bool], *, last: bool = False) -> None:
        """Offer to open things from outside."""
        (self._last_launchers if last else self._launchers).append(launch)

    def launch(self, what: Launch) -> None:
        """Open something from outside with the first part that takes it."""
        if not any(launch(what) for launch in [*self._launchers, *self._last_launchers]):
            self._notify.say(f"Nothing here opens {what.target}")

    def set_home(self, make: Callable[[], QWidget]) -> None:
        """What stands in the centre when no tab is open."""
        self._make_home = make

    def show_centre(self) -> None:
        """Nothing is open: show the home widget, made on first need."""
        if self._make_home is not None:
            self.frame.set_home(self._make_home())
            self._make_home = None
        self._show_current()

    # Connections

    def set_connections(self, look: Callable[[str], ConnectionLook | None]) -> None:
        """How to find a connection's class, engine and zone by name."""
        self._look_up = look
        self.connections_changed()

    def title(self) -> str:
        """What the window's title says."""
        tab = self.current()
        places = (tab.path() if tab is not None else "", self.connection(), "Backlight")
        *place, program = dict.fromkeys(filter(None, places))
        return unturned(" — ".join(filter(None, (" · ".join(place), program))))

    def connections_changed(self) -> None:
        """Looks of connections changed."""
        self.tab_set.redraw_all()
        self._show_connection()

    def class_of(self, connection: str) -> str:
        """The class of a connection, "" if it is not known."""
        look = self._look_up(connection) if self._look_up is not None and connection else None
        return look.class_ if look is not None else ""

    def use_connection(self, name: str) -> None:
        """The connection to use while the tab in front has none."""
        if name != self._used:
            self._used = name
            self.session_changed.emit()
            self._show_connection()

    def bring(self, connection: str) -> bool:
        """Bring the last tab of a connection to the front; false if it has none."""
        found = [at for at, slot in enumerate(self.tab_set.slots) if _connection_of(slot) == connection]
        if found:
            self.tab_set.activate(found[-1])
        return bool(found)

    def connections(self) -> list[str]:
        """Those of the tabs, made or not, each once."""
        return list(dict.fromkeys(filter(None, map(_connection_of, self.tab_set.slots))))

    def want_connection(self) -> None:
        """Ask for another connection, below its chip."""
        self.connection_wanted.emit(self.frame.top.connection)

    def connection(self) -> str:
        """The connection in use."""
        tab = self.current()
        return (tab.connection() if tab is not None else "") or self._used

    def add_chip(self, chip: QWidget) -> None:
        """Put a chip at the right of the top bar."""
        self.frame.top.add_chip(chip)

    def add_closing_question(self, ask: Callable[[], str]) -> None:
        """Ask this before the window closes."""
        self.questions.append(ask)

    # Showing

    def _current(self) -> None:
        slot: Slot | None = self.tab_set.current()
        self.frame.status.turn()
        if slot is None:
            self.show_centre()
        elif slot.tab is not None:
            self.history.visit(slot.ref)
            if slot.tab.connection():
                self._used = slot.tab.connection()
            self._show_current()

    def _show_current(self) -> None:
        tab = self.current()
        self.frame.show_tab(tab)
        self._show_connection()
        self.current_changed.emit(tab)

    def _take_offer(self) -> None:
        tab = self.current()
        if tab is not None:
            tab.take_offer()

    def _show_connection(self) -> None:
        name = self.connection()
        look = self._look_up(name) if self._look_up is not None and name else None
        self.frame.show_connection(name, look)
        shown = (name, repr(look))
        if shown != self._shown:
            self._shown = shown
            self.connection_changed.emit()


def _connection_of(slot: Slot) -> str:
    return slot.tab.connection() if slot.tab is not None else getattr(slot.ref, "connection", "")


def _found(tab: Tab) -> Found:
    """How quick open lists a tab: by the name people know it by, where it belongs behind it."""
    title, path = tab.title(), tab.path()
    if path == title or path.endswith(f".{title}"):
        return Found(path, tab.connection() if tab.connection() != title else "", tab.icon, tab.ref)
    return Found(title, path, tab.icon, tab.ref)
