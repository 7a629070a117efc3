"""Waiting for one socket."""

from __future__ import annotations

import select
from collections.abc import Callable


def _poller() -> Callable[[int, bool, float], bool]:
    # poll where there is one: select ends at 1,024 files
    if not hasattr(select, "poll"):

        def by_select(descriptor: int, reading: bool, seconds: float) -> bool:
            wanted = [descriptor]
            return any(select.select(wanted if reading else [], [] if reading else wanted, [], seconds))

        return by_select

    def by_poll(descriptor: int, reading: bool, seconds: float) -> bool:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN if reading else select.POLLOUT)
        return bool(poll.poll(seconds * 1000))

    return by_poll


is_ready = _poller()
"""Whether a socket can be read (or written) within that time."""
