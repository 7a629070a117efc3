"""Before and after in turn: what the server saw at each request, and how the database is afterwards."""

from __future__ import annotations

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from embedded_server.explain.service import HANDLERS as EXPLAIN
from embedded_server.wire.connections import Profile
from embedded_server.wire.http import (
    GET,
    LIST,
    REPLAY,
    Alternate,
    Draft,
    GetRequest,
    ListRequest,
    ReplayRequest,
)
from tests.http.conftest import Desk
from tests.http.recorder import Recorder, said

INDEX = ["status", "created_at"]
SLOW = "SELECT id FROM orders WHERE status = 'open' ORDER BY created_at LIMIT 3"


class Shop:
    """A server that asks its database at each request, and what was there when it did."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: list[tuple[str, bool]] = []
        with closing(sqlite3.connect(path)) as database:
            database.executescript(
                "CREATE TABLE orders (id integer PRIMARY KEY, status text, created_at integer);"
                "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 40000)"
                " INSERT INTO orders SELECT n, CASE n % 50 WHEN 0 THEN 'open' ELSE 'done' END, n * 79 % 10007"
                " FROM c;"
            )

    def indexes(self) -> list[str]:
        with closing(sqlite3.connect(self.path)) as database:
            return [row[1] for row in database.execute("PRAGMA index_list(orders)")]

    def answer(self, request: bytes, connection: Any) -> bool:
        run = re.search(rb"X-Backlight-Run: (\w+)/", request)
        with closing(sqlite3.connect(self.path)) as database:
            rows = database.execute(SLOW).fetchall()
            there = bool(database.execute("PRAGMA index_list(orders)").fetchall())
        self.seen.append((run[1].decode() if run else "", there))
        connection.sendall(said(repr(rows).encode()))
        return True


@pytest.fixture
def shop(tmp_path: Path, recorder: Recorder, desk: Desk) -> Shop:
    made = Shop(tmp_path / "shop.db")
    recorder.answer = made.answer
    desk.services.handlers.update({endpoint.name: act for endpoint, act in EXPLAIN.items()})
    return made


def asked(shop: Shop, recorder: Recorder, **fields: Any) -> ReplayRequest:
    index = Alternate(connection=str(shop.path), table="orders", columns=INDEX)
    draft = Draft(method="GET", url=f"{recorder.url}/orders")
    return ReplayRequest(**({"request": draft, "count": 12, "warm_up": 1, "alternate": index} | fields))


def test_each_half_saw_its_own_database_and_the_gain_is_proven(
    desk: Desk, shop: Shop, recorder: Recorder
) -> None:
    answer = desk.call(REPLAY, asked(shop, recorder))
    comparison = answer.comparison
    assert (
        comparison.verdict.timing == "faster" and len(comparison.before_ms) == len(comparison.after_ms) == 12
    )
    assert "in turn" in comparison.notes[0] and not [one for one in comparison.diff if not one.noise]
    by_run = {run: {there for one, there in shop.seen if one == run} for run, _ in shop.seen}
    assert by_run == {comparison.before_run: {False}, answer.run: {True}}
    order = [
        run for number, (run, _) in enumerate(shop.seen) if not number or shop.seen[number - 1][0] != run
    ]
    assert len(order) >= 5, "they took turns"
    assert shop.indexes() == [], "as it was before"
    stored = {one.run: one.median_ms for one in desk.call(LIST, ListRequest()).runs}
    assert stored[comparison.before_run] > stored[answer.run] > 0
    assert len(desk.call(GET, GetRequest(run=comparison.before_run)).replay.runs) == 12


def test_an_index_that_is_there_is_there_afterwards(desk: Desk, shop: Shop, recorder: Recorder) -> None:
    with closing(sqlite3.connect(shop.path)) as database:
        database.execute("CREATE INDEX mine ON orders (status, created_at)")
    answer = desk.call(REPLAY, asked(shop, recorder, count=4))
    assert {there for run, there in shop.seen if run == answer.comparison.before_run} == {False}
    assert shop.indexes() == ["mine"]


def test_whatever_ends_it_the_index_is_as_it_was(desk: Desk, shop: Shop, recorder: Recorder) -> None:
    def leave(request: bytes, connection: Any) -> bool:
        if len(shop.seen) >= 4:
            return False
        return shop.answer(request, connection)

    recorder.answer = leave
    assert desk.refused(REPLAY, asked(shop, recorder)).code in ("http.broken", "http.unreachable")
    assert shop.indexes() == []


def test_a_cancel_leaves_the_index_as_it_was(desk: Desk, shop: Shop, recorder: Recorder) -> None:
    cancelled = threading.Event()

    def answer(request: bytes, connection: Any) -> bool:
        if len(shop.seen) == 5 and not cancelled.is_set():
            cancelled.set()
            desk.services.jobs.cancel("alternating")
        return shop.answer(request, connection)

    recorder.answer = answer
    assert desk.refused(REPLAY, asked(shop, recorder), "alternating").code == "job.cancelled"
    assert cancelled.is_set() and shop.indexes() == []


def test_not_on_a_connection_that_others_use(desk: Desk, shop: Shop, recorder: Recorder) -> None:
    desk.services.store.profiles.save(Profile("theirs", f"sqlite:///{shop.path}", "shared", read_only=False))
    index = Alternate(connection="theirs", table="orders", columns=INDEX)
    assert desk.refused(REPLAY, asked(shop, recorder, alternate=index)).code == "explain.not_local"
    assert shop.seen == []


def test_the_question_before_writes_tells_how_many_there_will_be(
    desk: Desk, shop: Shop, recorder: Recorder
) -> None:
    request = asked(shop, recorder, request=Draft(method="POST", url=f"{recorder.url}/orders"), warm_up=2)
    refused = desk.refused(REPLAY, request)
    assert refused.code == "http.confirm" and recorder.requests == []
    desk.call(REPLAY, msgspec.structs.replace(request, confirm="127.0.0.1"))
    assert f"POST × {len(recorder.requests)} to " in refused.detail
