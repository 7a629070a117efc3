"""The list as a model: always in order, each request once, whatever the order they are told in."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.api.client import Client
from desktop.trace.request_list import RequestList
from desktop.trace.request_model import RequestModel
from embedded_server.wire.trace import TraceSummary


def summary(number: int, at: int) -> TraceSummary:
    return TraceSummary(
        id=f"{number:04}",
        at=f"2026-11-26T10:00:00.{at:06}+00:00",
        source="capture",
        method="GET",
        target=f"/{number}",
        status=200,
    )


@pytest.fixture
def client(qapp):
    made = Client()
    yield made
    made.deleteLater()


BATCHES = st.lists(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 60)), max_size=12), max_size=6)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(batches=BATCHES)
def test_order_and_uniqueness_hold_for_any_arrival(client, batches):
    model = RequestModel(client)
    known: dict[str, TraceSummary] = {}
    inserted = []
    model.rowsInserted.connect(lambda _, first, last: inserted.append((first, last)))
    for batch in batches:
        made = [summary(number, at) for number, at in batch]
        made = list({one.id: one for one in reversed(made)}.values())
        for one in made:
            known.setdefault(one.id, one)
        model.arrived(sorted(made, key=lambda one: (one.at, one.id)))
        rows = [model.request(row) for row in range(model.rowCount())]
        assert rows == sorted(known.values(), key=lambda one: (one.at, one.id), reverse=True)
    model.deleteLater()


def test_a_flood_out_of_order_keeps_the_selected_request_in_its_place(client, qtbot):
    model = RequestModel(client)
    view = RequestList(model)
    qtbot.addWidget(view)
    view.resize(260, 400)
    view.show()
    model.arrived([summary(number, 1000 * number) for number in range(40)])
    view.setCurrentIndex(model.index(5))
    chosen, place = view.current(), view.visualRect(view.currentIndex())
    model.arrived([summary(100 + number, 1000 * number + 500) for number in range(40)])
    assert model.rowCount() == 80 and view.current() == chosen
    assert view.visualRect(view.currentIndex()) == place


def test_what_arrives_while_the_list_is_read_stays_in_it(live_client, qtbot):
    """The answer may be from before it came."""
    model = RequestModel(live_client)
    with qtbot.waitSignal(model.loaded, timeout=20_000):
        model.load("")
    with qtbot.waitSignal(model.loaded, timeout=20_000):
        model.load("")
        model.arrived([summary(9_999, 1)])
    assert model.row_of("9999") >= 0
    with qtbot.waitSignal(model.loaded, timeout=20_000):
        model.load("")
    assert model.row_of("9999") == -1, "what is not there is not kept for ever"
    model.deleteLater()


def test_what_is_deleted_goes(client):
    model = RequestModel(client)
    model.arrived([summary(number, number) for number in range(5)])
    model.removed(["0001", "0003", "unknown"])
    assert [model.request(row).target for row in range(model.rowCount())] == ["/4", "/2", "/0"]
    assert model.row_of("0001") == -1 and model.row_of("0002") == 1


def test_very_many_that_are_deleted_go_at_once(client, monkeypatch):
    model = RequestModel(client)
    model.arrived([summary(number, number) for number in range(3000)])
    looked_for: list[str] = []
    monkeypatch.setattr(model, "row_of", looked_for.append)
    model.removed([summary(number, 0).id for number in range(3000) if number % 3])
    rows = [model.request(row).id for row in range(model.rowCount())]
    assert rows == [summary(number, 0).id for number in range(2997, -1, -3)] and not looked_for
    monkeypatch.undo()
    assert model.row_of("0003") == 998 and model.row_of("0004") == -1
    model.deleteLater()
