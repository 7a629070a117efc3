"""This machine: processor, memory, the disk of the data, the database's process."""

from __future__ import annotations

import os
import threading

import psutil

from embedded_server.services import Services
from embedded_server.wire.health import Metric

from .base import Reading

# A database of another machine tells a process number that is somebody else's here.
_NAMES = ("postgres", "mariadbd", "mysqld", "python", "backlight")


class Machine:
    """Kept while the server runs: a share of the processor is measured since the last look."""

    def __init__(self, services: Services) -> None:
        self._lock = threading.Lock()
        self._processes: dict[int, psutil.Process] = {}
        psutil.cpu_percent(None)

    def close(self) -> None:
        """Nothing is held."""

    def metrics(self, reading: Reading, *, here: bool) -> list[Metric]:
        """The numbers now; of the database's disk and process only where it runs `here`."""
        memory = psutil.virtual_memory()
        found = [
            _metric("cpu", "Processor", psutil.cpu_percent(None), "percent", 100),
            _metric("memory used", "Memory used", memory.total - memory.available, "bytes", memory.total),
        ]
        if here and reading.folder:
            found += _disk(reading.folder)
        if here and reading.pid:
            found += self._process(reading.pid)
        return found

    def _process(self, pid: int) -> list[Metric]:
        try:
            with self._lock:
                process = self._server(pid)
                used = sum(one.cpu_percent(None) for one in [process, *self._children(process)])
                memory = process.memory_info().rss
            name = "Backlight" if process.pid == os.getpid() else process.name()
        except (psutil.Error, OSError):
            return []
        cores = psutil.cpu_count() or 1
        return [
            _metric("process cpu", f"Processor of {name}", used, "percent", 100 * cores, _of(process)),
            _metric("process memory", f"Memory of {name}", memory, "bytes", None, _of(process)),
        ]

    def _server(self, pid: int) -> psutil.Process:
        """The process that serves: for PostgreSQL the parent of our session's."""
        process = psutil.Process(pid)
        if not any(name in process.name().lower() for name in _NAMES):
            raise psutil.NoSuchProcess(pid)
        parent = process.parent()
        if parent is not None and process.name() == "postgres" == parent.name():
            process = parent
        return self._known(process)

    def _children(self, process: psutil.Process) -> list[psutil.Process]:
        if process.name() != "postgres":
            return []
        return [self._known(child) for child in process.children()]

    def _known(self, process: psutil.Process) -> psutil.Process:
        """The same object as at the last look: it remembers what was used then."""
        if len(self._processes) > 2000:
            self._processes.clear()
        known = self._processes.get(process.pid)
        if known is None or known != process:
            known = self._processes[process.pid] = process
        return known


def _of(process: psutil.Process) -> str:
    return f"process {process.pid}"


def _disk(folder: str) -> list[Metric]:
    try:
        usage = psutil.disk_usage(folder)
    except OSError:
        return []
    return [
        _metric("disk", "Disk used", usage.used, "bytes", usage.used + usage.free, os.path.abspath(folder))
    ]


def _metric(
    name: str, title: str, value: float, unit: str, limit: float | None = None, note: str = ""
) -> Metric:
    return Metric(
        id=name,
        title=title,
        value=value,
        of="machine",
        unit=unit,  # type: ignore[arg-type]
        limit=limit,
        note=note,
    )
