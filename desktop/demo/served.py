"""The demo application, served under the probe: its requests come in like those of any other."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from desktop.demo_facts import LOG_NAME, facts
from embedded_server.wire.child_env import child_env
from embedded_server.wire.problem import Problem

from .application import command

STOP_MILLISECONDS = 5000


class DemoServer(QObject):
    """`ready(url)` when it listens, `failed(Problem)` when it does not. It ends with its owner."""

    ready = Signal(str)
    failed = Signal(object)

    def __init__(self, workspace: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._process: QProcess | None = None
        self._line = b""
        self.url = ""

    @property
    def running(self) -> bool:
        """Whether it was started."""
        return self._process is not None

    def start(self, database: str) -> None:
        """Serve a database of the demo on a free port."""
        if self.running:
            return
        process = QProcess(self)
        environment = QProcessEnvironment()
        for name, value in child_env().items():
            environment.insert(name, value)
        # Its own handler writes there, as in any project: the Logs page opens it.
        environment.insert("LOG_FILE", str(Path(database).with_name(LOG_NAME)))
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._finished)
        self._process = process
        program, *arguments = under_probe(
            self._workspace,
            command("serve", "--url", f"sqlite:///{database}", "--port", "0", "--stop-with-stdin"),
        )
        process.start(program, arguments)

    def stop(self) -> None:
        """End it: it stops when its input ends."""
        process, self._process = self._process, None
        self.url = ""
        if process is None:
            return
        process.finished.disconnect(self._finished)
        process.closeWriteChannel()
        if not process.waitForFinished(STOP_MILLISECONDS):
            process.kill()
            process.waitForFinished(1000)
        process.deleteLater()

    def _read(self) -> None:
        if self._process is None or self.url:
            return
        self._line += self._process.readAllStandardOutput().data()
        first, end, _ = self._line.partition(b"\n")
        if not end:
            return
        try:
            self.url = str(json.loads(first)["url"])
        except (ValueError, KeyError, TypeError):
            self._fail(first.decode("utf-8", "replace"))
            return
        self.ready.emit(self.url)

    def _finished(self, code: int, _: QProcess.ExitStatus) -> None:
        process = self._process
        detail = process.readAllStandardError().toStdString() if process is not None else ""
        self._fail(detail.strip() or f"exit code {code}")

    def _fail(self, detail: str) -> None:
        process, self._process = self._process, None
        self.url = ""
        if process is not None:
            process.deleteLater()
        self.failed.emit(Problem("demo.failed", "The demo application could not be started", detail))


def under_probe(workspace: Path, words: list[str]) -> list[str]:
    """The command that runs another with its requests captured for a workspace."""
    run = ["run", "--workspace", str(workspace), "--app", facts().name, "--", *words]
    if getattr(sys, "frozen", False):
        return [sys.executable, *run]
    return [sys.executable, str(Path(__file__).resolve().parents[2] / "main.py"), *run]
