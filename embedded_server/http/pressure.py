"""How busy this machine was while something was measured: then small changes cannot be told from chance."""

from __future__ import annotations

import os
import re
import time

_PRESSURE = "/proc/pressure/cpu"
# Above this share of the time somebody waited for a processor: the machine counts as busy.
BUSY = 0.6


class Pressure:
    """Counts from its making on."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._waited = _waited()

    def share(self) -> float:
        """The share of the time in which work waited for a processor, 0 to 1."""
        waited, elapsed = _waited(), time.monotonic() - self._begin
        if waited is None or self._waited is None:
            return _by_load()
        return min(1.0, max(0.0, (waited - self._waited) / max(elapsed, 1e-6)))


def _waited() -> float | None:
    """Seconds in which at least one task waited, since the start of the system; null where nobody counts."""
    try:
        with open(_PRESSURE, encoding="ascii") as file:
            found = re.search(r"some .*total=(\d+)", file.read())
    except OSError:
        return None
    return int(found[1]) / 1e6 if found else None


def _by_load() -> float:
    """The same, guessed from how many tasks want to run."""
    if not hasattr(os, "getloadavg"):
        return 0.0
    wanted = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(1.0, max(0.0, wanted - 1.0))
