"""Replaying in a whole window: the verb, the comparison, the questions."""

from __future__ import annotations

import itertools
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from embedded_server.store.workspace import Workspace
from embedded_server.wire.http import (
    DELETE,
    LIST,
    SAVE_ENVIRONMENT,
    DeleteRequest,
    Environment,
    ListRequest,
    SaveEnvironmentRequest,
)
from embedded_server.wire.refs import ReplayRef
from tests.http.recorder import said


def counting(*bodies: object):
    """Each of these documents in turn, the last one for ever."""
    turn = itertools.chain(bodies, itertools.repeat(bodies[-1]))

    def answer(_request, connection) -> bool:
        connection.sendall(said(json.dumps(next(turn)).encode()))
        return True

    return answer


@pytest.fixture
def replayed(live_shell, until):
    """Run the verb on what is in front; answers the tab once it shows a new run."""

    def act():
        before = getattr(live_shell.window.bench.current(), "shown", None)
        assert live_shell.verbs.run_key("Ctrl+Shift+R") == ""
        tab = live_shell.window.bench.current()
        until(lambda: tab.shown is not None and tab.shown is not before and not tab.running())
        return tab

    return act


def test_a_draft_is_replayed_in_its_environment_and_nowhere_else(
    live_shell, recorder, replayed, named, until, ask
):
    recorder.answer = counting({"a": 1})
    staging = Environment(name="staging", base_url=recorder.url, class_="local")
    ask(SAVE_ENVIRONMENT, SaveEnvironmentRequest(environment=staging))
    live_shell.verbs.run("http.new")
    draft = live_shell.window.bench.current()
    draft.environment.reload("staging")
    assert draft.environment.name() == "staging", "who sends at once does not send to somewhere else"
    until(lambda: draft.environment.findText("staging") > 0)
    named("Address").setText("http://127.0.0.1:1/x")
    tab = replayed()
    assert len(recorder.requests) > 20 and all(sent.startswith(b"GET /x ") for sent in recorder.requests)
    assert tab.bar.environment.name() == "staging"
    ask(DELETE, DeleteRequest(environment="staging"))


def test_a_captured_request_is_replayed_and_compared(
    live_shell, captured, recorder, replayed, named, until, ask
):
    recorder.answer = counting({"a": 1})
    trace = captured()
    live_shell.window.bench.open(trace, keep=True)
    tab = replayed()
    # Two to warm up, and one before each further block.
    assert len(recorder.requests) == 2 + 40 + 9 and tab.ref.trace == trace.trace
    assert "after: 40 requests" in named("Times of the runs").accessibleDescription()
    assert tab.result.verdict.text() == "Response unchanged" and tab.origin == trace
    assert named("Compare with").currentText() == "the capture", "as the figures say"
    recorder.answer = counting({"a": 2})
    named("How many requests").setValue(10)
    named("Warm-up requests").setValue(0)
    recorder.requests.clear()
    tab = replayed()
    assert len(recorder.requests) == 10 and tab.shown.comparison.before_run
    assert named("Compare with").currentText().startswith("run 1 ")
    assert any("changed  body /a" in text for text in named("Differences").texts())
    assert "1 difference in the response" in tab.result.verdict.text()
    labels = [pair.label for pair in named("Before and after").pairs()]
    assert labels[0] == "response time, median of 10" and "response body" in labels
    runs = ask(LIST, ListRequest(trace=trace.trace)).runs
    assert len(runs) == 2 and named("Run shown").count() == 2 and named("Compare with").count() == 3


def test_an_earlier_run_is_shown_again(live_shell, captured, recorder, replayed, named, until):
    live_shell.window.bench.open(captured(), keep=True)
    first = replayed().shown.run
    tab = replayed()
    assert tab.shown.run != first
    tab.bar.run.setCurrentIndex(1)
    tab.bar.run.activated.emit(1)
    until(lambda: tab.shown.run == first)
    other = live_shell.window.bench.open(ReplayRef(tab.ref.trace, first, "again"), keep=True)
    until(lambda: other.shown is not None)
    assert other.shown.run == first


def test_a_write_asks_and_replays_when_told(live_shell, captured, recorder, until):
    live_shell.window.bench.open(captured("POST"), keep=True)
    live_shell.verbs.run("http.replay")
    tab = live_shell.window.bench.current()
    until(lambda: tab.place.message is not None)
    assert "POST × 42" in tab.place.message.text.text() and recorder.requests == [] and not tab.running()
    send, cancel = tab.place.message.findChildren(QPushButton)
    assert send.text() == f"Send 42 POST requests to 127.0.0.1:{recorder.port}"
    assert cancel.text() == "Cancel"
    tab.bar.count.setValue(400)
    send.click()
    until(lambda: tab.shown is not None and not tab.running())
    assert len(recorder.requests) == 42, "as many as were asked for"


