"""Tables that take far more pages than their rows need: an estimate from widths and counts."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.asking import real, text
from embedded_server.health.schema import Example, Schema, finding
from embedded_server.wire.health import HealthFinding

ID = "bloat"
TITLE = "Tables that are mostly empty space"
ENGINES = ("postgresql",)
# Pages of a fresh table: rows with a header of 28 bytes, pages of which 24 are a header.
_ESTIMATE = """SELECT * FROM (
  SELECT c.relname, c.relpages, ceil(c.reltuples * (28 + coalesce(w.width, 8))
      / (current_setting('block_size')::int - 24)) AS needed
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN (SELECT schemaname, tablename, sum((1 - null_frac) * avg_width) AS width FROM pg_stats
    GROUP BY 1, 2) w ON w.schemaname = n.nspname AND w.tablename = c.relname
  WHERE n.nspname = {schema} AND c.relkind = 'r' AND c.reltuples >= 0 AND c.relpages >= 128
) AS measured WHERE needed < 0.5 * relpages"""


def check(schema: Schema) -> Iterator[HealthFinding]:
    """At least a megabyte, at least half of it empty."""
    sql = _ESTIMATE.format(schema=schema.text(schema.name))
    for name, pages, needed in schema.ask(sql):
        table = schema.find(text(name))
        if table is None:
            continue
        held, wanted = real(pages) or 1.0, real(needed) or 0.0
        yield finding(
            schema,
            ID,
            table,
            [],
            title=f"~{1 - wanted / held:.0%} of {table.name} is empty space",
            text=f"It takes {held:,.0f} pages of 8 kB where its rows need about {wanted:,.0f} (an "
            "estimate from their number and width); each scan reads all of them.",
            advice="VACUUM FULL gives the space back but keeps everybody out meanwhile; pg_repack does not.",
            severity="info",
            confidence="medium",
            query=f"{sql}\n  AND relname = {schema.text(table.name)}",
        )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, v text)"
_FILL = "INSERT INTO {name} SELECT n, repeat('x', 100) FROM {{numbers}}"


def _made(name: str, *more: str) -> tuple[str, ...]:
    return (*(sql.format(name=name) for sql in (_TABLE, _FILL, *more)), f"VACUUM ANALYZE {name}")


BAD = (Example("postgresql", "air_bl", _made("air_bl", "DELETE FROM {name} WHERE id % 5 <> 0")),)
NEAR = (Example("postgresql", "air_bm", _made("air_bm", "DELETE FROM {name} WHERE id % 5 = 0")),)
