"""All rows of PostgreSQL as one stream: the cells of the pages, wherever the server keeps long values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from embedded_server.data import streams
from embedded_server.wire.values import (
    PAGE_CELL_BYTES,
    LineBlock,
    RowBlock,
    Truncated,
    encode_msgpack,
    msgpack_decoder,
)
from tests.servers.postgres import PostgresServer

from .conftest import House, own_database

pytestmark = pytest.mark.engine("postgresql")
LONG = PAGE_CELL_BYTES + 30_000


@pytest.fixture(scope="module")
def url(pg_server: PostgresServer, house: House) -> Iterator[str]:
    with own_database(house, pg_server) as made:
        yield made


def blocks(house: House, url: str, table: str) -> list[RowBlock]:
    return [block.rows for block in house.stream(url, table) if len(block.rows)]


def brought(house: House, url: str, table: str) -> list[tuple[Any, ...]]:
    """What the window makes of a stream, in the order of its keys."""
    decoder = msgpack_decoder(RowBlock)
    found = [decoder.decode(encode_msgpack(block)) for block in blocks(house, url, table)]
    return sorted((row for block in found for row in block.rows()), key=lambda row: int(row[0]))


def table(house: House, url: str, name: str, filler: str = "'text ' || i") -> str:
    house.run(url, f"create table {name}(id int primary key, v text, j jsonb, c char(4))")
    house.run(url, f"insert into {name} select i, {filler}, '[1, 2]', 'x' from generate_series(1, 900) i")
    house.run(
        url, f"insert into {name} values (901, null, null, null), (902, E'a\\\\b\\tc\\nd', '\"\\\\n\"', '\\')"
    )
    return name


def test_a_table_of_short_values_is_not_asked_for_their_lengths(house: House, url: str) -> None:
    name = table(house, url, "short")
    house.forget()
    found = brought(house, url, name)
    asked = [sql for sql in house.asked if sql.startswith("SELECT")]
    assert len(asked) == 1 and "octet_length" not in asked[0]
    assert found == house.rows(url, name, limit=2000)
    assert all(isinstance(block, LineBlock) for block in blocks(house, url, name))


def test_blocks_of_lines_are_bounded(house: House, url: str) -> None:
    name = table(house, url, "wide", "repeat('x', 5000)")
    sizes = [len(encode_msgpack(block)) for block in blocks(house, url, name)]
    assert sum(sizes) > 4_000_000
    # The size of a row is known behind the first of them.
    assert max(sizes[1:]) < 1.1 * streams.BLOCK_BYTES < sizes[0]


def test_a_long_value_within_its_page_is_cut(house: House, url: str) -> None:
    """So well compressed that the server keeps it in line: nothing says before that it is there."""
    name = table(house, url, "inline")
    house.run(url, f"update {name} set v = repeat('ä', {LONG // 2}) where id = 450")
    # As the form looks in which a statement that asks for lengths would give it.
    house.run(url, f"update {name} set v = repeat('A', {LONG}) || ':123' where id = 451")
    found = brought(house, url, name)
    cut = found[449][1]
    assert isinstance(cut, Truncated) and cut.size == LONG and cut.prefix == "ä" * (PAGE_CELL_BYTES // 2)
    assert found[450][1] == Truncated("A" * PAGE_CELL_BYTES, LONG + 4)
    assert found == house.rows(url, name, limit=2000)
    assert any("octet_length" not in sql for sql in house.asked if sql.startswith("SELECT"))


def test_a_table_with_long_values_is_asked_for_their_lengths(house: House, url: str) -> None:
    name = table(house, url, "long")
    noise = f"(select string_agg(md5(n::text), '') from generate_series(1, {LONG // 16}) n)"
    house.run(url, f"update {name} set v = {noise} where id in (7, 800)")
    house.forget()
    found = brought(house, url, name)
    assert any("octet_length" in sql for sql in house.asked)
    assert isinstance(found[6][1], Truncated) and found[6][1].size == LONG // 16 * 32
    assert found == house.rows(url, name, limit=2000)


def test_of_parts_and_views_nothing_is_known(house: House, url: str) -> None:
    name = table(house, url, "whole")
    for made in (
        f"create view seen as select * from {name}",
        f"create table heir() inherits ({name})",
        "create table parted(id int, v text) partition by range (id)",
        "create table part partition of parted for values from (0) to (10000)",
        "insert into parted select i, 'text ' || i from generate_series(1, 300) i",
    ):
        house.run(url, made)
    for several in ("seen", name, "parted"):
        house.forget()
        found = brought(house, url, several)
        assert any("octet_length" in sql for sql in house.asked)
        assert found == sorted(house.rows(url, several, limit=2000), key=lambda row: int(row[0]))


def test_long_binaries_and_odd_names_within_their_page(house: House, url: str) -> None:
    """Binaries are no lines: their rows are read as ever, from bare columns all the same."""
    name = '"odd ""name\\n%s"'
    columns = 'id int primary key, "a\\%" bytea, "B.c" int generated always as (id * 2) stored'
    house.run(url, f"create table {name}({columns})")
    house.run(
        url, f"insert into {name} select i, decode(repeat('ff', {LONG}), 'hex') from generate_series(1, 3) i"
    )
    house.run(url, f"insert into {name} values (4, null), (5, '\\x00'), (6, '')")
    odd = 'odd "name\\n%s'
    house.forget()
    found = brought(house, url, odd)
    assert not any("octet_length" in sql for sql in house.asked)
    assert found[0][1] == Truncated(b"\xff" * PAGE_CELL_BYTES, LONG) and found[4][1:] == (b"\0", "10")
    assert found == house.rows(url, odd, limit=100)
