"""A foreign application as a process: a command in its own environment, a private folder, a free port."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psutil

from tests.servers.base import clean_environment, free_port
from tests.waiting import wait_until
from tests.wild.visitor import Visitor

START_SECONDS = 90


class Application:
    """One running application; ``stop`` ends it with all its children, ``start`` brings it up again."""

    def __init__(
        self, command: Sequence[str | Path], folder: Path, settings: Mapping[str, str], health: str
    ) -> None:
        self.port = free_port()
        self.folder = folder
        self.health = health
        self.command = [str(word).replace("{port}", str(self.port)) for word in command]
        self.settings = dict(settings)
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        path = self.folder / "output"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> Application:
        """Start the command and wait until the application answers."""
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=clean_environment() | {"PYTHONUNBUFFERED": "1"} | self.settings,
                start_new_session=True,
            )
        try:
            wait_until(self._answers, f"{self.command[0]} to answer", START_SECONDS)
        except TimeoutError:
            raise AssertionError(f"did not start; its output:\n{self.log[-4000:]}") from None
        return self

    def _answers(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"ended with {self.process.returncode}; its output:\n{self.log[-4000:]}")
        with contextlib.suppress(OSError):
            return self.visitor().get(self.health).status < 500
        return False

    def visitor(self) -> Visitor:
        """Somebody new with an empty cookie jar."""
        return Visitor(self.port)

    def family(self) -> list[psutil.Process]:
        """The started process and everything below it."""
        if self.process is None or self.process.poll() is not None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            root = psutil.Process(self.process.pid)
            return [root, *root.children(recursive=True)]
        return []

    def rss(self) -> int:
        """Bytes of memory of all processes of the application."""
        total = 0
        for process in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End the application and every child it has, kindly first."""
        family = self.family()
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, how)
        _, alive = psutil.wait_procs(family, timeout=5)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, timeout=5)
        self.process.wait(10)
        self.process = None

    def restart(self) -> None:
        self.stop()
        self.start()

    @contextlib.contextmanager
    def running(self) -> Iterator[Application]:
        """Started, for the length of a ``with``."""
        try:
            yield self.start()
        finally:
            self.stop()
