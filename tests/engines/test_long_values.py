"""A page never carries more than its share of one value; ranges give the rest."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from embedded_server.wire.data import Column
from embedded_server.wire.values import PAGE_CELL_BYTES, Truncated
from tests.engines.subject import Bench, all_rows, rows, select


def stored(bench: Bench, type_: str, *expressions: str) -> str:
    s = bench.spelling
    table = bench.table(f"id {s.integer} NOT NULL PRIMARY KEY", f"v {type_}")
    for place, expression in enumerate(expressions):
        bench.run(f"INSERT INTO {bench.quoted(table)} VALUES ({place}, {expression})")
    return table


def test_values_up_to_the_limit_come_whole_and_longer_ones_cut(bench: Bench) -> None:
    s, limit = bench.spelling, PAGE_CELL_BYTES
    for type_, make, unit in ((s.text, s.make_text, "x"), (s.binary, s.make_binary, b"x")):
        table = stored(bench, type_, make.format(size=limit), make.format(size=limit + 2), "NULL")
        cells = [row[1] for row in select(bench, bench.open(), table, order="ORDER BY id")[1]]
        assert cells[0] == unit * limit
        cut = cells[1]
        assert isinstance(cut, Truncated) and cut.size == limit + 2
        assert cut.prefix == unit * len(cut.prefix) and 0 < len(cut.prefix) <= limit
        assert cells[2] is None
        assert [row[1] for row in all_rows(bench, bench.open(), table, order="ORDER BY id")] == cells


def test_a_plain_statement_is_cut_as_well(bench: Bench) -> None:
    s = bench.spelling
    table = stored(bench, s.text, "'short'", s.make_text.format(size=PAGE_CELL_BYTES * 2))
    session = bench.open()
    query = f"SELECT v FROM {bench.quoted(table)} ORDER BY id"
    short, cut = (row[0] for row in rows(session.execute(query)))
    assert short == "short"
    assert (
        isinstance(cut, Truncated) and cut.size == PAGE_CELL_BYTES * 2 and len(cut.prefix) <= PAGE_CELL_BYTES
    )
    whole = rows(session.execute(query, cell_bytes=None))
    assert whole == [("short",), ("x" * PAGE_CELL_BYTES * 2,)]
    tiny = rows(session.execute(query, cell_bytes=3))
    assert [cell[0].size for cell in tiny if isinstance(cell[0], Truncated)] == [5, PAGE_CELL_BYTES * 2]


def test_a_long_text_of_wide_characters_is_cut_between_them(bench: Bench) -> None:
    text = "ä🦆" * 20_000
    table = stored(bench, bench.spelling.text, bench.grammar.literal(None, text))
    cut = select(bench, bench.open(), table)[1][0][1]
    assert isinstance(cut, Truncated) and isinstance(cut.prefix, str)
    assert text.startswith(cut.prefix) and len(cut.prefix.encode()) <= PAGE_CELL_BYTES
    assert cut.size in (len(text), len(text.encode()))
    assert cut.size == (len(text) if cut.unit == "characters" else len(text.encode()))


def piece_of(bench: Bench, table: str, column: Column, key: Column, offset: int, length: int) -> object:
    session = bench.open()
    found = session.piece(bench.grammar, bench.schema, table, column, [(key, 0)], offset, length)
    session.close()
    return found


def test_ranges_put_together_are_the_value(bench: Bench) -> None:
    document = json.dumps({"list": list(range(300)), "text": "äöü🦆'\\\"" * 30_000}, ensure_ascii=False)
    table = stored(bench, bench.spelling.text, bench.grammar.literal(None, document))
    session = bench.open()
    key, column = session.columns(bench.schema, table).columns[:2]
    parts, offset, size = [], 0, 1
    while offset < size:
        piece = session.piece(bench.grammar, bench.schema, table, column, [(key, 0)], offset, 100_000)
        assert piece is not None and piece.unit == "characters" and isinstance(piece.value, str)
        parts.append(piece.value)
        offset, size = offset + len(piece.value), piece.size
    assert "".join(parts) == document and size == len(document)
    assert session.piece(bench.grammar, bench.schema, table, column, [(key, 99)], 0, 10) is None


def test_ranges_of_binary_and_of_short_values(bench: Bench) -> None:
    s = bench.spelling
    literal = bench.grammar.literal(Column("v", s.binary, "binary"), bytes(range(256)) * 4)
    table = stored(bench, s.binary, literal)
    session = bench.open()
    key, column = session.columns(bench.schema, table).columns[:2]
    piece = session.piece(bench.grammar, bench.schema, table, column, [(key, 0)], 250, 10)
    assert piece is not None
    assert (piece.value, piece.size, piece.unit) == (bytes([*range(250, 256), 0, 1, 2, 3]), 1024, "bytes")
    number = session.piece(bench.grammar, bench.schema, table, key, [(key, 0)], 0, 10)
    assert number is not None and str(number.value) == "0" and number.unit == "value"


def test_json_of_ten_megabytes_in_one_line(bench: Bench) -> None:
    s = bench.spelling
    size = min(10_000_000, s.huge)
    table = stored(bench, s.text, '\'{"a": "b"}\'', s.make_text.format(size=size))
    cells = [row[1] for row in select(bench, bench.open(), table, order="ORDER BY id")[1]]
    assert cells[0] == '{"a": "b"}'
    assert isinstance(cells[1], Truncated) and cells[1].size == size


def peak_memory() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    raise LookupError("VmHWM")


@pytest.mark.slow
def test_a_page_does_not_read_a_hundred_megabytes(bench: Bench) -> None:
    bench.needs(bench.spelling.reads_in_part, "way to read a part of a value")
    if not os.access("/proc/self/clear_refs", os.W_OK):
        pytest.skip("not applicable: peak memory cannot be reset on this system")
    s = bench.spelling
    small = s.make_binary.format(size=10)
    table = stored(bench, s.binary, small, s.make_binary.format(size=s.huge), small)
    session = bench.open()
    for order in ("ORDER BY id", "ORDER BY id DESC"):
        Path("/proc/self/clear_refs").write_text("5")
        before = peak_memory()
        cells = [row[1] for row in select(bench, session, table, order=order)[1]]
        grown = peak_memory() - before
        assert isinstance(cells[1], Truncated) and cells[1].size == s.huge
        assert cells[0] == cells[2] == b"x" * 10
        assert grown < s.huge / 4, f"{grown:,} bytes more"
    key, column = session.columns(bench.schema, table).columns[:2]
    piece = session.piece(bench.grammar, bench.schema, table, column, [(key, 1)], s.huge - 5, 100)
    assert piece is not None and (piece.value, piece.size) == (b"xxxxx", s.huge)
    bench.run(f"DROP TABLE {bench.quoted(table)}")
