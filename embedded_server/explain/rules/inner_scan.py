"""A table is read from end to end once per row of another one."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.explain.case import Case, Example, shown
from embedded_server.explain.model import ancestors
from embedded_server.explain.proposing import index_for
from embedded_server.explain.words import count
from embedded_server.wire.explain import Finding, PlanNode

ID = "inner_scan"
DOC = "https://www.postgresql.org/docs/current/using-explain.html"
SUPPRESSES = ("filtered_scan",)

_ROWS = 1_000_000


def check(case: Case) -> Iterator[Finding]:
    """A scan below a nested loop that reads a million rows or more over all its rounds."""
    for node in case.scans():
        size = case.size(node)
        rounds = _rounds(case, node)
        if size is None or rounds <= 1 or rounds * size < _ROWS or not case.matters(node.share):
            continue
        index = index_for(case.parsed, node.alias or node.relation, case.facts(node), joins=True)
        cure = f"An index on {shown(index)} finds the rows of each round at once." if index else ""
        yield Finding(
            rule=ID,
            title="A whole table is read for every row of another",
            text=f"{node.relation} with {count(size)} rows is read {count(rounds)} times: "
            f"{count(rounds * size)} rows in all.",
            advice=cure or "Join on a column that can be indexed.",
            confidence="high" if index is not None else "medium",
            node=node.id,
            share=node.share,
            measured=case.plan.measured,
            index=index,
        )


def _rounds(case: Case, node: PlanNode) -> float:
    if case.plan.measured or case.engine == "sqlite":
        return node.loops
    for above in ancestors(case.plan, node):
        if above.operator == "Materialize":
            return 1.0
        if above.operator.startswith("Nested Loop"):
            outer = case.first_below(above)
            return outer.estimated or 1.0 if outer is not None and outer.id != node.id else 1.0
    return 1.0


_TABLES = (
    "CREATE TABLE heads_is (id integer PRIMARY KEY, day integer)",
    "CREATE TABLE lines_is (id integer PRIMARY KEY, head_id integer, note text)",
    "INSERT INTO heads_is SELECT n, n FROM {numbers} WHERE n <= 500",
    "INSERT INTO lines_is SELECT n, n % 500, 'n' FROM {numbers} WHERE n <= 20000",
    "ANALYZE heads_is",
    "ANALYZE lines_is",
)
_SQL = "SELECT h.id, (SELECT count(*) FROM lines_is AS l WHERE l.head_id = h.id) FROM heads_is AS h"
_JOIN = "SELECT h.id, l.id FROM heads_is AS h LEFT JOIN lines_is AS l ON l.head_id + 0 = h.day"
BAD = (
    Example(
        "postgresql",
        "SELECT h.id, l.id FROM heads_is h JOIN lines_is l ON l.head_id = h.day",
        (*_TABLES, "SET enable_hashjoin = off", "SET enable_mergejoin = off", "SET enable_material = off"),
        analyze=False,
    ),
    Example("sqlite", _JOIN, _TABLES),
)
GOOD = (
    Example("postgresql", "SELECT h.id, l.id FROM heads_is h JOIN lines_is l ON l.head_id = h.id", _TABLES),
    Example("sqlite", _SQL, (*_TABLES, "CREATE INDEX ix_is ON lines_is (head_id)")),
)
