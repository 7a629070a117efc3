"""SQLite: EXPLAIN QUERY PLAN, and numbers that it does not tell, counted by ourselves.

To analyze, the statement runs once on a session that cannot write; then each table that is read from end
to end is counted, with the conditions on it. SQLite tells no time of a single step, so shares are of rows.
"""

from __future__ import annotations

import itertools
import time
from typing import Any

import msgspec

from embedded_server.engines.base import Session
from embedded_server.explain.deadline import deadline
from embedded_server.explain.parsers import sqlite_rows
from embedded_server.explain.prepare import Prepared
from embedded_server.explain.syntax import Table
from embedded_server.explain.words import count
from embedded_server.lanes import Lease
from embedded_server.wire.explain import Plan, PlanNode
from embedded_server.wire.problem import ProblemError, problem

_turns = itertools.count(1)
_BLOCK = 2000
_COUNTED_SECONDS = 10.0


def explain(lease: Lease, statement: Prepared, analyze: bool, seconds: float) -> Plan:
    """The plan. Raises explain.writes, sql.error, job.timeout."""
    session = lease.session
    if not lease.info.read_only:
        raise problem("sql.read_only", detail="A statement is explained on a session that only reads.")
    with deadline(session, seconds):
        plan = _asked(session, statement)
        if not analyze:
            return _sized(plan, lease)
        if not statement.what.waits:
            raise problem(
                "explain.writes",
                detail=f"It is no query, but {statement.what.kind}.",
                hint="Its plan can be had without running it: leave analyze off.",
            )
        found, elapsed = _timed(session, statement)
    plan = msgspec.structs.replace(plan, measured=True, execution_ms=elapsed, rows=float(found))
    return _counted(plan, session, statement)


def plan_of(lease: Lease, statement: Prepared) -> Plan:
    """The plan without running anything, with the sizes of the tables."""
    return _sized(_asked(lease.session, statement), lease)


def query_plan(session: Session, statement: Prepared) -> Plan:
    """EXPLAIN QUERY PLAN by the schema as it is now.

    An EXPLAIN opens no transaction, so SQLite would answer by the schema that this session saw last, and the
    driver by a statement it prepared then: the first is read anew, the second never the same text twice.
    """
    _rows(session, "SELECT count(*) FROM sqlite_schema")
    rows = _rows(session, *statement.behind(f"EXPLAIN QUERY PLAN /* {next(_turns)} */"))
    return sqlite_rows.parse(rows) if rows else Plan(engine="sqlite", format="sqlite rows")


def _asked(session: Session, statement: Prepared) -> Plan:
    return _named(query_plan(session, statement), statement)


def _rows(session: Session, sql: str, params: Any = None) -> list[list[Any]]:
    with session.execute(sql, params) as reading:
        return [list(row) for row in reading.block(100_000).rows()]


def _timed(session: Session, statement: Prepared) -> tuple[int, float]:
    """Run it to its end: rows and milliseconds."""
    started = time.perf_counter()
    found = 0
    with session.execute(statement.bound.sql, statement.bound.params) as reading:
        while True:
            got = len(reading.block(_BLOCK))
            found += got
            if got < _BLOCK:
                break
    return found, (time.perf_counter() - started) * 1000


def _named(plan: Plan, statement: Prepared) -> Plan:
    """SQLite shows the alias alone; the text knows which table it is."""
    nodes: list[PlanNode] = []
    for node in plan.nodes:
        table = statement.parsed.table(node.relation) if node.relation else None
        known = (
            msgspec.structs.replace(node, relation=table.name, alias=table.alias)
            if table is not None
            else node
        )
        nodes.append(known)
    return msgspec.structs.replace(plan, nodes=nodes)


