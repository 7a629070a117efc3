"""One trial from the journal's first line to its last."""

from __future__ import annotations

import time
from statistics import median
from typing import Any
from uuid import uuid4

import msgspec

from embedded_server.explain.candidates import create, suggestion
from embedded_server.explain.case import TableFacts
from embedded_server.explain.deadline import deadline
from embedded_server.explain.facts import table_facts
from embedded_server.explain.prepare import prepare, spoken_by
from embedded_server.explain.verdicts import verdict
from embedded_server.explain.words import milliseconds
from embedded_server.jobs import Call
from embedded_server.lanes import Line
from embedded_server.wire.explain import IndexColumns, Plan, Suggestion, TrialRequest, TrialResponse
from embedded_server.wire.problem import ProblemError, problem

from .benches import BENCHES, Bench

FEWEST, MOST = 3, 30
# At most this part of the time goes into the first run of the statement as it is now.
_FIRST = 0.4


def try_index(request: TrialRequest, call: Call) -> TrialResponse:
    """Build, measure, roll back. Raises explain.trial, explain.not_local, explain.writes, sql.*, job.*."""
    line = call.services.line(request.connection)
    _permit(request, line)
    with call.own(request.connection, read_only=True) as plain, call.own(request.connection) as made:
        prepared = prepare(request.sql, request.params, spoken_by(line), plain.grammar)
        if prepared.unknown:
            raise problem("sql.params", detail=f"{prepared.unknown} values are missing.")
        facts = table_facts(plain, request.schema, request.table)
        index = _index(request, facts)
        one = suggestion(index, plain.grammar, "tried")
        bench = BENCHES[line.engine.name](plain, made, prepared)
        bench.check()
        trial = uuid4().hex[:12]
        name = f"backlight_trial_{trial}"
        ddl = create(index, name, plain.grammar)
        _journal(request, call, trial, ddl, line)
        try:
            answer = _measured(bench, request, call, trial, name, ddl, one, facts)
        except ProblemError as error:
            call.services.store.trials.end(trial, "failed", f"Rolled back: {error.problem.title}.")
            raise
        finally:
            _roll_back(bench)
        call.services.store.trials.end(trial, "done", "Rolled back after it was measured.")
        return answer


def _permit(request: TrialRequest, line: Line) -> None:
    title = line.engine.title
    if line.engine.name not in BENCHES:
        hint = "Its plan can still be looked at."
        raise problem(
            "data.unsupported", f"An index cannot be tried and rolled back on {title} yet", hint=hint
        )
    if line.target.read_only:
        raise problem("sql.read_only", detail=line.profile.name, hint="A trial writes, then rolls back.")
    if line.profile.class_ != "local" and not request.confirm:
        hint = "While the index is built, others wait to write into the table. Confirm to try it there."
        raise problem("explain.not_local", detail=f"{line.profile.name} is {line.profile.class_}.", hint=hint)
    if not request.columns:
        raise problem("explain.trial", detail="The index has no columns.")


def _index(request: TrialRequest, facts: TableFacts | None) -> IndexColumns:
    if facts is None:
        raise problem("data.unknown_table", detail=request.table)
    names = {column.name for column in facts.table.columns}
    unknown = [column for column in request.columns if column not in names]
    if unknown:
        raise problem("data.unknown_column", detail=f"{request.table} has no column {', '.join(unknown)}.")
    return IndexColumns(facts.table.table, list(request.columns), request.schema)


def _journal(request: TrialRequest, call: Call, trial: str, ddl: str, line: Line) -> None:
    facts: dict[str, Any] = {"id": trial, "engine": line.engine.name, "table": request.table}
    facts |= {"name": f"backlight_trial_{trial}", "schema": request.schema, "sql": request.sql[:2000]}
    call.services.store.trials.begin(request.connection, ddl, "ROLLBACK", facts)


def _roll_back(bench: Bench) -> None:
    """The session is closed afterwards anyway, which rolls back as well."""
    try:
        if bench.made.session.in_transaction() not in ("auto", "lost"):
            bench.made.session.rollback()
    except ProblemError:
        pass


