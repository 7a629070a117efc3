"""Generates the demo's database in a process of its own, telling how far it is."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, Signal

from embedded_server.wire.problem import Problem

from .application import command, database


class Builder(QObject):
    """`progress(text)`, then `ready(path)` or `failed(Problem)`."""

    progress = Signal(str)
    ready = Signal(str)
    failed = Signal(object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.path = database(folder)
        self._process: QProcess | None = None
        self._lines = bytearray()
        self._complaints = bytearray()

    @property
    def running(self) -> bool:
        """Whether it is being generated."""
        return self._process is not None

    def start(self) -> None:
        """Generate it, or answer at once when it is there."""
        if self.running:
            return
        if self.path.exists():
            self.ready.emit(str(self.path))
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        process = QProcess(self)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_complaints)
        process.finished.connect(self._finished)
        self._process = process
        program, *arguments = command("generate", "--url", f"sqlite:///{self.path.as_posix()}", "--progress")
        process.start(program, arguments)

    def stop(self) -> None:
        """Give up; nothing half made is kept."""
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect(self._finished)
            process.terminate()
            if not process.waitForFinished(5000):
                process.kill()
                process.waitForFinished(1000)
            process.deleteLater()

    def _read(self) -> None:
        if self._process is None:
            return
        self._lines += self._process.readAllStandardOutput().data()
        *lines, rest = bytes(self._lines).split(b"\n")
        self._lines = bytearray(rest)
        for line in lines:
            self._tell(line)

    def _tell(self, line: bytes) -> None:
        try:
            step = json.loads(line)
        except ValueError:
            return
        if isinstance(step, dict) and step.get("total"):
            share = int(step["done"]) * 100 // int(step["total"])
            self.progress.emit(f"Making the demo: {str(step['step']).replace('_', ' ')} {share} %")

    def _read_complaints(self) -> None:
        if self._process is not None:
            self._complaints += self._process.readAllStandardError().data()

    def _finished(self, code: int, _: QProcess.ExitStatus) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        if code == 0 and self.path.exists():
            self.ready.emit(str(self.path))
        else:
            detail = bytes(self._complaints).decode("utf-8", "replace").strip() or f"exit code {code}"
            self.failed.emit(Problem("demo.failed", "The demo's database could not be made", detail))
