"""An index that no query has used since the counters began."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.asking import real, text, whole
from embedded_server.health.schema import Example, Schema, finding
from embedded_server.wire.health import HealthFinding

ID = "unused_index"
TITLE = "Unused indexes"
# MariaDB counts only with userstat, SQLite and DuckDB never.
ENGINES = ("postgresql",)
_LARGE, _LONG = 1000, 30.0

_UNUSED = """SELECT s.relname, s.indexrelname, s.idx_scan, pg_relation_size(s.indexrelid) AS bytes
FROM pg_stat_user_indexes s JOIN pg_index i USING (indexrelid)
WHERE s.schemaname = {schema} AND s.idx_scan = 0 AND NOT i.indisunique AND NOT i.indisexclusion
  AND i.indisvalid AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = s.indexrelid)"""
_WINDOW = """SELECT
  extract(epoch FROM clock_timestamp() - coalesce(stats_reset, pg_postmaster_start_time())) / 86400
FROM pg_stat_database WHERE datname = current_database()"""


def check(schema: Schema) -> Iterator[HealthFinding]:
    """Only of tables with some rows: on small ones no index is ever used."""
    sql = _UNUSED.format(schema=schema.text(schema.name))
    days = real(schema.ask(_WINDOW)[0][0]) or 0.0
    for name, index, _, size in schema.ask(sql):
        table = schema.find(text(name))
        if table is None or (table.rows or 0) < _LARGE:
            continue
        told = next((one for one in table.told.indexes if one.name == text(index)), None)
        columns = list(told.columns) if told is not None else []
        drop = {"op": "drop_index", **schema.bare(table), "name": text(index), "columns": columns}
        plain = all(table.column(column) is not None for column in columns)
        yield finding(
            schema,
            ID,
            table,
            columns,
            title=f"{text(index)} was not used in {_days(days)}",
            text=f"No query read it in the {_days(days)} since the counters began; it takes "
            f"{(whole(size) or 0) / 1024:,.0f} KiB, and each write keeps it up to date. Replicas count for "
            "themselves: look there too.",
            advice=f"Drop {text(index)} once you know that nothing rare needs it: a report, a replica.",
            severity="info",
            confidence="medium" if days >= _LONG else "low",
            query=sql + f"\n  AND s.relname = {schema.text(table.name)}"
            f" AND s.indexrelname = {schema.text(text(index))}",
            # Without plain columns the way back could not be written.
            operations=[drop] if plain and told is not None and not told.where else [],
            doc="https://www.postgresql.org/docs/current/monitoring-stats.html",
            mark=text(index),
        )


def _days(days: float) -> str:
    if days < 1:
        return f"{days * 24:.1f} hours"
    return f"{days:.0f} days"


_FILL = "INSERT INTO {name} SELECT n, n FROM {{numbers}}"
_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY, a integer)"
_INDEX = "CREATE INDEX ix_{name} ON {name} (a)"


def _made(name: str, *more: str) -> tuple[str, ...]:
    return (
        *(sql.format(name=name) for sql in (_TABLE, _FILL, _INDEX)),
        f"ANALYZE {name}",
        *more,
    )


BAD = (Example("postgresql", "idle_ui", _made("idle_ui")),)
NEAR = (
    Example("postgresql", "busy_ui", _made("busy_ui", "SELECT * FROM busy_ui WHERE a = 5")),
    Example(
        "postgresql",
        "few_ui",
        ("CREATE TABLE few_ui (id integer PRIMARY KEY, a integer)", "CREATE INDEX ix_few_ui ON few_ui (a)"),
    ),
)
