"""The block index says what reading line by line would say, for any bytes and however they arrived."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from embedded_server.logs import index as index_module
from embedded_server.logs.formats import forced, formats
from embedded_server.logs.levels import NAMES
from embedded_server.logs.segment import Segment

LINES = [sample["text"].encode() for form in formats().values() for sample in form.file.samples]
CONTINUED = [b"Traceback (most recent call last):", b'  File "a.py", line 3, in f', b"", b"\r", b"x" * 9000]
LEVELS = [b"DEBUG", b"INFO", b"WARNING", b"WARN", b"ERROR", b"CRITICAL", b"ERRORS", b"INFORMAL", b"debug"]
STARTS = [
    b"2026-11-26 10:00:00,123 ",
    b"2026-11-26 10:00:00 ",
    b"[2026-11-26 10:00:00,123] ",
    b"2026-11-2 x",
    b"",
]

line = st.one_of(
    st.sampled_from(LINES + CONTINUED),
    st.binary(max_size=60).map(lambda data: data.replace(b"\n", b" ")),
    st.tuples(
        st.sampled_from(STARTS),
        st.sampled_from([b"", b"[", b"shop - ", b"- shop - "]),
        st.sampled_from(LEVELS),
    ).map(lambda parts: b"".join(parts) + b" in shop: text"),
)


def indexed(segment: Segment) -> Segment:
    segment.grow(segment.measure())
    while segment.index.advance(segment.size):
        pass
    return segment


def check(segment: Segment, data: bytes) -> None:
    lines = data.split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    assert segment.count() == len(lines)
    counts = Counter(segment.reading.code(line) for line in lines)
    assert Counter({code: int(n) for code, n in enumerate(segment.index.levels()) if n}) == counts
    offset = 0
    for number, text in enumerate(lines):
        if number % max(1, len(lines) // 50) == 0 or number == len(lines) - 1:
            assert segment.start_of(number) == offset
            assert segment.number_of(offset) == number
            assert segment.line_at(offset).length == len(text)
        offset += len(text) + 1


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    lines=st.lists(line, max_size=40), ended=st.booleans(), cuts=st.lists(st.integers(0, 4000), max_size=4)
)
@example(lines=[b"[2026-11-26 10:00:00,123] ERROR in app: Exception", b"x"], ended=False, cuts=[32])
def test_counts_equal_reading_line_by_line(tmp_path: Path, lines, ended, cuts):
    data = b"\n".join(lines) + (b"\n" if ended and lines else b"")
    path = tmp_path / "a.log"
    path.write_bytes(data)
    segment = Segment(str(path))
    reading = segment.reading
    segment.close()
    path.write_bytes(b"")
    segment = Segment(str(path), reading)
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        path.write_bytes(data[:cut])
        check(indexed(segment), data[:cut])
    segment.close()


@pytest.mark.parametrize("seed", range(4))
def test_blocks_of_any_size_agree(tmp_path, monkeypatch, seed):
    """Small blocks put their edges everywhere: inside times, levels, line feeds and long lines."""
    chance = random.Random(seed)
    lines = [chance.choice(LINES + CONTINUED) for _ in range(600)]
    data = b"\n".join(lines)
    path = tmp_path / "a.log"
    path.write_bytes(data[: len(data) // 3])
    for module in ("index", "segment", "hits"):
        monkeypatch.setattr(f"embedded_server.logs.{module}.BLOCK", chance.choice((1000, 4096, 12345)))
    monkeypatch.setattr("embedded_server.logs.segment.BLOCK", index_module.BLOCK)
    segment = indexed(Segment(str(path)))
    check(segment, data[: len(data) // 3])
    for part in (len(data) // 2, len(data) - 7, len(data)):
        path.write_bytes(data[:part])
        check(indexed(segment), data[:part])
    segment.close()


def test_words_that_only_begin_like_levels_begin_no_record(tmp_path):
    path = tmp_path / "a.log"
    words = ("ERROR", "ERRORS", "INFORMAL", "WARN", "WARNING", "WARNINGS", "DEBUGGER", "info")
    lines = [f"2026-11-26 10:00:0{n % 10},123 {word} shop: text" for n in range(40) for word in words]
    path.write_text("\n".join(["2026-11-26 10:00:00,123 INFO shop: text"] * 400 + lines) + "\n")
    segment = indexed(Segment(str(path)))
    assert segment.reading.name == "python"
    check(segment, path.read_bytes())
    segment.close()


def test_a_line_cut_at_a_blocks_edge_is_judged_again_when_it_is_whole(tmp_path, monkeypatch):
    for module in ("index", "segment"):
        monkeypatch.setattr(f"embedded_server.logs.{module}.BLOCK", 1000)
    data = b"".join(b"2026-11-26 10:00:00,%03d ERROR shop: %s\n" % (n, b"x" * (n % 37)) for n in range(300))
    path = tmp_path / "a.log"
    for block in range(1, 12):
        path.write_bytes(data[: block * 1000])
        segment = indexed(Segment(str(path), forced("python")))
        path.write_bytes(data)
        check(indexed(segment), data)
        segment.close()


def test_one_huge_line_is_counted_and_found(tmp_path):
    path = tmp_path / "huge.log"
    with path.open("wb") as file:
        file.write(b"2026-11-26 10:00:00,123 INFO a: first\n")
        file.write(b"2026-11-26 10:00:01,123 ERROR a: " + b"x" * (3 << 20) + b"\n")
        file.write(b"2026-11-26 10:00:02,123 INFO a: last")
    segment = indexed(Segment(str(path)))
    assert segment.count() == 3
    assert [NAMES[code] for code, n in enumerate(segment.index.levels()) if n] == ["info", "error"]
    (first, huge, last) = segment.lines(0, 10)
    assert huge.length == (3 << 20) + 33 and len(huge.head) == 8192
    assert last.offset == os.path.getsize(path) - 36 and segment.start_of(2) == last.offset
    segment.close()
