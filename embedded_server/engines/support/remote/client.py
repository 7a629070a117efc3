"""The server's side: a process that holds sessions, and sessions that ask it."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import time
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Lock, Thread
from typing import Any

from embedded_server.engines.base import Catalog, Params, Reading, Session, SessionInfo, Target
from embedded_server.engines.support.hearing import Hear, hearing
from embedded_server.engines.support.interrupting import Interruptible
from embedded_server.engines.support.worker import worker_command
from embedded_server.wire.data import Routine, TableResponse
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.scratch import sweep
from embedded_server.wire.values import PAGE_CELL_BYTES, RowBlock

from .framing import read, write
from .protocol import ANSWER, VALUES, Answer, Ask, given, raw

_FAREWELL_SECONDS = 3.0
_HUNG_SECONDS = 2.0


class WorkerProcess:
    """A worker and its pipe. Ends when told, or when this process does (its standard input closes)."""

    def __init__(self, name: str) -> None:
        self._process = subprocess.Popen(
            worker_command(name), stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=True
        )
        self._serials = itertools.count(1)
        self._sessions = itertools.count(1)
        self._waiting: dict[int, Future[Answer]] = {}
        self._lock = Lock()
        self._gone = False
        self._reader = Thread(target=self._read, name=f"worker-{name}", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id, for lists of children and for tests that kill it."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process still answers."""
        return not self._gone

    def session_number(self) -> int:
        """A number for a new session."""
        return next(self._sessions)

    def ask(self, session: int, op: str, *args: Any, hear: Hear | None = None) -> Any:
        """Ask and wait for the answer. Raises the worker's problem, or connection.lost if it is gone."""
        answer = self._send(session, op, *args).result()
        if hear is not None:
            for told in answer.told:
                hear(told)
        return _value(op, answer)

    def send_cancel(self, session: int) -> Future[Answer] | None:
        """Ask for the session's statement to be stopped, without waiting; null if the worker is gone."""
        try:
            return self._send(session, "cancel")
        except ProblemError:
            return None

    def kill(self) -> None:
        """End a worker that does not answer any more; everything asked of it is lost."""
        self._process.kill()

    def close_session(self, session: int) -> None:
        """Stop what the session does and close it; does not wait long for it."""
        with contextlib.suppress(ProblemError, TimeoutError):
            self._send(session, "close").result(_FAREWELL_SECONDS)

    def _send(self, session: int, op: str, *args: Any) -> Future[Answer]:
        future: Future[Answer] = Future()
        serial = next(self._serials)
        ask = Ask(serial, session, op, raw(list(args)))
        with self._lock:
            if self._gone:
                raise self._lost()
            self._waiting[serial] = future
            try:
                assert self._process.stdin is not None
                write(self._process.stdin, ask)  # type: ignore[arg-type]
            except OSError as error:
                self._waiting.pop(serial, None)
                raise self._lost() from error
        return future

    def _read(self) -> None:
        assert self._process.stdout is not None
        while (message := read(self._process.stdout)) is not None:  # type: ignore[arg-type]
            answer = ANSWER.decode(message)
            with self._lock:
                future = self._waiting.pop(answer.serial, None)
            if future is not None:
                future.set_result(answer)
        killed = self._process.wait() != 0
        with self._lock:
            self._gone = True
            waiting, self._waiting = list(self._waiting.values()), {}
        for future in waiting:
            future.set_exception(self._lost())
        if killed:  # it had no time to remove what it used
            sweep()

    def _lost(self) -> ProblemError:
        code = self._process.poll()
        return problem(
            "connection.lost",
            detail=f"The database's worker process ended{'' if code is None else f' with code {code}'}.",
            hint="It is started again by the next request; a statement may have needed too much memory.",
        )

    def stop(self) -> None:
        """Close the pipe and wait for the end; kill what does not end."""
        with self._lock, contextlib.suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_FAREWELL_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(_FAREWELL_SECONDS)
        if self._process.stdout is not None:
            self._process.stdout.close()


