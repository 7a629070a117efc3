"""Cancelling from another thread, so that it arrives and hits only what it was meant for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition, Thread, get_ident

_AT_ONCE = 0.05
_INSISTING = 3.0
_STEP = 0.005


class Interruptible:
    """Knows whether a statement is running, and stops it.

    A signal that comes just before the library starts to work is forgotten by it. So the signal is
    repeated until this statement has ended: shortly while the caller waits, then behind its back.
    """

    def __init__(self) -> None:
        self._changed = Condition()
        self._run = 0
        self._busy = False
        self._thread = 0
        self._cancelled = -1

    @contextmanager
    def running(self) -> Iterator[None]:
        """Around all calls into the library that belong to one statement. One inside another counts as
        the outer one."""
        with self._changed:
            nested = self._busy and self._thread == get_ident()
            if not nested:
                self._run += 1
                self._busy, self._thread = True, get_ident()
        if nested:
            yield
            return
        try:
            yield
        finally:
            with self._changed:
                self._busy = False
                self._changed.notify_all()

    @property
    def cancelled(self) -> bool:
        """Whether the running statement was asked to stop."""
        return self._cancelled == self._run

    def interrupt(self, signal: Callable[[], object]) -> bool:
        """Send the signal until the statement that runs now has ended; false if nothing was running."""
        with self._changed:
            if not self._busy:
                return False
            run = self._cancelled = self._run
        if not self._insist(run, signal, _AT_ONCE):
            Thread(target=self._insist, args=(run, signal, _INSISTING), name="insist", daemon=True).start()
        return True

    def wait_cancelled(self, seconds: float) -> bool:
        """Wait inside a statement for something else, at most this long; true when asked to stop."""
        with self._changed:
            return self._changed.wait_for(lambda: self.cancelled, seconds)

    def _insist(self, run: int, signal: Callable[[], object], seconds: float) -> bool:
        """Whether the statement has ended within this time."""
        for _ in range(int(seconds / _STEP)):
            with self._changed:
                if not self._busy or self._run != run:
                    return True
                signal()
                self._changed.notify_all()
                if self._changed.wait_for(lambda: not self._busy or self._run != run, _STEP):
                    return True
        return False
