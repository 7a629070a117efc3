"""The machine's own pace taken out of two runs' times, and what does not follow it left alone."""

from __future__ import annotations

import random
from statistics import median

import pytest

from embedded_server.http.pace import measure, pace_of, steadied
from embedded_server.http.verdict import judge
from embedded_server.wire.http import REPLAY, Draft, ReplayRequest
from tests.http.conftest import Desk
from tests.http.recorder import Recorder

EACH = 40


def paces(rng: random.Random, level: float) -> list[float]:
    """Of a machine whose pace wanders about a level."""
    found, now = [], level
    for _ in range(EACH):
        now += 0.3 * (level - now) + rng.gauss(0, level / 15)
        found.append(now)
    return found


def following(rng: random.Random, pace: list[float], cost: float = 60.0) -> list[float]:
    """Milliseconds of work that needs nothing but the processor."""
    return [cost * one * rng.uniform(0.98, 1.06) for one in pace]


def test_a_slower_machine_makes_no_slower_application():
    for seed in range(50):
        rng = random.Random(seed)
        pace = paces(rng, 0.1), paces(rng, 0.14)
        times = following(rng, pace[0]), following(rng, pace[1])
        assert judge(*times).timing == "slower"
        assert judge(*times, paces=pace).timing == "no difference shown", seed


def test_a_slower_application_is_found_on_a_faster_machine():
    for seed in range(50):
        rng = random.Random(seed)
        pace = paces(rng, 0.13), paces(rng, 0.1)
        times = following(rng, pace[0]), following(rng, pace[1], 60.0 * 1.3)
        assert judge(*times, paces=pace).timing == "slower", seed


def test_what_waits_for_another_machine_is_left_as_it_was_measured():
    for seed in range(50):
        rng = random.Random(seed)
        pace = paces(rng, 0.1), paces(rng, 0.14)
        times = [[rng.uniform(80, 84) for _ in range(EACH)] for _ in pace]
        steady = steadied(*times, pace)
        assert steady[2] < 0.2
        assert [median(one) for one in steady[:2]] == pytest.approx([82, 82], rel=0.05)
        assert judge(*times, paces=pace).timing == "no difference shown"
        slower = [ms * 1.3 for ms in times[1]]
        assert judge(times[0], slower, paces=pace).timing == "slower"


def test_the_medians_are_of_the_times_as_measured():
    rng = random.Random(1)
    pace = paces(rng, 0.1), paces(rng, 0.14)
    times = following(rng, pace[0]), following(rng, pace[1])
    found = judge(*times, paces=pace)
    assert (found.before_median_ms, found.after_median_ms) == (median(times[0]), median(times[1]))
    assert found.ratio == pytest.approx(1, abs=0.1)


def test_a_single_interruption_is_no_pace():
    """Of the piece of work itself, which the request beside it did not meet."""
    for seed in range(50):
        rng = random.Random(seed)
        pace = paces(rng, 0.1), paces(rng, 0.12)
        times = following(rng, pace[0]), following(rng, pace[1])
        undisturbed = steadied(*times, pace)
        pace[0][20] = 5.0
        disturbed = steadied(*times, pace)
        assert disturbed[2] == pytest.approx(undisturbed[2], abs=0.25), seed
        assert disturbed[0][20] == pytest.approx(median(disturbed[0]), rel=0.4)
        assert pace_of(pace[0]) == pytest.approx(0.1, rel=0.2)


def test_the_piece_of_work_is_short():
    assert 0 < min(measure() for _ in range(20)) < 5


def _replayed(desk: Desk, recorder: Recorder, method: str, count: int) -> list[float]:
    draft = Draft(url=recorder.url, method=method)
    asked = ReplayRequest(request=draft, count=count, warm_up=2, confirm=f"127.0.0.1:{recorder.port}")
    return [run.pace for run in desk.call(REPLAY, asked).runs]


def test_exchanges_that_can_tell_a_change_are_sent_in_blocks_warmed_up_each(desk, recorder):
    found = _replayed(desk, recorder, "GET", 40)
    assert len(found) == 40 and all(found)
    assert len(recorder.requests) == 2 + 40 + 9


def test_a_few_are_sent_at_once(desk, recorder):
    assert len(_replayed(desk, recorder, "GET", 8)) == 8
    assert len(recorder.requests) == 2 + 8


def test_what_may_write_is_sent_no_more_often_than_asked_for(desk, recorder):
    assert len(_replayed(desk, recorder, "POST", 12)) == 12
    assert len(recorder.requests) == 2 + 12
