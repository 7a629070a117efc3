"""The answer to `console.complete`."""

from __future__ import annotations

import time

from embedded_server.console.pinning import dialect_of
from embedded_server.jobs import Call
from embedded_server.lanes import Line
from embedded_server.wire.completion import CompleteRequest, CompleteResponse, Suggestion
from embedded_server.wire.sql.dialect import Dialect, dialect

from .columns import Columns
from .names import Memory, Reader
from .place import Place, place
from .rank import ranked
from .reading import Reading, read
from .scope import Scope, scope
from .structure import Structure
from .suggest import Groups, Suggester

MOST = 500
_ROOM = "console.names"
# Where a new name may be typed as well.
_OPEN_PLACES = frozenset({"after table", "nothing"})


def complete(request: CompleteRequest, call: Call) -> CompleteResponse:
    """What fits at the cursor. Source: names remembered of the connection, read once in the background.

    Raises connection.unknown, connection.invalid; names that cannot be read are no error but a warning.
    """
    started = time.perf_counter()
    line = call.services.line(request.connection) if request.connection else None
    spoken = _spoken(request, line)
    reading = read(request.sql, request.position, spoken)
    if reading is None:
        at = len(request.sql) if request.position < 0 else min(request.position, len(request.sql))
        return CompleteResponse(at, at, [], elapsed_ms=_since(started))
    memory = None
    if line is not None:
        reader = call.services.room(_ROOM, Reader)
        memory = Memory(reader, line, request.connection, request.wait_ms)
    where, groups = _groups(request, reading, spoken, line, memory)
    best, more = ranked(groups, reading.prefix, request.recent, _limit(request))
    if request.sql[reading.end : reading.end + 1] == "(":
        best = [_called(one) for one in best]
    return CompleteResponse(
        reading.start,
        reading.end,
        best,
        certain=where.wanted not in _OPEN_PLACES,
        more=more,
        loading=memory is not None and memory.loading,
        warning=memory.warning if memory is not None else "",
        elapsed_ms=_since(started),
    )


def _groups(
    request: CompleteRequest, reading: Reading, spoken: Dialect, line: Line | None, memory: Memory | None
) -> tuple[Place, Groups]:
    try:
        structure = Structure(reading)
        where, reach = place(structure), scope(structure)
    except RecursionError:
        # Parentheses a thousand deep: nobody needs names there.
        where, reach = Place("value"), Scope([], {}, [])
    grammar = line.engine.grammar if line is not None else None
    columns = Columns(spoken, grammar, memory, request.schema, reading.quote)
    suggester = Suggester(reading, reach, spoken, columns, memory, request.schema, _limit(request))
    return where, suggester.groups(where)


def _called(one: Suggestion) -> Suggestion:
    """A function whose parentheses stand there already."""
    if one.kind != "function" or not one.insert.endswith("()"):
        return one
    return Suggestion(one.text, one.kind, one.insert[:-2], one.detail)


def _spoken(request: CompleteRequest, line: Line | None) -> Dialect:
    if request.dialect or line is None:
        return dialect(request.dialect)
    return dialect_of(line.engine.name, line.profile.url)


def _limit(request: CompleteRequest) -> int:
    return max(1, min(request.limit, MOST))


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
