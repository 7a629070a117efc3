"""The rank test against enumeration, and the verdict on times like those of real servers."""

from __future__ import annotations

import itertools
import json
import random
from pathlib import Path

import pytest

from embedded_server.http.verdict import judge, p_value, spread

# Exchanges of the demo shop, in the order they were measured, on a machine with other work.
TIMES = json.loads((Path(__file__).parent / "recorded_times.json").read_text())
# Half of this recording's exchanges met other work: the middle times of its stretches differ by a third.
LEAST = {"/api/products?q=lamp": 170}


def enumerated(n: int, m: int, smaller: float) -> float:
    """The share of all orders that are at least as uneven."""
    uneven = total = 0
    for places in itertools.combinations(range(n + m), n):
        u = sum(places) - n * (n - 1) // 2
        uneven += min(u, n * m - u) <= smaller
        total += 1
    return uneven / total


@pytest.mark.parametrize(("n", "m"), [(3, 4), (5, 5), (6, 3), (1, 6)])
def test_the_exact_p_is_that_of_enumeration(n, m):
    rng = random.Random(n * 10 + m)
    for _ in range(20):
        values = rng.sample(range(1000), n + m)
        ordered = sorted(values)
        u = sum(ordered.index(value) for value in values[:n]) - n * (n - 1) // 2
        expected = enumerated(n, m, min(u, n * m - u))
        assert p_value(values[:n], values[n:]) == pytest.approx(expected)


def shuffled_p(one: list[float], other: list[float], times: int = 20_000) -> float:
    """The two-sided p by drawing: how often chance deals the values at least as unevenly."""

    def uneven(values: list[float]) -> float:
        left, right = values[: len(one)], values[len(one) :]
        u = sum((a > b) + 0.5 * (a == b) for a in left for b in right)
        return abs(u - len(left) * len(right) / 2)

    rng, values, asked = random.Random(3), [*one, *other], uneven([*one, *other])
    count = 0
    for _ in range(times):
        rng.shuffle(values)
        count += uneven(values) >= asked - 1e-9
    return count / times


def test_ties_and_large_samples_use_the_corrected_normal():
    one, other = [1.0, 2, 2, 3, 4, 5, 5, 6], [2.0, 3, 4, 4, 6, 7, 7, 8]
    assert p_value(one, other) == pytest.approx(shuffled_p(one, other), abs=0.02)
    assert p_value([5.0] * 9, [5.0] * 9) == 1.0
    rng = random.Random(1)
    near = p_value([rng.random() for _ in range(200)], [rng.random() for _ in range(200)])
    assert 0.001 < near <= 1.0


def test_the_ratio_has_a_range_around_it():
    ratio, low, high = spread([20.0, 21, 22, 23, 24, 25], [10.0, 10.5, 11, 11.5, 12, 12.5])
    assert low < ratio < high and ratio == pytest.approx(22.5 / 11.25)


def test_too_few_prove_nothing():
    found = judge([100.0, 101, 102, 103], [1.0, 2, 3, 4])
    assert found.timing == "no difference shown" and "too few" in found.text
    assert judge([], [1.0]).timing == "no difference shown"


def test_the_sentence_says_how_much():
    found = judge([421.0 + n for n in range(20)], [158.0 + n for n in range(20)])
    assert found.text == "Faster: 2.6× (p < 0.001)" and found.tone == "ok"
    assert judge([158.0 + n for n in range(20)], [421.0 + n for n in range(20)]).text.startswith(
        "Slower: 2.6×"
    )


def test_a_small_change_is_not_worth_a_word_however_sure():
    assert judge([100.0 + n / 100 for n in range(50)], [103.0 + n / 100 for n in range(50)]).p < 0.001
    assert (
        judge([100.0 + n / 100 for n in range(50)], [103.0 + n / 100 for n in range(50)]).timing
        == "no difference shown"
    )
    sure = judge([100.0 + n / 100 for n in range(50)], [103.0 + n / 100 for n in range(50)]).text
    assert sure == "No difference shown: too small or too unsteady to count (p < 0.001)"


def test_on_a_busy_machine_only_what_stands_out_is_told():
    calm = [10.0 + n / 10 for n in range(20)]
    slower, far = [ms * 1.3 for ms in calm], [ms * 2.5 for ms in calm]
    assert judge(calm, slower).timing == "slower" and judge(calm, slower, busy=True).timing != "slower"
    assert judge(far, calm, busy=True).timing == "faster"
    spread_out = [ms * (1 + n % 5) for n, ms in enumerate(calm)]
    assert judge(spread_out, calm, busy=True).timing == "no difference shown"
    assert judge([ms * 3 for ms in spread_out], spread_out, busy=True).timing == "faster"
    assert judge(spread_out, [ms * 3 for ms in spread_out], busy=True).timing == "slower"
    many = [ms * (1 + n % 5) for n, ms in enumerate(calm * 5)]
    longer = [ms * 1.8 for ms in many]
    assert judge(longer, many).timing == "faster"
    assert judge(longer, many, busy=True).timing == "no difference shown"


def pairs(recorded: list[list[float]], rng: random.Random) -> tuple[list[float], list[float]]:
    """Two stretches of 20 exchanges that followed each other, anywhere in a recording."""
    series = rng.choice(recorded)
    at = rng.randrange(len(series) - 40)
    return series[at : at + 20], series[at + 20 : at + 40]


def test_a_small_change_shows_when_the_machine_is_at_its_best():
    """Half of the later run met other work; what was quick before was as quick then."""
    before = [6.0 + n / 100 for n in range(40)]
    disturbed = [6.0 + n / 100 if n % 4 == 0 else 6.9 + n / 100 for n in range(40)]
    assert judge(before, disturbed).p < 0.001
    assert judge(before, disturbed).timing == "no difference shown"
    assert judge(before, [ms * 1.15 for ms in before]).timing == "slower"
    assert judge(before, [6.0, *(ms * 1.6 for ms in before[:-1])]).timing == "slower"


@pytest.mark.parametrize("route", sorted(TIMES))
def test_a_request_compared_with_itself_shows_nothing(route):
    rng = random.Random(7)
    wrong = sum(judge(*pairs(TIMES[route], rng)).timing != "no difference shown" for _ in range(200))
    assert wrong <= 8, f"{wrong} of 200"


@pytest.mark.parametrize("route", sorted(TIMES))
def test_a_planted_slowdown_of_a_fifth_is_found(route):
    rng = random.Random(11)
    found = 0
    for _ in range(200):
        before, after = pairs(TIMES[route], rng)
        found += judge(before, [ms * 1.2 for ms in after]).timing == "slower"
    assert found >= LEAST.get(route, 190), f"{found} of 200"
