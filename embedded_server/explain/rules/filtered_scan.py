"""Most rows that a scan reads are thrown away by its filter."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.explain.case import Case, Example, shown
from embedded_server.explain.model import ancestors
from embedded_server.explain.proposing import index_for
from embedded_server.explain.words import count
from embedded_server.wire.explain import Finding, PlanNode

ID = "filtered_scan"
DOC = "https://www.postgresql.org/docs/current/using-explain.html"
SUPPRESSES = ("full_index_scan",)

_THROWN_AWAY, _MANY = 0.9, 10_000


def check(case: Case) -> Iterator[Finding]:
    """A scan of a table that is not small, outside of a loop, whose filter keeps at most a tenth."""
    for node in case.scans():
        read, kept = _read(case, node)
        if read is None or kept is None or read - kept < _MANY or kept > read * (1 - _THROWN_AWAY):
            continue
        if case.small(node) or _loops(case, node) or not case.matters(node.share):
            continue
        yield _finding(case, node, read, kept)


def _read(case: Case, node: PlanNode) -> tuple[float | None, float | None]:
    if node.removed is not None and node.rows is not None:
        return node.removed + node.rows, node.rows
    filtered = "filter" in node.conditions or any(
        one.top for one in case.parsed.of(node.alias or node.relation)
    )
    return case.size(node), node.estimated if filtered else None


def _loops(case: Case, node: PlanNode) -> bool:
    """Inside a nested loop it is another finding."""
    nested = any(above.operator.startswith("Nested Loop") for above in ancestors(case.plan, node))
    return node.loops > 1 and (nested or case.engine == "sqlite")


def _finding(case: Case, node: PlanNode, read: float, kept: float) -> Finding:
    measured = node.removed is not None
    facts = case.facts(node)
    index = index_for(case.parsed, node.alias or node.relation, facts)
    # Columns of the order behind those of the filter let the reading stop at the limit.
    ordered = index is not None and len(index.columns) > 1 and case.parsed.limit is not None
    wanted = min(kept, case.parsed.limit or kept) if ordered else kept
    if index is None:
        advice = "No column of the condition can be looked up in an index as it is written."
    else:
        instead = f"{count(wanted)} rows instead of {count(read)}"
        advice = f"An index on {shown(index)} lets {case.product} read {instead}."
    guess = "" if measured else "By the planner's guess "
    text = f"{count(read - kept)} of {count(read)} rows of {node.relation} are thrown away by the filter."
    return Finding(
        rule=ID,
        title="Most rows are read and thrown away",
        text=(guess + text) if guess else text,
        advice=advice,
        confidence=("high" if index is not None else "medium") if measured else "medium",
        node=node.id,
        share=node.share,
        measured=measured,
        index=index,
    )


_ORDERS = (
    "CREATE TABLE orders_fs (id integer PRIMARY KEY, status varchar(10), created_at integer)",
    "INSERT INTO orders_fs SELECT n, CASE WHEN n % 50 = 0 THEN 'open' ELSE 'done' END, n % 997"
    " FROM {numbers}",
    "ANALYZE orders_fs",
)
_SQL = "SELECT * FROM orders_fs WHERE status = 'open' ORDER BY created_at DESC LIMIT 20"
BAD = (
    Example("postgresql", _SQL, _ORDERS),
    Example(
        "postgresql", "SELECT * FROM orders_fs WHERE status = %(s)s", _ORDERS, {"s": "open"}, analyze=False
    ),
    Example(
        "sqlite",
        "SELECT * FROM orders_fs WHERE status = ? ORDER BY created_at DESC LIMIT 20",
        _ORDERS,
        ["open"],
    ),
)
GOOD = (
    Example("postgresql", _SQL, (*_ORDERS, "CREATE INDEX ix_fs ON orders_fs (status, created_at)")),
    Example("sqlite", _SQL, (*_ORDERS, "CREATE INDEX ix_fs ON orders_fs (status, created_at)")),
    # A fifth of the table is wanted: reading all of it is right.
    Example("postgresql", "SELECT * FROM orders_fs WHERE id % 4 = 0", _ORDERS),
    Example("sqlite", "SELECT count(*) FROM orders_fs WHERE created_at > 5", _ORDERS),
)
