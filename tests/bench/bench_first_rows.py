"""The first rows of a SELECT that has a million: from Ctrl+Enter until the window holds them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator

import psycopg

from embedded_server.wire.console import RUN, RunRequest
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.bench.window import LiveWindow, live_window

MILLION = 1_000_000
FIRST = 200
ALL = "SELECT * FROM orders"
SORTED = "SELECT * FROM orders ORDER BY email"


def _shown(window: LiveWindow, url: str, sql: str) -> Side:
    """As the SQL tab runs it: in its own session, which gives up what is left of the run before."""

    def side() -> Work:
        answer = window.ask(RUN, RunRequest(connection=url, sql=sql, session="bench", limit=FIRST))
        (result,) = answer.statements
        assert result.more and len(result.rows) == FIRST
        return Work(FIRST, window.received)

    return side


def _fetched(execute: Callable[[str], sqlite3.Cursor | psycopg.Cursor], sql: str) -> Side:
    """The driver as it is used by default."""

    def side() -> Work:
        return Work(len(execute(sql).fetchmany(FIRST)))

    return side


def first_rows_postgres(setting: Setting) -> Iterator[Case]:
    """The driver reads all rows before it gives the first ones."""
    with (
        setting.orders_postgres() as server,
        psycopg.connect(server.conninfo(MILLION), autocommit=True) as raw,
        live_window() as window,
    ):
        sides = {
            "driver": _fetched(lambda sql: raw.execute(sql.encode()), ALL),
            "backlight": _shown(window, server.url(MILLION), ALL),
        }
        yield Case("first rows of a million, PostgreSQL", sides, FIRST, [Bar("backlight", "driver", 1.3)])


def _sqlite(setting: Setting, name: str, sql: str, bar: Bar) -> Iterator[Case]:
    path = setting.orders_sqlite(MILLION)
    raw = sqlite3.connect(path)
    with live_window() as window:
        sides = {"driver": _fetched(raw.execute, sql), "backlight": _shown(window, str(path), sql)}
        yield Case(name, sides, FIRST, [bar])
    raw.close()


def first_rows_sqlite(setting: Setting) -> Iterator[Case]:
    """In the table's own order the driver needs less than a call between two processes: 3 ms are allowed."""
    yield from _sqlite(setting, "first rows of a million, SQLite", ALL, Bar("backlight", "driver", 1.3, 3.0))


def first_rows_sorted(setting: Setting) -> Iterator[Case]:
    """Sorted without an index."""
    yield from _sqlite(setting, "first rows of a million sorted", SORTED, Bar("backlight", "driver", 1.3))


CASES: list[CaseMaker] = [first_rows_postgres, first_rows_sqlite, first_rows_sorted]
