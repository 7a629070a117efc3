"""Every verb of logs does what it says; a file from outside is opened; a line leads to its request."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from desktop.context import Launch
from embedded_server.wire.refs import LogRef, TraceRef
from tests.logs.server.corpus import record
from tests.outside import answer, front, tabs
from tests.trace.desktop.captured import post, request

from .conftest import LINES

TRACE = "7d1e6a0c9d3e4f71a2b3c4d5e6f70877"


@pytest.fixture
def run(window):
    """Run a verb as its key or the palette does; it must be able to."""

    def act(verb: str) -> None:
        assert window.verbs.run(verb) == "", verb

    return act


def clipboard() -> str:
    return QGuiApplication.clipboard().text()


def test_without_a_log_they_say_why_not(window):
    for verb in ("find", "next", "previous", "only_hits", "follow", "copy", "copy_record", "open_request"):
        assert window.verbs.run(f"logs.{verb}") == "Open a log first"


def test_finding_next_previous_and_only_hits(tab, run, window, qtbot, until):
    run("logs.find")
    assert window.focusWidget().accessibleName() == "Find in log"
    qtbot.keyClicks(window.focusWidget(), "user=50 ")
    hits = [n for n, line in enumerate(LINES, 1) if "user=50 " in line]
    until(lambda: tab.rows.hits == len(hits))
    for verb, wanted in (("next", hits[0]), ("next", hits[1]), ("previous", hits[0])):
        run(f"logs.{verb}")
        until(lambda wanted=wanted: tab.view.current() is not None and tab.view.current().line == wanted)
    run("logs.only_hits")
    until(lambda: tab.rows.filtered() and tab.rows.total() == len(hits))
    run("logs.only_hits")
    until(lambda: not tab.rows.filtered() and tab.rows.total() == 3000)


def test_following_and_copying(tab, run, until):
    run("logs.follow")
    assert not tab.following
    tab.view.set_cursor(0)
    until(lambda: tab.view.current() is not None)
    run("logs.copy")
    assert clipboard() == LINES[0]
    run("logs.follow")
    until(lambda: tab.following and tab.view.current() is not None and tab.view.current().line == 3000)
    until(lambda: tab.panel.record is not None and tab.panel.record.first_line == 3000)
    run("logs.copy_record")
    assert clipboard() == LINES[-1]


def test_opening_asks_for_a_file_and_following_for_a_command(live_shell, window, run, log, until, named):
    window.bench.show_page("logs")
    run("logs.open")
    answer(log)
    until(lambda: window.bench.current() is not None and window.bench.current().title() == "app.log")
    assert tabs(live_shell) == ["app.log"]
    run("logs.command")
    assert named("Command to follow").isVisible()


def test_the_output_of_a_command_is_followed(window, run, tmp_path, until, named, qtbot):
    run("logs.command")
    qtbot.keyClicks(named("Command to follow"), f"touch {tmp_path / 'ran'}")
    qtbot.keyClick(named("Command to follow"), Qt.Key.Key_Return)
    until(lambda: (tmp_path / "ran").exists())


def test_verbs_of_lines_reach_the_clipboard(tab, run, qtbot, window, until):
    def copied(verb: str = "logs.copy") -> str:
        run(verb)
        return clipboard()

    run("logs.find")
    qtbot.keyClicks(window.focusWidget(), "user=50 ")
    hits = [line for line in LINES if "user=50 " in line]
    until(lambda: tab.rows.hits == len(hits))
    for verb, wanted in (("logs.next", hits[0]), ("logs.next", hits[1]), ("logs.previous", hits[0])):
        run(verb)
        until(lambda wanted=wanted: tab.view.current() is not None and copied() == wanted)
    run("logs.only_hits")
    until(lambda: tab.rows.filtered() and tab.rows.total() == len(hits))
    tab.view.set_cursor(1)
    until(lambda: tab.view.current() is not None and copied() == hits[1])
    run("logs.only_hits")
    until(lambda: not tab.rows.filtered())
    if tab.following:
        run("logs.follow")
    run("logs.follow")
    until(lambda: tab.view.current() is not None and copied() == LINES[-1])
    until(lambda: tab.panel.record is not None and tab.panel.record.first_line == 3000)
    assert copied("logs.copy_record") == LINES[-1]


def test_the_request_of_a_line_is_opened(live_shell, window, live_server, tmp_path, until, run):
    captured(live_server)
    path = tmp_path / "app.log"
    path.write_text(record(2, "WARNING", f"slow listing request_id={TRACE}") + "\n")
    tab = window.bench.open(LogRef(str(path)), keep=True)
    until(lambda: tab.panel.trace() is not None)
    run("logs.open_request")
    assert front(live_shell)["ref"]["trace"] == TRACE


def test_a_log_handed_over_from_outside_is_opened(window, log, until):
    window.bench.launch(Launch("app.log", folder=str(log.parent)))
    until(lambda: window.bench.current() is not None)
    assert window.bench.current().ref == LogRef(str(log))


def test_enter_on_a_line_opens_its_request(window, live_server, tmp_path, until, named, qtbot):
    captured(live_server)
    path = tmp_path / "app.log"
    path.write_text(record(1) + "\n" + record(2, "WARNING", f"slow listing request_id={TRACE}") + "\n")
    tab = window.bench.open(LogRef(str(path)), keep=True)
    until(lambda: tab.panel.trace() is not None)
    (row,) = named("Requests of the record").rows()
    assert (row.key, row.value) == ("request_id", "GET /orders/recent") and "by its id" in row.tip
    assert tab.subject("trace") == TraceRef(TRACE, "GET /orders/recent")
    view = named("Log lines")
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Return)
    until(lambda: isinstance(window.bench.current().ref, TraceRef))
    assert window.bench.current().ref.trace == TRACE


def captured(server) -> None:
    """A request as a probe sends it."""
    (answer,) = server.call("server.info", b"{}", "where")
    post(Path(json.loads(answer)["workspace"]), request("/orders/recent", id=TRACE, logs=[]))


def test_a_group_of_similar_lines_filters_the_log(live_shell, window, run, tmp_path, until, named, qtbot):
    path = tmp_path / "many.log"
    odd = [(n, f"slow {n} ms" if n % 3 else f"ok {n}") for n in range(90)]
    lines = [record(n, "ERROR" if n % 3 else "INFO", text) for n, text in odd]
    path.write_text("\n".join(lines) + "\n")
    run("logs.groups")
    assert named("Filter groups").hasFocus()
    tab = window.bench.open(LogRef(str(path)), keep=True)
    until(lambda: named("Groups of similar lines").model().rowCount() == 2)
    view = named("Groups of similar lines")
    texts = [view.model().index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(2)]
    assert texts == ["60 times slow <*> ms, 60 error", "30 times ok <*>, 30 info"]
    view.setFocus()
    view.setCurrentIndex(view.model().index(1, 0))
    qtbot.keyClick(view, Qt.Key.Key_Return)
    until(lambda: tab.rows.filtered() and tab.rows.total() == 30)
    tab.view.set_cursor(0)
    until(lambda: tab.view.current() is not None)
    run("logs.copy")
    assert clipboard() == lines[0]
    qtbot.keyClick(view, Qt.Key.Key_Return)
    until(lambda: not tab.rows.filtered() and tab.rows.total() == 90)
    with path.open("a") as file:
        file.write(record(1, "CRITICAL", "gone") + "\n")
    until(lambda: tab.rows.total() == 91)
    qtbot.mouseClick(named("Count again"), Qt.MouseButton.LeftButton)
    until(lambda: view.model().rowCount() == 3)
    named("Filter groups").setText("gone")
    until(lambda: view.model().rowCount() == 1)
