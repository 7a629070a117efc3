"""LIKE with a wildcard at the front: no ordered index helps."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.explain.case import Case, Example
from embedded_server.wire.explain import Finding

ID = "leading_wildcard"
DOC = "https://www.postgresql.org/docs/current/pgtrgm.html"
SUPPRESSES = ("filtered_scan",)

_ROWS = 10_000
_CURES = {
    "postgresql": "A trigram index finds it: CREATE EXTENSION pg_trgm, then an index USING gin "
    "({column} gin_trgm_ops).",
    "sqlite": "A full-text table (FTS5, tokenize = 'trigram') over {column} finds it.",
}


def check(case: Case) -> Iterator[Finding]:
    """A pattern that begins with % or _ on a large table that is read from end to end."""
    for one in case.parsed.predicates:
        if one.op != "like" or not one.value or one.value[0] not in "%_":
            continue
        node = case.scanned(one.table)
        size = case.size(node) if node is not None else None
        if node is None or size is None or size < _ROWS or not case.matters(node.share):
            continue
        cure = _CURES.get(case.engine, "Use the database's full-text search on {column}.")
        yield Finding(
            rule=ID,
            title="The pattern begins with a wildcard",
            text=f"{one.column} LIKE '{one.value[:60]}' can begin with anything, so all of "
            f"{node.relation} is compared.",
            advice=cure.format(column=one.column),
            confidence="high",
            node=node.id,
            share=node.share,
            measured=case.plan.measured,
        )


_TABLES = (
    "CREATE TABLE notes_lw (id integer PRIMARY KEY, body varchar(80))",
    "INSERT INTO notes_lw SELECT n, 'note number ' || n FROM {numbers}",
    "CREATE INDEX ix_lw ON notes_lw (body)",
    "ANALYZE notes_lw",
)
BAD = (
    Example("postgresql", "SELECT * FROM notes_lw WHERE body LIKE %s", _TABLES, ["%77%"]),
    Example("sqlite", "SELECT * FROM notes_lw WHERE body LIKE :p", _TABLES, {"p": "%77%"}),
)
GOOD = (
    Example("postgresql", "SELECT * FROM notes_lw WHERE body LIKE 'note number 77%'", _TABLES),
    Example("sqlite", "SELECT * FROM notes_lw WHERE body GLOB 'note number 77*'", _TABLES),
    # A small table may be searched in any way.
    Example(
        "sqlite",
        "SELECT * FROM few_lw WHERE body LIKE '%7%'",
        ("CREATE TABLE few_lw (body text)", "INSERT INTO few_lw SELECT n FROM {numbers} WHERE n <= 500"),
    ),
)
