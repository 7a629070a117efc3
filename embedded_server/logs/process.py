"""The server's side of a log worker: a child process, its pipe, answers by serial."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from embedded_server.engines.support.remote.framing import read, write
from embedded_server.engines.support.worker import worker_command
from embedded_server.wire.logs import LogState
from embedded_server.wire.problem import ProblemError, problem

from .protocol import ANSWER, ANSWERS, Answer, Ask, Found, raw

_FAREWELL_SECONDS = 4.0
_STEP_SECONDS = 0.02

Told = Callable[[str, LogState | Found], None]


class LogProcess:
    """A worker with one open log. `told` hears what it says unasked, on the thread that reads its pipe."""

    def __init__(self, told: Told) -> None:
        self._process = subprocess.Popen(
            worker_command("logs"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=dict(os.environ),
        )
        self._told = told
        self._serials = itertools.count(1)
        self._waiting: dict[int, SimpleQueue[Answer]] = {}
        self._lock = Lock()
        self._gone = False
        self._reader = Thread(target=self._read, name="log-worker", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id, for tests and lists of children."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it still answers."""
        return not self._gone

    def ask(self, op: str, value: Any, check: Callable[[], None]) -> Any:
        """Ask and wait; `check` raises when the caller gave up. Raises the worker's problem, logs.lost."""
        return next(self.stream(op, value, check))

    def stream(self, op: str, value: Any, check: Callable[[], None]) -> Iterator[Any]:
        """Ask and yield every answer. Leaving it early cancels the question."""
        serial, answers = self._send(op, value)
        over = False
        try:
            while not over:
                answer = _next(answers, check)
                over = not answer.more
                if answer.problem is not None:
                    raise ProblemError(answer.problem)
                yield ANSWERS[op].decode(answer.value)
        finally:
            with self._lock:
                self._waiting.pop(serial, None)
            if not over and op in ("search", "groups"):
                with contextlib.suppress(ProblemError):
                    self._send("cancel", serial)

    def _send(self, op: str, value: Any) -> tuple[int, SimpleQueue[Answer]]:
        serial, answers = next(self._serials), SimpleQueue[Answer]()
        with self._lock:
            if self._gone:
                raise problem("logs.lost")
            if op != "cancel":
                self._waiting[serial] = answers
            try:
                assert self._process.stdin is not None
                write(self._process.stdin, Ask(serial, op, raw(value)))  # type: ignore[arg-type]
            except OSError as error:
                self._waiting.pop(serial, None)
                raise problem("logs.lost") from error
        return serial, answers

    def _read(self) -> None:
        assert self._process.stdout is not None
        while (message := read(self._process.stdout)) is not None:  # type: ignore[arg-type]
            answer = ANSWER.decode(message)
            if answer.serial == 0:
                self._told(answer.op, ANSWERS[answer.op].decode(answer.value))
                continue
            with self._lock:
                waiting = self._waiting.get(answer.serial)
            if waiting is not None:
                waiting.put(answer)
        with self._lock:
            self._gone = True
            left, self._waiting = list(self._waiting.values()), {}
        lost = problem("logs.lost", hint="Open the log again.").problem
        for answers in left:
            answers.put(Answer(0, "", lost, raw(None)))

    def stop(self, group: int = 0) -> None:
        """Close the pipe and wait for the end; kill what does not end, and the `group` of its command."""
        with self._lock, contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if group:
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        self._reader.join(_FAREWELL_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()


def _next(answers: SimpleQueue[Answer], check: Callable[[], None]) -> Answer:
    while True:
        try:
            return answers.get(timeout=_STEP_SECONDS)
        except Empty:
            check()
