"""The server's side of the worker process of an export or import."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Generator
from queue import Empty, SimpleQueue

from embedded_server.engines.registry import engine_for
from embedded_server.engines.support.remote.framing import read, write
from embedded_server.engines.support.worker import worker_command
from embedded_server.jobs import Call
from embedded_server.wire.child_env import child_env
from embedded_server.wire.problem import ProblemError, problem

from .worker import CANCEL, SAID, Order, Said

_STEP_SECONDS = 0.05
# How long a worker may take to stop after it was told to, and to end.
_PATIENCE, _FAREWELL = 8.0, 3.0


class Worker:
    """A process that does one order."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._process = subprocess.Popen(
            worker_command("transfer"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_env()
        )
        self._said: SimpleQueue[Said | None] = SimpleQueue()
        self._told_to_stop = 0.0
        threading.Thread(target=self._read, name="transfer", daemon=True).start()
        self._write(order)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def _write(self, message: object) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it is gone, which is heard elsewhere
            write(self._process.stdin, message)  # type: ignore[arg-type]

    def _read(self) -> None:
        assert self._process.stdout is not None
        while (message := read(self._process.stdout)) is not None:  # type: ignore[arg-type]
            self._said.put(SAID.decode(message))
        self._said.put(None)

    def events(self, call: Call) -> Generator[Said, None, None]:
        """What it tells, to the end. Raises its problem, transfer.worker if it died, job.cancelled."""
        profile, engine = self._order.profile, engine_for(self._order.target.url)
        ear = call.services.sent.ear(profile.name, engine.name, profile.url, "worker")
        while (said := self._next(call)) is not None:
            ear.hear(call.name, call.id, said.sent)
            if said.problem is not None:
                raise ProblemError(said.problem)
            yield said
        code = self._process.wait()
        if code:
            raise problem("transfer.worker", detail=f"It ended with code {code}.")

    def _next(self, call: Call) -> Said | None:
        while True:
            try:
                return self._said.get(timeout=_STEP_SECONDS)
            except Empty:
                self._heed(call)

    def _heed(self, call: Call) -> None:
        if self._told_to_stop:
            if time.monotonic() - self._told_to_stop > _PATIENCE:
                self._process.kill()
                raise problem("job.cancelled")
            return
        try:
            call.check()
        except ProblemError:
            self._told_to_stop = time.monotonic()
            self._write(CANCEL)

    def close(self) -> None:
        """End it: its standard input closes, then what does not end is killed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
