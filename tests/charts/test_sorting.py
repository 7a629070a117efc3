"""Numbers put in order in parts, against the library's own order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.charts import sorting
from desktop.charts.spec import Spec
from tests.charts.stepping import drawn, run

few = st.sampled_from([0.0, -1.5, 7.0, float("inf"), float("-inf")])
numbers = st.lists(st.one_of(few, st.floats(allow_nan=False)), max_size=80)


@given(numbers, st.integers(1, 20))
def test_the_order_is_the_librarys(values, part):
    given_values = np.array(values, np.float64)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sorting, "PART", part)
        found, _ = run(sorting.ordered(given_values))
    assert found.tolist() == np.argsort(given_values, kind="stable").tolist()


@pytest.mark.parametrize("values", [np.arange(4000)[::-1], np.random.default_rng(3).random(4000)])
def test_no_step_orders_more_than_some_parts(values, monkeypatch):
    """What is dealt out unevenly would be one long step after all."""
    monkeypatch.setattr(sorting, "PART", 200)
    sizes: list[int] = []
    argsort = np.argsort

    def watched(part, kind):
        sizes.append(len(part))
        return argsort(part, kind=kind)

    monkeypatch.setattr(sorting.np, "argsort", watched)
    _, steps = run(sorting.ordered(values.astype(np.float64)))
    assert sum(sizes) == 4000 and max(sizes) <= 400
    assert steps >= 4000 / 200 + len(sizes)


def test_a_line_goes_from_left_to_right_whatever_the_order_of_the_rows(monkeypatch):
    monkeypatch.setattr(sorting, "PART", 8)
    xs = [number * 37 % 101 for number in range(101)]
    plot = drawn(Spec("line", "x", "y"), {"x": xs, "y": [2 * x for x in xs]})
    assert plot.series[0].xs.tolist() == list(range(101))
    assert plot.series[0].ys.tolist() == list(range(0, 202, 2))
