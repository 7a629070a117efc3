"""What this program itself sent to databases: a ring of statements, each with what it was for.

Statements that a user typed are not here; they are in the history. Repetitions one soon after the other in
the same session count as one entry, so that an import does not push out everything else.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec

from embedded_server.engines.support.hearing import Told, heard_by

ENTRIES = 2000
CHARACTERS = 4_000_000
# What a call sends in turns (a savepoint, rows, its release) is repeated too: so many of the newest count.
_TURNS = 4


class Repeated(msgspec.Struct, array_like=True, frozen=True):
    """A statement that another process sent so many times; `works`: for the call, not to open its session."""

    told: Told
    times: int
    works: bool


@dataclass(eq=False)
class Entry:
    """A statement and where it went; `number` grows whenever the entry is another one than before."""

    id: int
    number: int
    told: Told
    connection: str
    engine: str
    url: str
    session: str
    purpose: str
    call: str
    times: int = 1


@dataclass
class Ear:
    """Listens to one session. `purpose` and `call`: for which endpoint's call it works now, "" between two;
    `theirs` a statement of the user's own, which is none of ours however it is wrapped."""

    log: SentLog
    connection: str
    engine: str
    url: str
    session: str
    purpose: str = ""
    call: str = ""
    theirs: str = field(default="", repr=False)

    def __call__(self, told: Told) -> None:
        """A statement was sent."""
        if not self.theirs or self.theirs not in told.sql:
            self.log.add(self, told)

    def hear(self, purpose: str, call: str, sent: list[Repeated]) -> None:
        """What the session of a worker process sent for a call."""
        for one in sent:
            with self.working(purpose if one.works else "", call if one.works else ""):
                self.log.add(self, one.told, one.times)

    @contextmanager
    def working(self, purpose: str, call: str) -> Iterator[None]:
        """What is sent inside is sent for this call."""
        before = self.purpose, self.call, self.theirs
        self.purpose, self.call, self.theirs = purpose, call, ""
        try:
            yield
        finally:
            self.purpose, self.call, self.theirs = before

    @contextmanager
    def leaving_out(self, sql: str) -> Iterator[None]:
        """This statement is the user's own."""
        before, self.theirs = self.theirs, sql
        try:
            yield
        finally:
            self.theirs = before

    @contextmanager
    def opening(self) -> Iterator[None]:
        """A session opened inside is the one that is heard."""
        with heard_by(self):
            yield


class SentLog:
    """The ring. Sessions of any thread add; answers are copies."""

    def __init__(self, entries: int = ENTRIES, characters: int = CHARACTERS) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._most, self._most_characters = entries, characters
        self._characters = 0
        self._ids, self._numbers = itertools.count(1), itertools.count(1)
        self._sessions = itertools.count(1)
        self.lost = 0

    def ear(self, connection: str, engine: str, url: str, lane: str) -> Ear:
        """For a session that is about to be opened."""
        return Ear(self, connection, engine, url, f"{next(self._sessions)} {lane}")

    def add(self, ear: Ear, told: Told, times: int = 1) -> None:
        """Append, or count once more what was sent lately."""
        with self._lock:
            newest = list(itertools.islice(reversed(self._entries), _TURNS))
            before = next((one for one in newest if _same(one, ear, told, one is not newest[0])), None)
            if before is not None:
                self._again(before, told, times)
                return
            number = next(self._numbers)
            self._entries.append(
                Entry(
                    next(self._ids),
                    number,
                    told,
                    ear.connection,
                    ear.engine,
                    ear.url,
                    ear.session,
                    ear.purpose,
                    ear.call,
                    times,
                )
            )
            self._characters += len(told.sql)
            while len(self._entries) > self._most or self._characters > self._most_characters:
                self._characters -= len(self._entries.popleft().told.sql)
                self.lost += 1

    def _again(self, entry: Entry, told: Told, times: int) -> None:
        entry.number, entry.times = next(self._numbers), entry.times + times
        entry.told.at = told.at
        entry.told.elapsed_ms += told.elapsed_ms
        entry.told.rows = None if told.rows is None else told.rows + (entry.told.rows or 0)
        if entry is not self._entries[-1]:
            self._entries.remove(entry)
            self._entries.append(entry)

    def take(self) -> list[Repeated]:
        """Everything, oldest first, for whoever keeps it elsewhere; then nothing is here."""
        with self._lock:
            entries, self._entries = self._entries, deque()
            self._characters = 0
        return [Repeated(one.told, one.times, bool(one.purpose)) for one in entries]

    def newest(self) -> Iterator[Entry]:
        """Entries, the one that changed last first."""
        with self._lock:
            entries = list(self._entries)
        return reversed(entries)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
            self._characters = 0


def _same(last: Entry, ear: Ear, told: Told, in_turns: bool) -> bool:
    return (
        (not in_turns or last.call == ear.call)
        and last.session == ear.session
        and last.purpose == ear.purpose
        and last.told.sql == told.sql
        and last.told.error == told.error == ""
    )
