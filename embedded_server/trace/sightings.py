"""Requests whose statements touched a row: bound values matched to its key."""

from __future__ import annotations

import re
from typing import Any

from embedded_server.store.same_database import Place, place_of
from embedded_server.store.trace_rows import flat, value_text
from embedded_server.store.traces import Traces
from embedded_server.wire.problem import problem
from embedded_server.wire.trace import SeenRequest, Sighting, TracedStatement
from embedded_server.wire.values import from_json

from .intake import writes

# So many requests that bound the first value are looked into.
MOST_LOOKED_AT = 200


def sightings(asked: SeenRequest, traces: Traces, place: Place | None = None) -> list[Sighting]:
    """Newest first, with the first statement that names the table and bound every value of the key.

    `place` is the asked connection's database, which applications may call by another URL.
    Raises trace.bad_key.
    """
    try:
        wanted = {value_text(from_json(cell)) for cell in asked.key} - {""}
    except ValueError as error:
        raise problem("trace.bad_key", "The row's key is not made of database values.", str(error)) from error
    if not wanted:
        return []
    named = re.compile(rf"(?<![\w$]){re.escape(asked.table)}(?![\w$])", re.IGNORECASE)
    # The rarest value leads to the fewest requests; the longest is the rarest most of the time.
    candidates = traces.seen([max(wanted, key=len)], MOST_LOOKED_AT)
    found: list[Sighting] = []
    for one in candidates:
        trace = traces.get(one.summary.id)
        statement = next(
            (s for s in trace.statements if _touches(s, named, wanted) and _there(s, asked.connection, place))
            if trace
            else iter(()),
            None,
        )
        if statement is not None:
            found.append(
                Sighting(
                    request=one.summary,
                    number=statement.number,
                    sql=statement.sql,
                    writes=writes(statement.sql),
                )
            )
            if len(found) >= asked.limit:
                break
    return found


def _there(statement: TracedStatement, connection: str, place: Place | None) -> bool:
    if connection in ("", statement.connection, statement.database):
        return True
    return place is not None and place_of(statement.database) == place


def _touches(statement: TracedStatement, named: re.Pattern[str], wanted: set[str]) -> bool:
    if not named.search(statement.sql):
        return False
    bound: set[Any] = set(map(value_text, flat(statement.params)))
    return wanted <= bound
