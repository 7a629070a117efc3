"""Searches against GNU grep: the same lines, the same numbers, the same text."""

from __future__ import annotations

import base64
import threading
import time

import pytest

from embedded_server.logs import scanner
from embedded_server.wire.logs import ROW_BYTES, SEARCH, LogRow, SearchRequest
from embedded_server.wire.problem import ProblemError
from tests.waiting import wait_until

from .corpus import PATTERNS, files, grep, record


def bytes_of(row: LogRow) -> bytes:
    return base64.b64decode(row.raw) if row.raw else row.text.encode()


def same(found: list[LogRow], wanted: list[tuple[int, bytes]]) -> None:
    assert [row.line for row in found] == [number for number, _ in wanted]
    for row, (_, text) in zip(found, wanted, strict=True):
        assert bytes_of(row)[: ROW_BYTES - 4] == text[: ROW_BYTES - 4]
        assert row.bytes == len(text) and row.cut == (len(text) > ROW_BYTES)


@pytest.mark.slow
def test_twenty_patterns_on_ten_files_equal_grep(desk, tmp_path):
    compared = 0
    for path in files(tmp_path):
        desk.open(path)
        for pattern in PATTERNS:
            same(desk.search(path, pattern), grep(path, pattern))
            compared += 1
        same(desk.search(path, "took [", literal=True), grep(path, "took [", "-F"))
        same(desk.search(path, "TRACEBACK", ignore_case=True), grep(path, "TRACEBACK", "-i", "-E"))
    assert compared == 200


@pytest.mark.parametrize("pattern", ["took", "^$", "é", "x*", "user=(1|2|3) ", "ms$"])
def test_pythons_patterns_find_the_same_where_ripgrep_is_missing(desk, tmp_path, monkeypatch, pattern):
    """The fallback, run by the worker's own code in this process."""
    monkeypatch.setattr(scanner, "ripgrep", lambda: None)
    for path in files(tmp_path):
        same(found_here(path, pattern), grep(path, pattern))


def found_here(path, pattern: str) -> list[LogRow]:
    from embedded_server.logs.search import Search  # noqa: PLC0415  # lazy: numpy
    from embedded_server.logs.source import Source  # noqa: PLC0415  # lazy: numpy

    source = Source("a", str(path), "file", "a", "")
    while source.advance():
        pass
    search = Search(source, SearchRequest(source="a", pattern=pattern))
    assert search.engine == "re"
    pause = threading.Event()
    while not search.done:
        search.pump()
        pause.wait(0.002)
    rows = search.rows_from(0, 1 << 30)
    while rows and rows[-1].row < search.count - 1:
        rows += search.rows_from(rows[-1].row + 1, 1 << 30)
    source.follower.close()
    return rows


@pytest.mark.parametrize("pattern", ["Trace(?=back)", r"(\d)\1\1\1", "(?<=user=)5 "])
def test_what_ripgrep_cannot_say_is_found_by_pythons_patterns(desk, tmp_path, pattern):
    path = files(tmp_path)[0]
    batches = desk.batches(path, pattern)
    assert batches[-1].engine == "re"
    same([line for batch in batches for line in batch.lines], grep(path, pattern, "-P"))


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2,1}", "(?P<x>", "a\nb"])
def test_a_bad_pattern_is_a_problem(desk, tmp_path, pattern):
    path = files(tmp_path)[0]
    refused = desk.refused(SEARCH, SearchRequest(source=str(path), pattern=pattern))
    assert refused.code == "logs.pattern" and refused.detail


def test_levels_and_times_narrow_a_search(desk, tmp_path):
    path = tmp_path / "a.log"
    lines = [record(n, "ERROR" if n % 7 == 0 else "INFO") for n in range(20_000)]
    lines[701:701] = ["Traceback (most recent call last):", "ValueError: no"]
    path.write_text("\n".join(lines) + "\n")
    errors = desk.search(path, levels=["error"])
    starts = [row.line for row in errors if row.start]
    assert starts == [n for n, line in enumerate(lines, 1) if " ERROR " in line]
    assert {row.line for row in errors if not row.start} == {702, 703}
    both = desk.search(path, "user=(5|6) ", levels=["error"])
    wanted = [
        n for n, line in enumerate(lines, 1) if " ERROR " in line and ("user=5 " in line or "user=6 " in line)
    ]
    assert [row.line for row in both] == wanted
    since, until = "2026-11-26 10:30:00", "2026-11-26 10:31:00,000"
    timed = desk.search(path, "user=5 ", since=since, until=until)
    wanted = [
        n
        for n, line in enumerate(lines, 1)
        if since <= line[:19] and line[:23] <= until and "user=5 " in line
    ]
    assert [row.line for row in timed] == wanted and wanted
    assert desk.refused(SEARCH, SearchRequest(source=str(path), since="soon")).code == "request.invalid"


@pytest.mark.timing
def test_cancel_ends_a_search_at_once(desk, tmp_path):
    """A pattern that would take Python's engine for ever, given up by its caller."""
    path = tmp_path / "a.log"
    path.write_text(("a" * 40 + "b\n") * 50)
    found: list[float] = []
    took: list[float] = []
    while not took or (min(took) > 0.1 and len(took) < 6):
        call = threading.Thread(target=_searching, args=(desk, path, found))
        call.start()
        wait_until(desk.services.jobs.jobs, "the search runs")
        call.join(0.5)
        begun = time.monotonic()
        desk.services.jobs.cancel(desk.services.jobs.jobs()[0].id)
        call.join(10)
        took.append(found[-1] - begun)
    assert min(took) < 0.1 and len(found) == len(took)
    assert desk.state(path).count == 50


def _searching(desk, path, found: list[float]) -> None:
    try:
        desk.batches(path, "(a+)+(?=c)")
    except ProblemError as error:
        if error.problem.code == "job.cancelled":
            found.append(time.monotonic())


def test_a_view_keeps_its_hits_and_follows_the_file(desk, tmp_path):
    path = files(tmp_path)[4]
    first = desk.search(path, "ERROR", view="main")
    assert [row.line for row in desk.all_rows(path, view="main")] == [row.line for row in first]
    with path.open("a") as file:
        file.write(" and more ERROR\n" + record(1, "ERROR") + "\n" + record(2) + "\n" + record(3, "ERROR"))
    wanted = grep(path, "ERROR")
    rows = desk.rows(path, view="main", last=True, limit=3)
    deadline = time.monotonic() + 20
    while rows.count < len(wanted) and time.monotonic() < deadline:
        rows = desk.rows(path, view="main", last=True, limit=3)
    assert rows.count == len(wanted)
    same(rows.rows, wanted[-3:])
    same(desk.all_rows(path, view="main"), wanted)
