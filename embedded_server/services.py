"""What all handlers share: the workspace, events, secrets, and the lines to databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from uuid import uuid4

import msgspec

from embedded_server.engines.base import Target
from embedded_server.wire.connections import ConnectionClass, Profile
from embedded_server.wire.problem import problem
from embedded_server.wire.refs import Ref
from embedded_server.wire.trace import StepKind

from .events import EventRing
from .jobs import Jobs
from .lanes import Line
from .secrets import Secrets
from .sent import SentLog
from .store.workspace import Workspace
from .targets import resolve
from .tunnels import Tunnels

# How long a resolved name is believed: another process may edit the workspace's connections.
RESOLVED_SECONDS = 2.0
# Just under what the server's own end allows.
LINGER_SECONDS = 9.0


class Room(Protocol):
    """What a capability keeps for as long as the server runs."""

    def close(self) -> None:
        """The server ends: end children, let go of files."""


AnyRoom = TypeVar("AnyRoom", bound=Room)

_Key = tuple[str, str | None, bool, ConnectionClass, tuple[tuple[str, str], ...]]


def _key(target: Target, class_: ConnectionClass) -> _Key:
    # What one class asks for must not pass because a session was opened under another one's name.
    return target.url, target.secret, target.read_only, class_, tuple(sorted(target.options.items()))


@dataclass
class Services:
    """One per server process (or per `call`)."""

    store: Workspace
    secrets: Secrets = field(default_factory=Secrets)
    epoch: str = field(default_factory=lambda: uuid4().hex[:12])
    events: EventRing = field(init=False)
    jobs: Jobs = field(default_factory=Jobs)
    stopping: threading.Event = field(default_factory=threading.Event)
    sent: SentLog = field(default_factory=SentLog)
    # Handlers by endpoint name, filled by whoever dispatches: how `Call.ask` reaches other capabilities.
    handlers: dict[str, Callable[[Any, Any], Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.events = EventRing(self.epoch)
        self.tunnels = Tunnels(self.secrets)
        self._lines: dict[_Key, Line] = {}
        self._resolved: dict[tuple[str, bool, bool], tuple[float, Line]] = {}
        self._rooms: dict[str, Room] = {}
        self._lock = threading.Lock()
        self._lingering: list[threading.Thread] = []

    def linger(self, work: threading.Thread) -> None:
        """Work that ends by itself soon after `stopping` is set: closing waits for it."""
        self._lingering = [one for one in self._lingering if one.is_alive()] + [work]

    def room(self, name: str, make: Callable[[Services], AnyRoom]) -> AnyRoom:
        """What the capability of this name keeps, made at first use and closed with the server."""
        with self._lock:
            if self.stopping.is_set():
                raise problem("server.stopping")
            found = self._rooms.get(name)
            if found is None:
                found = self._rooms[name] = make(self)
        return found  # type: ignore[return-value]

    def target(self, connection: str, *, allow_write: bool = False) -> tuple[Profile, Target]:
        """The profile behind a saved name or URL and how to connect to it."""
        return resolve(self.store, self.secrets, connection, allow_write=allow_write)

    def reached(self, connection: str, *, allow_write: bool = False) -> tuple[Profile, Target]:
        """As `target`, by way of its ssh tunnel: for programs that connect by themselves."""
        profile, target = self.target(connection, allow_write=allow_write)
        return profile, self.tunnels.reach(target)

    def line(self, connection: str, *, allow_write: bool = False, read_only: bool = False) -> Line:
        """The lanes of a connection, made at first use; `read_only` gives others, which cannot write."""
        asked = (connection, allow_write, read_only)
        now = time.monotonic()
        at, line = self._resolved.get(asked, (0.0, None))
        if line is not None and now - at < RESOLVED_SECONDS:
            return line
        profile, target = self.target(connection, allow_write=allow_write)
        if read_only:
            target = msgspec.structs.replace(target, read_only=True)
        with self._lock:
            key = _key(target, profile.class_)
            line = self._lines.get(key)
            if line is None:
                line = self._lines[key] = Line(profile, target, self.epoch, self.tunnels.open, self.sent)
            line.profile = profile
            self._resolved[asked] = (now, line)
            return line

    def forget(self) -> None:
        """Profiles or secrets changed: resolve names anew."""
        with self._lock:
            self._resolved.clear()

    def lines(self, url: str) -> list[Line]:
        """Open lines to a database, whatever their rights."""
        with self._lock:
            return [line for line in self._lines.values() if line.target.url == url]

    def line_holding(self, key: str) -> Line | None:
        """The line on which this pinned session is open."""
        with self._lock:
            return next((line for line in self._lines.values() if line.pinned(key) is not None), None)

    def disconnect(self, url: str) -> None:
        """Close all sessions to a database and forget what was cached of it."""
        with self._lock:
            self._resolved.clear()
            gone = [key for key, line in self._lines.items() if line.target.url == url]
            lines = [self._lines.pop(key) for key in gone]
        for line in lines:
            line.close()

    def schema_changed(self, url: str) -> None:
        """Our own DDL ran: forget structures and tell the window."""
        url = self.tunnels.original(url)
        for line in self.lines(url):
            line.memory.clear()
        self.events.emit("data.schema", url=url)

    def step(
        self,
        trace: str,
        kind: StepKind,
        text: str,
        ref: Ref | None = None,
        facts: dict[str, Any] | None = None,
    ) -> None:
        """Note what was done about a trace ("" for work that serves none) and tell the window."""
        if trace:
            self.store.steps.add(trace, kind, text, ref, facts or {})
            self.events.emit("trace.step", trace=trace, step=kind)

    def close(self) -> None:
        """Cancel reads, roll back console sessions, let an apply end its revision, close everything."""
        self.stopping.set()
        self.jobs.cancel_all()
        until = time.monotonic() + LINGER_SECONDS
        for work in self._lingering:
            work.join(max(0.0, until - time.monotonic()))
        with self._lock:
            self._resolved.clear()
            lines = list(self._lines.values())
            self._lines.clear()
            rooms = list(self._rooms.values())
            self._rooms.clear()
        for room in rooms:
            room.close()
        for line in lines:
            line.close()
        self.tunnels.close()
        self.events.close()
        self.store.close()
