"""A column in parts against a plain list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.kit.long_column import LongColumn

cells = st.one_of(st.none(), st.integers(), st.text(max_size=3))
parts = st.lists(
    st.lists(cells, max_size=5).flatmap(lambda some: st.sampled_from([some, tuple(some)])), max_size=6
)


def joined(given_parts):
    column = LongColumn()
    for part in given_parts:
        column.add(part)
    return column, [cell for part in given_parts for cell in part]


@given(parts, st.slices(40), st.slices(8))
def test_it_reads_like_a_list(given_parts, some, others):
    column, plain = joined(given_parts)
    assert len(column) == len(plain) and list(column) == plain and column == plain
    assert [column[place] for place in range(-len(plain), len(plain))] == plain + plain
    assert column[some] == plain[some] and column[others] == plain[others]
    for place in (len(plain), -len(plain) - 1):
        with pytest.raises(IndexError):
            column[place]


@given(parts, st.lists(st.tuples(st.integers(0, 29), cells), max_size=5))
def test_a_changed_cell_is_nobody_elses(given_parts, changes):
    before = [list(part) for part in given_parts]
    column, plain = joined(given_parts)
    for place, cell in changes:
        if place < len(plain):
            column[place] = plain[place] = cell
    assert list(column) == plain
    assert [list(part) for part in given_parts] == before


@given(parts, parts)
def test_another_column_is_added_part_by_part(one, other):
    column, plain = joined(one)
    more, further = joined(other)
    column.add(more)
    more.add(["behind"])
    assert list(column) == plain + further
    assert all(any(part is given for given in (*one, *other)) for part in column.parts()), "none was copied"


def test_columns_of_the_same_cells_are_equal():
    assert LongColumn([1, 2, 3]) == joined([[1], [2, 3]])[0]
    assert LongColumn([1, 2]) != LongColumn([1, 3])
    assert LongColumn() == [] and not LongColumn()
