"""The last minute: counted in bins, shown on every page, still when nothing happens."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from desktop.settings import SHOW_STRIP, SLOW_REQUEST
from desktop.trace.activity import BIN, BINS, WINDOW, Activity
from embedded_server.wire.trace import TraceSummary

from .captured import failing, recent_orders, request


def summary(number: int, at: float, **more) -> TraceSummary:
    given = {
        "id": str(number),
        "at": datetime.fromtimestamp(at, UTC).isoformat(),
        "source": "capture",
        "method": "GET",
        "target": "/",
        "status": 200,
        "duration_ms": 10.0,
        "statements": 3,
    }
    return TraceSummary(**(given | more))


NOW = 1_800_000_000.0


def test_requests_are_counted_once_where_they_began():
    activity = Activity(200)
    made = [
        summary(1, NOW),
        summary(2, NOW - 30, duration_ms=500.0),
        summary(3, NOW - 30, status=500, duration_ms=900.0),
        summary(4, NOW - 30, status=200, marks=["error"]),
        summary(5, NOW - WINDOW - 1),
    ]
    assert activity.add(made, NOW) and not activity.add(made, NOW), "the same requests again count nothing"
    bins = activity.bins(NOW)
    assert len(bins) == BINS and [at for at, found in enumerate(bins) if found] == [
        BINS - 1 - round(30 / BIN),
        BINS - 1,
    ]
    middle = bins[BINS - 1 - round(30 / BIN)]
    assert (middle.requests, middle.slow, middle.errors) == (3, 1, 2)
    assert middle.worst.id == "3", "of two errors the longer one"
    totals = activity.totals()
    assert (totals.slow, totals.errors) == (1, 2) and totals.requests == pytest.approx(4 / WINDOW)
    assert totals.statements == pytest.approx(12 / WINDOW)


def test_what_an_application_does_outside_requests_is_no_request_and_no_error():
    activity = Activity(200)
    activity.add([summary(1, NOW, method="THREAD", status=0, target="MainThread")], NOW)
    totals = activity.totals()
    assert (totals.requests, totals.errors) == (0, 0) and totals.statements > 0


def test_what_leaves_the_window_is_forgotten():
    activity = Activity(200)
    activity.add([summary(1, NOW)], NOW)
    assert activity
    activity.forget(NOW + WINDOW - 1)
    assert activity
    activity.forget(NOW + WINDOW + 1)
    assert not activity and activity.totals().requests == 0


def test_a_clock_that_runs_ahead_counts_as_now():
    activity = Activity(200)
    activity.add([summary(1, NOW + 3600)], NOW)
    assert activity.bins(NOW + BIN)[-1].requests == 1


@pytest.fixture
def strip(shell, send, named, until):
    send(request("/a"), recent_orders(), failing(), request("/b"))
    until(lambda: named("Activity").texts()[0][1] != "requests 0.0/s")
    return named("Activity")


def test_it_stands_on_every_page_and_tells_rates(strip, shell):
    assert [text for _, text in strip.texts()] == [
        "requests 0.1/s", "slow > 200\u2009ms: 1", "errors 1", "statements 0/s",
    ]  # fmt: skip
    for page in ("data", "sql", "requests"):
        shell.window.bench.show_page(page)
        assert strip.isVisible()
    shell.settings.set(SLOW_REQUEST, 500)
    assert strip.texts()[1][1] == "slow > 500\u2009ms: 0"


def test_without_anything_captured_the_room_is_for_rows(shell, until):
    until(lambda: shell.client.online)
    assert not shell.window.findChild(type_of_strip()).isVisible()


def type_of_strip():
    from desktop.trace.strip import ActivityStrip  # noqa: PLC0415  # lazy: tests without a window load no Qt

    return ActivityStrip


def full(strip) -> list[int]:
    return [at for at, found in enumerate(strip.bins()) if found is not None]


def test_a_click_opens_the_worst_request_of_the_moment(strip, shell, qtbot, until):
    at = next(at for at in full(strip) if strip.bins()[at].errors)
    assert "500  POST /checkout  57\u2009ms" in strip.tip(at) and "GET /orders/recent" in strip.tip(at)
    QTest.mouseMove(strip, strip.bar_place(at))
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=strip.bar_place(at))
    until(lambda: shell.window.bench.current() is not None)
    assert shell.window.bench.current().ref.label() == "POST /checkout"
    qtbot.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert len(shell.window.bench.tabs()) == 1, "beside the bars nothing opens"


def test_the_keyboard_reaches_every_bar(strip, shell, qtbot):
    strip.setFocus()
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    assert shell.window.bench.current().ref.label() == "POST /checkout"


def test_it_stands_still_when_nothing_is_in_sight_or_it_is_hidden(strip, shell, until, monkeypatch):
    assert strip.ticking()
    shell.verbs.run("trace.strip")
    assert not strip.isVisible() and not strip.ticking() and not shell.settings.get(SHOW_STRIP)
    shell.verbs.run("trace.strip")
    assert strip.isVisible() and strip.ticking()
    later = time.time() + WINDOW + 1
    monkeypatch.setattr(time, "time", lambda: later)
    until(lambda: not strip.ticking())
    assert strip.texts()[0][1] == "requests 0.0/s"


def test_the_chip_names_the_application(strip, named, shell, qtbot):
    shell.window.bench.show_page("data")
    qtbot.mouseClick(named("capturing · 127.0.0.1:5000"), Qt.MouseButton.LeftButton)
    assert shell.window.frame.page() == "requests"
