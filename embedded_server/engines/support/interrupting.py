"""Cancelling from another thread, so that it arrives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

_PATIENCE = 0.3
_STEP = 0.01


class Interruptible:
    """Knows whether a statement is running, and stops it.

    A signal that comes just before the library starts to work is forgotten by it. So the signal is
    repeated until the statement has ended, for a short while.
    """

    def __init__(self) -> None:
        self._idle = Event()
        self._idle.set()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around each call into the library that may take long."""
        self._idle.clear()
        try:
            yield
        finally:
            self._idle.set()

    def interrupt(self, signal: Callable[[], object]) -> bool:
        """Send the signal until nothing runs; false if nothing was running."""
        if self._idle.is_set():
            return False
        waited = 0.0
        while waited < _PATIENCE:
            signal()
            if self._idle.wait(_STEP):
                break
            waited += _STEP
        return True
