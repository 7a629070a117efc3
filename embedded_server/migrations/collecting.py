"""Puts a child's events together: statements per revision, with what was measured of them."""

from __future__ import annotations

from typing import Any

import msgspec

from embedded_server.wire.migration_runs import PlanStep, Statement

from .graph import Graph
from .locks import told

# Bookkeeping of Alembic itself, of no interest to who reads a plan.
_OWN = ("UPDATE alembic_version ", "INSERT INTO alembic_version ", "DELETE FROM alembic_version ")


class Collected:
    """Steps in the order in which they ran."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._statements: dict[str, dict[int, Statement]] = {}
        self._times: dict[str, float] = {}
        self._begun: dict[str, float] = {}
        self.plan: list[str] = []
        self.current: list[str] = []
        self.done: list[str] = []
        self.engine = ""

    def take(self, event: dict[str, Any]) -> None:
        """One event of the child; those that tell nothing of the plan are ignored."""
        handlers = {
            "plan": self._plan,
            "revision": self._revision,
            "revision_done": self._revision_done,
            "statement": self._statement,
            "statement_done": self._statement_done,
            "statement_failed": self._statement_failed,
        }
        handler = handlers.get(event["ev"])
        if handler is not None:
            handler(event)

    def steps(self) -> list[PlanStep]:
        """What is known so far."""
        return [
            PlanStep(
                name,
                self._graph.files[name].doc if name in self._graph.files else name,
                self._graph.file(name) if name in self._graph.files else "",
                list(self._statements.get(name, {}).values()),
                self._times.get(name),
            )
            for name in self.plan
        ]

    def _plan(self, event: dict[str, Any]) -> None:
        self.plan = list(event["revisions"])
        self.current = list(event["current"])
        self.engine = event["engine"]

    def _revision(self, event: dict[str, Any]) -> None:
        self._begun[event["revision"]] = event["t"]

    def _revision_done(self, event: dict[str, Any]) -> None:
        name = event["revision"]
        self.done.append(name)
        self._times[name] = round(event["t"] - self._begun.get(name, event["t"]), 3)

    def _statement(self, event: dict[str, Any]) -> None:
        if event["sql"].startswith(_OWN):
            return
        sql = event["sql"] + ("\n-- cut" if event["cut"] else "")
        made = Statement(sql, autocommit=event["autocommit"], changed=event["changed"])
        self._statements.setdefault(event["revision"], {})[event["n"]] = made

    def _statement_done(self, event: dict[str, Any]) -> None:
        self._change(
            event,
            elapsed_ms=event["ms"],
            rows=event["rows"],
            locks=told(event["locks"]),
            rewritten=list(event["rewritten"]),
        )

    def _statement_failed(self, event: dict[str, Any]) -> None:
        self._change(event, elapsed_ms=event["ms"], error=event["message"])

    def _change(self, event: dict[str, Any], **values: Any) -> None:
        known = self._statements.get(event["revision"], {})
        if event["n"] in known:
            known[event["n"]] = msgspec.structs.replace(known[event["n"]], **values)