def _measured(
    bench: Bench,
    request: TrialRequest,
    call: Call,
    trial: str,
    name: str,
    ddl: str,
    one: Suggestion,
    facts: TableFacts | None,
) -> TrialResponse:
    end = time.monotonic() + request.timeout
    with deadline(bench.plain.session, request.timeout * _FIRST):
        first = bench.run(bench.plain.session)
        before = bench.plan(bench.plain)
    call.progress("building the index")
    bench.begin(trial, request.timeout)
    with deadline(bench.made.session, max(1.0, end - time.monotonic())):
        build = bench.build(ddl)
        after = _renamed(bench.plan(bench.made), name, one.name)
        bench.run(bench.made.session)
        times = _pairs(bench, call, request.runs, first, end)
        size = bench.size(name, request.schema)
        notes = bench.remarks(name)
        cost = bench.write_us(one, facts)
    before, after = _ran(before, times[0]), _ran(after, times[1])
    one = _judged(one, times, build, size, cost, facts)
    uses = any(node.index == one.name for node in after.nodes)
    if not uses:
        notes.append("The planner does not use the index for this statement.")
    one = msgspec.structs.replace(one, uses=uses, notes=notes, cost_before=before.cost, cost_after=after.cost)
    if len(times[0]) < request.runs:
        notes.append(f"{len(times[0])} pairs instead of {request.runs}: the statement is slow.")
    return TrialResponse(id=trial, suggestion=one, before=before, after=after, notes=notes)


def _pairs(bench: Bench, call: Call, runs: int, first: float, end: float) -> tuple[list[float], list[float]]:
    """Times without and with the index, in turn, the order changing from pair to pair."""
    before: list[float] = []
    after: list[float] = []
    for number in range(max(FEWEST, min(runs, MOST))):
        if number >= FEWEST and time.monotonic() + first / 1000 > end:
            break
        call.check()
        call.progress(f"pair {number + 1} of {runs}")
        for with_index in (False, True) if number % 2 == 0 else (True, False):
            if with_index:
                after.append(bench.run(bench.made.session))
            else:
                before.append(bench.run(bench.plain.session))
    return before, after


def _ran(plan: Plan, times: list[float]) -> Plan:
    """A plan of an engine that tells no times has that of its runs."""
    if plan.execution_ms is not None:
        return plan
    return msgspec.structs.replace(plan, measured=True, execution_ms=round(median(times), 3))


def _renamed(plan: Plan, name: str, shown: str) -> Plan:
    """The index under the name it would really have."""
    nodes = [
        msgspec.structs.replace(
            node, index=node.index.replace(name, shown), detail=node.detail.replace(name, shown)
        )
        for node in plan.nodes
    ]
    return msgspec.structs.replace(plan, nodes=nodes, text=plan.text.replace(name, shown))


def _judged(
    one: Suggestion,
    times: tuple[list[float], list[float]],
    build: float,
    size: int | None,
    cost: float | None,
    facts: TableFacts | None,
) -> Suggestion:
    before, after = times
    rows = facts.rows if facts is not None else None
    width = round(size / rows, 1) if size and rows else None
    return msgspec.structs.replace(
        one,
        stage="measured",
        before=[round(ms, 3) for ms in before],
        after=[round(ms, 3) for ms in after],
        before_ms=round(median(before), 3),
        after_ms=round(median(after), 3),
        ratio=round(median(before) / max(median(after), 1e-6), 2),
        verdict=verdict(before, after),
        build_ms=round(build, 1),
        bytes=size,
        write_us=None if cost is None else round(cost, 2),
        write_bytes=width,
        write_cost=_write_cost(cost, width),
    )


def _write_cost(cost: float | None, width: float | None) -> str:
    if cost is None:
        return "write cost unknown: too few rows to measure it"
    size = f" and ~{width:.0f} bytes" if width is not None else ""
    if cost < 0.05:
        return f"no cost that can be measured{size} per inserted row, measured here on a copy"
    return f"~{cost:.1f} µs{size} more per inserted row, measured here on a copy"


def line_of(one: Suggestion) -> str:
    """The trial in a line: `ix_orders_status 264 ms → 0.4 ms`."""
    if one.before_ms is None or one.after_ms is None:
        return one.name
    return f"{one.name} {milliseconds(one.before_ms)} → {milliseconds(one.after_ms)}"
