"""DuckDB: an in-process database, so it runs in a worker process of the server, one for each file."""

from __future__ import annotations

import os
from importlib.util import find_spec
from threading import Lock

from sqlalchemy.engine import URL

from embedded_server.wire.problem import problem

from .base import Capabilities, Engine, Target
from .support.connecting import url_of
from .support.duckdb.grammar import DuckdbGrammar
from .support.local_file import facts_of
from .support.remote.client import RemoteSession, WorkerProcess


class _Workers:
    """The worker of each open file, with the number of its sessions; the last one to close ends it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._open: dict[str, tuple[WorkerProcess, int]] = {}

    def take(self, key: str) -> WorkerProcess:
        with self._lock:
            worker, count = self._open.get(key, (None, 0))
            if worker is None or not worker.running:
                worker, count = WorkerProcess("duckdb"), 0
            self._open[key] = (worker, count + 1)
            return worker

    def give_back(self, key: str, worker: WorkerProcess) -> None:
        with self._lock:
            held, count = self._open.get(key, (worker, 1))
            if held is not worker:
                count = 1  # a crashed one that was replaced
            elif count > 1:
                self._open[key] = (worker, count - 1)
                return
            else:
                self._open.pop(key, None)
        worker.stop()


_workers = _Workers()


class DuckdbClient(RemoteSession):
    """A session in the file's worker."""

    def __init__(self, key: str, target: Target) -> None:
        self._key = key
        self._held = _workers.take(key)
        try:
            super().__init__(self._held, target)
        except BaseException:
            _workers.give_back(key, self._held)
            raise

    @property
    def worker_pid(self) -> int:
        """The process that holds the file."""
        return self._held.pid

    def close(self) -> None:
        if not self._closed:
            super().close()
            _workers.give_back(self._key, self._held)


class DuckdbEngine(Engine):
    """DuckDB files and databases in memory."""

    name = "duckdb"
    title = "DuckDB"
    schemes = ("duckdb",)
    capabilities = Capabilities(
        schemas=True,
        estimates=True,
        explain=True,
        transactional_ddl=True,
        regex=True,
        routines=True,
        files=True,
        reopens=True,
        edits=True,
    )
    grammar = DuckdbGrammar()

    def available(self) -> str:
        return "" if find_spec("duckdb") else "The duckdb package is not installed."

    def open(self, target: Target) -> RemoteSession:
        if self.available():
            raise problem("connection.driver", detail=self.available())
        path = _path(url_of(target))
        _inspect(path)
        sent = Target(path, read_only=target.read_only)
        return DuckdbClient(path or f":memory:{target.url} {target.name}", sent)


def _path(url: URL) -> str:
    database = url.database or ""
    return "" if database in ("", ":memory:") else os.path.abspath(os.path.expanduser(database))


def _inspect(path: str) -> None:
    """What can be said without opening the file."""
    if path and facts_of(path).st_size == 0:
        raise problem("file.not_database", detail=path, hint="The file is empty; DuckDB makes no such files.")


ENGINE = DuckdbEngine()
