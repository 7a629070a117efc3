"""How many rows, without counting: what the planner would think."""

from __future__ import annotations

import msgspec

from embedded_server.engines.base import Heap
from embedded_server.wire.problem import ProblemError

from .catalog import Query
from .grammar import PostgresGrammar

# Rows per page when it was last counted, times the pages there are now. Leaves of a partitioned table are
# summed; -1 rows means never counted.
_SIZES = """
SELECT c.relkind::text,
  (SELECT json_agg(json_build_array(r.reltuples, r.relpages,
      pg_relation_size(r.oid) / current_setting('block_size')::int8))::text
   FROM pg_class r
   WHERE r.relkind IN ('r', 'm') AND r.oid = ANY(CASE WHEN c.relkind = 'p'
      THEN ARRAY(SELECT relid::oid FROM pg_partition_tree(c.oid) WHERE isleaf) ELSE ARRAY[c.oid] END))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %(table)s AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND CASE WHEN %(schema)s = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = %(schema)s END
"""
# Counters of writes, which every session reports within a second or so, and the file, new after TRUNCATE.
_WRITES = """
SELECT coalesce(sum(s.n_tup_ins), 0) || ' ' || coalesce(sum(s.n_tup_upd), 0) || ' '
  || coalesce(sum(s.n_tup_del), 0) || ' ' || coalesce(sum(pg_relation_filenode(r.oid)::int8), 0)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class r ON r.oid = ANY(CASE WHEN c.relkind = 'p'
  THEN ARRAY(SELECT relid::oid FROM pg_partition_tree(c.oid) WHERE isleaf) ELSE ARRAY[c.oid] END)
LEFT JOIN pg_stat_all_tables s ON s.relid = r.oid
WHERE c.relname = %(table)s AND c.relkind IN ('r', 'p', 'm')
  AND CASE WHEN %(schema)s = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = %(schema)s END
"""
# What does not fit into a page lies in the table's TOAST, out of line; a value within a page is at most some
# hundred kilobytes long, however well it was compressed.
_SHORT = """
SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = %(table)s AND c.relkind IN ('r', 'm') AND NOT c.relhassubclass
  AND (c.reltoastrelid = 0 OR pg_relation_size(c.reltoastrelid) = 0)
  AND CASE WHEN %(schema)s = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = %(schema)s END
"""
_Sizes = list[tuple[float, int, int]]


class _Plan(msgspec.Struct, rename="pascal"):
    rows: int = msgspec.field(name="Plan Rows", default=0)


class _Explained(msgspec.Struct):
    plan: _Plan = msgspec.field(name="Plan")


def estimate(query: Query, schema: str, table: str) -> tuple[int | None, str]:
    """A number and where it comes from; (None, reason) when nobody knows."""
    found = _sizes(query, schema, table)
    if found is None:
        return None, "there is no such table"
    kind, sizes = found
    if kind in ("r", "m", "p") and sizes is not None:
        rows = _scaled(sizes)
        if rows is not None:
            return rows, "statistics (reltuples), scaled to the table's size"
    return _explained(query, schema, table)


def heap(query: Query, schema: str, table: str) -> Heap | None:
    """Pages of a plain table or materialized view."""
    found = _sizes(query, schema, table)
    if found is None or found[0] not in ("r", "m") or not found[1]:
        return None
    return Heap(found[1][0][2], _scaled(found[1]))


def only_short(query: Query, schema: str, table: str) -> bool:
    """Whether no value of a table lies out of line now."""
    return bool(query(_SHORT, {"schema": schema, "table": table}))


def change_mark(query: Query, schema: str, table: str) -> str:
    """What the server has counted of writes to a table, empty where it counts none."""
    rows = query(_WRITES, {"schema": schema, "table": table})
    return str(rows[0][0]) if rows and rows[0][0] is not None else ""


def _sizes(query: Query, schema: str, table: str) -> tuple[str, _Sizes | None] | None:
    rows = query(_SIZES, {"schema": schema, "table": table})
    if not rows:
        return None
    kind, text = rows[0]
    return kind or "", msgspec.json.decode(text, type=_Sizes) if text else None


def _scaled(sizes: _Sizes) -> int | None:
    total = 0.0
    for tuples, counted_pages, pages in sizes:
        if pages == 0:
            continue
        if tuples < 0 or counted_pages == 0:
            return None
        total += tuples / counted_pages * pages
    return round(total)


def _explained(query: Query, schema: str, table: str) -> tuple[int | None, str]:
    source = PostgresGrammar().table(schema, table)
    try:
        rows = query(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {source}")
    except ProblemError as error:
        if error.problem.code != "sql.error":
            raise
        return None, error.problem.detail
    text = "\n".join(row[0] or "" for row in rows)
    return msgspec.json.decode(text, type=list[_Explained])[0].plan.rows, "the planner's guess (EXPLAIN)"
