"""A condition wraps an indexed column in a function, so that the index cannot be used."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.explain.case import Case, Example, TableFacts
from embedded_server.explain.syntax import Predicate
from embedded_server.wire.explain import Finding

ID = "function_on_column"
DOC = "https://www.postgresql.org/docs/current/indexes-expressional.html"
SUPPRESSES = ()

_DATES = ("date", "date_trunc", "extract", "strftime", "year", "month", "cast", "to_char", "timestamp_trunc")


def check(case: Case) -> Iterator[Finding]:
    """`function(column) op value` on a table that is read from end to end beside an index on the column."""
    for one in case.parsed.predicates:
        if not one.function or not one.top or one.op == "join":
            continue
        facts, node = case.facts_of(one.table), case.scanned(one.table)
        if facts is None or node is None or case.small(node) or not case.matters(node.share):
            continue
        index = facts.index_on(one.column)
        if index is None and facts.table.primary_key[:1] != [one.column]:
            continue
        if _has_expression(facts, one):
            continue
        name = index.name if index is not None else "the primary key"
        yield Finding(
            rule=ID,
            title="A function hides an indexed column",
            text=f"The condition {one.sql} computes {one.function}() for every row of {facts.table.table}; "
            f"{name} holds {one.column} itself and is of no use for it.",
            advice=_advice(case, one),
            confidence="high",
            node=node.id,
            share=node.share,
            measured=case.plan.measured,
        )


def _has_expression(facts: TableFacts, one: Predicate) -> bool:
    """Whether an index holds this very function of the column."""
    return any(
        one.function in text.lower() and one.column.lower() in text.lower() and "(" in text
        for index in facts.table.indexes
        for text in (*index.columns, index.definition.partition("(")[2])
    )


def _advice(case: Case, one: Predicate) -> str:
    if one.function in _DATES:
        return f"Write it as a range of {one.column} itself: {one.column} >= … AND {one.column} < …."
    if case.engine in ("postgresql", "sqlite"):
        return (
            f"Compare {one.column} itself, or create an index on the expression {one.function}({one.column})."
        )
    return f"Compare {one.column} itself."


_TABLES = (
    "CREATE TABLE people_fc (id integer PRIMARY KEY, email varchar(60), born integer)",
    "INSERT INTO people_fc SELECT n, 'P' || n || '@x.org', n % 90 FROM {numbers}",
    "CREATE INDEX ix_people_email ON people_fc (email)",
    "ANALYZE people_fc",
)
_SQL = "SELECT * FROM people_fc WHERE lower(email) = 'p77@x.org'"
BAD = (Example("postgresql", _SQL, _TABLES), Example("sqlite", _SQL, _TABLES))
GOOD = (
    Example(
        "postgresql", _SQL, (*_TABLES, "CREATE INDEX ix_fc ON people_fc (lower(email))", "ANALYZE people_fc")
    ),
    Example("sqlite", _SQL, (*_TABLES, "CREATE INDEX ix_fc ON people_fc (lower(email))")),
    Example("postgresql", "SELECT * FROM people_fc WHERE email = lower('P77@x.org')", _TABLES),
    Example("sqlite", "SELECT * FROM people_fc WHERE abs(born) = 3", _TABLES),
)
