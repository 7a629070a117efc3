"""OFFSET makes the database produce rows only to throw them away."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.explain.case import Case, Example
from embedded_server.explain.words import count
from embedded_server.wire.explain import Finding

ID = "deep_offset"
DOC = "https://www.postgresql.org/docs/current/queries-limit.html"
SUPPRESSES = ()

_FACTOR, _DEEP = 10, 1000


def check(case: Case) -> Iterator[Finding]:
    """An OFFSET of ten pages or more, and at least a thousand rows."""
    limit, offset = case.parsed.limit, case.parsed.offset
    if not offset or offset < _DEEP or offset < _FACTOR * (limit or 1):
        return
    node = next((one for one in case.plan.nodes if one.kind == "limit"), None)
    below = case.first_below(node) if node is not None else None
    read = below.rows if below is not None else None
    if read is not None and read < _DEEP:
        return
    if case.plan.measured and (case.plan.execution_ms or 0) < 1:
        return
    order = ", ".join(column for _, column, _ in case.parsed.order) or "the key"
    yield Finding(
        rule=ID,
        title="The page lies deep behind an OFFSET",
        text=f"{count(read or offset + (limit or 0))} rows are produced to show {count(limit or 0)} of them; "
        "each further page costs more.",
        advice=f"Remember the last row's ({order}) and ask for rows behind it: WHERE ({order}) > (…) "
        f"ORDER BY {order} LIMIT {limit or '…'}.",
        confidence="high" if case.plan.measured else "medium",
        node=node.id if node is not None else -1,
        share=offset / (offset + (limit or 1)),
        measured=case.plan.measured,
    )


_TABLES = (
    "CREATE TABLE pages_do (id integer PRIMARY KEY, name varchar(20))",
    "INSERT INTO pages_do SELECT n, 'n' || n FROM {numbers}",
    "ANALYZE pages_do",
)
_SQL = "SELECT * FROM pages_do ORDER BY id LIMIT 10 OFFSET {offset}"
BAD = (
    Example("postgresql", _SQL.replace("{offset}", "150000"), _TABLES),
    Example("sqlite", "SELECT * FROM pages_do ORDER BY id LIMIT ? OFFSET ?", _TABLES, [10, 150000]),
)
GOOD = (
    Example("postgresql", _SQL.replace("{offset}", "20"), _TABLES),
    Example("sqlite", "SELECT * FROM pages_do WHERE id > 150000 ORDER BY id LIMIT 10", _TABLES),
)
