"""Starts, watches and restarts the server process."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QProcess, QTimer, Signal

from embedded_server.wire.problem import Problem

from .client import Address

RESTARTS_PER_MINUTE = 3
START_SECONDS = 60
STOP_MILLISECONDS = 12_000
LOG_LINES = 400


class _Answer(msgspec.Struct):
    ready: bool
    port: int = 0
    epoch: str = ""
    pid: int = 0
    problem: Problem | None = None


def server_command() -> list[str]:
    """The command line of the server, frozen or not."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "serve"]
    return [sys.executable, str(Path(__file__).resolve().parents[2] / "main.py"), "serve"]


class ServerProcess(QObject):
    """`ready(Address)` after each start; `lost(Problem)` when it ended unasked or cannot start.

    After a crash it is started again, at most three times in a minute; then `lost` stays and the
    user starts it by hand.
    """

    ready = Signal(object)
    lost = Signal(object)

    def __init__(self, workspace: str = "", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._process: QProcess | None = None
        self._token = ""
        self._out = bytearray()
        self._starts: deque[float] = deque(maxlen=RESTARTS_PER_MINUTE)
        self._stopping = False
        self._refused = False
        self.log: deque[str] = deque(maxlen=LOG_LINES)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.timeout.connect(self._too_slow)

    @property
    def pid(self) -> int:
        """Process id of the running server, 0 if there is none."""
        return self._process.processId() if self._process is not None else 0

    def start(self) -> None:
        """Start it (again)."""
        self._stopping = self._refused = False
        self._starts.append(time.monotonic())
        self._token = os.urandom(32).hex()
        self._out.clear()
        process = QProcess(self)
        process.readyReadStandardOutput.connect(self._read_out)
        process.readyReadStandardError.connect(self._read_log)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed)
        self._process = process
        program, *arguments = server_command()
        process.start(program, arguments)
        message = {"token": self._token, "workspace": self._workspace}
        if os.environ.get("BACKLIGHT_NO_KEYRING"):
            message["keyring"] = False  # type: ignore[assignment]
        process.write(msgspec.json.encode(message) + b"\n")
        self._patience.start(START_SECONDS * 1000)

    def stop(self) -> None:
        """End it in order: closing its stdin makes it roll back, cancel and leave."""
        self._stopping = True
        self._patience.stop()
        process, self._process = self._process, None
        if process is None:
            return
        # An ending server reports through a process object that nobody listens to any more.
        process.finished.disconnect(self._finished)
        process.errorOccurred.disconnect(self._failed)
        process.closeWriteChannel()
        if not process.waitForFinished(STOP_MILLISECONDS):
            process.kill()
            process.waitForFinished(1000)
        process.deleteLater()

    def _read_out(self) -> None:
        if self._process is None:
            return
        self._out += self._process.readAllStandardOutput().data()
        line, newline, _ = bytes(self._out).partition(b"\n")
        if not newline:
            return
        self._out.clear()
        self._patience.stop()
        try:
            answer = msgspec.json.decode(line, type=_Answer)
        except msgspec.MsgspecError as error:
            self._give_up(Problem("server.start", "The server's first line cannot be read", str(error)))
            return
        if answer.ready:
            self.ready.emit(Address(answer.port, self._token, answer.epoch))
        else:
            self._refused = True
            self.lost.emit(answer.problem or Problem("server.start", "The server could not be started"))

    def _read_log(self) -> None:
        if self._process is not None:
            text = bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace")
            self.log.extend(text.splitlines())

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._give_up(
                Problem("server.start", "The server could not be started", self._process.errorString())
            )

    def _finished(self, code: int, _: QProcess.ExitStatus) -> None:
        self._patience.stop()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        if self._stopping or self._refused:
            return
        detail = "\n".join([f"exit code {code}", *list(self.log)[-20:]])
        recent = [start for start in self._starts if time.monotonic() - start < 60]
        if len(recent) >= RESTARTS_PER_MINUTE:
            self._give_up(Problem("server.start", "The server ended three times within a minute", detail))
            return
        self.lost.emit(Problem("server.lost", "The server ended and is started again", detail))
        QTimer.singleShot(200 * len(recent), self.start)

    def _too_slow(self) -> None:
        detail = "\n".join(list(self.log)[-20:])
        self._give_up(Problem("server.start", f"The server did not answer within {START_SECONDS} s", detail))

    def _give_up(self, problem: Problem) -> None:
        self._refused = True
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect(self._finished)
            process.kill()
            process.deleteLater()
        self.lost.emit(problem)
