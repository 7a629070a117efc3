"""A sort did not fit into the memory it was allowed and went to disk."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.explain.case import Case, Example, shown
from embedded_server.explain.proposing import index_for
from embedded_server.explain.words import count
from embedded_server.wire.explain import Finding, IndexColumns

ID = "sort_spill"
DOC = "https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM"
SUPPRESSES = ()

# In memory a sort needs two to three times what it wrote to disk.
_FACTOR = 3


def check(case: Case) -> Iterator[Finding]:
    """A sort on disk that is a tenth of the statement."""
    for node in case.plan.nodes:
        on_disk = node.facts.get("Sort Space Type") == "Disk"
        external = str(node.facts.get("Sort Method") or "").startswith("external")
        if node.kind != "sort" or not (on_disk or external) or not case.matters(node.share):
            continue
        used = float(node.facts.get("Sort Space Used") or 0)
        megabytes = max(1.0, used * _FACTOR / 1024)
        index = _index(case)
        cures = [f"SET work_mem = '{megabytes:.0f}MB' for this statement keeps it in memory"]
        if index is not None:
            cures.insert(0, f"An index on {shown(index)} gives the order without sorting")
        yield Finding(
            rule=ID,
            title="The sort spills to disk",
            text=f"{count(node.rows or 0)} rows are sorted through {count(used)} kB of temporary files.",
            advice="; or ".join(cures) + ".",
            confidence="high",
            node=node.id,
            share=node.share,
            measured=True,
            index=index,
        )


def _index(case: Case) -> IndexColumns | None:
    """An index gives an order only to a statement of one table."""
    if len(case.parsed.tables) != 1 or not case.parsed.order:
        return None
    alias = case.parsed.tables[0].alias
    return index_for(case.parsed, alias, case.facts_of(alias))


_TABLES = (
    "CREATE TABLE big_ss (id integer, word text)",
    "INSERT INTO big_ss SELECT n, md5(n::text) FROM {numbers}",
    "ANALYZE big_ss",
)
BAD = (Example("postgresql", "SELECT * FROM big_ss ORDER BY word", (*_TABLES, "SET work_mem = '1MB'")),)
GOOD = (
    Example("postgresql", "SELECT * FROM big_ss ORDER BY word", (*_TABLES, "SET work_mem = '128MB'")),
    Example("postgresql", "SELECT * FROM big_ss ORDER BY word LIMIT 5", (*_TABLES, "SET work_mem = '1MB'")),
)
