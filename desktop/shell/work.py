"""Running calls as the status bar tells them: what, for how long, how far, and Cancel."""

from __future__ import annotations

import time
from functools import lru_cache

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from desktop.api.client import Client
from desktop.kit.flow import Flow
from embedded_server.wire.endpoint import Nothing, declared
from embedded_server.wire.problem import Problem
from embedded_server.wire.server import JOBS

SHOWN_AFTER = 0.3
TICK_MILLISECONDS = 100
PROGRESS_SECONDS = 1.0
# Control and polling are not work a person waits for.
QUIET = ("events.", "jobs.", "server.")


class _Running(msgspec.Struct):
    name: str
    since: float


class Work(QObject):
    """`changed(text, cancellable)`: the text is "" while nothing runs longer than 300 ms.

    `idle`: the last call under way ended.
    """

    changed = Signal(str, bool)
    idle = Signal()

    def __init__(self, client: Client, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._running: dict[str, _Running] = {}
        self._progress: dict[str, str] = {}
        self._asked = 0.0
        self._flow: Flow | None = None
        self._text = ""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        client.started.connect(self._started)
        client.finished.connect(self._finished)
        client.online_changed.connect(self._online)

    def text(self) -> str:
        """What is shown now."""
        return self._text

    def busy(self) -> bool:
        """Whether any call is under way, however short."""
        return bool(self._running)

    def still(self) -> bool:
        """Whether no call is under way."""
        return not self._running

    def cancel(self) -> None:
        """Stop the call that runs longest; its flow hears of it as of any cancelled call."""
        if self._running:
            self._client.cancel_job(next(iter(self._running)))

    def _started(self, name: str, call_id: str) -> None:
        if name.startswith(QUIET):
            return
        self._running[call_id] = _Running(name, time.monotonic())
        if not self._timer.isActive():
            self._timer.start(TICK_MILLISECONDS)

    def _finished(self, _: str, call_id: str) -> None:
        self._progress.pop(call_id, None)
        if self._running.pop(call_id, None) is not None and not self._running:
            self._rest()

    def _online(self, online: bool) -> None:
        if not online and self._running:
            self._running.clear()
            self._rest()

    def _rest(self) -> None:
        self._timer.stop()
        self._show("")
        self.idle.emit()

    def _tick(self) -> None:
        # Calls are kept in the order they began: the first is the longest.
        call_id, first = next(iter(self._running.items()))
        now = time.monotonic()
        if now - first.since < SHOWN_AFTER:
            return
        if now - self._asked > PROGRESS_SECONDS and (self._flow is None or self._flow.done):
            self._asked = now
            self._flow = Flow(self, self._ask(), _unheard)
        text = self._progress.get(call_id) or _summary(first.name)
        others = f" · {len(self._running) - 1} more" if len(self._running) > 1 else ""
        self._show(f"{text} {elapsed(now - first.since)}{others}")

    async def _ask(self) -> None:
        answer = await self._client.call(JOBS, Nothing())
        self._progress = {job.id: job.progress for job in answer.jobs if job.progress}

    def _show(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.changed.emit(text, bool(text))


@lru_cache(maxsize=256)
def _summary(name: str) -> str:
    endpoint = declared().get(name)
    return (endpoint.summary if endpoint is not None else "") or name


def elapsed(seconds: float) -> str:
    """A running time: `1.2 s`, `48 s`, `3:07 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d} min"


def _unheard(_: Problem) -> None:
    """Progress is a courtesy; the call itself will tell of its problems."""
