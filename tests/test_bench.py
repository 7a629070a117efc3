"""The benchmark's frame: it notices a dead transfer, judges ratios in the same run, and its data is exact."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.bench import frame
from tests.bench.case import Bar, Case, Setting, Work
from tests.bench.data import PostgresOrders, order, orders_sqlite
from tests.bench.process import fresh


def fixed(seconds: float, rows: int = 10) -> Work:
    return Work(rows, 100, seconds)


def judged(bar: Bar, **seconds: float) -> frame.Judged:
    sides = {name: (lambda value=value: fixed(value)) for name, value in seconds.items()}
    case = Case("x", sides, 10, [bar])
    return frame.judge(case, frame.measure(case, 1))[0]


def test_a_bar_is_a_ratio_plus_an_allowance() -> None:
    assert judged(Bar("a", "b", 2), a=0.2, b=0.1).share == pytest.approx(1)
    assert judged(Bar("a", "b", 1, plus_ms=100), a=0.3, b=0.1).share == pytest.approx(1.5)
    assert judged(Bar("a", limit=100), a=0.3).share == pytest.approx(3)


def test_a_dead_transfer_is_no_result() -> None:
    case = Case("x", {"ours": lambda: fixed(0.001, rows=9)}, 10, [])
    with pytest.raises(AssertionError, match="9 rows and 100 bytes arrived"):
        frame.measure(case, 1)
    with pytest.raises(AssertionError, match="at least 101 were due"):
        frame.measure(Case("x", {"ours": lambda: fixed(0.001)}, 10, [], least_bytes=101), 1)


def test_two_may_miss_but_not_by_much() -> None:
    good, near, far = (judged(Bar("a", limit=100), a=seconds) for seconds in (0.09, 0.14, 0.16))
    assert frame.verdict([good, near, near]) == 0
    assert frame.verdict([good, near, near, near]) == 1
    assert frame.verdict([good, far]) == 1
    assert frame.verdict([]) == 1


def test_a_fresh_process_tells_rows_and_peak() -> None:
    work = fresh("data = bytearray(50_000_000); rows, size = 3, len(data)")
    assert (work.rows, work.bytes) == (3, 50_000_000)
    assert work.peak_mb and work.peak_mb > 50 and work.seconds and work.seconds > 0


def test_cases_clean_up() -> None:
    seen = []

    def maker(setting: Setting) -> Iterator[Case]:
        try:
            yield Case("x", {}, 0, [])
        finally:
            seen.append("closed")

    with frame.made(maker, Setting(Path(), large=False)) as case:
        assert case.name == "x" and not seen
    assert seen == ["closed"]


def test_orders_are_the_same_in_both_engines_and_kept(tmp_path: Path, pg_server: object) -> None:
    path = orders_sqlite(tmp_path, 2_000)
    made = path.stat().st_mtime_ns
    assert orders_sqlite(tmp_path, 2_000).stat().st_mtime_ns == made
    columns = "id, customer_id, status, cast(amount as text), created_at, email, note"
    text = f"select {columns} from orders order by id"
    with sqlite3.connect(path) as connection:
        in_sqlite = connection.execute(
            text.replace("cast(amount as text)", "printf('%.2f', amount)")
        ).fetchall()
    for _ in range(2):  # the second time from the kept data directory
        with (
            PostgresOrders(tmp_path, [2_000]) as postgres,
            psycopg.connect(postgres.conninfo(2_000)) as connection,
        ):
            in_postgres = connection.execute(text.encode()).fetchall()
    assert in_sqlite == in_postgres == [order(n) for n in range(1, 2_001)]
    assert {row[6] is None for row in in_postgres} == {True, False}
