"""The same statement with the same values again and again within one request."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from embedded_server.explain.case import Case, Example, place
from embedded_server.explain.words import milliseconds
from embedded_server.wire.explain import Finding
from embedded_server.wire.trace import TracedStatement

from . import n_plus_one

ID = "repeated_statement"
DOC = "https://docs.sqlalchemy.org/en/20/orm/session_basics.html"
SUPPRESSES = ()

_TIMES, _SURE = 3, 5
_WRITES = ("insert", "update", "delete", "merge", "replace")


def check(case: Case) -> Iterator[Finding]:
    """Three times or more, equal in text, values and number of rows, with no write in between."""
    mine = case.statement
    if case.trace is None or mine is None or _writes(mine):
        return
    key = _key(mine)
    same = [one for one in case.trace.statements if _key(one) == key]
    if len(same) < _TIMES or len({one.rows for one in same}) > 1:
        return
    between = range(same[0].number, same[-1].number)
    if any(_writes(one) for one in case.trace.statements if one.number in between):
        return
    total = sum(one.duration_ms for one in same)
    everything = sum(one.duration_ms for one in case.trace.statements) or 1.0
    saved = total - total / len(same)
    where = place(mine)
    yield Finding(
        rule=ID,
        title=f"The request asks the same {len(same)} times",
        text=f"Text, values and number of rows are equal; {len(same) - 1} of them could be spared, "
        f"{milliseconds(saved)}" + (f". First from {where}." if where else "."),
        advice="Keep the answer for the rest of the request (in g, or with a cache).",
        confidence="high" if len(same) >= _SURE else "medium",
        gain_ms=saved,
        share=min(1.0, saved / everything),
        measured=True,
        place=where,
    )


def _key(statement: TracedStatement) -> tuple[str, bytes, str]:
    return statement.sql, msgspec.json.encode(statement.params), statement.database


def _writes(statement: TracedStatement) -> bool:
    return statement.sql.lstrip(" \n\t(").lower().startswith(_WRITES)


_SQL = "SELECT * FROM customers WHERE id = ?"
BAD = (Example("", _SQL, trace=n_plus_one.example([7] * 6), number=0),)
GOOD = (
    Example("", _SQL, trace=n_plus_one.example([7, 7, 8, 9]), number=0),
    Example("", _SQL, trace=n_plus_one.example(list(range(9))), number=0),
)