def _value(op: str, answer: Answer) -> Any:
    if answer.problem is not None:
        raise ProblemError(answer.problem)
    return VALUES[op].decode(answer.value)


def _heard(cancel: Future[Answer]) -> bool:
    try:
        return bool(_value("cancel", cancel.result(0)))
    except ProblemError:
        return True  # there is nothing left to stop


class RemoteReading(Reading):
    """Rows that a worker reads."""

    def __init__(self, session: RemoteSession, sql: str, params: Params | None, limit: int | None) -> None:
        self._session = session
        started = session.ask("execute", sql, given(params), limit)
        self._number = started.reading
        self._open = True
        self.columns = started.columns
        self.affected = started.affected

    def block(self, rows: int) -> RowBlock:
        if not self._open:
            return RowBlock.from_rows([], len(self.columns))
        found: RowBlock = self._session.ask("block", self._number, rows)
        if len(found) < rows:
            self.close()
        return found

    def close(self) -> None:
        if self._open:
            self._open = False
            with contextlib.suppress(ProblemError):
                self._session.ask("end", self._number)


class RemoteSession(Session):
    """A session of a worker."""

    def __init__(self, worker: WorkerProcess, target: Target) -> None:
        self._worker = worker
        self._number = worker.session_number()
        self._closed = False
        self._work = Interruptible()
        self._cancel: Future[Answer] | None = None
        self._cancel_sent = 0.0
        self._hear = hearing()
        self.ask("open", target)

    def ask(self, op: str, *args: Any) -> Any:
        """One operation of the session in the worker."""
        if self._closed:
            raise problem("connection.lost", detail="This session was closed.")
        with self._work.running():
            self._cancel = None
            return self._worker.ask(self._number, op, *args, hear=self._hear)

    def info(self) -> SessionInfo:
        found: SessionInfo = self.ask("info")
        return found

    def catalog(self, schema: str | None, *, columns: bool = False) -> Catalog:
        found: Catalog = self.ask("catalog", schema, columns)
        return found

    def table(self, schema: str, table: str) -> TableResponse:
        found: TableResponse = self.ask("table", schema, table)
        return found

    def columns(self, schema: str, table: str) -> TableResponse:
        found: TableResponse = self.ask("columns", schema, table)
        return found

    def source(self, routine: Routine, schema: str) -> str:
        return str(self.ask("source", routine, schema))

    def execute(
        self, sql: str, params: Params | None = None, *, cell_bytes: int | None = PAGE_CELL_BYTES
    ) -> Reading:
        if isinstance(params, Mapping):
            params = dict(params)
        return RemoteReading(self, sql, params, cell_bytes)

    def estimate(self, schema: str, table: str) -> tuple[int | None, str]:
        count, method = self.ask("estimate", schema, table)
        return count, method

    def signature(self) -> str:
        return str(self.ask("signature"))

    def begin(self) -> None:
        self.ask("begin")

    def commit(self) -> None:
        self.ask("commit")

    def rollback(self) -> None:
        self.ask("rollback")

    def in_transaction(self) -> str:
        try:
            return str(self.ask("in_transaction"))
        except ProblemError:
            return "lost"

    def cancel(self) -> bool:
        return not self._closed and self._work.interrupt(self._stop)

    def _stop(self) -> None:
        """Ask the worker once; again if there was nothing to stop yet; end it if it does not answer."""
        if self._cancel is None or (self._cancel.done() and not _heard(self._cancel)):
            self._cancel = self._worker.send_cancel(self._number)
            self._cancel_sent = time.monotonic()
        elif not self._cancel.done() and time.monotonic() - self._cancel_sent > _HUNG_SECONDS:
            self._worker.kill()

    def alive(self) -> bool:
        try:
            return bool(self.ask("alive"))
        except ProblemError:
            return False

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._worker.close_session(self._number)
