"""SQLite: the planner of a copy in memory that has the schema and the statistics, but no rows.

Where the database has statistics a candidate gets its own from a sample. SQLite tells no cost: all that can
be said is whether the planner would use the index, and what it would spare.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec

from embedded_server.engines.base import Session, Target
from embedded_server.explain.explainers.sqlite import query_plan
from embedded_server.wire.explain import Plan, Suggestion
from embedded_server.wire.problem import ProblemError

from .asking import Answer, Asked, ranked

_SCHEMA = """
SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
"""
_SAMPLE, _WHOLE, _CHUNK = 20_000, 200_000, 900


def ask(asked: Asked) -> Answer:
    """Each candidate alone on the copy; the one that spares most is recommended."""
    line = asked.call.services.line(asked.connection, read_only=True)
    clone = line.engine.open(Target("sqlite://", read_only=False))
    try:
        why = _fill(clone, asked.lease.session)
        base = query_plan(clone, asked.statement) if not why else None
        if base is None or base.text != query_plan(asked.lease.session, asked.statement).text:
            why = why or "its copy in memory plans this statement differently"
            return Answer(asked.candidates, "", (f"SQLite's planner could not be asked: {why}.",))
        judged = [_judged(one, clone, base, asked) for one in asked.candidates]
        notes = () if _has_statistics(clone) else (_NO_STATISTICS,)
    except ProblemError as error:
        if error.problem.code not in ("sql.error", "data.unsupported"):
            raise
        return Answer(
            asked.candidates, "", (f"SQLite's planner could not be asked: {error.problem.detail}.",)
        )
    finally:
        clone.close()
    best = min((one for one in judged if one.uses), key=_price, default=None)
    judged = [msgspec.structs.replace(one, recommended=one is best) for one in judged]
    return Answer(ranked(judged), "clone", notes)


_NO_STATISTICS = (
    "The database was never analysed, so SQLite's planner goes by rules of thumb (ANALYZE helps it)."
)


def _fill(clone: Session, session: Session) -> str:
    """Copy schema and statistics; why that is not possible, "" if it was."""
    items = _rows(session, _SCHEMA)
    for kind, name, sql in sorted(
        items, key=lambda item: ("table", "index", "view", "trigger").index(item[0])
    ):
        if str(sql).upper().startswith("CREATE VIRTUAL"):
            return f"{name} is a virtual table"
        if kind == "trigger":
            continue
        _do(clone, str(sql))
    _do(clone, "ANALYZE")
    if _rows(session, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'") == [(1,)]:
        _do(clone, "DELETE FROM sqlite_stat1")
        for row in _rows(session, "SELECT tbl, idx, stat FROM sqlite_stat1"):
            _do(clone, "INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", row)
    _do(clone, "ANALYZE sqlite_schema")
    return ""


def _has_statistics(clone: Session) -> bool:
    return _rows(clone, "SELECT count(*) FROM sqlite_stat1") != [(0,)]


def _judged(one: Suggestion, clone: Session, base: Plan, asked: Asked) -> Suggestion:
    asked.call.check()
    _do(clone, one.ddl)
    statistics = _has_statistics(clone)
    if statistics:
        facts = asked.tables.get(one.table.lower())
        stat = _statistics(asked.lease.session, one, (facts.rows if facts is not None else None) or 0)
        _do(clone, "INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", (one.table, one.name, stat))
    _do(clone, "ANALYZE sqlite_schema")
    plan = query_plan(clone, asked.statement)
    uses = any(node.index == one.name for node in plan.nodes)
    _do(clone, f'DROP INDEX "{one.name}"')
    if statistics:
        _do(clone, "DELETE FROM sqlite_stat1 WHERE idx = ?", (one.name,))
    _do(clone, "ANALYZE sqlite_schema")
    if not uses:
        return msgspec.structs.replace(one, uses=False)
    spares = [node.operator for node in base.nodes if node.kind in ("sort", "aggregate")]
    left = [node.operator for node in plan.nodes if node.kind in ("sort", "aggregate")]
    notes = ["spares a sort"] if len(left) < len(spares) else []
    return msgspec.structs.replace(one, stage="planner", uses=True, plan=plan, notes=notes)


def _price(one: Suggestion) -> tuple[int, int]:
    """What is left to do with it: scans and sorts, then the width of the index."""
    nodes = one.plan.nodes if one.plan is not None else []
    scans = sum(node.kind == "scan" and not node.index for node in nodes)
    sorts = sum(node.kind in ("sort", "aggregate") for node in nodes)
    automatic = sum(bool(node.facts.get("automatic")) for node in nodes)
    terms = sum(node.conditions.get("index", "").count("?") for node in nodes)
    return 3 * (scans + automatic) + 2 * sorts - terms, len(one.columns)


# --- statistics of an index that is not there ---------------------------------------------------------


def _statistics(session: Session, one: Suggestion, rows: int) -> str:
    """The row of sqlite_stat1: all rows, then the rows per distinct value of each prefix."""
    sample, total = _sample(session, one, rows)
    numbers = [max(total, 1)]
    for width in range(1, len(one.columns) + 1):
        numbers.append(
            max(1, round(total / max(_distinct(Counter(row[:width] for row in sample), total), 1)))
        )
    return " ".join(map(str, numbers))


def _sample(session: Session, one: Suggestion, rows: int) -> tuple[list[tuple[Any, ...]], int]:
    columns = ", ".join(_quoted(column) for column in one.columns)
    source = f"FROM {_quoted(one.table)}"
    if rows <= _WHOLE:
        found = _rows(session, f"SELECT {columns} {source} LIMIT {_WHOLE}")
        return found, len(found)
    try:
        ((low, high),) = _rows(session, f"SELECT min(rowid), max(rowid) {source}")
    except ProblemError as error:
        if error.problem.code != "sql.error":
            raise
        # WITHOUT ROWID: the beginning has to do.
        return _rows(session, f"SELECT {columns} {source} LIMIT {_SAMPLE}"), rows
    picked = random.Random(7).sample(range(int(low), int(high) + 1), min(_SAMPLE, int(high) - int(low) + 1))
    found = []
    for start in range(0, len(picked), _CHUNK):
        chunk = picked[start : start + _CHUNK]
        found += _rows(session, f"SELECT {columns} {source} WHERE rowid IN ({','.join(map(str, chunk))})")
    return found, rows


def _distinct(counts: Counter[tuple[Any, ...]], total: int) -> float:
    """Distinct values of the whole from those of a sample (Haas and Stokes, as PostgreSQL's ANALYZE)."""
    seen = sum(counts.values())
    if seen == 0 or seen >= total:
        return max(len(counts), 1)
    once = sum(number == 1 for number in counts.values())
    return min(total, seen * len(counts) / (seen - once + once * seen / total))


# --- small things -------------------------------------------------------------------------------------


def _rows(session: Session, sql: str, params: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
    with session.execute(sql, params) as reading:
        return list(reading.block(1_000_000).rows())


def _do(session: Session, sql: str, params: Sequence[Any] | None = None) -> None:
    session.execute(sql, params).close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
