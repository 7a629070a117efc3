"""Statements of one request by fingerprint: which are an N+1, which are the same question again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import msgspec

from embedded_server.wire.trace import Frame, Group, TracedStatement

# From this many executions on, a loop is a loop and no coincidence.
LOOP = 5
MOST_VALUES = 20
_READS = ("select", "with", "values", "table")


@lru_cache(maxsize=4096)
def reads(sql: str) -> bool:
    """Whether a statement begins like one that only reads."""
    return sql.lstrip("( \t\r\n").lower().startswith(_READS)


def grouped(statements: Sequence[TracedStatement]) -> list[Group]:
    """One group per fingerprint, the one that took longest first."""
    by_shape: dict[str, list[TracedStatement]] = {}
    for statement in statements:
        if statement.kind == "statement":
            by_shape.setdefault(statement.fingerprint, []).append(statement)
    groups = [_group(members) for members in by_shape.values()]
    looped = {number for group in groups if group.mark == "N+1" for number in group.numbers}
    known = [_with_parent(group, statements, looped) if group.mark == "N+1" else group for group in groups]
    return sorted(known, key=_time)


def _time(group: Group) -> float:
    return -group.total_ms


def _group(members: list[TracedStatement]) -> Group:
    first = members[0]
    group = Group(
        fingerprint=first.fingerprint,
        sql=first.sql,
        count=len(members),
        total_ms=sum(one.duration_ms for one in members),
        numbers=[one.number for one in members],
        caller=_usual_caller(members),
    )
    if len(members) < 2 or not reads(first.sql):
        return group
    different = _different(members)
    if len(different) >= LOOP:
        reason = f"{len(different)} times with other values{_place(group.caller)}"
        return msgspec.structs.replace(group, mark="N+1", values=different[:MOST_VALUES], reason=reason)
    again = len(members) - len(different)
    if again:
        reason = f"{again + 1} times with the same values{_place(group.caller)}"
        return msgspec.structs.replace(
            group, mark="duplicates", values=different[:MOST_VALUES], reason=reason
        )
    return group


def _different(members: list[TracedStatement]) -> list[str]:
    """The distinct sets of values in order, as JSON; without bound values the text tells them apart."""
    return list(dict.fromkeys(_shown(one) for one in members))


def _shown(statement: TracedStatement) -> str:
    if statement.params in (None, [], {}):
        return statement.sql
    return msgspec.json.encode(statement.params).decode()


def _usual_caller(members: list[TracedStatement]) -> Frame | None:
    places = Counter((one.callers[0].file, one.callers[0].line) for one in members if one.callers)
    if not places:
        return None
    (usual, _), *_ = places.most_common(1)
    return next(
        one.callers[0]
        for one in members
        if one.callers and (one.callers[0].file, one.callers[0].line) == usual
    )


def _place(caller: Frame | None) -> str:
    return f" from {caller.function}, line {caller.line}" if caller else ""


def _with_parent(group: Group, statements: Sequence[TracedStatement], looped: set[int]) -> Group:
    """The statement whose rows the loop walked.

    The last read before it that returned as many rows as there are executions, else the last whose number of
    rows is not known; one that returned fewer cannot be it.
    """
    before = [
        one
        for one in statements
        if one.number < group.numbers[0]
        and one.number not in looped
        and one.kind == "statement"
        and reads(one.sql)
    ]
    exact = [one for one in before if one.rows is not None and one.rows == group.count]
    possible = [one for one in before if one.rows is None or one.rows >= group.count]
    found = (exact or possible)[-1:]
    if not found:
        return group
    parent = found[0]
    said = f"as many as statement {parent.number} returned" if exact else f"after statement {parent.number}"
    return msgspec.structs.replace(group, parent=parent.number, reason=f"{group.reason}, {said}")
