"""MySQL and MariaDB: PyMySQL connects, rows are read from the connection as the server's own text."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from embedded_server.wire.problem import problem

from .base import Capabilities, Engine, Target
from .my.grammar import MysqlGrammar

if TYPE_CHECKING:
    from .my.session import MysqlSession


class MysqlEngine(Engine):
    """MariaDB, run against 10.11; MySQL by the same words, but untested."""

    name = "mysql"
    title = "MySQL / MariaDB"
    schemes = ("mysql", "mariadb")
    capabilities = Capabilities(
        schemas=True,
        estimates=True,
        explain=True,
        row_locks=True,
        edits=True,
        regex=True,
        routines=True,
        tls=True,
    )
    grammar = MysqlGrammar()

    def available(self) -> str:
        return "" if find_spec("pymysql") else "PyMySQL is not installed"

    def open(self, target: Target) -> MysqlSession:
        try:
            from .my.session import MysqlSession  # noqa: PLC0415  # lazy: the driver
        except ImportError as error:
            raise problem("connection.driver", detail=str(error)) from error
        return MysqlSession(target)


ENGINE = MysqlEngine()
