"""PostgreSQL: in a read-only transaction that is always rolled back, with limits on time and locks.

Planning alone may run functions that claim to be immutable, so even a plain EXPLAIN happens in there. What
a statement does is judged by its text, by its plan, and by what the server says of the functions in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import msgspec

from embedded_server.engines.base import Session
from embedded_server.engines.support.binding import Bound
from embedded_server.explain.deadline import deadline
from embedded_server.explain.parsers import postgresql_json
from embedded_server.explain.prepare import Prepared, only_statement
from embedded_server.lanes import Lease
from embedded_server.wire.explain import Plan
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.sql.functions import PURE_FUNCTIONS

LOCK_SECONDS = 3
_CALL = re.compile(r"(?:([A-Za-z_][\w$]*|\"(?:[^\"]|\"\")+\")\.)?([A-Za-z_][\w$]*|\"(?:[^\"]|\"\")+\")\(")
_VOLATILE = "SELECT DISTINCT proname FROM pg_catalog.pg_proc WHERE provolatile = 'v' AND proname IN ({names})"
_WRITING = frozenset({"ModifyTable", "LockRows"})


def explain(lease: Lease, statement: Prepared, analyze: bool, seconds: float) -> Plan:
    """The plan; with `analyze` as it was run. Raises explain.writes, sql.error, job.timeout."""
    if statement.unknown:
        return _generic(lease.session, statement, analyze, seconds)
    try:
        return _judged(lease.session, statement, analyze, seconds)
    except ProblemError as error:
        if error.problem.code != "sql.params" or statement.bound.params is None:
            raise
    # A driver that writes values into the text, as psycopg2 does, never had to say of what type they are.
    only_statement(statement.written, statement.spoken)
    literal = replace(statement, bound=Bound(statement.written, None))
    return _judged(lease.session, literal, analyze, seconds)


def _judged(session: Session, statement: Prepared, analyze: bool, seconds: float) -> Plan:
    with deadline(session, seconds), read_only(session, seconds):
        plan = plan_of(session, statement, "FORMAT JSON, VERBOSE")
        if not analyze:
            return plan
        why = why_not_run(session, statement, plan)
        if why:
            raise problem(
                "explain.writes",
                detail=why,
                hint="Its plan can be had without running it: leave analyze off.",
            )
        return plan_of(session, statement, "ANALYZE, BUFFERS, SETTINGS, FORMAT JSON, VERBOSE")


def _generic(session: Session, statement: Prepared, analyze: bool, seconds: float) -> Plan:
    """The plan for any values: what PostgreSQL makes of a prepared statement after some runs."""
    if analyze:
        hint = "Its generic plan can be had without values: leave analyze off."
        raise problem("sql.params", detail=f"{statement.unknown} values are missing.", hint=hint)
    name = f"backlight_{uuid4().hex}"
    nulls = ", ".join(["NULL"] * statement.unknown)
    try:
        with deadline(session, seconds), read_only(session, seconds):
            run(session, f"PREPARE {name} AS {statement.text}")
            run(session, "SET LOCAL plan_cache_mode = force_generic_plan")
            ((document,),) = run(session, f"EXPLAIN (FORMAT JSON, VERBOSE) EXECUTE {name}({nulls})")
    finally:
        _forget(session, name)
    plan = postgresql_json.parse(msgspec.json.decode(document))
    note = "A generic plan: the statement's values are not known."
    return msgspec.structs.replace(plan, text=str(document), notes=[*plan.notes, note])


def _forget(session: Session, name: str) -> None:
    """A prepared statement outlives the transaction it was made in, even one that is rolled back."""
    made = "SELECT count(*)::text FROM pg_catalog.pg_prepared_statements WHERE name = %s"
    try:
        if run(session, made, [name]) == [("1",)]:
            run(session, f"DEALLOCATE {name}")
    except ProblemError as error:
        if error.problem.code in ("job.cancelled", "connection.lost"):
            raise


@contextmanager
def read_only(session: Session, seconds: float) -> Iterator[None]:
    """A read-only transaction with limits, rolled back whatever happens. Raises sql.read_only if it would
    write after all."""
    session.begin()
    try:
        run(session, "SET TRANSACTION READ ONLY")
        run(session, f"SET LOCAL statement_timeout = {max(50, int(seconds * 1000))}")
        run(session, f"SET LOCAL lock_timeout = {LOCK_SECONDS * 1000}")
        run(session, f"SET LOCAL idle_in_transaction_session_timeout = {int(seconds * 1000) + 60_000}")
        if run(session, "SHOW transaction_read_only") != [("on",)]:
            raise problem(
                "sql.read_only", detail="The server does not confirm that the transaction only reads."
            )
        yield
    finally:
        try:
            session.rollback()
        except ProblemError as error:
            if error.problem.code != "connection.lost":
                raise


def why_not_run(session: Session, statement: Prepared, plan: Plan) -> str:
    """Why the statement is not run, "" if it surely reads."""
    if not statement.what.waits:
        return f"It is {_article(statement.what.kind)} statement, or one that writes in a part of it."
    if any(str(node.facts.get("Node Type") or node.operator) in _WRITING for node in plan.nodes):
        return "A part of its plan writes or locks rows."
    names = sorted(_functions(plan.text) - PURE_FUNCTIONS)
    if not names:
        return ""
    listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
    volatile = [str(row[0]) for row in run(session, _VOLATILE.format(names=listed))]
    if volatile:
        return (
            f"It calls {', '.join(f'{name}()' for name in volatile)}, which may change something (volatile)."
        )
    return ""


def _functions(text: str) -> set[str]:
    """Names that stand before a parenthesis anywhere in the plan, also of functions that a view hides."""
    return {
        name.strip('"').replace('""', '"') if name.startswith('"') else name.lower()
        for schema, name in _CALL.findall(text.replace('\\"', '"'))
        if schema != "pg_catalog" or name.lower() not in PURE_FUNCTIONS
    }


def _article(kind: str) -> str:
    return f"an {kind}" if kind[:1] in "AEIOU" else f"a {kind}"


def plan_of(session: Session, statement: Prepared, options: str) -> Plan:
    """EXPLAIN with these options; call it inside `read_only`."""
    sql, params = statement.behind(f"EXPLAIN ({options})")
    prefix = len(sql) - len(statement.bound.sql)
    try:
        ((document,),) = run(session, sql, params)
    except ProblemError as error:
        raise _placed(error, statement, prefix) from error
    given = msgspec.json.decode(document) if isinstance(document, str) else document
    plan = postgresql_json.parse(given)
    return msgspec.structs.replace(plan, text=str(document))


def _placed(error: ProblemError, statement: Prepared, prefix: int) -> ProblemError:
    """The error with its place in the statement that was given."""
    at = error.problem.position
    if at is None:
        return error
    place = statement.bound.original(at - prefix) if at >= prefix else None
    return ProblemError(msgspec.structs.replace(error.problem, position=place))


def run(session: Session, sql: str, params: Any = None) -> list[tuple[Any, ...]]:
    """All rows of a small statement, values whole."""
    with session.execute(sql, params, cell_bytes=None) as reading:
        return list(reading.block(10_000).rows()) if reading.columns else []
