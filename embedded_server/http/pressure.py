"""How busy this machine was while something was measured: then small changes cannot be told from chance."""

from __future__ import annotations

import os
import re
import time

_PRESSURE = "/proc/pressure/cpu"
# Above this share of the time somebody waited for a processor: the machine counts as busy.
BUSY = 0.6


# The system counts anew every two seconds only: of shorter work its average of ten seconds tells more.
_COUNTED_SECONDS = 5.0


class Pressure:
    """Counts from its making on."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._before = _read()

    def share(self) -> float:
        """The share of the time in which work waited for a processor, 0 to 1."""
        now, elapsed = _read(), time.monotonic() - self._begin
        if now is None or self._before is None:
            return _by_load()
        if elapsed < _COUNTED_SECONDS:
            return max(self._before[0], now[0])
        return min(1.0, max(0.0, (now[1] - self._before[1]) / elapsed))


def _read() -> tuple[float, float] | None:
    """The share of ten seconds in which a task waited, and all such seconds; null if nobody counts."""
    try:
        with open(_PRESSURE, encoding="ascii") as file:
            found = re.search(r"some avg10=([\d.]+) .*total=(\d+)", file.read())
    except OSError:
        return None
    return (float(found[1]) / 100, int(found[2]) / 1e6) if found else None


def _by_load() -> float:
    """The same, guessed from how many tasks want to run."""
    if not hasattr(os, "getloadavg"):
        return 0.0
    wanted = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(1.0, max(0.0, wanted - 1.0))
