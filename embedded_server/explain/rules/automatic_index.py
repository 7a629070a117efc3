"""SQLite builds an index for this one run, every time."""

from __future__ import annotations

import re
from collections.abc import Iterator

from embedded_server.explain.case import Case, Example, shown
from embedded_server.explain.words import count
from embedded_server.wire.explain import Finding, IndexColumns

ID = "automatic_index"
DOC = "https://www.sqlite.org/optoverview.html#automatic_query_time_indexes"
SUPPRESSES = ()

_TERM = re.compile(r"([\w$]+)(?:=|>|<)\?")


def check(case: Case) -> Iterator[Finding]:
    """SQLite names the columns itself; a table that is no table (a subquery) cannot be indexed."""
    for node in case.plan.nodes:
        if not node.facts.get("automatic") or node.relation.lower() not in case.tables:
            continue
        columns = _TERM.findall(node.conditions.get("index", ""))
        facts = case.facts(node)
        if not columns or facts is None:
            continue
        index = IndexColumns(facts.table.table, columns, facts.schema)
        rows = f" over {count(facts.rows)} rows" if facts.rows else ""
        yield Finding(
            rule=ID,
            title="An index is built anew at every run",
            text=f"SQLite makes an index of {facts.table.table} {shown(index)}{rows} for this one run and "
            "drops it.",
            advice=f"Create that very index: {facts.table.table} {shown(index)}.",
            confidence="high",
            node=node.id,
            share=max(node.share, 0.5),
            measured=True,
            index=index,
        )


_TABLES = (
    "CREATE TABLE left_ai (id integer PRIMARY KEY, k integer)",
    "CREATE TABLE right_ai (id integer PRIMARY KEY, k integer, v text)",
    "INSERT INTO left_ai SELECT n, n FROM {numbers} WHERE n <= 3000",
    "INSERT INTO right_ai SELECT n, n, 'v' FROM {numbers} WHERE n <= 5000",
)
_SQL = "SELECT l.id, r.v FROM left_ai l LEFT JOIN right_ai r ON r.k = l.k"
BAD = (Example("sqlite", _SQL, _TABLES), Example("sqlite", _SQL, _TABLES, analyze=False))
GOOD = (
    Example("sqlite", _SQL, (*_TABLES, "CREATE INDEX ix_ai ON right_ai (k)")),
    Example("sqlite", "SELECT l.id, r.v FROM left_ai l LEFT JOIN right_ai r ON r.id = l.k", _TABLES),
)
