"""Many rows are sorted only to keep the first few."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.explain.case import SMALL_ROWS, Case, Example, shown
from embedded_server.explain.model import share_of
from embedded_server.explain.proposing import index_for
from embedded_server.explain.words import count
from embedded_server.wire.explain import Finding, PlanNode

ID = "sort_for_limit"
DOC = "https://www.postgresql.org/docs/current/indexes-ordering.html"
SUPPRESSES = ()

_FACTOR = 10


def check(case: Case) -> Iterator[Finding]:
    """A sort below a LIMIT that takes in ten times as many rows, where an index could give the order."""
    limit = case.parsed.limit
    if limit is None or not case.parsed.order:
        return
    wanted = limit + (case.parsed.offset or 0)
    for node in case.plan.nodes:
        if node.kind != "sort" or not _before_limit(case, node):
            continue
        sorted_rows, measured = _sorted(case, node)
        if sorted_rows < max(SMALL_ROWS, _FACTOR * wanted) or not case.matters(_weight(case, node)):
            continue
        alias = case.parsed.order[0][0] or (case.parsed.tables[0].alias if case.parsed.tables else "")
        index = index_for(case.parsed, alias, case.facts_of(alias))
        if index is None or case.parsed.order[-1][1] not in index.columns:
            continue
        yield Finding(
            rule=ID,
            title="Rows are sorted to keep the first few",
            text=f"{'' if measured else 'Up to '}{count(sorted_rows)} rows are sorted and {count(limit)} of "
            "them are kept.",
            advice=f"An index on {shown(index)} gives the rows in this order, so the reading stops after "
            f"{count(wanted)}.",
            confidence="high" if measured else "medium",
            node=node.id,
            share=node.share if _filtered(case) else min(1.0, _weight(case, node)) * 0.9,
            measured=measured,
            index=index,
        )


def _filtered(case: Case) -> bool:
    """Where a scan throws most rows away, that is the finding to read first: one index cures both."""
    return any((one.removed or 0) >= 9 * (one.rows or 0) > 0 for one in case.scans() if one.removed)


def _before_limit(case: Case, node: PlanNode) -> bool:
    if case.engine == "sqlite":
        return str(node.facts.get("for", "")) == "ORDER BY"
    above = case.plan.nodes[node.parent] if node.parent >= 0 else None
    while above is not None and above.operator in ("Gather Merge", "Result", "LockRows"):
        above = case.plan.nodes[above.parent] if above.parent >= 0 else None
    return above is not None and above.kind == "limit"


def _sorted(case: Case, node: PlanNode) -> tuple[float, bool]:
    """How many rows go in, and whether they were counted."""
    below = case.first_below(node)
    if below is not None:
        return (below.rows, True) if below.rows is not None else (below.estimated or 0.0, False)
    rows = [one for one in case.plan.nodes if one.kind in ("scan", "index") and one.relation]
    counted = [one.rows for one in rows if one.rows is not None]
    if counted and len(counted) == len(rows):
        return max(counted), True
    return max((case.size(one) or 0.0 for one in rows), default=0.0), False


def _weight(case: Case, node: PlanNode) -> float:
    """The sort and what is read for it alone: with the index both go."""
    if case.engine == "sqlite":
        return 1.0
    return share_of(case.plan, node, below=True)


_TABLES = (
    "CREATE TABLE events_sl (id integer PRIMARY KEY, kind integer, at integer)",
    "INSERT INTO events_sl SELECT n, n % 3, n * 7919 % 100003 FROM {numbers}",
    "ANALYZE events_sl",
)
_SQL = "SELECT * FROM events_sl WHERE kind = 1 ORDER BY at DESC LIMIT 10"
BAD = (Example("postgresql", _SQL, _TABLES), Example("sqlite", _SQL, _TABLES))
GOOD = (
    Example("postgresql", _SQL, (*_TABLES, "CREATE INDEX ix_sl ON events_sl (kind, at)")),
    Example("sqlite", _SQL, (*_TABLES, "CREATE INDEX ix_sl ON events_sl (kind, at)")),
    # An order by something computed cannot be read from an ordinary index.
    Example("postgresql", "SELECT * FROM events_sl ORDER BY at * kind LIMIT 10", _TABLES),
    Example("sqlite", "SELECT * FROM events_sl ORDER BY id LIMIT 10", _TABLES),
)
