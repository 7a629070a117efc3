"""One request in a tab: timeline, inspector, messages, steps, what other capabilities are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from desktop.settings import EDITOR
from desktop.trace.path_bar import PathBar
from desktop.trace.tab import TraceTab
from embedded_server.store.workspace import Workspace
from embedded_server.wire.probe import ProbeFrame, ProbeLog, ProbeStatement
from embedded_server.wire.refs import StatementRef, TableRef, TraceRef
from embedded_server.wire.server import Event
from embedded_server.wire.trace import Message

from .captured import CUSTOMER, ORDERS, failing, recent_orders, request


@pytest.fixture
def opened(shell, send, until):
    """Open a request that was just captured."""

    def act(sent) -> TraceTab:
        tab = shell.window.bench.open(TraceRef(send(sent)[0]), keep=True)
        until(lambda: tab.trace is not None)
        return tab

    return act


@pytest.fixture
def tab(opened) -> TraceTab:
    return opened(recent_orders())


def texts(view) -> list[str]:
    role, model = Qt.ItemDataRole.AccessibleTextRole, view.model()
    return [model.data(model.index(row, 0), role) for row in range(model.rowCount())]


def test_the_slowest_statement_is_selected_and_inspected(tab, named, until):
    assert texts(named("Timeline"))[0] == "GET /orders/recent, 421 ms from 0 ms"
    assert "SELECT … FROM customers WHERE id = ?  × 20  N+1, 74 ms from 306 ms" in texts(named("Timeline"))
    assert texts(named("Timeline"))[-1].startswith("fetch + Python, 18 ms")
    until(lambda: named("Statement").toPlainText().startswith("SELECT orders.id"))
    rows = {row.key: row.value for row in tab.panel.values.rows()}
    assert rows == {"1": "open", "2": "20", "3": "0"}
    assert tab.title() == "GET /orders/recent" and tab.path().startswith(f"trace {tab.ref.trace[:8]} · ")


def test_verbs_of_others_act_on_the_selected_statement(tab):
    ref = tab.subject("statement")
    assert ref == StatementRef("sqlite:///shop.db", ORDERS, ["open", 20, 0], tab.ref.trace, 2)
    assert tab.subject("trace") == tab.ref and tab.subject("proposal") is None
    tab.overview.timeline.setCurrentIndex(tab.overview.timeline.model().index(0, 0))
    assert tab.subject("statement") is None, "the request itself is no statement"


def test_the_repeated_statements_open_one_by_one(tab, named, qtbot):
    view = named("Timeline")
    group = next(row for row, text in enumerate(texts(view)) if "N+1" in text)
    view.setFocus()
    view.setCurrentIndex(view.model().index(group, 0))
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert tab.subject("statement").number == 3 and tab.subject("statement").sql == CUSTOMER
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert tab.subject("statement").params == [4218]
    assert tab.panel.callers.frame().line == 41


def test_cards_are_honest_while_nothing_was_done(tab, shell):
    overview = tab.overview
    assert overview.why.empty.isVisible() and "Ctrl+E" in overview.why.empty.text()
    assert overview.verdict.empty.isVisible() and not overview.error.isVisible()
    assert [line.lead for line in overview.groups.lines()] == ["1×", "20×", "1×"]
    assert (
        overview.groups.lines()[1].text()
        == "20× SELECT … FROM customers WHERE id = 4217, 4218, 4219 … N+1  74\u2009ms"
    )
    assert [line.word for line in overview.lines.lines()] == ["DEBUG", "WARNING", "INFO"]
    assert overview.verdict.next.plain() == "Next: 20 of the 22 statements are one N+1 at shop/orders.py:41."


def test_steps_arrive_and_lead_to_what_was_done(tab, named, shell, qtbot, workspace, until):
    store = Workspace(workspace)
    facts = {
        "lines": [
            {"depth": 0, "text": "Limit", "ms": 0.0},
            {
                "depth": 1,
                "text": "Seq Scan orders",
                "ms": 264.0,
                "share": 0.94,
                "hot": True,
                "detail": "filter",
            },
        ],
        "finding": {
            "title": "Most rows are read and thrown away",
            "text": "An index helps.",
            "confidence": "high",
        },
    }
    store.steps.add(
        tab.ref.trace, "explained", "Seq Scan orders 264 ms", TableRef("shop.db", "orders"), facts
    )
    rows = [
        {"label": "statements", "before": "22", "after": "2", "tone": "ok"},
        {"label": "body", "after": "identical"},
    ]
    verdict = {"rows": rows, "text": "Faster: 2.7×", "tone": "ok"}
    store.steps.add(tab.ref.trace, "verdict", "Faster", None, verdict)
    store.close()
    shell.events.deliver(Event(10_000, "trace.step", {"trace": tab.ref.trace, "step": "explained"}))
    why = tab.overview.why
    until(lambda: not why.empty.isVisible())
    assert [line.text() for line in why.plan.lines()] == [
        "Limit 0\u2009ms", "└ Seq Scan orders 264\u2009ms · 94 %", "filter",
    ]  # fmt: skip
    assert why.finding.plain() == "Most rows are read and thrown away. An index helps."
    assert [pair.text() for pair in tab.overview.verdict.table.pairs()] == [
        "statements: before 22, after 2", "body: identical",
    ]  # fmt: skip
    assert tab.overview.verdict.verdict.plain() == "Faster: 2.7×"
    assert [station.reached for station in tab.overview.path.stations] == [
        True,
        True,
        False,
        False,
        False,
        False,
        True,
    ]
    qtbot.mouseClick(named("Explained"), Qt.MouseButton.LeftButton)
    assert shell.window.bench.current().ref == TableRef("shop.db", "orders")
    assert shell.window.bench.current().origin == tab.ref


def test_request_and_response_are_shown_with_their_marks(opened, named, qtbot):
    cut = Message(
        headers=[("X", "1"), ("X", "2")],
        body="abc",
        body_bytes=9_000,
        truncated=True,
        content_type="text/plain",
    )
    tab = opened(recent_orders(response=cut))
    tab.show_part("Response")
    assert [(row.key, row.value) for row in named("Response headers").rows()] == [("X", "1"), ("X", "2")]
    assert tab.response.body.way() == "Text" and "9\u2009kB" in tab.response.about.text()
    assert named("cut: 3\u2009B of 9\u2009kB kept").isVisible()
    tab.show_part("Request")
    assert tab.request.none.isVisible(), "a request without a body says so"


def test_an_exception_has_its_card_with_frames(opened, named):
    tab = opened(failing())
    assert tab.title() == "POST /checkout · 500"
    assert named("Exception").isVisible()
    assert tab.overview.error.what.plain() == "TypeError: unsupported operand\nfrom KeyError: 'price'"
    assert tab.overview.error.frames.frame().file == "/srv/shop/cart.py"


def test_replays_are_listed_when_they_come(tab, named, qtbot, send, shell, until):
    tab.show_part("Runs")
    assert tab.header.parts.tabText(5) == "Runs"
    ids = send(recent_orders(run="r1/1", origin=tab.ref.trace, duration_ms=158.0))
    until(lambda: tab.header.parts.tabText(5) == "Runs 1")
    runs = named("Runs")
    runs.setFocus()
    runs.setCurrentIndex(runs.model().index(0, 0))
    qtbot.keyClick(runs, Qt.Key.Key_Return)
    opened = shell.window.bench.current()
    assert opened.ref.trace == ids[0] and opened.origin == tab.ref


def test_the_statement_is_copied_with_its_values(tab, shell):
    assert shell.verbs.run("trace.copy_statement") == ""
    assert "WHERE orders.status = 'open'" in QGuiApplication.clipboard().text()
    assert "LIMIT 20 OFFSET 0" in QGuiApplication.clipboard().text()
    tab.show_part("SQL")
    tab.select_statement(1)
    shell.verbs.run("trace.copy_caller")
    assert QGuiApplication.clipboard().text() == "/srv/shop/auth.py:31"
    for name in ("Timeline", "Request", "Response", "SQL", "Logs", "Runs"):
        shell.verbs.run(f"trace.part_{name.lower()}")
        assert tab.header.parts.tabText(tab.header.parts.currentIndex()).startswith(name)


def test_the_caller_opens_in_the_users_editor(tab, shell, tmp_path: Path, until):
    seen = tmp_path / "seen"
    shell.verbs.run("trace.open_caller")
    assert shell.window.bench.current() is not tab, "without a command the settings come to the front"
    shell.window.bench.open(tab.ref)
    script = tmp_path / "editor.sh"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > "{seen}.part" && mv "{seen}.part" "{seen}"\n')
    script.chmod(0o755)
    shell.settings.set(EDITOR, f"{script} {{file}}:{{line}}")
    shell.verbs.run("trace.open_caller")
    until(seen.exists)
    assert seen.read_text() == "/srv/shop/orders.py:38"


def test_an_editor_that_is_not_there_is_a_problem_in_words(tab, shell):
    shell.settings.set(EDITOR, "/no/such/editor {file}")
    shell.verbs.run("trace.open_caller")
    problem = shell.window.frame.messages.messages[0].problem
    assert problem.title == "The editor could not be started" and problem.detail == "/no/such/editor"


def test_a_request_that_is_gone_says_so_in_its_tab(shell, until):
    from desktop.kit.widgets import InlineProblem  # noqa: PLC0415  # lazy: tests without a window load no Qt

    tab = shell.window.bench.open(TraceRef("nosuchtrace", "GET /gone"), keep=True)
    until(lambda: tab.findChildren(InlineProblem))
    assert tab.findChildren(InlineProblem)[0].problem.code == "trace.unknown"


def test_what_the_request_tells_of_itself_leads_to_statement_and_caller(
    opened, named, shell, qtbot, until, tmp_path: Path
):
    place = {"dialect": "sqlite", "database": "sqlite:///shop.db", "transaction": 1, "frames": [0]}
    same = [
        ProbeStatement(start_ms=10.0 * n, duration_ms=4.0, sql=CUSTOMER, params=[7], **place)
        for n in range(6)
    ]
    written = ProbeStatement(
        start_ms=90.0, duration_ms=3.0, sql="SELECT * FROM p WHERE name = 'red shoes'", **place
    )
    frames = [ProbeFrame("/srv/shop/search.py", 12, "search", "rows = run(sql)")]
    sent = request("/search?q=red+shoes", statements=[*same, written], frames=frames, logs=[])
    tab = opened(sent)
    until(lambda: len(texts(named("Findings of the request"))) == 2)
    first, second = texts(named("Findings of the request"))
    assert first.startswith("A value of the request stands in the SQL text") and "shop/search.py:12" in first
    assert second.startswith("The request asks the same 6 times")
    view = named("Findings of the request")
    view.setFocus()
    view.setCurrentIndex(view.model().index(0, 0))
    until(lambda: tab.statement() is not None and tab.statement().number == 7)
    seen, script = tmp_path / "seen", tmp_path / "editor.sh"
    script.write_text(f'#!/bin/sh\nprintf %s "$1" > "{seen}.part" && mv "{seen}.part" "{seen}"\n')
    script.chmod(0o755)
    shell.settings.set(EDITOR, f"{script} {{file}}:{{line}}")
    qtbot.keyClick(view, Qt.Key.Key_Return)
    until(seen.exists)
    assert seen.read_text() == "/srv/shop/search.py:12"


def test_parts_without_anything_say_so(opened, named):
    tab = opened(request("/plain", logs=[]))
    for name, title in (("SQL", "No statements"), ("Logs", "No log lines"), ("Runs", "Not replayed yet")):
        tab.show_part(name)
        assert tab._none[name].isVisible() and tab._none[name].title.text() == title


def test_the_log_line_that_the_inspector_describes_is_the_one_shown(opened, named, until):
    tab = opened(request("/x", logs=[ProbeLog(level="WARNING", logger="app", message="late")]))
    tab.show_part("Logs")
    view = named("Log lines of the request")
    view.setFocus(Qt.FocusReason.OtherFocusReason)
    until(lambda: view.key() is not None)
    assert [index.row() for index in view.selectedIndexes()] == [0]
    assert tab.inspector().heading.text() == "Log line 1 of 1"
    for part in ("Runs", "Request", "Timeline"):
        tab.show_part(part)
        assert not tab.inspector().heading.text().startswith("Log line"), "of what is not in sight"


def test_many_log_lines_stay_fluid_and_folded(opened, named):
    lines = [
        ProbeLog(start_ms=n / 50, level="DEBUG", logger="shop", message=f"line {n}") for n in range(2000)
    ]
    tab = opened(request("/chatty", logs=lines, duration_ms=50.0))
    assert len(texts(named("Timeline"))) == 3, "the request, the folded lines, the rest of the time"
    tab.show_part("Logs")
    assert len(tab.logs.lines()) == 2000


def test_titles_of_stations_go_below_before_they_are_cut(qtbot):
    bar = PathBar()
    qtbot.addWidget(bar)
    bar.resize(1000, bar.height())
    bar.show()
    height = bar.height()
    assert not any(station.stacked for station in bar.stations)
    bar.resize(560, height)
    qtbot.waitUntil(lambda: all(one.width() >= one.sizeHint().width() for one in bar.stations))
    assert all(station.stacked for station in bar.stations)
    assert all(station.geometry().bottom() < height for station in bar.stations)