def _sized(plan: Plan, lease: Lease) -> Plan:
    """How many rows each scan will read, as SQLite estimates the tables."""
    nodes = list(plan.nodes)
    for node in plan.nodes:
        if node.kind != "scan" or not node.relation:
            continue
        try:
            rows = lease.session.estimate("main", node.relation)[0]
        except ProblemError:
            rows = None
        if rows is not None:
            facts = {**node.facts, "Rows Read": rows, "Guessed": True}
            nodes[node.id] = msgspec.structs.replace(node, facts=facts)
    return _shared(msgspec.structs.replace(plan, nodes=_rounds(nodes)))


# --- counting ---------------------------------------------------------------------------------------


def _counted(plan: Plan, session: Session, statement: Prepared) -> Plan:
    nodes = list(plan.nodes)
    notes: list[str] = []
    for node in plan.nodes:
        if node.kind != "scan" or not node.relation or (node.index and not node.facts.get("covering")):
            continue
        try:
            with deadline(session, _COUNTED_SECONDS):
                nodes[node.id] = _with_counts(node, session, statement)
        except ProblemError as error:
            if error.problem.code not in ("sql.error", "job.timeout"):
                raise
            notes.append(f"The rows of {node.relation} could not be counted: {error.problem.detail}")
    notes.append("SQLite tells no time of single steps: shares are of the rows read, counted beside the run.")
    return _shared(msgspec.structs.replace(plan, nodes=_rounds(nodes), notes=[*plan.notes, *notes]))


def _with_counts(node: PlanNode, session: Session, statement: Prepared) -> PlanNode:
    table = statement.parsed.table(node.alias or node.relation) or Table(node.alias, node.relation)
    own = [one for one in statement.parsed.of(table.alias) if one.top and one.own and one.op != "join"]
    condition = " AND ".join(f"({one.sql})" for one in own) or "1"
    source = f"{_name(table.schema)}.{_name(table.name)}" if table.schema else _name(table.name)
    sql = f"SELECT count(*), total({condition}) FROM {source} AS {_name(table.alias)}"
    ((read, kept),) = _rows(session, sql, None)
    facts = {**node.facts, "Rows Read": read}
    detail = [node.detail] if node.detail else []
    conditions = dict(node.conditions)
    if own:
        conditions["filter"] = " AND ".join(one.sql for one in own)
        detail.append(f"filter {conditions['filter']}")
        if read > kept:
            detail.append(f"{count(read - kept)} of {count(read)} rows thrown away")
    return msgspec.structs.replace(
        node,
        rows=float(kept),
        removed=float(read - kept),
        facts=facts,
        conditions=conditions,
        detail=" · ".join(detail),
    )


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _rounds(nodes: list[PlanNode]) -> list[PlanNode]:
    """Neighbouring steps are loops in each other: the second runs once per row of the first."""
    found = list(nodes)
    rounds: dict[int, float] = {}
    for node in nodes:
        if node.kind not in ("scan", "index") or not node.relation:
            continue
        times = rounds.get(node.parent, 1.0)
        facts = node.facts
        read = facts.get("Rows Read")
        kept = node.rows if node.rows is not None else (float(read) if isinstance(read, int | float) else 1.0)
        if times > 1:
            found[node.id] = msgspec.structs.replace(
                node,
                loops=times,
                rows=None if node.rows is None else node.rows * times,
                removed=None if node.removed is None else node.removed * times,
            )
        rounds[node.parent] = times * max(kept, 1.0)
    return found


def _shared(plan: Plan) -> Plan:
    weights = [_weight(node) for node in plan.nodes]
    whole = sum(weights)
    if whole <= 0 or not any("Rows Read" in node.facts for node in plan.nodes):
        return plan
    nodes = [
        msgspec.structs.replace(node, share=round(weight / whole, 4))
        for node, weight in zip(plan.nodes, weights, strict=True)
    ]
    return msgspec.structs.replace(plan, nodes=nodes, share_of="rows")


def _weight(node: PlanNode) -> float:
    read = node.facts.get("Rows Read")
    if isinstance(read, int | float):
        return float(read) * node.loops
    return node.loops if node.kind in ("scan", "index") else 0.0
