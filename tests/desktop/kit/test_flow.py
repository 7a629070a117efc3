"""Flows: a pause that is given up leaves no timer behind."""

from __future__ import annotations

from desktop.kit.flow import Cancelled, Flow, Pause


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
