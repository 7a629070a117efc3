"""JSON lines between the runner and the server.

The server writes the job as the first line on stdin, later `{"do": "cancel"}` or `{"do": "finish"}`. Events
go out on what was stdout; whatever the project prints goes to stderr. Each event is also appended to a
journal file, which tells what happened when the server is gone.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, TextIO

SCHEMA = 1
# How long a revision may go on after the server has gone.
GRACE_SECONDS = 10.0


class Stopped(BaseException):
    """The work was given up between two revisions."""


class Channel:
    """Speaks and listens. `wish` is "", "finish" (the revision, then stop) or "cancel" (at once)."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        self._journal: TextIO | None = None
        self._lock = threading.Lock()
        self._begun = time.monotonic()
        self.wish = ""
        self.orphan = False
        # Called when the statement that runs is to be stopped from here.
        self.interrupts: list[Callable[[], Any]] = []

    def job(self) -> dict[str, Any]:
        """The first line."""
        found: dict[str, Any] = json.loads(sys.stdin.readline() or "{}")
        path = found.get("journal")
        if path:
            self._journal = open(path, "a", encoding="utf-8")  # noqa: SIM115
        return found

    def listen(self) -> None:
        """Hear further lines on a thread of their own."""
        threading.Thread(target=self._listen, daemon=True).start()

    def say(self, event: str, **data: Any) -> None:
        """One event."""
        message = {"ev": event, "t": round((time.monotonic() - self._begun) * 1000, 3)}
        message.update(data)
        line = json.dumps(message, default=str) + "\n"
        with self._lock:
            if self._journal is not None:
                self._journal.write(line)
                self._journal.flush()
            try:
                self._out.write(line)
                self._out.flush()
            except (OSError, ValueError):
                # The server has gone; the journal remembers.
                self.orphan = True

    def check(self) -> None:
        """Give up here if that is wanted."""
        if self.wish:
            raise Stopped(self.wish)

    def _listen(self) -> None:
        for line in sys.stdin:
            try:
                self._obey(str(json.loads(line).get("do", "")))
            except ValueError:
                continue
        self.orphan = True
        if not self.wish:
            self.wish = "finish"
        threading.Event().wait(GRACE_SECONDS)
        self._interrupt()

    def _obey(self, wish: str) -> None:
        if wish in ("cancel", "finish"):
            self.wish = wish
        if wish == "cancel":
            self._interrupt()

    def _interrupt(self) -> None:
        for interrupt in list(self.interrupts):
            try:
                interrupt()
            except Exception as error:
                sys.stderr.write("cannot interrupt: %s\n" % error)
