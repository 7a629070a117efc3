"""PostgreSQL: psycopg connects, rows are read through libpq as the server's own text."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from embedded_server.wire.problem import problem

from .base import Capabilities, Engine, Target
from .pg.grammar import PostgresGrammar

if TYPE_CHECKING:
    from .pg.session import PostgresSession


class PostgresEngine(Engine):
    """PostgreSQL 12 and later; run against 15."""

    name = "postgresql"
    title = "PostgreSQL"
    schemes = ("postgresql", "postgres")
    capabilities = Capabilities(
        schemas=True,
        estimates=True,
        explain=True,
        transactional_ddl=True,
        row_locks=True,
        edits=True,
        regex=True,
        routines=True,
        tls=True,
        heap_ranges=True,
    )
    grammar = PostgresGrammar()

    def available(self) -> str:
        return "" if find_spec("psycopg") else "psycopg is not installed"

    def open(self, target: Target) -> PostgresSession:
        try:
            from .pg.session import PostgresSession  # noqa: PLC0415  # lazy: the driver's libraries
        except ImportError as error:
            raise problem("connection.driver", detail=str(error)) from error
        return PostgresSession(target)


ENGINE = PostgresEngine()
