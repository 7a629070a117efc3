"""Sorts and filters without an index, and reading a whole table: against the engines' own tools."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from embedded_server.wire.data import Filter, Order
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.bench.process import fresh
from tests.bench.window import LiveWindow, live_window

WINDOW = 200
MILLION = 1_000_000


def _lines(command: list[str], rows: int) -> Side:
    def side() -> Work:
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
        return Work(min(rows, done.stdout.count(b"\n")), len(done.stdout))

    return side


def _sqlite(path: Path, sql: str, rows: int) -> Side:
    return _lines(["sqlite3", "-readonly", str(path), sql], rows)


def _psql(conninfo: str, sql: str, rows: int) -> Side:
    return _lines(["psql", "-X", "-A", "-t", "-q", conninfo, "-c", sql], rows)


def _sorted(window: LiveWindow, url: str) -> Side:
    return lambda: window.work(url, limit=WINDOW, order_by=[Order("amount", desc=True)])


SORT = f"SELECT * FROM orders ORDER BY amount DESC LIMIT {WINDOW}"


def sort_sqlite(setting: Setting) -> Iterator[Case]:
    """First window of a sort by an unindexed column."""
    path = setting.orders_sqlite(setting.row_counts[-1])
    with live_window() as window:
        sides = {"sqlite3": _sqlite(path, SORT, WINDOW), "backlight": _sorted(window, str(path))}
        yield Case("unindexed sort, SQLite", sides, WINDOW, [Bar("backlight", "sqlite3", 1.3)])


def sort_postgres(setting: Setting) -> Iterator[Case]:
    """First window of a sort by an unindexed column."""
    rows = setting.row_counts[-1]
    with setting.orders_postgres() as server, live_window() as window:
        sides = {
            "psql": _psql(server.conninfo(rows), SORT, WINDOW),
            "backlight": _sorted(window, server.url(rows)),
        }
        yield Case("unindexed sort, PostgreSQL", sides, WINDOW, [Bar("backlight", "psql", 1.3)])


def _late_email(rows: int) -> str:
    from tests.bench.data import order  # noqa: PLC0415  # lazy: the generator costs a moment

    return str(order(rows * 9 // 10)[5])


def _found(window: LiveWindow, url: str, email: str) -> Side:
    """As the window asks: a page of matches that may end early."""

    def side() -> Work:
        answer = window.page(url, limit=WINDOW, filters=[Filter("email", "=", email)], early=True)
        return Work(min(1, len(answer.rows)), window.received)

    return side


def filter_sqlite(setting: Setting) -> Iterator[Case]:
    """First match of a filter without an index."""
    rows = setting.row_counts[-1]
    path, email = setting.orders_sqlite(rows), _late_email(rows)
    sql = f"SELECT * FROM orders WHERE email = '{email}' LIMIT 1"
    with live_window() as window:
        sides = {"sqlite3": _sqlite(path, sql, 1), "backlight": _found(window, str(path), email)}
        yield Case("first filter match, SQLite", sides, 1, [Bar("backlight", "sqlite3", 1.2)])


def filter_postgres(setting: Setting) -> Iterator[Case]:
    """First match of a filter without an index."""
    rows = setting.row_counts[-1]
    email = _late_email(rows)
    sql = f"SELECT * FROM orders WHERE email = '{email}' LIMIT 1"
    with setting.orders_postgres() as server, live_window() as window:
        sides = {
            "psql": _psql(server.conninfo(rows), sql, 1),
            "backlight": _found(window, server.url(rows), email),
        }
        yield Case("first filter match, PostgreSQL", sides, 1, [Bar("backlight", "psql", 1.2)])


def _everything(window: LiveWindow, url: str, **how: bool) -> Side:
    return lambda: window.everything(url, **how)


def stream_sqlite(setting: Setting) -> Iterator[Case]:
    """A million rows through to the window's columns, against the plain driver; both let go of the cells."""
    path = setting.orders_sqlite(MILLION)
    code = (
        "import sqlite3\nrows = size = 0\n"
        f"cursor = sqlite3.connect({str(path)!r}).execute('SELECT * FROM orders ORDER BY id')\n"
        "while block := cursor.fetchmany(5000):\n    rows += len(block)\n    size += len(block)\n"
    )
    with live_window() as window:
        sides = {"sqlite3": lambda: fresh(code), "backlight": _everything(window, str(path))}
        yield Case("a million rows, SQLite", sides, MILLION, [Bar("backlight", "sqlite3", 1.25)], rounds=3)


def stream_postgres(setting: Setting) -> Iterator[Case]:
    """A million rows through to the window's columns, against psql's own copy.

    Columns hold lines until somebody looks at them: what all seven million cells take is told beside it.
    """
    with setting.orders_postgres() as server, live_window() as window:
        copy, url = _psql(server.conninfo(MILLION), r"\copy orders to stdout", MILLION), server.url(MILLION)
        sides: dict[str, Side] = {
            "psql copy": copy,
            "backlight": _everything(window, url, held=True),
            "all cells made": _everything(window, url, looked_at=True),
        }
        yield Case(
            "a million rows, PostgreSQL", sides, MILLION, [Bar("backlight", "psql copy", 1.25)], rounds=3
        )


CASES: list[CaseMaker] = [
    sort_sqlite,
    sort_postgres,
    filter_sqlite,
    filter_postgres,
    stream_sqlite,
    stream_postgres,
]
