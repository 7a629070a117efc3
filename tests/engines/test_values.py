"""A cell is what the engine's own command line prints, finds its row as a filter, and reads back as SQL."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedded_server.wire.data import Column
from embedded_server.wire.values import (
    Cell,
    RowBlock,
    encode_json,
    encode_msgpack,
    json_decoder,
    msgpack_decoder,
)
from tests.engines.subject import Bench, ZooType, rows, select

EXAMPLES = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def fill(bench: Bench, zoo: ZooType, values: Sequence[str]) -> str:
    """A table with one row for each value, and one NULL."""
    table = bench.fresh("zoo")
    name = bench.quoted(table)
    bench.run(f"CREATE TABLE {name} (id {bench.spelling.integer} PRIMARY KEY, v {zoo.ddl})")
    for place in range(0, len(values), 50):
        part = enumerate(values[place : place + 50], start=place)
        bench.run(f"INSERT INTO {name} VALUES " + ", ".join(f"({i}, {value})" for i, value in part))
    bench.run(f"INSERT INTO {name} VALUES ({len(values)}, NULL)")
    return table


def read(bench: Bench, table: str) -> tuple[Column, list[Cell]]:
    session = bench.open()
    try:
        columns, found = select(bench, session, table, order="ORDER BY id", cell_bytes=None)
    finally:
        session.close()
    return columns[1], [row[1] for row in found]


def assert_as_cli(bench: Bench, table: str, column: Column, cells: list[Cell], values: Sequence[str]) -> None:
    bench.let_others_read()
    v = bench.subject.printed(bench.grammar.name("v"))
    expected = [
        row[0] for row in bench.subject.cli(bench.url, f"SELECT {v} FROM {bench.quoted(table)} ORDER BY id")
    ]
    shown = [bench.subject.shown(column, cell) for cell in cells]
    assert dict(enumerate(shown)) == dict(enumerate(expected)), [*values, "NULL"]
    assert len(cells) == len(values) + 1


def assert_finds_its_rows(bench: Bench, table: str, column: Column, cells: list[Cell]) -> None:
    session = bench.open()
    for place, cell in enumerate(cells[:-1]):
        value = bench.grammar.value(column, cell)
        sql = f"SELECT id FROM {bench.quoted(table)} WHERE {bench.grammar.operand(column)} = {value.sql}"
        found = [row[0] for row in rows(session.execute(sql, value.params))]
        assert place in [int(str(key)) for key in found], (cell, found)
        assert all(_same(cells[int(str(key))], cell, bench, column) for key in found), (cell, found)
    session.close()


def _same(one: Cell, other: Cell, bench: Bench, column: Column) -> bool:
    """Whether the engine's `=` may call two cells equal; what may not is a value rounded on its way."""
    if one == other or (one != one and other != other):
        return True
    literal = bench.grammar.literal
    sql = f"SELECT count(*) FROM (SELECT 1 AS x) q WHERE {literal(column, one)} = {literal(column, other)}"
    return bool(rows(bench.writer.execute(sql))[0][0])


def assert_reads_back(bench: Bench, zoo: ZooType, column: Column, cells: list[Cell]) -> None:
    literals = [bench.grammar.literal(column, cell) for cell in cells[:-1]]
    copy = fill(bench, zoo, literals)
    _, again = read(bench, copy)
    shown = bench.subject.shown
    assert [shown(column, cell) for cell in again] == [shown(column, cell) for cell in cells], literals


def assert_travels(cells: list[Cell]) -> None:
    block = RowBlock([cells])
    packed = msgpack_decoder(RowBlock).decode(encode_msgpack(block)).columns[0]
    as_json = [row[0] for row in json_decoder(RowBlock).decode(encode_json(block)).rows()]
    assert list(map(repr, packed)) == list(map(repr, cells))
    assert list(map(repr, as_json)) == list(map(repr, cells))


def check(bench: Bench, zoo: ZooType, values: Sequence[str]) -> None:
    table = fill(bench, zoo, values)
    column, cells = read(bench, table)
    assert_as_cli(bench, table, column, cells, values)
    assert cells[-1] is None
    if zoo.equality:
        assert_finds_its_rows(bench, table, column, cells)
    assert_reads_back(bench, zoo, column, cells)
    assert_travels(cells)


def test_nasty_values(bench: Bench, zoo: ZooType) -> None:
    check(bench, zoo, zoo.values)


@EXAMPLES
@given(data=st.data())
def test_made_values(bench: Bench, zoo: ZooType, data: st.DataObject) -> None:
    if zoo.more is not None:
        check(bench, zoo, data.draw(st.lists(zoo.more, min_size=1, max_size=20)))
