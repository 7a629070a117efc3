"""Pages of a result: never more rows than asked for, never more bytes than a page carries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from embedded_server.console.results import PAGE_BYTES, OpenResult
from embedded_server.engines.base import Reading, Session, Target
from embedded_server.engines.registry import engines
from embedded_server.wire.values import RowBlock


class Counting(Reading):
    """A real reading that notes how many rows were taken of it."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self.columns = reading.columns
        self.taken = 0

    def block(self, rows: int) -> RowBlock:
        found = self._reading.block(rows)
        self.taken += len(found)
        return found

    def close(self) -> None:
        self._reading.close()


@pytest.fixture
def session(tmp_path) -> Iterator[Session]:
    (tmp_path / "r.db").touch()
    opened = engines()["sqlite"].open(Target(f"sqlite:///{tmp_path}/r.db", read_only=False))
    yield opened
    opened.close()


def numbers(session: Session, count: int, more: str = "") -> Counting:
    sql = (
        f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT {count}) SELECT n{more} FROM c"
    )
    return Counting(session.execute(sql))


def first(rows: RowBlock) -> Sequence[object]:
    return list(rows.columns[0])


def test_a_page_takes_one_row_more_than_it_shows(session: Session) -> None:
    reading = numbers(session, 1_000_000)
    result = OpenResult(reading)
    assert first(result.page(100)) == list(range(1, 101))
    assert (reading.taken, result.more) == (101, True)
    assert first(result.page(50)) == list(range(101, 151))
    assert (reading.taken, result.more) == (151, True)


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 200, 201])
def test_more_is_known_and_not_guessed(session: Session, count: int) -> None:
    result = OpenResult(numbers(session, count) if count else Counting(session.execute("SELECT 1 WHERE 0")))
    found: list[object] = []
    while True:
        found += first(result.page(100))
        if not result.more:
            break
        assert len(found) < count
    assert found == list(range(1, count + 1))


def test_heavy_rows_come_in_smaller_pages(session: Session) -> None:
    reading = numbers(session, 1000, ", hex(zeroblob(10000))")
    result = OpenResult(reading)
    rows = result.page(1000)
    assert result.more
    size = sum(len(str(cell)) for cell in rows.columns[1])
    assert PAGE_BYTES / 2 < size < PAGE_BYTES * 1.6
    rest = 0
    while result.more:
        rest += len(result.page(1000))
    assert len(rows) + rest == 1000


def test_a_single_heavy_row_is_shown(session: Session) -> None:
    result = OpenResult(numbers(session, 3, "".join(f", hex(zeroblob(30000)) AS c{i}" for i in range(20))))
    seen = [len(result.page(10))]
    while result.more:
        seen.append(len(result.page(10)))
    assert sum(seen) == 3 and min(seen) >= 1


def test_draining_counts_what_is_not_shown(session: Session) -> None:
    reading = numbers(session, 2500)
    result = OpenResult(reading)
    result.page(10)
    assert result.drain() == 2490
    assert (reading.taken, result.more) == (2500, False)
