"""The ring of numbered events that the window polls."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any

from embedded_server.wire.server import Event, PollRequest, PollResponse

RING = 10_000
# Gathered events of one kind are this far apart.
GATHER_SECONDS = 0.2
LONGEST_WAIT = 25.0


class EventRing:
    """Events of one server run (`epoch`), numbered from 1; the oldest fall out of the ring."""

    def __init__(self, epoch: str, size: int = RING) -> None:
        self.epoch = epoch
        self._events: deque[Event] = deque(maxlen=size)
        self._last = 0
        self._changed = threading.Condition()
        self._closed = False
        self._gathered: dict[str, list[str]] = {}
        self._spoke: dict[str, float] = {}

    def emit(self, kind: str, **data: Any) -> None:
        """Append an event; `data` holds JSON values."""
        with self._changed:
            self._last += 1
            self._events.append(Event(self._last, kind, data))
            self._changed.notify_all()

    def gather(self, kind: str, ids: list[str]) -> None:
        """Append an event `{ids: [...]}`; several within a short time become one."""
        with self._changed:
            waiting = self._gathered.get(kind)
            if waiting is not None:
                waiting += ids
                return
            self._gathered[kind] = list(ids)
            pause = self._spoke.get(kind, -GATHER_SECONDS) + GATHER_SECONDS - time.monotonic()
        if pause <= 0:
            self._tell(kind)
            return
        timer = threading.Timer(pause, self._tell, (kind,))
        timer.daemon = True
        timer.start()

    def _tell(self, kind: str) -> None:
        with self._changed:
            ids = self._gathered.pop(kind, [])
            self._spoke[kind] = time.monotonic()
        if ids and not self._closed:
            self.emit(kind, ids=ids)

    def close(self) -> None:
        """Answer everyone who waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def poll(self, request: PollRequest) -> PollResponse:
        """Events above `after`, waiting for the first; `reset` when some are gone or the epoch differs."""
        deadline = time.monotonic() + min(max(request.wait, 0.0), LONGEST_WAIT)
        with self._changed:
            if request.epoch != self.epoch or request.after > self._last or self._missed(request.after):
                return PollResponse(self.epoch, self._last, [], reset=True)
            while self._last <= request.after and not self._closed:
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not self._changed.wait(remaining):
                    break
            if self._missed(request.after):
                return PollResponse(self.epoch, self._last, [], reset=True)
            fresh = [event for event in self._events if event.number > request.after]
            return PollResponse(self.epoch, self._last, fresh)

    def _missed(self, after: int) -> bool:
        return bool(self._events) and self._events[0].number > after + 1
