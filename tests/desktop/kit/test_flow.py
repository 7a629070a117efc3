"""Flows: they end when they are given up, from outside or by what they do; a pause leaves no timer behind."""

from __future__ import annotations

from desktop.kit.flow import Cancelled, Flow, Pause, Turns
from tests.desktop.beats import Beats


def test_a_pause_ends_when_its_time_is_over(qapp, qtbot):
    told: list[str] = []

    async def steps() -> None:
        for milliseconds in (0, 5, 0):
            await Pause(milliseconds)
            told.append("over")

    flow = Flow(qapp, steps(), told.append)
    assert told == [] and not flow.done
    qtbot.waitUntil(lambda: flow.done)
    assert told == ["over"] * 3


def test_a_pause_that_is_given_up_runs_no_longer(qapp):
    """The check of leaks would see its timer."""
    told: list[str] = []

    async def steps() -> None:
        try:
            await Pause(600_000)
        except Cancelled:
            told.append("cancelled")

    flow = Flow(qapp, steps(), told.append)
    flow.cancel()
    assert flow.done and told == []
    pause = Pause(600_000)
    pause.then(lambda: told.append("settled"))
    pause.cancel()
    assert told == ["settled"]


def test_a_flow_that_is_given_up_by_what_it_does_ends_at_its_next_wait(qapp):
    told: list[str] = []
    pauses: list[Pause] = []

    async def steps() -> None:
        try:
            await Pause(0)
            flow.cancel()
            told.append("went on")
            pauses.append(Pause(600_000))
            await pauses[0]
            told.append("woke")
        finally:
            told.append("closed")

    flow = Flow(qapp, steps(), told.append)
    while not flow.done:
        qapp.processEvents()
    assert told == ["went on", "closed"] and pauses[0].settled


def test_what_goes_wrong_in_a_flow_that_was_given_up_is_nobodys_problem(qapp):
    told: list[object] = []

    async def steps() -> None:
        await Pause(0)
        flow.cancel()
        raise ValueError("late")

    flow = Flow(qapp, steps(), told.append)
    while not flow.done:
        qapp.processEvents()
    assert told == []


def test_long_work_lets_the_loop_come_round_once_its_turn_is_over(qapp, monkeypatch):
    async def steps(number: int) -> None:
        turns = Turns()
        for _ in range(number):
            await turns.rest()

    with Beats() as beats:
        monkeypatch.setattr(Turns, "SECONDS", 60)
        assert Flow(qapp, steps(1000), print).done, "a short turn is not cut shorter"
        monkeypatch.setattr(Turns, "SECONDS", 0)
        flow = Flow(qapp, steps(50), print)
        while not flow.done:
            qapp.processEvents()
    assert beats.count >= 50
