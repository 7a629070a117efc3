"""A column is seen to be short as measuring every cell would see it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded_server.engines.support.cells import all_within
from embedded_server.wire.values import BadText

TEXTS = st.lists(st.none() | st.text(max_size=12), max_size=200)
BINARIES = st.lists(st.none() | st.binary(max_size=12), max_size=200)


@given(TEXTS | BINARIES, st.integers(0, 12))
def test_it_says_what_measuring_each_says(column, most):
    assert all_within(column, most) == (max((len(cell) for cell in column if cell), default=0) <= most)


@pytest.mark.parametrize("place", [0, 63, 64, 129])
def test_one_long_cell_is_found_wherever_it_stands(place):
    column = ["x"] * 130
    column[place] = "x" * 131
    assert all_within(column, 131) and not all_within(column, 130)


def test_what_is_neither_text_nor_binary_is_looked_at_one_by_one():
    assert not all_within(["a", BadText(b"\xff")], 100)
