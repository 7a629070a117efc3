"""What applying would do: dangers from files and facts, SQL from the project itself, a rehearsal."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec
import sqlparse

from embedded_server.engines.base import Target
from embedded_server.jobs import Call
from embedded_server.wire.connections import Profile
from embedded_server.wire.migration_runs import PlanStep, PreviewRequest, PreviewResponse, Statement
from embedded_server.wire.migrations import Finding, Project, Status
from embedded_server.wire.problem import ProblemError, problem

from .facts import around_of
from .graph import Graph
from .interpreters import chosen
from .lint import of_plan, touched
from .place import parts_of
from .rehearse import rehearse
from .runner import events, job_of, running
from .status import status

_RUNNING = re.compile(r"^-- Running (?:upgrade|downgrade) (.*?)\s*->\s*(.*?)\s*$", re.M)
MOST_TEXT = 200_000
# Its own code cannot be run; what its files tell is told all the same.
_OF_THE_PROJECT = ("migrations.failed", "migrations.wrote", "migrations.import", "migrations.other_database")


@dataclass(frozen=True)
class Plan:
    """Which revisions in which order, from where to where."""

    project: Project
    graph: Graph
    direction: str
    target: str
    revisions: list[str]
    status: Status | None = None

    def bare(self) -> list[PlanStep]:
        """The steps without statements."""
        graph = self.graph
        return [PlanStep(name, graph.files[name].doc, graph.file(name)) for name in self.revisions]


def plan_of(
    project: Project, graph: Graph, connection: str, revision: str, direction: str, call: Call
) -> Plan:
    """The plan for a database (or, without one, for an empty one). Raises migrations.no_revision, and the
    problem of a database that cannot be asked."""
    where = status(project, graph, connection, call) if connection else None
    if where is not None and where.problem is not None:
        raise ProblemError(where.problem)
    current = where.current if where is not None else []
    if direction == "downgrade":
        return _downgrade(project, graph, current, revision, where)
    target = graph.resolve(revision) if revision not in ("", "head", "heads") else ""
    if revision not in ("", "head", "heads") and not target:
        raise problem("migrations.no_revision", detail=revision)
    known = [name for name in current if name in graph.files]
    word = target or ("head" if len(graph.heads) == 1 else "heads")
    return Plan(project, graph, direction, word, graph.pending(known, target), where)


def _downgrade(
    project: Project, graph: Graph, current: list[str], revision: str, where: Status | None
) -> Plan:
    known = [name for name in current if name in graph.files]
    applied = graph.ancestors(known)
    if revision in ("", "-1"):
        if not known:
            raise problem("migrations.no_revision", detail="The database has no revision to go back from.")
        revision = next(iter(graph.files[known[0]].down), "base")
    target = "base" if revision == "base" else graph.resolve(revision)
    if not target or (target != "base" and target not in applied):
        hint = "A downgrade leads to a revision that the database has, or to base."
        raise problem("migrations.no_revision", detail=revision, hint=hint)
    kept = set() if target == "base" else graph.ancestors([target])
    undone = [name for name in graph.order if name in applied - kept]
    return Plan(project, graph, "downgrade", target, undone, where)


def preview(request: PreviewRequest, project: Project, graph: Graph, call: Call) -> PreviewResponse:
    """The answer of `migrations.preview`."""
    plan = plan_of(project, graph, request.connection, request.revision, request.direction, call)
    findings = _findings(plan, request.connection, call)
    where = plan.status
    answer = PreviewResponse(
        plan.bare(),
        findings,
        plan.revisions if plan.direction == "upgrade" else [],
        where.current if where is not None else [],
        engine=where.engine if where is not None else "",
    )
    if request.depth == "sql":
        return _with_sql(answer, plan, request, call)
    if request.depth == "rehearse":
        if not request.connection:
            raise problem("request.invalid", detail="a rehearsal needs a connection")
        return rehearse(answer, plan.target, request, project, graph, call)
    return answer


def _findings(plan: Plan, connection: str, call: Call) -> list[Finding]:
    tables = touched(plan.graph, plan.revisions, plan.direction)
    around = around_of(connection, tables, call)
    return of_plan(plan.graph, plan.revisions, around, plan.direction)


def _with_sql(answer: PreviewResponse, plan: Plan, request: PreviewRequest, call: Call) -> PreviewResponse:
    """SQL as `alembic upgrade --sql` prints it. Revisions that look at data cannot be printed."""
    if not plan.revisions:
        return answer
    target = parts_of(_target(request, call)[1]) if request.connection else None
    start = _start(plan)
    job = job_of(
        plan.project,
        "offline",
        target=target,
        direction=plan.direction,
        revision=plan.target,
        current=start,
        read_only=True,
    )
    text = ""
    try:
        with running(chosen(plan.project).path, job) as runner:
            for event in events(runner, call):
                if event["ev"] == "sql":
                    text = str(event["text"])
    except ProblemError as error:
        told = error.problem
        if told.code not in _OF_THE_PROJECT:
            raise
        if told.code == "migrations.failed":
            title = "The SQL cannot be written down without running it"
            hint = "A revision looks at the database while it runs. Rehearse it: that shows its statements."
            told = msgspec.structs.replace(told, title=title, hint=hint)
        return msgspec.structs.replace(answer, problem=told)
    return msgspec.structs.replace(answer, steps=_with_statements(answer.steps, text))


def _target(request: PreviewRequest, call: Call) -> tuple[Profile, Target]:
    return call.services.reached(request.connection, allow_write=request.allow_write)


def _start(plan: Plan) -> str:
    current = [name for name in (plan.status.current if plan.status else []) if name in plan.graph.files]
    if plan.direction == "downgrade":
        return current[0] if current else "head"
    return ",".join(current)


def _with_statements(steps: list[PlanStep], text: str) -> list[PlanStep]:
    """Cut the text at Alembic's marks, one for each revision."""
    marks = list(_RUNNING.finditer(text[:MOST_TEXT]))
    parts: list[list[Statement]] = []
    for number, mark in enumerate(marks):
        end = marks[number + 1].start() if number + 1 < len(marks) else len(text[:MOST_TEXT])
        parts.append(_statements(text[mark.end() : end]))
    return [
        msgspec.structs.replace(step, statements=parts[number] if number < len(parts) else [])
        for number, step in enumerate(steps)
    ]


def _statements(text: str) -> list[Statement]:
    found = [
        sqlparse.format(piece, strip_comments=True).strip().rstrip(";") for piece in sqlparse.split(text)
    ]
    return [
        Statement(sql)
        for sql in found
        if sql and "alembic_version" not in sql and sql.upper() not in ("BEGIN", "COMMIT")
    ]
