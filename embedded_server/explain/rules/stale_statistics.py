"""The planner guessed wrong by a factor of ten because its statistics are old or missing."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.explain.case import Case, Example, TableFacts
from embedded_server.explain.model import ancestors, subtree
from embedded_server.explain.words import count
from embedded_server.wire.explain import Finding, PlanNode

ID = "stale_statistics"
DOC = "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS"
SUPPRESSES = ("nested_loop_explosion",)

_FACTOR, _FEW, _CHANGED, _LARGE = 10.0, 100, 0.10, 10_000


def check(case: Case) -> Iterator[Finding]:
    """PostgreSQL: the deepest node that is off by ten. SQLite: a join of large tables unknown to it."""
    if case.engine == "sqlite":
        yield from _sqlite(case)
        return
    if not case.plan.measured:
        return
    for node in case.plan.nodes:
        facts = case.facts(node)
        if not _off(case, node) or facts is None:
            continue
        if any(_off(case, below) for below in subtree(case.plan, node)[1:]):
            continue
        why = _stale(facts)
        if why and (case.plan.execution_ms or 0) >= 1:
            yield _finding(node, facts, why)


def _off(case: Case, node: PlanNode) -> bool:
    if node.rows is None or node.estimated is None or node.loops == 0:
        return False
    guessed, real = max(node.estimated, 1.0), max(node.rows, 1.0)
    if real < guessed and any(above.kind == "limit" for above in ancestors(case.plan, node)):
        # Nobody asked for the rest.
        return False
    return max(guessed, real) >= _FEW and max(guessed / real, real / guessed) >= _FACTOR


def _stale(facts: TableFacts) -> str:
    if facts.analysed is False:
        return f"{facts.table.table} was never analysed"
    if facts.rows and facts.changed > facts.rows * _CHANGED:
        return f"{count(facts.changed)} rows of {facts.table.table} changed since it was last analysed"
    return ""


def _finding(node: PlanNode, facts: TableFacts, why: str) -> Finding:
    guessed, real = node.estimated or 0.0, node.rows or 0.0
    return Finding(
        rule=ID,
        title="The planner works with old statistics",
        text=f"It expected {count(guessed)} rows of {facts.table.table}, there were {count(real)}: {why}.",
        advice=f"ANALYZE {facts.table.table};",
        confidence="high" if facts.analysed is False else "medium",
        node=node.id,
        share=node.share,
        measured=True,
    )


def _sqlite(case: Case) -> Iterator[Finding]:
    if len(case.parsed.tables) < 2:
        return
    for facts in case.tables.values():
        if facts.analysed is False and (facts.rows or 0) >= _LARGE and facts.table.indexes:
            yield Finding(
                rule=ID,
                title="SQLite knows nothing of a large table",
                text=f"There are no statistics of {facts.table.table} (about {count(facts.rows or 0)} rows), "
                "so the order of the join and the choice of indexes are guesses.",
                advice=f"ANALYZE {facts.table.table};",
                confidence="low",
                measured=False,
            )
            return


_TABLE = (
    "CREATE TABLE jobs_st (id integer PRIMARY KEY, state varchar(10))",
    "INSERT INTO jobs_st SELECT n, 'done' FROM {numbers} WHERE n <= 20000",
    "ANALYZE jobs_st",
    "INSERT INTO jobs_st SELECT n + 1000000, 'open' FROM {numbers} WHERE n <= 20000",
)
_SQL = "SELECT * FROM jobs_st WHERE state = 'open'"
_JOINED = (
    "CREATE TABLE a_st (id integer PRIMARY KEY, b_id integer)",
    "CREATE TABLE b_st (id integer PRIMARY KEY)",
    "INSERT INTO a_st SELECT n, n FROM {numbers} WHERE n <= 20000",
    "INSERT INTO b_st SELECT n FROM {numbers} WHERE n <= 100",
    "CREATE INDEX ix_a_st ON a_st (b_id)",
)
_JOIN = "SELECT * FROM a_st JOIN b_st ON b_st.id = a_st.b_id"
_FIRST = "SELECT * FROM jobs_st WHERE id > 0 ORDER BY id LIMIT 5"
BAD = (Example("postgresql", _SQL, _TABLE), Example("sqlite", _JOIN, _JOINED))
GOOD = (
    Example("postgresql", _SQL, (*_TABLE, "ANALYZE jobs_st")),
    # The guess was right; the LIMIT stopped the reading.
    Example("postgresql", _FIRST, _TABLE),
    Example("sqlite", _JOIN, (*_JOINED, "ANALYZE")),
    Example("sqlite", "SELECT * FROM a_st WHERE b_id = 5", _JOINED),
)
