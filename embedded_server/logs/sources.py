"""The logs that are open in this server: one worker process each, found by name or path."""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from embedded_server.wire.logs import LogState, SourceKind
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.scratch import Scratch

from .process import LogProcess
from .protocol import Found, Opening

if TYPE_CHECKING:
    from embedded_server.jobs import Call
    from embedded_server.services import Services

PACKED = (".gz",)


class OpenLog:
    """An open log: its name, how it was opened, its worker."""

    def __init__(self, services: Services, opening: Opening) -> None:
        self.opening = opening
        self._services = services
        self._lock = threading.Lock()
        self._ready = False
        self.process = LogProcess(self._told)
        self.state: LogState | None = None

    def worker(self, call: Call) -> LogProcess:
        """Its worker, once it has opened the log. Raises what kept it from that."""
        with self._lock:
            if not self._ready:
                self.state = self.process.ask("open", self.opening, call.check)
                self._ready = True
        return self.process

    def _told(self, kind: str, what: LogState | Found) -> None:
        if isinstance(what, LogState):
            self.state = what
            self._services.events.emit(
                "logs.grown", source=self.opening.source, state=msgspec.to_builtins(what)
            )
        else:
            self._services.events.emit("logs.hits", source=self.opening.source, **msgspec.to_builtins(what))
        del kind

    def close(self) -> None:
        """End its worker and remove what was spooled."""
        self.process.stop()
        if self.opening.spool:
            with contextlib.suppress(OSError):
                os.unlink(self.opening.spool)


class Sources:
    """Open logs of one server."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._open: dict[str, OpenLog] = {}
        self._commands = 0
        self._spool: Scratch | None = None

    def all(self) -> list[OpenLog]:
        """Open ones, oldest first."""
        with self._lock:
            return list(self._open.values())

    def at(self, path: str, format_name: str = "") -> OpenLog:
        """The log at a path, opened if it is not. Raises file.missing, file.unreadable."""
        place = checked(path)
        with self._lock:
            found = self._open.get(place)
            if found is not None and found.process.running:
                return found
            kind: SourceKind = "packed" if place.endswith(PACKED) else "file"
            opening = Opening(source=place, path=place, kind=kind, title=Path(place).name, format=format_name)
            if kind == "packed":
                opening = msgspec.structs.replace(opening, spool=self._spool_file(), title=Path(place).name)
            made = self._open[place] = OpenLog(self._services, opening)
        if found is not None:
            found.close()
        return made

    def run(self, command: list[str], folder: str, format_name: str) -> OpenLog:
        """A command, started now."""
        with self._lock:
            self._commands += 1
            name = f"command:{self._commands}"
            title = " ".join(command)
            opening = Opening(
                source=name,
                path=title,
                kind="command",
                title=title,
                format=format_name,
                spool=self._spool_file(),
                command=command,
                folder=folder,
            )
            made = self._open[name] = OpenLog(self._services, opening)
        return made

    def get(self, source: str, call: Call) -> LogProcess:
        """The worker of a source by name; a path is opened. Raises logs.closed, file.*."""
        with self._lock:
            found = self._open.get(source)
        if found is None or not found.process.running:
            if source.startswith("command:"):
                raise problem("logs.closed", detail=source)
            remembered = self._services.store.logs.get(os.path.abspath(os.path.expanduser(source)))
            found = self.at(source, remembered.format if remembered else "")
        try:
            return found.worker(call)
        except ProblemError:
            self.drop(found.opening.source)
            raise

    def drop(self, source: str) -> bool:
        """Close one; false if it was not open."""
        with self._lock:
            found = self._open.pop(source, None)
        if found is not None:
            found.close()
        return found is not None

    def close(self) -> None:
        """Close all; their commands end."""
        with self._lock:
            found = list(self._open.values())
            self._open.clear()
        for each in found:
            each.close()
        if self._spool is not None:
            self._spool.close()

    def _spool_file(self) -> str:
        if self._spool is None:
            self._spool = Scratch("logs")
        handle, path = tempfile.mkstemp(dir=self._spool.path, suffix=".log")
        os.close(handle)
        return path


def checked(path: str) -> str:
    """An absolute path of a file that can be read. Raises file.missing, file.unreadable."""
    if not path or "\0" in path:
        raise problem("file.missing", detail=path)
    place = os.path.abspath(os.path.expanduser(path))
    if not os.path.exists(place):
        raise problem("file.missing", detail=place)
    if not os.path.isfile(place):
        raise problem("file.unreadable", "This is not a file", place, "Choose a log file.")
    try:
        with open(place, "rb"):
            return place
    except OSError as error:
        raise problem("file.unreadable", detail=f"{place}: {error.strerror}") from error
