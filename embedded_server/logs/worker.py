"""The program of a log worker: one open log, one thread, everything in small steps.

Questions are answered between two steps of indexing; searches are children that are waited on beside the
question pipe; the file is looked at four times a second. The end of standard input ends it all.
"""

from __future__ import annotations

import os
import selectors
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from embedded_server.engines.support.remote.framing import read, write
from embedded_server.wire.log_groups import GroupsRequest
from embedded_server.wire.logs import (
    FindResponse,
    FormatScore,
    FormatsResponse,
    HistogramRequest,
    RecordRequest,
    RowsRequest,
    SearchRequest,
)
from embedded_server.wire.problem import Problem, ProblemError, problem

from .formats import PLAIN_NAME, formats, scores
from .grouping import Grouping
from .histogram import histogram
from .hits import Hits
from .protocol import ASK, QUESTIONS, Answer, Ask, Found, Opening, raw
from .records import record
from .search import Search
from .source import NotYet, Source
from .spool import Command, Unpacking

POLL_SECONDS = 0.25
TELL_SECONDS = 0.2
_UNPACK_STEPS = 4


class Worker:
    """One source and what is asked of it."""

    def __init__(self, questions: BinaryIO, sink: BinaryIO) -> None:
        self._questions = questions
        self._sink = sink
        self._source: Source | None = None
        self._unpacking: Unpacking | None = None
        self._command: Command | None = None
        self._searches: dict[str, Search] = {}
        self._asking: dict[int, Search] = {}
        self._groupings: dict[int, Grouping] = {}
        self._later: list[tuple[Ask, float]] = []
        self._selector = selectors.DefaultSelector()
        self._told: Any = None
        self._told_at = 0.0
        self._told_hits: dict[str, tuple[int, bool]] = {}
        self._next_poll = 0.0
        self._ops: dict[str, Callable[[Any], Any]] = {
            "open": self._open,
            "rows": self._rows,
            "record": self._record,
            "find": self._find,
            "histogram": self._histogram,
            "formats": self._formats,
            "force": self._force,
            "forget": self._forget,
        }

    # --- the loop ----------------------------------------------------------------------------------

    def serve(self) -> None:
        """Until standard input ends."""
        self._selector.register(self._questions, selectors.EVENT_READ)
        try:
            while self._turn():
                pass
        finally:
            self._close()

    def _turn(self) -> bool:
        busy = self._work()
        scans = {hits.scan.fileno(): hits for hits in self._scans() if hits.scan is not None}
        for place in scans:
            self._selector.register(place, selectors.EVENT_READ)
        ready = self._selector.select(0 if busy else self._pause())
        for place in scans:
            self._selector.unregister(place)
        if any(key.fileobj is self._questions for key, _ in ready):
            message = read(self._questions)
            if message is None:
                return False
            self._take(ASK.decode(message))
        self._pump()
        self._poll()
        return True

    def _pause(self) -> float:
        waits = [self._next_poll - time.monotonic()]
        waits += [deadline - time.monotonic() for _, deadline in self._later]
        return max(0.0, min(waits))

    def _work(self) -> bool:
        """A slice of indexing and unpacking; whether there is more."""
        if self._source is None:
            return False
        if self._unpacking is not None:
            for _ in range(_UNPACK_STEPS):
                if not self._unpacking.step():
                    self._source.note = self._unpacking.note
                    self._unpacking = None
                    break
            self._source.follower.poll()
        busy = self._source.advance()
        walking = any(not search.done and search.spec is None for search in self._all())
        return self._group() or busy or walking or self._unpacking is not None

    def _group(self) -> bool:
        """A step of the oldest grouping; whether there is more."""
        serial, grouping = next(iter(self._groupings.items()), (0, None))
        if grouping is not None and not grouping.step():
            del self._groupings[serial]
            self._reply(serial, "groups", grouping.answer())
        return bool(self._groupings)

    def _scans(self) -> list[Hits]:
        return [hits for search in self._all() for hits in search.scans()]

    def _all(self) -> list[Search]:
        return list(
            {id(search): search for search in (*self._searches.values(), *self._asking.values())}.values()
        )

    # --- questions ---------------------------------------------------------------------------------

    def _take(self, ask: Ask) -> None:
        value = QUESTIONS[ask.op].decode(ask.value)
        try:
            if ask.op == "cancel":
                self._cancel(value)
            elif ask.op == "search":
                self._search(ask.serial, value)
            elif ask.op == "groups":
                self._groups(ask.serial, value)
            elif ask.op == "state":
                self._later.append((ask, time.monotonic() + min(value.wait, 3600.0)))
            else:
                self._reply(ask.serial, ask.op, self._ops[ask.op](value))
        except NotYet:
            self._later.append((ask, time.monotonic() + 3600.0))
        except ProblemError as error:
            self._send(Answer(ask.serial, ask.op, error.problem, raw(None)))
        except Exception as error:  # whatever it was, the other side waits for an answer
            detail = f"{type(error).__name__}: {error}"
            trouble = Problem("server.internal", "The log worker failed.", detail)
            self._send(Answer(ask.serial, ask.op, trouble, raw(None)))

    def _retry(self) -> None:
        """Answer what waited for the index."""
        waiting, self._later = self._later, []
        for ask, deadline in waiting:
            over = time.monotonic() >= deadline
            if ask.op != "state":
                self._take(ask)
            elif over or self._settled():
                self._reply(ask.serial, ask.op, self._open_source().state())
            else:
                self._later.append((ask, deadline))

    def _settled(self) -> bool:
        return self._unpacking is None and self._open_source().indexed

    def _open_source(self) -> Source:
        if self._source is None:
            raise problem("logs.closed")
        return self._source

    def _open(self, opening: Opening) -> Any:
        path = opening.path
        if opening.kind == "packed":
            self._unpacking = Unpacking(opening.path, opening.spool)
            path = opening.spool
            self._unpacking.step()
        elif opening.kind == "command":
            self._command = Command(opening.command, opening.folder, opening.spool)
            path = opening.spool
        self._source = Source(opening.source, path, opening.kind, opening.title, opening.format)
        self._source.shown_path = opening.path
        self._source.command = opening.command
        self._source.running = self._command is not None
        return self._source.state()

    def _rows(self, request: RowsRequest) -> Any:
        if not request.view:
            return self._open_source().rows(request)
        if request.view not in self._searches:
            raise problem("logs.view", detail=request.view)
        return self._searches[request.view].rows(request)

    def _record(self, request: RecordRequest) -> Any:
        segments = self._open_source().segments
        if not 0 <= request.file < len(segments):
            raise problem("request.invalid", "There is no such file of this log.")
        return record(segments[len(segments) - 1 - request.file], request)

    def _histogram(self, request: HistogramRequest) -> Any:
        source = self._open_source()
        if not source.current.indexed:
            raise NotYet
        return histogram(source.current, request)

    def _groups(self, serial: int, request: GroupsRequest) -> None:
        source = self._open_source()
        search = self._searches.get(request.view)
        if request.view and search is None:
            raise problem("logs.view", detail=request.view)
        if not source.current.indexed or (search is not None and not search.done):
            raise NotYet
        self._groupings[serial] = Grouping(source, request, search)

    def _formats(self, _: None) -> FormatsResponse:
        found = scores(self._open_source().current.samples())
        shown = [FormatScore(form.name, form.file.title, round(share, 4)) for form, share in found]
        shown += [
            FormatScore(name, form.file.title)
            for name, form in formats().items()
            if name not in {f.name for f in shown}
        ]
        return FormatsResponse([*shown, FormatScore(PLAIN_NAME, "Plain lines")])

    def _force(self, name: str) -> Any:
        source = self._open_source()
        source.read_as(name)
        for search in self._searches.values():
            search.restart()
        return source.state()

    # --- searches ----------------------------------------------------------------------------------

    def _search(self, serial: int, request: SearchRequest) -> None:
        source = self._open_source()
        search = Search(source, request)
        if request.view:
            self._forget(request.view)
            self._searches[request.view] = search
            self._told_hits.pop(request.view, None)
        self._asking[serial] = search

    def _find(self, request: SearchRequest) -> FindResponse:
        self._forget(request.view)
        if not (request.pattern or request.levels or request.since or request.until):
            return FindResponse(0, True)
        search = self._searches[request.view] = Search(self._open_source(), request)
        return FindResponse(search.count, search.done, search.engine)

    def _cancel(self, serial: int) -> None:
        self._groupings.pop(serial, None)
        search = self._asking.pop(serial, None)
        if search is None:
            return
        search.stop()
        self._searches = {view: kept for view, kept in self._searches.items() if kept is not search}
        self._send(Answer(serial, "search", Problem("job.cancelled", "The search was cancelled."), raw(None)))

    def _forget(self, view: str) -> None:
        search = self._searches.pop(view, None)
        if search is None:
            return
        search.stop()
        self._told_hits.pop(view, None)
        for serial in [serial for serial, asked in self._asking.items() if asked is search]:
            del self._asking[serial]
            superseded = Problem("job.superseded", "A newer search took its place.")
            self._send(Answer(serial, "search", superseded, raw(None)))

    def _pump(self) -> None:
        for search in self._all():
            search.pump()
        for serial, search in list(self._asking.items()):
            batch = search.batch()
            if batch is None:
                continue
            if batch.done:
                del self._asking[serial]
                if not search.request.view:
                    search.stop()
            self._send(Answer(serial, "search", None, raw(batch), more=not batch.done))
        if self._later:
            self._retry()

    # --- what is told unasked ----------------------------------------------------------------------

    def _poll(self) -> None:
        now = time.monotonic()
        if self._source is None:
            self._next_poll = now + POLL_SECONDS
            return
        if now >= self._next_poll:
            self._next_poll = now + POLL_SECONDS
            if self._command is not None:
                self._source.running = self._command.check()
                self._source.exit_code = self._command.process.returncode
                self._source.note = self._command.note
            if self._source.follower.poll():
                # What just came is little: told as indexed, it needs no estimate.
                self._source.advance()
                for search in self._searches.values():
                    search.follow()
        if now - self._told_at >= TELL_SECONDS:
            self._told_at = now
            self._tell(self._source)

    def _tell(self, source: Source) -> None:
        segment = source.current
        what = (
            segment.size,
            segment.index.scanned,
            len(source.segments),
            source.running,
            source.follower.missing,
        )
        if what != self._told:
            self._told = what
            self._send(Answer(0, "grown", None, raw(source.state())))
        for view, search in self._searches.items():
            known = (search.count, search.done)
            if self._told_hits.get(view) != known:
                self._told_hits[view] = known
                self._send(Answer(0, "hits", None, raw(Found(view, *known))))

    def _reply(self, serial: int, op: str, value: Any) -> None:
        self._send(Answer(serial, op, None, raw(value)))

    def _send(self, answer: Answer) -> None:
        write(self._sink, answer)

    def _close(self) -> None:
        for search in self._all():
            search.stop()
        if self._command is not None:
            self._command.close()
        if self._unpacking is not None:
            self._unpacking.close()
        if self._source is not None:
            self._source.follower.close()


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer until the other side is gone."""
    # Unbuffered, so that waiting on the pipe sees every question.
    questions = os.fdopen(os.dup(source.fileno()), "rb", buffering=0)
    try:
        Worker(_Whole(questions), sink).serve()  # type: ignore[arg-type]
    except BrokenPipeError:
        return


class _Whole:
    """Reads of exactly the asked length from an unbuffered pipe."""

    def __init__(self, pipe: BinaryIO) -> None:
        self._pipe = pipe

    def fileno(self) -> int:
        """What to wait on."""
        return self._pipe.fileno()

    def read(self, length: int) -> bytes:
        """All of it, or less at the end of the stream."""
        parts: list[bytes] = []
        while length > 0:
            part = self._pipe.read(length)
            if not part:
                break
            parts.append(part)
            length -= len(part)
        return b"".join(parts)
