"""Rows as lines of text become the very cells that were written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from embedded_server.wire.lines import LineColumn, columns_of
from embedded_server.wire.values import (
    LineBlock,
    RowBlock,
    encode_json,
    encode_msgpack,
    json_decoder,
    msgpack_decoder,
)

ESCAPES = {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
cells = (
    st.none() | st.text(st.sampled_from("\\\\ntbNab\t\n\r\v\f\b\x01é🦆 "), max_size=6) | st.text(max_size=9)
)


def written(cell: str | None) -> str:
    """As PostgreSQL documents its COPY text, with a backslash alone for NULL."""
    return "\\" if cell is None else "".join(ESCAPES.get(sign, sign) for sign in cell)


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.tuples(*[cells] * width), min_size=1)))
def test_what_was_written_is_read(rows: list[tuple[str | None, ...]]) -> None:
    lines = ["\t".join(map(written, row)) + "\n" for row in rows]
    expected = [list(column) for column in zip(*rows, strict=True)]
    assert columns_of("".join(lines), len(rows[0])) == expected
    block = LineBlock([line.encode() for line in lines], len(rows[0]))
    assert len(block) == len(rows)
    assert msgpack_decoder(RowBlock).decode(encode_msgpack(block)).columns == expected
    assert json_decoder(RowBlock).decode(encode_json(block)) == RowBlock([*expected])
    assert block.columns == expected and block == RowBlock([*expected])


def test_no_rows_are_no_cells_of_so_many_columns() -> None:
    assert columns_of("", 3) == [[], [], []]
    empty = LineBlock([], 3)
    assert len(empty) == 0
    assert msgpack_decoder(RowBlock).decode(encode_msgpack(empty)).columns == [[], [], []]


def test_cells_are_made_of_all_columns_when_one_is_looked_at() -> None:
    block = msgpack_decoder(RowBlock).decode(encode_msgpack(LineBlock([b"a\tb\n", b"c\t\\\n"], 2)))
    first, second = block.columns
    lines = first._lines
    assert isinstance(first, LineColumn) and isinstance(second, LineColumn)
    assert (len(block), len(first)) == (2, 2) and lines._columns is None
    assert second[1] is None and second[:1] == ["b"] and list(first) == ["a", "c"]
    assert lines._columns is not None and not lines._text
    assert encode_msgpack(block) == encode_msgpack(RowBlock([["a", "c"], ["b", None]]))
