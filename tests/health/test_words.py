"""Numbers, ages and series as the views write them; none of it needs a window or a database."""

from __future__ import annotations

import pytest

from desktop.health.series import WINDOW, Clock, Series
from desktop.health.words import (
    THIN,
    bytes_text,
    metric_text,
    nothing_text,
    seconds_text,
    session_token,
    span_text,
)
from embedded_server.health.lints.text_for_values import kind_of
from embedded_server.wire.health import CheckState, DatabaseSession, Metric


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.04, "0.0 s"),
        (9.96, "10.0 s"),
        (42, "42 s"),
        (187, "3:07 min"),
        (7500, "2 h 05"),
        (4e5, "4 days"),
    ],
)
def test_ages(seconds: float | None, text: str) -> None:
    assert seconds_text(seconds) == text.replace(" s", f"{THIN}s").replace(" min", f"{THIN}min").replace(
        " h", f"{THIN}h"
    ).replace(" days", f"{THIN}days")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1500, "1.5 kB"), (36 << 20, "36.0 MB"), (101 << 30, "101 GB")],
)
def test_sizes(size: int, text: str) -> None:
    assert bytes_text(size) == text.replace(" ", THIN)


def counter(value: float) -> Metric:
    return Metric(id="transactions", title="Transactions", value=value, unit="count", counter=True)


def test_a_counter_is_shown_by_its_growth_and_a_reset_is_no_fall() -> None:
    series = Series(counter(0))
    for at, value in ((100.0, 500.0), (102.0, 520.0), (104.0, 3.0), (105.0, 5.0)):
        series.add(at, counter(value))
    assert list(series.points) == [(102.0, 10.0), (105.0, 2.0)]
    assert metric_text(series.metric, 10.0) == f"10{THIN}/s"
    assert (series.at(101.0), series.at(103.0), series.at(200.0)) == (None, 10.0, 2.0)


def test_the_clock_forgets_what_left_the_window() -> None:
    clock = Clock()
    size = Metric(id="size", title="Size", value=5, unit="bytes")
    for at in (0.0, 10.0, WINDOW + 5):
        clock.add(at, [size, counter(at)])
    assert [at for at, _ in clock.series["size"].points] == [10.0, WINDOW + 5]
    clock.add(WINDOW + 6, [size])
    assert list(clock.series) == ["size"], "what is not told any more goes"


def test_little_that_is_known_fills_the_picture_nevertheless() -> None:
    clock = Clock()
    size = Metric(id="size", title="Size", value=5, unit="bytes")
    spans = []
    for at in (100.0, 105.0, 131.0, 200.0, 300.0, 100.0 + 3 * WINDOW):
        clock.add(at, [size])
        spans.append(clock.span())
    assert spans == [30, 30, 60, 120, WINDOW, 30], "after a long pause it begins anew"
    assert [span_text(span) for span in (30.0, 60.0, WINDOW)] == [f"30{THIN}s", f"1{THIN}min", f"5{THIN}min"]


def test_the_height_of_a_picture() -> None:
    percent = Series(Metric(id="cpu", title="Processor", value=7, unit="percent", limit=100))
    percent.add(1.0, percent.metric)
    assert percent.top() == 100
    few = Series(Metric(id="connections", title="Connections", value=3, unit="count", limit=1000))
    few.add(1.0, few.metric)
    assert few.top() == 1000, "the limit stands beside it: 3 of 1000 is nearly nothing"
    memory = Series(Metric(id="memory", title="Memory", value=1.4, unit="bytes", limit=23.5))
    disk = Series(Metric(id="disk", title="Disk", value=43, unit="bytes", limit=101))
    for one in (memory, disk):
        one.add(1.0, one.metric)
    assert [round(one.points[-1][1] / one.top(), 2) for one in (memory, disk)] == [0.06, 0.43]
    free = Series(Metric(id="rate", title="Rate", value=3, unit="count"))
    free.add(1.0, free.metric)
    assert free.top() == pytest.approx(3.45)


def test_a_transaction_at_rest_gets_its_colour_after_a_while() -> None:
    young = DatabaseSession(id="1", state="in transaction", transaction_s=2)
    old = DatabaseSession(id="1", state="in transaction", transaction_s=300)
    assert (session_token(young), session_token(old)) == ("dim", "warn")


def test_no_finding_says_what_was_looked_at() -> None:
    states = [
        CheckState(check="a", title="Lonely tables"),
        CheckState(check="b", title="Bloat", skipped="no"),
    ]
    assert nothing_text(states, 3) == "Looked at 3 tables for: lonely tables.\nNot looked at: Bloat: no."


@pytest.mark.parametrize(
    ("value", "name", "kind"),
    [
        ("2024-02-03", "made", "dates"),
        ("2024-02-03T10:00:01Z", "made", "timestamps"),
        ("12.50", "worth", "numbers"),
        ("12.50", "post_code", ""),
        ("007", "agent", ""),
        ('{"a": 1}', "more", "JSON"),
        ("{a: 1}", "more", ""),
        ("yes", "is_on", ""),
        ("", "made", ""),
    ],
)
def test_what_texts_are(value: str, name: str, kind: str) -> None:
    found = kind_of([value] * 30, name)
    assert (found.name if found is not None else "") == kind
    assert kind_of([value] * 5, name) is None, "too few to tell"
    assert kind_of([*[value] * 30, "something else"], name) is None