def test_while_a_question_is_open_nothing_else_offers_to_send(live_shell, captured, recorder, until):
    live_shell.window.show()
    live_shell.window.bench.open(captured("POST"), keep=True)
    live_shell.verbs.run("http.replay")
    tab = live_shell.window.bench.current()

    def offered() -> list[str]:
        buttons = [one for one in tab.findChildren(QPushButton) if one.isVisible() and one.isEnabled()]
        return [one.text() for one in buttons if one.text().startswith(("Replay", "Send"))]

    until(tab.asking)
    assert live_shell.verbs.run("http.replay") == "Answer the question first"
    until(lambda: offered() == [f"Send 42 POST requests to 127.0.0.1:{recorder.port}"])
    (cancel,) = [b for b in tab.place.message.findChildren(QPushButton) if b.text() == "Cancel"]
    cancel.click()
    assert not tab.asking() and tab.place.message is None and recorder.requests == []
    until(lambda: offered() == ["Replay", "Replay"])
    assert live_shell.verbs.run("http.replay") == ""
    until(tab.asking)
    assert live_shell.verbs.run_key("Esc") == ""
    assert not tab.asking() and recorder.requests == []


def test_a_replay_can_be_stopped_and_a_lost_server_is_told(live_shell, captured, recorder, until):
    live_shell.window.bench.open(captured(), keep=True)
    recorder.answer = lambda _request, _connection: not recorder.stopping.wait(30)
    live_shell.verbs.run("http.replay")
    tab = live_shell.window.bench.current()
    until(lambda: recorder.requests)
    assert live_shell.verbs.run("http.replay") == "A replay is running"
    assert live_shell.verbs.run("http.stop") == "" and not tab.running()
    recorder.close()
    live_shell.verbs.run("http.replay")
    until(lambda: tab.place.message is not None)
    assert tab.place.message.problem.code in ("http.unreachable", "http.broken")


def test_a_composed_request_is_replayed_as_it_is_typed(live_shell, recorder, replayed, named):
    live_shell.verbs.run("http.new")
    named("Address").setText(f"{recorder.url}/typed")
    tab = replayed()
    assert recorder.requests[-1].startswith(b"GET /typed ") and len(tab.shown.runs) == 40


def test_verbs_say_what_is_missing(live_shell):
    for tab in list(live_shell.window.bench.tabs()):
        live_shell.window.bench.close(tab)
    assert live_shell.verbs.run("http.replay") == "Open a captured request first"
    assert live_shell.verbs.run("http.send") == "Open a request to edit first"


def test_an_index_that_was_tried_is_switched_off_and_on_when_chosen(
    live_shell, live_server, captured, recorder, replayed, named, until, tmp_path
):
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE orders (id integer PRIMARY KEY, status text)")
    recorder.answer = counting({"a": 1})
    trace = captured()
    (answer,) = live_server.call("server.info", b"{}", "where")
    store = Workspace(Path(json.loads(answer)["workspace"]))
    index = {"connection": str(path), "table": "orders", "columns": ["status"], "schema": ""}
    store.steps.add(trace.trace, "index", "ix", None, {"index": index})
    store.close()
    live_shell.window.bench.open(trace, keep=True)
    replayed()
    before = named("Compare with")
    at = before.findText("in turn, without and with orders (status)")
    assert at > 0
    before.setCurrentIndex(at)
    before.activated.emit(at)
    recorder.requests.clear()
    tab = replayed()
    assert len(recorder.requests) == 80 + 2 * 2 * 4, "twice as many, each block warmed up"
    assert "in turn without and with the index on orders (status)" in tab.result.notes.text()
    assert before.currentIndex() == before.findText("in turn, without and with orders (status)")
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA index_list(orders)").fetchall() == []


def test_table_and_chart_stand_above_each_other_where_it_is_narrow(qtbot):
    from desktop.http.replay_result import ReplayResult  # noqa: PLC0415  # lazy: tests without a window load no Qt
    from desktop.kit.pair_table import Pair  # noqa: PLC0415  # lazy: see above

    result = ReplayResult()
    qtbot.addWidget(result)
    result.table.show_pairs([Pair("response time, median", "56 ms", "52 ms")])
    result.resize(900, 700)
    result.show()
    assert result.chart.window() is result
    qtbot.waitUntil(lambda: result.table.width() < 500, timeout=20_000)
    result.resize(500, 700)
    qtbot.waitUntil(lambda: result.table.width() > 450, timeout=20_000)
    top = result.table.mapTo(result, result.table.rect().bottomLeft()).y()
    assert result.chart.mapTo(result, result.chart.rect().topLeft()).y() > top
