"""What this program itself sent to databases: a ring of statements, each with what it was for.

Statements that a user typed are not here; they are in the history. Repetitions one after the other in the
same session count as one entry, so that an import does not push out everything else.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from embedded_server.engines.support.hearing import Told, heard_by

ENTRIES = 2000
CHARACTERS = 4_000_000


@dataclass
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

    def add(self, ear: Ear, told: Told) -> None:
        """Append, or count once more what was sent last."""
        with self._lock:
            last = self._entries[-1] if self._entries else None
            if last is not None and _same(last, ear, told):
                last.number, last.times = next(self._numbers), last.times + 1
                last.told.at = told.at
                last.told.elapsed_ms += told.elapsed_ms
                last.told.rows = None if told.rows is None else told.rows + (last.told.rows or 0)
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
                )
            )
            self._characters += len(told.sql)
            while len(self._entries) > self._most or self._characters > self._most_characters:
                self._characters -= len(self._entries.popleft().told.sql)
                self.lost += 1

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


def _same(last: Entry, ear: Ear, told: Told) -> bool:
    return (
        last.session == ear.session
        and last.purpose == ear.purpose
        and last.told.sql == told.sql
        and last.told.error == told.error == ""
    )
