"""What the database knows of the tables a plan touches: rows, size, who refers to them."""

from __future__ import annotations

from embedded_server.jobs import Call
from embedded_server.lanes import Lease
from embedded_server.wire.problem import ProblemError

from .checking import MANY_ROWS, Around, Table

# More tables than this are not asked about one by one.
MOST_TABLES = 60


def around_of(connection: str, tables: dict[str, str], call: Call) -> Around:
    """The surroundings of a plan on a database: `tables` with their schemas ("": the default one).

    A table that cannot be read is unknown.
    """
    if not connection:
        return Around()
    with call.session(connection) as lease:
        found: dict[str, Table] = {}
        for name, schema in list(tables.items())[:MOST_TABLES]:
            call.check()
            found[name] = _table(lease, schema or lease.info.default_schema, name)
        return Around(lease.engine.name, found)


def _table(lease: Lease, schema: str, name: str) -> Table:
    try:
        structure = lease.session.table(schema, name)
    except ProblemError as error:
        if error.problem.code == "data.unknown_table":
            return Table(exists=False)
        if error.problem.code in ("job.cancelled", "connection.lost"):
            raise
        return Table()
    rows, more = _rows(lease, schema, name)
    return Table(
        rows,
        structure.bytes,
        more,
        True,
        {one.table: one.on_delete for one in structure.references if one.on_delete},
        tuple(check.sql for check in structure.checks if "NOT VALID" not in check.sql.upper()),
    )


def _rows(lease: Lease, schema: str, name: str) -> tuple[int | None, bool]:
    """The estimate where it says many, else counted up to the number that matters."""
    try:
        estimate, _ = lease.session.estimate(schema, name)
        if estimate is not None and estimate > MANY_ROWS:
            return estimate, False
        source = lease.grammar.table(schema, name)
        limit = MANY_ROWS + 1
        sql = f"SELECT count(*) FROM (SELECT 1 FROM {source}{lease.grammar.limit(limit)}) AS counted"
        with lease.session.execute(sql) as reading:
            found = int(str(next(iter(reading.block(1).rows()))[0]))
        return found, found == limit
    except ProblemError as error:
        if error.problem.code in ("job.cancelled", "connection.lost"):
            raise
        return None, False
