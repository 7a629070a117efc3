"""A SQLAlchemy dialect whose name no engine claims: SQLite as a stranger would meet it."""

from __future__ import annotations

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite


class UnheardDialect(SQLiteDialect_pysqlite):
    """Real SQL on real files, through nothing but what SQLAlchemy tells."""

    name = "unheard"
    supports_statement_cache = True


registry.register("unheard", "tests.engines.dialects", "UnheardDialect")
