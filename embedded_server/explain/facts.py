"""What the database knows of the tables of a statement: structure, size, age of its statistics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from embedded_server.engines.base import Session
from embedded_server.lanes import Lease
from embedded_server.wire.data import TableResponse
from embedded_server.wire.explain import Plan
from embedded_server.wire.problem import ProblemError

from .case import TableFacts
from .syntax import Parsed

MOST_TABLES = 12
_POSTGRES = """
SELECT c.reltuples::int8, c.relpages, s.n_mod_since_analyze,
       coalesce(s.last_analyze, s.last_autoanalyze) IS NOT NULL
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_stat_all_tables s ON s.relid = c.oid
WHERE n.nspname = {schema} AND c.relname = {table}
"""


def tables_of(lease: Lease, plan: Plan, parsed: Parsed) -> dict[str, TableFacts]:
    """Facts by the table's name in lower case. What cannot be told is left out."""
    names = [(node.schema, node.relation) for node in plan.nodes if node.relation]
    names += [(table.schema, table.name) for table in parsed.tables]
    found: dict[str, TableFacts] = {}
    for schema, name in _once(names):
        facts = table_facts(lease, schema, name)
        if facts is not None:
            found[name.lower()] = facts
    return found


def _once(names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    best: dict[str, tuple[str, str]] = {}
    for schema, name in names:
        if name.lower() not in best or (schema and not best[name.lower()][0]):
            best[name.lower()] = (schema, name)
    return list(best.values())[:MOST_TABLES]


def table_facts(lease: Lease, schema: str, name: str) -> TableFacts | None:
    """One table, null where there is none of that name."""
    default = lease.info.default_schema
    try:
        found = _facts(lease, schema or default, name)
    except ProblemError as error:
        if error.problem.code in ("job.cancelled", "connection.lost"):
            raise
        return None
    return replace(found, schema="" if schema in ("", default) else schema)


def _facts(lease: Lease, schema: str, name: str) -> TableFacts:
    table = lease.session.table(schema, name)
    if lease.engine.name == "postgresql":
        return _postgres(lease.session, table, schema, name)
    rows = lease.session.estimate(schema, name)[0]
    analysed = _sqlite_analysed(lease.session, name) if lease.engine.name == "sqlite" else None
    return TableFacts(table, rows, None, analysed)


def _postgres(session: Session, table: TableResponse, schema: str, name: str) -> TableFacts:
    quoted = {"schema": _quoted(schema), "table": _quoted(name)}
    with session.execute(_POSTGRES.format(**quoted)) as reading:
        rows = list(reading.block(1).rows())
    tuples, pages, changed, analysed = rows[0] if rows else (None, None, 0, None)
    known = int(str(tuples)) if tuples is not None else -1
    size = known if known >= 0 else session.estimate(schema, name)[0]
    # A table that was never analysed has -1 tuples; statistics may also be lost while the table has some.
    was = known >= 0 and (bool(analysed) or known > 0)
    return TableFacts(
        table,
        size,
        int(str(pages)) if pages is not None and known >= 0 else None,
        was,
        int(str(changed or 0)),
    )


def _sqlite_analysed(session: Session, name: str) -> bool:
    try:
        with session.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = ?", [name]) as reading:
            return bool(next(iter(reading.block(1).rows()))[0])
    except ProblemError:
        return False


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def column_names(tables: dict[str, TableFacts]) -> dict[str, set[str]]:
    """The names of each table's columns, as `Parsed.qualified` wants them."""
    return {name: {column.name for column in facts.table.columns} for name, facts in tables.items()}
