"""The worker's side: sessions by number, each with a thread of its own, cancelled from the reading thread."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from queue import SimpleQueue
from threading import Lock, Thread, current_thread
from time import monotonic
from typing import Any, BinaryIO

from embedded_server.engines.base import Reading, Session, Target
from embedded_server.engines.support.hearing import Told, heard_by
from embedded_server.wire.problem import Problem, ProblemError

from .framing import read, write
from .protocol import ARGUMENTS, ASK, NOTHING, Answer, Ask, Started, params_of, raw

# How long sessions may take to end once the other side is gone, in seconds.
_PATIENCE = 2.0


class _Guest:
    """One session and the thread that runs it."""

    def __init__(self, open_session: Callable[[Target], Session]) -> None:
        self.open_session = open_session
        self.asked: SimpleQueue[Ask | None] = SimpleQueue()
        self.session: Session | None = None
        self.readings: dict[int, Reading] = {}
        self.told: list[Told] = []
        self.thread = current_thread()
        self._last = 0

    def answer(self, ask: Ask) -> Any:
        arguments = ARGUMENTS[ask.op].decode(ask.args)
        if ask.op == "open":
            with heard_by(self.told.append):
                self.session = self.open_session(arguments[0])
            return self.session.info()
        assert self.session is not None
        if ask.op == "execute":
            sql, params, cell_bytes = arguments
            return self._execute(self.session, sql, params, cell_bytes)
        if ask.op == "block":
            return self.readings[arguments[0]].block(arguments[1])
        if ask.op == "end":
            self.readings.pop(arguments[0]).close()
            return None
        if ask.op == "catalog":
            return self.session.catalog(arguments[0], columns=arguments[1])
        return getattr(self.session, ask.op)(*arguments)

    def _execute(self, session: Session, sql: str, params: Any, cell_bytes: int | None) -> Started:
        reading = session.execute(sql, params_of(params), cell_bytes=cell_bytes)
        self._last += 1
        self.readings[self._last] = reading
        return Started(self._last, reading.columns, reading.affected)


class Host:
    """Serves sessions over a pair of streams until the reading one ends."""

    def __init__(self, open_session: Callable[[Target], Session], source: BinaryIO, sink: BinaryIO) -> None:
        self._open_session = open_session
        self._source, self._sink = source, sink
        self._guests: dict[int, _Guest] = {}
        self._write = Lock()

    def serve(self) -> None:
        """Answer until the other side is gone, then stop what runs."""
        while (message := read(self._source)) is not None:
            ask = ASK.decode(message)
            if ask.op in ("cancel", "close"):
                # Closing waits in the queue for what runs, so that is stopped.
                Thread(target=self._cancel, args=(ask,), daemon=True).start()
            if ask.op != "cancel":
                self._guest(ask.session).asked.put(ask)
        guests = list(self._guests.values())
        for guest in guests:
            if guest.session is not None:
                guest.session.cancel()
            guest.asked.put(None)
        # A thread that is inside a database when the interpreter ends aborts the process.
        until = monotonic() + _PATIENCE
        for guest in guests:
            guest.thread.join(max(0.0, until - monotonic()))

    def _guest(self, number: int) -> _Guest:
        if number not in self._guests:
            guest = self._guests[number] = _Guest(self._open_session)
            guest.thread = Thread(target=self._run, args=(number, guest), daemon=True)
            guest.thread.start()
        return self._guests[number]

    def _run(self, number: int, guest: _Guest) -> None:
        while (ask := guest.asked.get()) is not None:
            self._reply(ask, guest)
            if ask.op == "close" or (ask.op == "open" and guest.session is None):
                break
        if guest.session is not None:
            guest.session.close()
        self._guests.pop(number, None)

    def _reply(self, ask: Ask, guest: _Guest) -> None:
        try:
            answer = Answer(ask.serial, None, raw(guest.answer(ask)))
        except ProblemError as error:
            answer = Answer(ask.serial, error.problem, NOTHING)
        except Exception as error:  # whatever it was, the other side waits for an answer
            detail = f"{type(error).__name__}: {error}"
            answer = Answer(ask.serial, Problem("server.internal", "The worker failed.", detail), NOTHING)
        told, guest.told[:] = list(guest.told), []
        self._send(Answer(answer.serial, answer.problem, answer.value, told))

    def _cancel(self, ask: Ask) -> None:
        guest = self._guests.get(ask.session)
        signalled = guest is not None and guest.session is not None and guest.session.cancel()
        if ask.op == "cancel":
            self._send(Answer(ask.serial, None, raw(signalled)))

    def _send(self, answer: Answer) -> None:
        with self._write, contextlib.suppress(OSError):
            write(self._sink, answer)
