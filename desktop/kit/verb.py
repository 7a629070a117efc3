"""Everything a user can do is a verb: one object from which palette, menus, shortcuts and manual come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
from PySide6.QtCore import QObject, Signal


def always() -> str:
    """The condition of a verb that is never disabled."""
    return ""


class Verb(msgspec.Struct, frozen=True):
    """An action of the application.

    `id` is `capability.action`; `keys` are Qt key sequences, the first one shown; `menu` is a path
    such as "File" or "View/Columns" ("" keeps it out of the menus, never out of the palette); `when`
    returns "" if the verb can run now, else the reason it cannot, shown where it is disabled.
    """

    id: str
    title: str
    run: Callable[[], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    menu: str = ""
    when: Callable[[], str] = always
    hint: str = ""
    # What a problem's action calls instead of `run`, with the action's arguments.
    act: Callable[[dict[str, str]], object] | None = None


class Verbs(QObject):
    """The registry of verbs. Several verbs may share a key; the first one that can run takes it."""

    changed = Signal()
    ran = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._verbs: dict[str, Verb] = {}
        # Whoever registers at this moment: verbs stand in this order, however late they come.
        self.rank = 0
        self._ranks: dict[str, int] = {}
        self._rebound: dict[str, tuple[str, ...]] = {}
        self._together, self._owed = 0, False

    @contextmanager
    def together(self) -> Iterator[None]:
        """Of what is added or rebound inside, those who follow are told once, at the end."""
        self._together += 1
        try:
            yield
        finally:
            self._together -= 1
            if self._owed and not self._together:
                self._tell()

    def _tell(self) -> None:
        self._owed = bool(self._together)
        if not self._owed:
            self.changed.emit()

    def add(self, *verbs: Verb) -> None:
        """Register verbs; an id that exists already is a programming error."""
        for verb in verbs:
            if verb.id in self._verbs:
                raise ValueError(f"verb {verb.id} is registered twice")
            self._verbs[verb.id] = verb
            self._ranks[verb.id] = self.rank
        if max(self._ranks.values(), default=0) > self.rank:
            self._verbs = dict(sorted(self._verbs.items(), key=self._rank))
        self._tell()

    def _rank(self, entry: tuple[str, Verb]) -> int:
        return self._ranks[entry[0]]

    def rebind(self, keys: dict[str, tuple[str, ...]]) -> None:
        """The user's own keys, by verb id; an empty tuple removes the key."""
        self._rebound = dict(keys)
        self._tell()

    def keys(self, verb_id: str) -> tuple[str, ...]:
        """The key sequences of a verb as they stand now."""
        return self._rebound.get(verb_id, self._verbs[verb_id].keys)

    def get(self, verb_id: str) -> Verb:
        """The verb with this id (KeyError if there is none)."""
        return self._verbs[verb_id]

    def __iter__(self) -> Iterator[Verb]:
        return iter(self._verbs.values())

    def __contains__(self, verb_id: str) -> bool:
        return verb_id in self._verbs

    def on_key(self, key: str) -> list[Verb]:
        """Verbs bound to a key sequence, in order of registration."""
        return [verb for verb in self._verbs.values() if key in self.keys(verb.id)]

    def run(self, verb_id: str, arguments: dict[str, str] | None = None) -> str:
        """Run a verb; returns the reason if it cannot run now, else ""."""
        verb = self._verbs[verb_id]
        reason = verb.when()
        if not reason:
            if arguments and verb.act is not None:
                verb.act(arguments)
            else:
                verb.run()
            self.ran.emit(verb_id)
        return reason

    def run_key(self, key: str) -> str:
        """Run the first verb of this key that can run; returns the first reason if none can."""
        reason = ""
        for verb in self.on_key(key):
            why_not = self.run(verb.id)
            if not why_not:
                return ""
            reason = reason or why_not
        return reason
