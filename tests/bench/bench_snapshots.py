"""Jumps where no key leads: by a remembered order, and by blocks in a table without a key."""

from __future__ import annotations

import random
from collections.abc import Iterator

import psycopg

from embedded_server.wire.snapshots import SNAPSHOT, SnapshotRequest
from tests.bench.case import Bar, Case, CaseMaker, Setting, Side, Work
from tests.bench.window import LiveWindow, live_window

FIRST = 200
# Milliseconds from the wish to the columns.
LIMIT = 20
ORDER = ["amount"]


def _jumps(window: LiveWindow, url: str, rows: int) -> dict[str, Side]:
    """Random places of the order, once it is remembered."""
    window.page(url, limit=FIRST, order_by=ORDER)
    made = window.listen(SNAPSHOT, SnapshotRequest(connection=url, table="orders", order_by=ORDER))
    assert made.rows == rows
    places = random.Random(9)

    def jump() -> Work:
        answer = window.page(url, limit=FIRST, order_by=ORDER, row=places.randrange(1, rows - FIRST))
        assert answer.access == "snapshot"
        return Work(len(answer.rows), window.received)

    return {"jump": jump}


def sorted_sqlite(setting: Setting) -> Iterator[Case]:
    """Later jumps after an unindexed sort."""
    rows = setting.row_counts[-1]
    with live_window() as window:
        sides = _jumps(window, str(setting.orders_sqlite(rows)), rows)
        bars = [Bar("jump", limit=LIMIT)]
        yield Case("jump after an unindexed sort, SQLite", sides, FIRST, bars, rounds=40)


def sorted_postgres(setting: Setting) -> Iterator[Case]:
    """Later jumps after an unindexed sort."""
    rows = setting.row_counts[-1]
    with setting.orders_postgres() as server, live_window() as window:
        sides = _jumps(window, server.url(rows), rows)
        bars = [Bar("jump", limit=LIMIT)]
        yield Case("jump after an unindexed sort, PostgreSQL", sides, FIRST, bars, rounds=40)


def heap_postgres(setting: Setting) -> Iterator[Case]:
    """Middle and end of a table that has neither key nor order."""
    rows = setting.row_counts[0]
    with setting.orders_postgres() as server, live_window() as window:
        with psycopg.connect(server.conninfo(rows), autocommit=True) as connection:
            connection.execute("create table if not exists heap as select status, amount, note from orders")
            connection.execute("vacuum (analyze) heap")
        url, places = server.url(rows), random.Random(9)

        def middle() -> Work:
            answer = window.page(url, "heap", limit=FIRST, row=places.randrange(20_000, rows - 20_000))
            assert answer.access == "ctid"
            return Work(len(answer.rows), window.received)

        def last() -> Work:
            return Work(len(window.page(url, "heap", limit=FIRST, last=True).rows), window.received)

        window.page(url, "heap", limit=FIRST)
        bars = [Bar("middle", limit=LIMIT), Bar("last", limit=LIMIT)]
        sides: dict[str, Side] = {"middle": middle, "last": last}
        yield Case("jump in a table without a key, PostgreSQL", sides, FIRST, bars, rounds=40)


CASES: list[CaseMaker] = [sorted_sqlite, sorted_postgres, heap_postgres]
