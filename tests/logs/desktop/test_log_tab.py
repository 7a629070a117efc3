"""A log in the window: by keyboard and mouse, found by accessible names."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QListView

from desktop.kit.theme import theme
from embedded_server.wire.refs import LogRef
from tests.logs.server.corpus import record

from .conftest import LINES

ERRORS = [n for n in range(3000) if n % 10 == 0]


def heard(named) -> str:
    """What a screen reader says of the current line."""
    return named("Log lines").accessibleDescription()


def test_it_opens_at_its_end_and_follows(tab, named, until, log):
    until(lambda: heard(named).startswith("line 3,000, info"))
    assert tab.view.at_end() and tab.following
    with log.open("a") as file:
        file.write(record(3001, "WARNING", "fresh") + "\n")
    until(lambda: heard(named).startswith("line 3,001, warning") and heard(named).endswith("fresh"))
    assert tab.view.at_end()
    until(lambda: tab.status()[0] == "3,001 lines")


def test_keys_move_and_end_follows_again(tab, named, qtbot, until, log):
    view = named("Log lines")
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    until(lambda: heard(named).startswith("line 1, error"))
    assert not tab.following
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert heard(named).startswith("line 2, info")
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    until(lambda: tab.view.current() is not None and tab.view.cursor_row() > 5)
    with log.open("a") as file:
        file.write(record(3001) + "\n")
    until(lambda: tab.rows.total() == 3001)
    assert tab.view.cursor_row() < 100, "who reads is left in peace"
    qtbot.keyClick(view, Qt.Key.Key_End)
    until(lambda: heard(named).startswith("line 3,001"))
    assert tab.following


def test_the_bar_of_the_line_stands_where_the_focus_is(tab, named, window, qtbot, until):
    view = named("Log lines")
    window.activateWindow()
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    until(lambda: view.current() is not None and view.hasFocus() and window.isActiveWindow())

    def ground() -> QColor:
        return view.viewport().grab().toImage().pixelColor(0, 6)

    until(lambda: ground() == theme().color("select_line"))
    named("Find in log").setFocus()
    until(lambda: ground() == theme().color("select"))


def test_finding_steps_through_hits_and_around(tab, named, qtbot, until):
    qtbot.keyClicks(named("Find in log"), "user=50 ")
    hits = [n for n, line in enumerate(LINES, 1) if "user=50 " in line]
    until(lambda: named(f"Hits: {len(hits):,}"))
    qtbot.keyClick(named("Find in log"), Qt.Key.Key_Return)
    until(lambda: named(f"Hits: 1/{len(hits):,}"))
    assert tab.view.current().line == hits[0], "around at the end"
    qtbot.mouseClick(named("Next hit"), Qt.MouseButton.LeftButton)
    until(lambda: tab.view.current() is not None and tab.view.current().line == hits[1])
    qtbot.mouseClick(named("Previous hit"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(named("Previous hit"), Qt.MouseButton.LeftButton)
    until(lambda: tab.view.current() is not None and tab.view.current().line == hits[0])


def test_only_hits_are_rows_and_grow_with_the_file(tab, named, qtbot, until, log):
    qtbot.keyClicks(named("Find in log"), "ERROR")
    until(lambda: tab.rows.hits == len(ERRORS))
    named("Lines shown").setCurrentIndex(1)
    until(lambda: tab.rows.filtered() and tab.rows.total() == len(ERRORS) and tab.rows.row(0) is not None)
    assert tab.rows.row(1).line == ERRORS[1] + 1
    with log.open("a") as file:
        file.write(record(3001, "ERROR", "late") + "\n")
    until(lambda: tab.rows.total() == len(ERRORS) + 1)
    until(lambda: (tab.view.rows_changed(), tab.rows.want(290, 300), tab.rows.row(300))[-1] is not None)
    assert tab.rows.row(300).text.endswith("late")


def test_a_level_narrows_and_is_given_up_again(tab, named, qtbot, until):
    qtbot.mouseClick(named("error 300"), Qt.MouseButton.LeftButton)
    until(lambda: tab.rows.filtered() and tab.rows.total() == 300)
    until(lambda: tab.rows.row(0) is not None and tab.rows.row(0).level == "error")
    qtbot.mouseClick(named("error 300, chosen"), Qt.MouseButton.LeftButton)
    until(lambda: not tab.rows.filtered() and tab.rows.total() == 3000)


def test_brushing_the_strip_keeps_a_span_of_time(tab, named, qtbot, until):
    strip = named("Records over time")
    until(lambda: len(strip.buckets()) > 20)
    start, end = strip.bucket_place(5), strip.bucket_place(9)
    qtbot.mousePress(strip, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(strip, pos=end)
    qtbot.mouseRelease(strip, Qt.MouseButton.LeftButton, pos=end)
    since = strip.buckets()[5].at
    until(lambda: tab.rows.filtered() and tab.rows.searched and 0 < tab.rows.total() < 1000)
    until(lambda: tab.rows.row(0) is not None)
    assert tab.rows.row(0).time.replace(",", ".") >= since
    tab.bar.span.removed.emit()
    until(lambda: not tab.rows.filtered())


def test_the_strip_is_walked_by_keys_and_jumps(tab, named, qtbot, until):
    strip = named("Records over time")
    until(lambda: len(strip.buckets()) > 20)
    strip.setFocus()
    for _ in range(4):
        qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert "info" in strip.accessibleDescription()
    qtbot.keyClick(strip, Qt.Key.Key_Return)
    until(lambda: tab.view.current() is not None and tab.view.current().offset == strip.buckets()[3].offset)


def test_a_traceback_is_inspected_as_one_record(window, tmp_path, named, until, qtbot):
    path = tmp_path / "trace.log"
    trace = (
        'Traceback (most recent call last):\n  File "/srv/shop/orders.py", line 41, in recent\n    1 / 0\n'
    )
    path.write_text(
        record(1) + "\n" + record(2, "ERROR", "it failed") + "\n" + trace + "ZeroDivisionError: no\n"
    )
    tab = window.bench.open(LogRef(str(path)), keep=True)
    until(lambda: tab.panel.record is not None)
    frames = named("Frames")
    assert [row.value for row in frames.rows()] == ["recent  1 / 0", "ZeroDivisionError: no"]
    assert frames.rows()[0].copy == "/srv/shop/orders.py:41"
    assert "it failed" in named("Whole text of the record").toPlainText()
    assert tab.panel.heading.text() == "Line 2–6"


def test_lines_are_copied(tab, named, qtbot, until):
    view = named("Log lines")
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Home)
    until(lambda: tab.view.current() is not None)
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "\n".join(LINES[:2])


def test_a_bad_pattern_is_said_beside_it(tab, named, qtbot, until):
    qtbot.keyClicks(named("Find in log"), "(a")
    until(lambda: tab.bar.place.text().startswith("Not a pattern: missing"))
    qtbot.keyClick(named("Find in log"), Qt.Key.Key_Escape)
    until(lambda: tab.bar.place.text() == "")


def test_what_is_not_there_says_so_in_its_place(window, tmp_path, until):
    tab = window.bench.open(LogRef(str(tmp_path / "none.log")), keep=True)
    until(lambda: tab._problem is not None)
    assert tab.title() == "none.log"


def test_the_page_lists_opens_and_runs(window, named, qtbot, until, log, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    window.bench.show_page("logs")
    pane = named("Logs")
    assert isinstance(pane, QListView)
    named("Filter logs").setText("app.log")
    until(lambda: "app.log" in _titles(pane))
    index = pane.model().index(_titles(pane).index("app.log"), 0)
    qtbot.mouseClick(pane.viewport(), Qt.MouseButton.LeftButton, pos=pane.visualRect(index).center())
    until(lambda: window.bench.current() is not None and window.bench.current().title() == "app.log")
    qtbot.mouseClick(named("Follow a command"), Qt.MouseButton.LeftButton)
    field = named("Command to follow")
    qtbot.keyClicks(field, f"{sys.executable} -c \"print('INFO:root:hello')\"")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    until(lambda: window.bench.current().ref.source.startswith("command:"))
    command = window.bench.current()
    until(lambda: command.rows.row(0) is not None and command.rows.row(0).text == "INFO:root:hello")
    until(lambda: command.rows.state.exit_code == 0)


def _titles(view: QListView) -> list[str]:
    return [view.model().index(row, 0).data() for row in range(view.model().rowCount())]


@pytest.mark.parametrize(
    "name", ["Log lines", "Find in log", "Records over time", "Log format", "Lines shown"]
)
def test_everything_has_a_name(tab, named, name):
    assert named(name)


def test_a_million_lines_scroll_without_being_held(window, tmp_path, until, named, qtbot):
    path = tmp_path / "big.log"
    with path.open("w") as file:
        for n in range(300_000):
            file.write(f"2026-11-26 10:00:00,{n % 1000:03d} INFO shop: line {n}\n")
    tab = window.bench.open(LogRef(str(path)), keep=True)
    until(lambda: tab.rows.exact())
    assert tab.rows.total() == 300_000
    for row in (0, 150_000, 299_999, 75_000):
        tab.view.set_cursor(row)
        until(lambda row=row: tab.rows.row(row) is not None)
        assert tab.rows.row(row).text.endswith(f"line {row}")
    assert len(tab.rows._rows) <= 4000


def test_a_click_selects_the_row_under_it(tab, named, qtbot, until):
    view = named("Log lines")
    qtbot.keyClick(view, Qt.Key.Key_Home)
    until(lambda: tab.view.top() == 0 and tab.view.current() is not None)
    middle = view.row_height // 2
    qtbot.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 4 * view.row_height + middle)
    )
    assert heard(named).startswith("line 5, info")


def test_a_jump_on_its_way_does_not_lead_away_from_the_end_that_is_followed(tab, qtbot, until):
    tab.jump(0)
    tab.follow(True)
    arrived = QSignalSpy(tab.stepper.arrived)
    # What is asked later is answered later.
    with qtbot.waitSignal(tab.panel.read, timeout=20_000):
        tab.panel.show_row(tab.rows.source, tab.view.current())
    assert arrived.count() == 0 and tab.view.current().line == 3000
