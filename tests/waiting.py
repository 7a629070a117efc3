"""Waiting on a cause with a deadline, for causes that have no signal or handle to wait on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_never = threading.Event()


def wait_until(cause: Callable[[], object], what: str, timeout: float = 30.0) -> None:
    """Return once ``cause()`` is true; raise ``TimeoutError`` naming ``what`` after ``timeout`` seconds."""
    deadline = time.monotonic() + timeout
    pause = 0.002
    while not cause():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s in vain for: {what}")
        _never.wait(pause)
        pause = min(pause * 1.5, 0.05)
