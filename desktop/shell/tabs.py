"""The open tabs: which reference stands where, which one gives way, what is closed and comes back."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget

from desktop.context import Opener, Tab
from embedded_server.wire.refs import AnyRef, Ref

from .tabbar import CentreTabs, TabLook

CLOSED = 30


class Slot(msgspec.Struct):
    """A place in the strip. `tab` is None until it is first shown (a restored one)."""

    ref: Ref
    title: str
    icon: str = ""
    state: dict[str, Any] = msgspec.field(default_factory=dict)
    kept: bool = False
    pinned: bool = False
    tab: Tab | None = None

    def reusable(self) -> bool:
        """Whether the next thing opened may take this place."""
        return not (self.kept or self.pinned) and (self.tab is None or not self.tab.dirty())

    def saved(self) -> dict[str, Any]:
        """What to write into the session."""
        if self.tab is not None:
            self.state = self.tab.state()
        return {
            "ref": msgspec.to_builtins(self.ref),
            "title": self.title,
            "icon": self.icon,
            "state": self.state,
            "kept": self.kept,
            "pinned": self.pinned,
        }


def load_slot(saved: Any) -> Slot | None:
    """A slot from the session, None if this build does not know what it was."""
    try:
        return Slot(
            ref=msgspec.convert(saved["ref"], AnyRef),
            title=str(saved["title"]),
            icon=str(saved.get("icon", "")),
            state=dict(saved.get("state", {})),
            kept=bool(saved.get("kept", True)),
            pinned=bool(saved.get("pinned", False)),
        )
    except (msgspec.MsgspecError, KeyError, TypeError, ValueError, AttributeError):
        return None


class Openers(dict[str, Opener]):
    """Openers by kind. Of some kinds it is only known who has theirs: it is asked for when it is needed."""

    def __init__(self) -> None:
        super().__init__()
        self.bring: dict[str, Callable[[], object]] = {}

    def registered(self, kind: str) -> bool:
        """Whether the opener itself is there."""
        return super().__contains__(kind)

    def __contains__(self, kind: object) -> bool:
        return super().__contains__(kind) or kind in self.bring

    def __missing__(self, kind: str) -> Opener:
        self.bring.pop(kind)()
        return self[kind]


class TabSet(QObject):
    """Keeps slots, the painted strip and the stack of widgets in step.

    `changed`: titles, order or number changed (the session is to be saved). `current_changed`: another
    tab is in front, or what it shows became something else.
    """

    changed = Signal()
    current_changed = Signal()

    def __init__(self, bar: CentreTabs, stack: QStackedWidget, class_of: Callable[[str], str]) -> None:
        super().__init__(bar)
        self._bar, self._stack, self._class_of = bar, stack, class_of
        self.openers = Openers()
        self.slots: list[Slot] = []
        self._closed: deque[dict[str, Any]] = deque(maxlen=CLOSED)
        self._inserting = False
        bar.currentChanged.connect(self._front)
        bar.tabMoved.connect(self._moved)

    # Asking

    def current(self) -> Slot | None:
        """The slot in front."""
        index = self._bar.currentIndex()
        return self.slots[index] if 0 <= index < len(self.slots) else None

    def index_of(self, tab: Tab) -> int:
        """Where a tab stands, -1 if it is closed."""
        return next((index for index, slot in enumerate(self.slots) if slot.tab is tab), -1)

    def find(self, ref: Ref) -> int:
        """Where a reference stands, -1 if it is not open."""
        return next((index for index, slot in enumerate(self.slots) if slot.ref.same(ref)), -1)

    # Opening

    def show(
        self, ref: Ref, origin: Ref | None, keep: bool, state: dict[str, Any] | None = None
    ) -> Tab | None:
        """The reference's own tab, else the place of one that gives way, else a new tab at the end."""
        index = self.find(ref)
        if index < 0:
            tab = self.openers[ref.kind](ref, origin)
            tab.origin = origin
            index = self._place(Slot(ref, tab.title(), tab.icon, kept=keep, tab=tab))
            if state:
                tab.restore(state)
        elif keep:
            self.slots[index].kept = True
            self.redraw(index)
        self.activate(index)
        return self.slots[index].tab

    def activate(self, index: int) -> None:
        """Bring a tab to the front; a restored one is made now."""
        self._make(index)
        if self._bar.currentIndex() == index:
            self._front(index)
        else:
            self._bar.setCurrentIndex(index)

    def step(self, by: int) -> None:
        """The next tab (1) or the one before (-1), round the ends."""
        if self.slots:
            self.activate((self._bar.currentIndex() + by) % len(self.slots))

    def _place(self, slot: Slot) -> int:
        """Put a new slot where one gives way (at most one is passing at a time), else at the end."""
        index = next((at for at, old in enumerate(self.slots) if old.reusable()), -1)
        if index < 0 or slot.kept:
            return self._insert(len(self.slots), slot)
        self._insert(index, slot)
        # In front before the old one goes, so that no other tab comes to the front in between.
        self._bar.setCurrentIndex(index)
        self.remove(index + 1, remember=False)
        return index

    def _insert(self, index: int, slot: Slot) -> int:
        self.slots.insert(index, slot)
        if slot.tab is not None:
            self._stack.addWidget(slot.tab)
        # The bar brings its first tab to the front by itself; only `activate` is to do that.
        self._inserting = True
        self._bar.insert(index, slot.title, self._look(slot))
        self._inserting = False
        self.redraw(index)
        return index

    def _make(self, index: int) -> None:
        slot = self.slots[index]
        if slot.tab is not None:
            return
        try:
            slot.tab = self.openers[slot.ref.kind](slot.ref, None)
            slot.tab.restore(slot.state)
        except Exception as error:  # whatever it is, the other tabs and the window go on
            from .broken_tab import BrokenTab  # noqa: PLC0415  # lazy: not in a run that goes well

            slot.tab = BrokenTab(slot.ref, slot.title, slot.state, error)
        self._stack.addWidget(slot.tab)
        self.redraw(index)

    # Closing

    def remove(self, index: int, *, remember: bool = True) -> None:
        """Close a tab; unless it only gave way, Ctrl+Shift+T brings it back."""
        slot = self.slots.pop(index)
        if remember:
            self._closed.append(slot.saved())
        tab, slot.tab = slot.tab, None
        self._bar.take(index)
        if tab is not None:
            tab.closing()
            self._stack.removeWidget(tab)
            tab.setParent(None)
            tab.deleteLater()
        self.changed.emit()
        if not self.slots:
            self.current_changed.emit()

    def reopen(self) -> bool:
        """Bring back the tab closed last; False if there is none."""
        while self._closed:
            slot = load_slot(self._closed.pop())
            if slot is not None and slot.ref.kind in self.openers:
                slot.kept = True
                index = self.find(slot.ref)
                self.activate(index if index >= 0 else self._insert(len(self.slots), slot))
                return True
        return False

    def can_reopen(self) -> bool:
        """Whether a tab was closed."""
        return bool(self._closed)

    # Drawing

    def redraw(self, index: int) -> None:
        """Take title, icon, dots and colours from the tab."""
        slot = self.slots[index]
        tip = slot.title
        if slot.tab is not None:
            slot.title, slot.icon = slot.tab.title(), slot.tab.icon
            slot.kept = slot.kept or slot.tab.dirty()
            tip = slot.tab.path()
        self._bar.set_look(index, slot.title, tip, self._look(slot))

    def redraw_all(self) -> None:
        """Connections changed their looks."""
        for index in range(len(self.slots)):
            self.redraw(index)

    def _look(self, slot: Slot) -> TabLook:
        connection = slot.tab.connection() if slot.tab is not None else getattr(slot.ref, "connection", "")
        return TabLook(
            icon=slot.icon,
            dirty=slot.tab is not None and slot.tab.dirty(),
            pinned=slot.pinned,
            passing=not (slot.kept or slot.pinned),
            class_=self._class_of(connection) if connection else "",
        )

    def _front(self, index: int) -> None:
        if self._inserting or not 0 <= index < len(self.slots):
            return
        self._make(index)
        tab = self.slots[index].tab
        if tab is not None:
            self._stack.setCurrentWidget(tab)
        self.current_changed.emit()
        self.changed.emit()

    def _moved(self, source: int, target: int) -> None:
        self.slots.insert(target, self.slots.pop(source))
        self.changed.emit()

    # Session

    def save(self) -> dict[str, Any]:
        """Everything that is open, and what is in front."""
        return {"tabs": [slot.saved() for slot in self.slots], "current": self._bar.currentIndex()}

    def load(self, saved: dict[str, Any]) -> None:
        """Open what an earlier run had open; only the tab in front is made at once."""
        wanted, slots = saved.get("current", 0), []
        for number, entry in enumerate(saved.get("tabs", [])):
            slot = load_slot(entry)
            if slot is not None and slot.ref.kind in self.openers:
                slots.append((number == wanted, slot))
        for _, slot in slots:
            self._insert(len(self.slots), slot)
        front = next((at for at, (is_front, _) in enumerate(slots) if is_front), len(slots) - 1)
        if slots:
            self.activate(front)
