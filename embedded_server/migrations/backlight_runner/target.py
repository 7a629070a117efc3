"""The database that was chosen, and whether a connection leads to it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Tuple
from urllib.parse import unquote

from sqlalchemy.engine import URL, make_url

LOOPBACK = {"", "localhost", "127.0.0.1", "::1"}
PORTS = {"postgresql": 5432, "mysql": 3306}
DRIVERS = {
    "postgresql": ("psycopg", "psycopg2", "pg8000"),
    "mysql": ("pymysql", "MySQLdb", "mysql.connector"),
}
ASYNC_DRIVERS = {
    "postgresql": ("asyncpg", "psycopg"),
    "mysql": ("aiomysql", "asyncmy"),
    "sqlite": ("aiosqlite",),
}
PLACES = (
    "host",
    "hostaddr",
    "port",
    "dbname",
    "database",
    "db",
    "user",
    "password",
    "passwd",
    "unix_socket",
    "dsn",
)
SPELLED = {"MySQLdb": "mysqldb", "mysql.connector": "mysqlconnector"}


def family(name: str) -> str:
    """The product that a dialect speaks to."""
    name = name.split("+")[0]
    return {"mariadb": "mysql", "postgres": "postgresql"}.get(name, name)


class Target:
    """Engine, place and login as the server knows them; `identity` is what must agree."""

    def __init__(self, parts: dict[str, Any]) -> None:
        self.engine = family(parts["engine"])
        self.host = str(parts.get("host") or "")
        self.port = int(parts.get("port") or PORTS.get(self.engine, 0))
        self.database = str(parts.get("database") or "")
        self.username: str | None = parts.get("username")
        self.password: str | None = parts.get("password")
        self.query: dict[str, Any] = dict(parts.get("query") or {})
        named = {"host": self.host, "port": self.port, "database": self.database}
        named.update({name: value for name, value in self.query.items() if name in PLACES})
        self.identity = identity(self.engine, [self.database], named)

    def url(self, like: str = "", asynchronous: bool = False) -> URL:
        """The target for SQLAlchemy, with the driver that `like` names or the first that is installed."""
        return URL.create(
            self._driver(like, asynchronous),
            self.username,
            self.password,
            self.host or None,
            self.port if self.host else None,
            self.database,
            {str(name): value for name, value in self.query.items()},
        )

    def _driver(self, like: str, asynchronous: bool) -> str:
        if like and family(like) == self.engine:
            return like
        known = (ASYNC_DRIVERS if asynchronous else DRIVERS).get(self.engine, ())
        for module in known:
            if _installed(module):
                return "%s+%s" % (self.engine, SPELLED.get(module, module))
        return self.engine

    def shown(self) -> str:
        """Where it is, without the password."""
        return shown(self.identity)


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except (ImportError, ValueError):
        return False


def driver_of(text: str | None) -> str:
    """The dialect and driver that a URL's text names, "" if it is none."""
    if not text:
        return ""
    try:
        return make_url(text).drivername
    except Exception:
        return ""


Identity = Tuple[str, ...]


def identity(engine: str, places: Sequence[Any], named: dict[str, Any]) -> Identity:
    """What tells two databases apart: the file, or host, port and name."""
    if engine == "sqlite":
        return (engine, _file(str(places[0] if places else named.get("database", ""))))
    host = str(named.get("unix_socket") or named.get("host") or named.get("hostaddr") or "")
    port = str(named.get("port") or PORTS.get(engine, ""))
    database = str(named.get("dbname") or named.get("database") or named.get("db") or "")
    if host.startswith("/"):
        place = os.path.realpath(host)
    else:
        place = "loopback" if host.lower() in LOOPBACK else host.lower()
    return (engine, place, port, database)


def _file(database: str) -> str:
    if database.startswith("file:"):
        database = unquote(database[5:].split("?", 1)[0])
    if database in ("", ":memory:"):
        return ":memory:"
    return os.path.realpath(database)


def shown(found: Identity) -> str:
    """An identity for a person."""
    if found[0] == "sqlite":
        return "SQLite %s" % found[1]
    return "%s %s:%s/%s" % (found[0], found[1], found[2], found[3])


def replace(arguments: list[Any], named: dict[str, Any], other: tuple[Any, dict[str, Any]]) -> None:
    """Lead a connection elsewhere; what is no place or login stays."""
    places, values = other
    arguments[:] = list(places)
    for name in PLACES:
        named.pop(name, None)
    named.update(values)
