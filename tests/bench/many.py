"""Databases with 30,000 real tables, and the number of statements that reached them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pymysql

from tests.servers.base import server_root
from tests.servers.mariadb import MariadbServer
from tests.servers.postgres import PostgresServer

TABLES = 30_000
BATCH = 500
WORDS = ("order", "invoice", "stock", "user", "event", "price", "media", "audit")


def name_of(number: int) -> str:
    return f"{WORDS[number % 8]}_{WORDS[number // 8 % 8]}_{number:05d}"


@dataclass
class Many:
    """`url` to open; `statements()` tells which ones the server was sent since the last call."""

    url: str
    statements: Callable[[], list[str]]


@contextlib.contextmanager
def postgres() -> Iterator[Many]:
    """Its log tells each statement."""
    settings = {"max_locks_per_transaction": "2048", "log_statement": "all", "shared_buffers": "128MB"}
    server = PostgresServer(server_root(), "pgmany", settings=settings)
    try:
        server.create()
        for first in range(0, TABLES, BATCH):
            names = [name_of(number) for number in range(first, first + BATCH)]
            server.execute(";".join(f"create table {name}(id bigint primary key, v text)" for name in names))
        server.execute(
            ";".join(f"insert into {name_of(n)} values (1, 'here')" for n in range(0, TABLES, 997))
        )
        server.execute("vacuum analyze pg_class")
        log = server.folder / "log"
        yield Many(
            server.url(), _Tail(log, re.compile(r"LOG:  (?:statement|execute <unnamed>):\s*(.*)")).read
        )
    finally:
        if server.pid:
            server.stop()


@contextlib.contextmanager
def mariadb() -> Iterator[Many]:
    """Its general log tells each statement; SET NAMES is part of how the driver connects."""
    server = MariadbServer(
        server_root(),
        "mymany",
        settings={"innodb-file-per-table": "0", "table-open-cache": "2000", "general-log-file": "general"},
    )
    try:
        server.create().execute("create database many")
        with pymysql.connect(unix_socket=str(server.socket), user="root", database="many") as connection:
            cursor = connection.cursor()
            for number in range(TABLES):
                cursor.execute(f"create table {name_of(number)}(id bigint primary key, v text)")
            for number in range(0, TABLES, 997):
                cursor.execute(f"insert into {name_of(number)} values (1, 'here')")
            connection.commit()
            cursor.execute("set global general_log = 1")
        log = server.folder / "data" / "general"
        yield Many(server.url("many"), _Tail(log, re.compile(r"\t\s*\d+ Query\t\s*(?!SET NAMES)(.*)")).read)
    finally:
        if server.pid:
            server.stop()


class _Tail:
    """What was added to a log since the last look."""

    def __init__(self, path: object, pattern: re.Pattern[str]) -> None:
        self._path, self._pattern, self._seen = path, pattern, 0

    def read(self) -> list[str]:
        with open(str(self._path), encoding="utf-8", errors="replace") as file:
            file.seek(self._seen)
            text = file.read()
            self._seen = file.tell()
        return self._pattern.findall(text)
