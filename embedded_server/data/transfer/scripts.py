"""A file of statements, run one after the other: what `data.export` wrote as sql, or any script."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from embedded_server.engines.base import Session
from embedded_server.engines.support.hearing import Told
from embedded_server.lanes import Lease
from embedded_server.wire.loading import BadRow, ImportEvent, ImportRequest, ReadOptions
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.sql.dialect import dialect
from embedded_server.wire.sql.scan import Scanner

from .readers.base import LONGEST_ROW
from .sinks import reason_of

if TYPE_CHECKING:
    from .importing import Tally

_PIECE = 1 << 20
_SHOWN = 80
_CONTROL = ("BEGIN", "START", "COMMIT", "ROLLBACK", "END", "ABORT")
_POINT = "backlight_statement"


def statements(path: str, encoding: str, engine: str) -> Iterator[tuple[int, str, float]]:
    """Statements with the line each begins in and the share of the file read, in constant memory.

    Raises transfer.file for one that is longer than 64 MB or text that is not of that encoding.
    """
    size = max(os.path.getsize(path), 1)
    cutter = _Cutter(engine)
    with open(path, "rb") as raw, io.TextIOWrapper(raw, encoding, newline="") as file:
        while True:
            try:
                lines = file.readlines(_PIECE)
            except UnicodeDecodeError as error:
                detail = f"Behind line {cutter.line:,} it is not {encoding}."
                raise problem("transfer.file", detail=detail) from error
            share = min(raw.tell() / size, 1.0)
            for line, sql in cutter.feed("".join(lines)):
                yield line, sql, share
            if not lines:
                break
    rest = cutter.rest()
    if rest is not None:
        yield *rest, 1.0


class _Cutter:
    """Cuts a script that comes in pieces of whole lines."""

    def __init__(self, engine: str) -> None:
        self._scanner = Scanner(dialect(engine))
        self._pending = ""
        self._first = 1
        self.line = 1

    def feed(self, text: str) -> Iterator[tuple[int, str]]:
        """Statements that end in this piece."""
        begin = 0
        for event in self._scanner.feed(text):
            if event.what == "begin":
                begin = event.start
                self._pending, self._first = "", self.line + text.count("\n", 0, begin)
            elif event.what == "end":
                if event.why != "empty":
                    yield self._first, (self._pending + text[begin : event.start]).strip()
                self._pending, begin = "", event.stop
        if self._scanner.state.begun:
            self._pending += text[begin:]
        if len(self._pending) > LONGEST_ROW:
            detail = f"The statement in line {self._first:,} is longer than {LONGEST_ROW >> 20} MB."
            raise problem("transfer.file", detail=detail)
        self.line += text.count("\n")

    def rest(self) -> tuple[int, str] | None:
        """The statement that the file ends in without a separator."""
        text = self._pending.strip()
        return (self._first, text) if self._scanner.state.content and text else None


class Script:
    """Runs the statements of a file."""

    def __init__(self, request: ImportRequest, lease: Lease, tally: Tally, options: ReadOptions) -> None:
        self._request, self._lease, self._tally, self._options = request, lease, tally, options

    def events(self, heed: Callable[[], None]) -> Generator[ImportEvent, None, None]:
        """Run them; events on the way. Raises transfer.row."""
        request, tally, session = self._request, self._tally, self._lease.session
        one = request.transaction == "one" or request.dry_run
        began, since = time.time(), time.monotonic()
        if one:
            session.begin()
        done = False
        try:
            yield tally.event()
            encoding = self._options.encoding or "utf-8"
            for line, sql, share in statements(request.path, encoding, self._lease.engine.name):
                heed()
                tally.read += 1
                tally.share = share
                if tally.read > request.after:
                    self._statement(line, sql, one=one)
                if tally.is_time():
                    yield tally.event()
            if one:
                session.rollback() if request.dry_run else session.commit()
            tally.kept, done = tally.read, True
            yield tally.event(done=True)
        finally:
            if one and not done:
                session.rollback()
            # The file's statements are not ours, and they may be millions: they are told of as one.
            what = f"-- {tally.read:,} statements of {request.path}"
            self._lease.ear(Told(what, [], began, (time.monotonic() - since) * 1000, tally.rows))

    def _statement(self, line: int, sql: str, *, one: bool) -> None:
        if one and sql.split(None, 1)[0].rstrip(";").upper() in _CONTROL:
            return  # the transaction is the import's own
        skips = self._request.on_error == "skip" or self._request.dry_run
        session = self._lease.session
        point = one and skips and self._lease.engine.name != "duckdb"
        try:
            if point:
                session.execute(f"SAVEPOINT {_POINT}").close()
            with self._lease.ear.leaving_out(sql):
                self._tally.rows += _affected(session, sql)
            if point:
                session.execute(f"RELEASE SAVEPOINT {_POINT}").close()
        except ProblemError as error:
            if error.problem.code != "sql.error":
                raise
            row = BadRow(line, reason_of(error), value=sql[:_SHOWN])
            self._tally.refuse(row)
            if not skips:
                raise problem(
                    "transfer.row",
                    "A statement of the script failed.",
                    f"Line {line:,}: {row.reason}",
                    "Nothing was imported."
                    if one
                    else f"Statements before it were run: {self._tally.read - 1:,}.",
                ) from error
            if point:
                session.execute(f"ROLLBACK TO SAVEPOINT {_POINT}").close()


def _affected(session: Session, sql: str) -> int:
    with session.execute(sql) as reading:
        return reading.affected or 0
