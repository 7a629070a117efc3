"""Pages: known key, first rows of small and large tables, jumps; from the window's wish to its columns."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator

import psycopg

from embedded_server.wire.connections import CLOSE, ConnectionRequest
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.bench.window import LiveWindow, live_window

ROWS = 1_000
FIRST = 200
COLUMNS = "id, customer_id, status, amount, created_at, email, note"


def _keyed(window: LiveWindow, url: str) -> Side:
    """The page behind a known key, another one at each call."""
    start = window.page(url, limit=ROWS)
    place = {"after": start.next}

    def side() -> Work:
        answer = window.page(url, limit=ROWS, after=place["after"])
        place["after"] = answer.next
        return Work(len(answer.rows), window.received)

    return side


def page_sqlite(setting: Setting) -> Iterator[Case]:
    """A page of 1,000 rows, key known: at most 3 ms over the raw driver."""
    path = setting.orders_sqlite(1_000_000)
    raw = sqlite3.connect(path)
    place = {"id": 0}

    def driver() -> Work:
        rows = raw.execute(
            f"SELECT {COLUMNS} FROM orders WHERE id > ? ORDER BY id LIMIT {ROWS}", (place["id"],)
        )
        fetched = rows.fetchall()
        place["id"] = fetched[-1][0]
        return Work(len(fetched))

    with live_window() as window:
        sides = {"raw": driver, "backlight": _keyed(window, str(path))}
        yield Case("page of 1,000 rows, SQLite", sides, ROWS, [Bar("backlight", "raw", plus_ms=3)], rounds=40)
    raw.close()


def page_postgres(setting: Setting) -> Iterator[Case]:
    """The same on PostgreSQL: at most twice the raw driver."""
    with (
        setting.orders_postgres() as server,
        psycopg.connect(server.conninfo(1_000_000)) as raw,
        live_window() as window,
    ):
        place = {"id": 0}

        def driver() -> Work:
            sql = f"SELECT {COLUMNS} FROM orders WHERE id > %s ORDER BY id LIMIT {ROWS}"
            fetched = raw.execute(sql.encode(), (place["id"],)).fetchall()
            place["id"] = fetched[-1][0]
            return Work(len(fetched))

        sides = {"raw": driver, "backlight": _keyed(window, server.url(1_000_000))}
        yield Case("page of 1,000 rows, PostgreSQL", sides, ROWS, [Bar("backlight", "raw", 2)], rounds=40)


def _opened(window: LiveWindow, url: str) -> Side:
    """First rows through a connection that has to be opened."""

    def side() -> Work:
        window.ask(CLOSE, ConnectionRequest(url))
        return window.work(url, limit=FIRST)

    return side


def _large(setting: Setting) -> int:
    return setting.row_counts[-1]


def first_rows_sqlite(setting: Setting) -> Iterator[Case]:
    """First rows of 10 M as fast as of 1 M."""
    with live_window() as window:
        sides = {
            f"{rows:,}": _opened(window, str(setting.orders_sqlite(rows))) for rows in setting.row_counts
        }
        bars = [Bar(f"{_large(setting):,}", "1,000,000", 1.5)]
        yield Case("first rows, SQLite", sides, FIRST, bars, rounds=15)


def first_rows_postgres(setting: Setting) -> Iterator[Case]:
    """First rows of 10 M as fast as of 1 M."""
    with setting.orders_postgres() as server, live_window() as window:
        sides = {f"{rows:,}": _opened(window, server.url(rows)) for rows in setting.row_counts}
        bars = [Bar(f"{_large(setting):,}", "1,000,000", 1.5)]
        yield Case("first rows, PostgreSQL", sides, FIRST, bars, rounds=15)


def _jumps(window: LiveWindow, url: str, rows: int) -> dict[str, Side]:
    places = random.Random(5)
    window.work(url, limit=FIRST)

    def jump() -> Work:
        return window.work(url, limit=FIRST, row=places.randrange(rows - FIRST))

    return {"first page": lambda: window.work(url, limit=FIRST), "jump": jump}


def jump_sqlite(setting: Setting) -> Iterator[Case]:
    """Anywhere by key."""
    rows = _large(setting)
    with live_window() as window:
        sides = _jumps(window, str(setting.orders_sqlite(rows)), rows)
        yield Case("jump anywhere, SQLite", sides, FIRST, [Bar("jump", "first page", 1.5)], rounds=40)


def jump_postgres(setting: Setting) -> Iterator[Case]:
    """Anywhere by key."""
    rows = _large(setting)
    with setting.orders_postgres() as server, live_window() as window:
        sides = _jumps(window, server.url(rows), rows)
        yield Case("jump anywhere, PostgreSQL", sides, FIRST, [Bar("jump", "first page", 1.5)], rounds=40)


CASES: list[CaseMaker] = [
    page_sqlite,
    page_postgres,
    first_rows_sqlite,
    first_rows_postgres,
    jump_sqlite,
    jump_postgres,
]
