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
from tests.engines.subject import Bench, ZooType, all_rows, rows, select

EXAMPLES = settings(
    max_examples=2,
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
    columns, found = select(bench, bench.reader, table, order="ORDER BY id", cell_bytes=None)
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
    """One statement asks for every cell by the filter made of it."""
    values = [bench.grammar.value(column, cell) for cell in cells[:-1]]
    left, name = bench.grammar.operand(column), bench.quoted(table)
    terms = [f"SELECT {i} AS place, id FROM {name} WHERE {left} = {v.sql}" for i, v in enumerate(values)]
    params = [param for value in values for param in value.params]
    answers = rows(bench.reader.execute(" UNION ALL ".join(terms), params), 10_000)
    found = {(int(str(place)), int(str(key))) for place, key in answers}
    assert {(place, place) for place in range(len(values))} <= found, list(zip(cells, values, strict=False))
    for place, key in found:
        assert _same(cells[key], cells[place], bench, column), (cells[place], cells[key])


def _same(one: Cell, other: Cell, bench: Bench, column: Column) -> bool:
    """Whether the engine's `=` may call two cells equal; what may not is a value rounded on its way."""
    if one == other or (one != one and other != other):
        return True  # the same, or NaN twice
    literal = bench.grammar.literal
    sql = f"SELECT count(*) FROM (SELECT 1 AS x) q WHERE {literal(column, one)} = {literal(column, other)}"
    return bool(rows(bench.reader.execute(sql))[0][0])


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


def assert_all_come_alike(bench: Bench, table: str) -> None:
    """What reads all rows gives the window the cells that a page has."""
    columns, expected = select(bench, bench.reader, table, order="ORDER BY id")
    found = all_rows(bench, bench.reader, table, order="ORDER BY id")
    assert list(map(repr, found)) == list(map(repr, expected)), columns[1]


def check(bench: Bench, zoo: ZooType, values: Sequence[str]) -> None:
    table = fill(bench, zoo, values)
    column, cells = read(bench, table)
    assert cells[-1] is None
    if zoo.equality:
        assert_finds_its_rows(bench, table, column, cells)
    assert_reads_back(bench, zoo, column, cells)
    assert_travels(cells)
    assert_all_come_alike(bench, table)
    assert_as_cli(bench, table, column, cells, values)  # last: it may end the writing session


def test_nasty_values(bench: Bench, zoo: ZooType) -> None:
    check(bench, zoo, zoo.values)


@EXAMPLES
@given(data=st.data())
def test_made_values(bench: Bench, made_zoo: ZooType, data: st.DataObject) -> None:
    assert made_zoo.more is not None
    check(bench, made_zoo, data.draw(st.lists(made_zoo.more, min_size=1, max_size=25)))
