"""Tables full of dead rows that no vacuum took away."""

from __future__ import annotations

from collections.abc import Iterator

from embedded_server.health.asking import text, whole
from embedded_server.health.schema import Example, Schema, finding
from embedded_server.wire.health import HealthFinding

ID = "dead_rows"
TITLE = "Dead rows that vacuum left"
ENGINES = ("postgresql",)
_DEAD = """SELECT relname, n_live_tup, n_dead_tup, last_vacuum, last_autovacuum FROM pg_stat_user_tables
WHERE schemaname = {schema} AND n_dead_tup >= 1000 AND n_dead_tup > 0.25 * (n_live_tup + n_dead_tup)"""


def check(schema: Schema) -> Iterator[HealthFinding]:
    """They are read with the others, by every scan."""
    sql = _DEAD.format(schema=schema.text(schema.name))
    for name, live, dead, last, auto in schema.ask(sql):
        table = schema.find(text(name))
        if table is None:
            continue
        when = text(last or auto)[:16] or "never"
        yield finding(
            schema,
            ID,
            table,
            [],
            title=f"{table.name} has {whole(dead) or 0:,} dead rows beside {whole(live) or 0:,} live ones",
            text=f"Last vacuumed: {when}. An old transaction, or autovacuum switched off, keeps them "
            "there, and each scan reads them.",
            advice=f"VACUUM {schema.sql(table)}; look at Locks for old transactions first.",
            severity="warn",
            confidence="high",
            query=f"{sql}\n  AND relname = {schema.text(table.name)}",
            doc="https://www.postgresql.org/docs/current/routine-vacuuming.html",
        )


_TABLE = "CREATE TABLE {name} (id integer PRIMARY KEY) WITH (autovacuum_enabled = false)"
_FILL = "INSERT INTO {name} SELECT n FROM {{numbers}} WHERE n <= 4000"
_DELETE = "DELETE FROM {name} WHERE id <= 2000"


def _made(name: str, *more: str) -> tuple[str, ...]:
    return (*(sql.format(name=name) for sql in (_TABLE, _FILL, _DELETE)), *more)


BAD = (Example("postgresql", "dead_dr", _made("dead_dr")),)
NEAR = (Example("postgresql", "dead_ds", _made("dead_ds", "VACUUM dead_ds")),)
