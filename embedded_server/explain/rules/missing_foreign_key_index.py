"""A foreign key whose columns no index of its own table begins with."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.explain.case import SMALL_ROWS, Case, Example, TableFacts, shown
from embedded_server.explain.words import count
from embedded_server.wire.data import ForeignKey
from embedded_server.wire.explain import Finding, IndexColumns

ID = "missing_foreign_key_index"
DOC = "https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK"
SUPPRESSES = ()

# InnoDB makes these indexes by itself.
_ENGINES = ("postgresql", "sqlite", "duckdb")


def check(case: Case) -> Iterator[Finding]:
    """The statement looks rows up by the foreign key, or deletes from the table it points at."""
    if case.engine not in _ENGINES:
        return
    for facts in case.tables.values():
        for key in facts.table.foreign_keys:
            if (facts.rows or 0) < SMALL_ROWS or facts.covered(key.columns):
                continue
            if _looked_up(case, facts, key):
                yield _finding(case, facts, key)


def _looked_up(case: Case, facts: TableFacts, key: ForeignKey) -> bool:
    """Whether the table is read from end to end for it: an index that is not wanted is no finding."""
    for table in case.parsed.tables:
        if table.name.lower() != facts.table.table.lower() or case.scanned(table.alias) is None:
            continue
        used = {
            one.column for one in case.parsed.of(table.alias) if one.top and one.op in ("=", "in", "join")
        }
        used |= {
            one.other[1]
            for one in case.parsed.predicates
            if one.other is not None and case.parsed.table(one.other[0]) == table
        }
        node = case.scanned(table.alias)
        if set(key.columns) <= used and node is not None and case.matters(node.share):
            return True
    return False


def _finding(case: Case, facts: TableFacts, key: ForeignKey) -> Finding:
    index = IndexColumns(facts.table.table, list(key.columns), facts.schema)
    node = next((one for one in case.scans() if case.facts(one) is facts), None)
    return Finding(
        rule=ID,
        title="A foreign key has no index",
        text=f"{facts.table.table}{shown(index)} refers to {key.target}, and no index begins with it: "
        f"every lookup by it, and every delete in {key.target}, reads {count(facts.rows or 0)} rows.",
        advice=f"Create an index on {facts.table.table} {shown(index)}.",
        confidence="high",
        node=node.id if node is not None else -1,
        share=node.share if node is not None else 0.0,
        measured=case.plan.measured,
        index=index,
    )


_TABLES = (
    "CREATE TABLE owners_fk (id integer PRIMARY KEY, name text)",
    "CREATE TABLE pets_fk (id integer PRIMARY KEY, owner_id integer REFERENCES owners_fk (id), name text)",
    "INSERT INTO owners_fk SELECT n, 'o' FROM {numbers} WHERE n <= 5000",
    "INSERT INTO pets_fk SELECT n, n % 5000 + 1, 'p' FROM {numbers}",
    "ANALYZE owners_fk",
    "ANALYZE pets_fk",
)
_SQL = "SELECT * FROM pets_fk WHERE owner_id = 17"
BAD = (Example("postgresql", _SQL, _TABLES), Example("sqlite", _SQL, _TABLES))
GOOD = (
    Example("postgresql", _SQL, (*_TABLES, "CREATE INDEX ix_fk ON pets_fk (owner_id)")),
    Example("sqlite", _SQL, (*_TABLES, "CREATE INDEX ix_fk ON pets_fk (owner_id, name)")),
    # Nothing is looked up by the key here.
    Example("postgresql", "SELECT count(*) FROM pets_fk", _TABLES),
)
