"""The same statement runs once per row of another one: a request that asks N times instead of once."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from embedded_server.explain.case import Case, Example, place
from embedded_server.explain.words import milliseconds
from embedded_server.wire.explain import Finding
from embedded_server.wire.trace import Frame, Message, Trace, TracedStatement, TraceSummary

ID = "n_plus_one"
DOC = "https://docs.sqlalchemy.org/en/20/orm/queryguide/relationships.html"
SUPPRESSES = ()

_TIMES, _SURE, _LONG_MS, _LARGE_SHARE = 5, 10, 20.0, 0.3


def check(case: Case) -> Iterator[Finding]:
    """Five times or more with different values, at a cost that the request feels."""
    mine = case.statement
    if case.trace is None or mine is None or not mine.fingerprint:
        return
    same = [one for one in case.trace.statements if one.fingerprint == mine.fingerprint]
    values = {msgspec.json.encode(one.params) for one in same}
    if len(same) < _TIMES or len(values) < len(same) * 0.8:
        return
    total = sum(one.duration_ms for one in same)
    everything = sum(one.duration_ms for one in case.trace.statements) or 1.0
    if total < _LONG_MS and total / everything < _LARGE_SHARE:
        return
    where = place(mine)
    yield Finding(
        rule=ID,
        title=f"The request runs it {len(same)} times (N+1)",
        text=f"{len(same)} statements that differ in their values only take {milliseconds(total)}"
        + (f", all from {where}." if where else "."),
        advice="Load the rows with the first query: joinedload() or selectinload() on the relationship, or "
        "one statement with IN.",
        confidence="high" if len(same) >= _SURE else "medium",
        gain_ms=total - total / len(same),
        share=min(1.0, total / everything),
        measured=True,
        place=where,
    )


def example(values: list[int]) -> Trace:
    """A request that asks for one customer after the other."""
    frame = Frame(file="app/orders.py", line=41, function="recent")
    statements = [
        TracedStatement(
            number=number,
            start_ms=number * 4.0,
            duration_ms=3.5,
            sql="SELECT * FROM customers WHERE id = ?",
            params=[value],
            fingerprint="f1",
            callers=[frame],
            dialect="sqlite",
        )
        for number, value in enumerate(values)
    ]
    summary = TraceSummary(id="t1", at="", source="capture", method="GET", target="/orders/newest")
    return Trace(summary=summary, request=Message(), response=Message(), statements=statements)


_SQL = "SELECT * FROM customers WHERE id = ?"
BAD = (Example("", _SQL, trace=example(list(range(20))), number=3),)
GOOD = (
    Example("", _SQL, trace=example([1, 2, 3]), number=0),
    # Always the same customer: that is another finding.
    Example("", _SQL, trace=example([7] * 20), number=0),
)
