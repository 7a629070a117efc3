"""PostgreSQL through HypoPG: hypothetical indexes that only our own session's planner sees.

They live in the session, so it is one of our own, closed afterwards. A local database that has the extension
at hand, but not installed, gets it for the time of a transaction that is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec

from embedded_server.engines.base import Session
from embedded_server.explain.explainers.postgresql import run
from embedded_server.explain.parsers import postgresql_json
from embedded_server.explain.prepare import Prepared
from embedded_server.lanes import Lease
from embedded_server.wire.explain import Plan, Suggestion
from embedded_server.wire.problem import ProblemError

from .asking import Answer, Asked, ranked

# A further index must take this share off the cost; one that can go for less is dead weight.
_WORTH, _DEAD, _MOST_TOGETHER = 0.05, 0.02, 3
_INSTALLED = """
SELECT (SELECT n.nspname FROM pg_catalog.pg_extension e
        JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'hypopg'),
       EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = 'hypopg')::text
"""
_MISSING = (
    "HypoPG is not installed in this database, so its planner cannot be asked beforehand. "
    "Try it: the index is built in a transaction that is rolled back."
)


class _Said(NamedTuple):
    cost: float
    plan: Plan


class _Planner:
    """Makes and drops hypothetical indexes, and asks for plans."""

    def __init__(self, session: Session, schema: str, statement: Prepared) -> None:
        self._session = session
        self._schema = '"' + schema.replace('"', '""') + '"'
        self._statement = statement

    def make(self, one: Suggestion) -> tuple[str, str]:
        """A hypothetical index: its number and its name in plans."""
        ddl = one.ddl.replace(f"CREATE INDEX {one.ddl.split()[2]} ON", "CREATE INDEX ON", 1)
        sql = f"SELECT indexrelid::text, indexname FROM {self._schema}.hypopg_create_index(%s)"
        ((number, name),) = run(self._session, sql, [ddl])
        self._forget_plans()
        return str(number), str(name)

    def drop(self, number: str) -> None:
        """Take one away again."""
        run(self._session, f"SELECT {self._schema}.hypopg_drop_index({int(number)})")
        self._forget_plans()

    def size(self, number: str) -> int:
        """Bytes, estimated without regard to equal keys: an upper bound."""
        ((size,),) = run(self._session, f"SELECT {self._schema}.hypopg_relation_size({int(number)})::text")
        return int(size)

    def ask(self) -> _Said:
        """What the planner would do now."""
        sql, params = self._statement.behind("EXPLAIN (FORMAT JSON, VERBOSE)")
        ((document,),) = run(self._session, sql, params)
        plan = postgresql_json.parse(msgspec.json.decode(document))
        return _Said(plan.cost or 0.0, plan)

    def reset(self) -> None:
        """Take all away."""
        run(self._session, f"SELECT {self._schema}.hypopg_reset()")

    def _forget_plans(self) -> None:
        # A plan that is kept does not see a new hypothetical index.
        run(self._session, "DISCARD PLANS")


def ask(asked: Asked) -> Answer:
    """Each candidate alone, then the best set of at most three."""
    ((schema, available),) = run(asked.lease.session, _INSTALLED)
    line = asked.call.services.line(asked.connection)
    creating = schema is None
    if creating and (available != "true" or line.profile.class_ != "local" or line.target.read_only):
        return Answer(asked.candidates, "", (_MISSING,))
    try:
        with (
            asked.call.own(asked.connection, read_only=not creating) as lease,
            _hypothetical(lease, str(schema or ""), asked.seconds) as extension,
        ):
            planner = _Planner(lease.session, extension, asked.statement)
            try:
                return Answer(ranked(_judge(planner, asked.candidates, asked)), "hypopg")
            finally:
                planner.reset()
    except ProblemError as error:
        if error.problem.code not in ("sql.error", "sql.read_only"):
            raise
        return Answer(asked.candidates, "", (f"HypoPG could not be used: {error.problem.detail}", _MISSING))


@contextmanager
def _hypothetical(lease: Lease, schema: str, seconds: float) -> Iterator[str]:
    session = lease.session
    session.begin()
    try:
        run(session, f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
        run(session, "SET LOCAL lock_timeout = 3000")
        if not schema:
            run(session, "CREATE EXTENSION hypopg")
            ((found, _),) = run(session, _INSTALLED)
            schema = str(found)
        run(session, "SET TRANSACTION READ ONLY")
        yield schema
    finally:
        try:
            session.rollback()
        except ProblemError as error:
            if error.problem.code != "connection.lost":
                raise


def _judge(planner: _Planner, candidates: list[Suggestion], asked: Asked) -> list[Suggestion]:
    base = planner.ask()
    judged: list[Suggestion] = []
    for one in candidates:
        asked.call.check()
        number, name = planner.make(one)
        said = planner.ask()
        judged.append(_with(one, base.cost, said, name, planner.size(number)))
        planner.drop(number)
    best = _pruned(planner, _greedy(planner, judged, base.cost))
    names = {one.name for one in best}
    return [msgspec.structs.replace(one, recommended=one.name in names) for one in judged]


def _with(one: Suggestion, cost: float, said: _Said, name: str, size: int) -> Suggestion:
    uses = any(node.index == name for node in said.plan.nodes) and said.cost < cost
    ratio = round(cost / said.cost, 2) if said.cost > 0 else None
    nodes = [
        msgspec.structs.replace(node, index=one.name if node.index == name else node.index)
        for node in said.plan.nodes
    ]
    plan = msgspec.structs.replace(said.plan, nodes=nodes, text="")
    more: dict[str, Any] = {"ratio": ratio, "plan": plan} if uses else {}
    return msgspec.structs.replace(
        one,
        stage="planner" if uses else "candidate",
        uses=uses,
        cost_before=cost,
        cost_after=said.cost,
        bytes=size,
        bytes_at_most=True,
        **more,
    )


def _greedy(planner: _Planner, judged: list[Suggestion], base: float) -> list[Suggestion]:
    """Take the best one, then the best beside it, as long as it is worth it."""
    usable = [one for one in judged if one.uses]
    chosen: list[Suggestion] = []
    cost = base
    while usable and len(chosen) < _MOST_TOGETHER:
        if not chosen:
            costs = {one.name: one.cost_after or base for one in usable}
        else:
            costs = {one.name: _cost(planner, [*chosen, one]) for one in usable}
        best = min(usable, key=lambda one: (costs[one.name], len(one.columns)))
        if costs[best.name] > cost * (1 - _WORTH):
            break
        cost = costs[best.name]
        chosen.append(best)
        usable.remove(best)
    return chosen


def _pruned(planner: _Planner, chosen: list[Suggestion]) -> list[Suggestion]:
    """Without those that the later ones made superfluous."""
    if len(chosen) < 2:
        return chosen
    kept = list(chosen)
    whole = _cost(planner, kept)
    for one in chosen:
        others = [other for other in kept if other is not one]
        if others and _cost(planner, others) <= whole * (1 + _DEAD):
            kept = others
    return kept


def _cost(planner: _Planner, indexes: list[Suggestion]) -> float:
    made = [planner.make(one)[0] for one in indexes]
    try:
        return planner.ask().cost
    finally:
        for number in made:
            planner.drop(number)
