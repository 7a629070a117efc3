"""Tables that were never analysed, or whose rows changed much since."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.asking import text, whole
from embedded_server.health.schema import Example, Schema, finding
from embedded_server.wire.health import HealthFinding

ID = "stale_statistics"
TITLE = "Tables without fresh statistics"
ENGINES = ("postgresql",)
_STALE = """SELECT relname, n_live_tup, n_mod_since_analyze, last_analyze, last_autoanalyze
FROM pg_stat_user_tables
WHERE schemaname = {schema} AND n_live_tup >= 1000 AND (coalesce(last_analyze, last_autoanalyze) IS NULL
  OR n_mod_since_analyze > 0.3 * n_live_tup)"""


def check(schema: Schema) -> Iterator[HealthFinding]:
    """The planner guesses without them."""
    sql = _STALE.format(schema=schema.text(schema.name))
    for name, live, changed, last, auto in schema.ask(sql):
        table = schema.find(text(name))
        if table is None:
            continue
        never = last is None and auto is None
        rows = f"{whole(live) or 0:,} rows"
        how = (
            "was never analysed"
            if never
            else f"changed by {whole(changed) or 0:,} rows since it was analysed"
        )
        yield finding(
            schema,
            ID,
            table,
            [],
            title=f"{table.name} {how}",
            text=f"With ~{rows} the planner does not know how many of them a condition leaves, and "
            "takes the wrong index or the wrong order of a join.",
            advice=f"ANALYZE {schema.sql(table)}; and see why autovacuum did not.",
            severity="warn" if never else "info",
            confidence="high",
            query=f"{sql}\n  AND relname = {schema.text(table.name)}",
            doc="https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS",
        )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY) WITH (autovacuum_enabled = false)"
_FILL = "INSERT INTO {name} SELECT n FROM {{numbers}} WHERE n <= 2000"


def _made(name: str, *more: str) -> tuple[str, ...]:
    return (_TABLE.format(name=name), _FILL.format(name=name), *more)


BAD = (Example("postgresql", "raw_ss", _made("raw_ss")),)
NEAR = (Example("postgresql", "known_ss", _made("known_ss", "ANALYZE known_ss")),)
