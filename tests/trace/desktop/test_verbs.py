"""What verbs of requests leave in the session's file, in settings and files, and what is read aloud."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from desktop.settings import SHOW_STRIP
from embedded_server.store.workspace import Workspace
from embedded_server.wire.refs import TraceRef
from tests.outside import answer, confirm, front, spoken, tabs

from .captured import ORDERS, recent_orders, request


@pytest.fixture
def run(shell):
    def act(verb: str) -> None:
        assert shell.verbs.run(verb) == "", verb

    return act


@pytest.fixture
def two(shell, send, named, until) -> list[str]:
    """Two requests in the list."""
    ids = send(request("/plain"), recent_orders())
    shell.window.bench.show_page("requests")
    until(lambda: listed(named) == 2)
    return ids


def listed(named) -> int:
    return named("Requests").model().rowCount()


def select(named, row: int) -> None:
    view = named("Requests")
    view.setFocus()
    view.setCurrentIndex(view.model().index(row, 0))


def test_opening_comparing_and_finding(two, named, run, shell, until):
    select(named, 1)
    run("trace.open")
    assert front(shell)["ref"]["trace"] == two[0]
    select(named, 1)
    run("trace.mark")
    select(named, 0)
    run("trace.compare")
    assert {front(shell)["ref"]["before"], front(shell)["ref"]["after"]} == set(two)
    run("trace.filter")
    until(lambda: spoken() == "Filter requests")
    run("trace.connect")
    assert named("Connect your app").isVisible()


def test_the_strip_is_a_setting(run, shell):
    def saved() -> object:
        text = (shell.options.profile / "settings.toml").read_text(encoding="utf-8")
        return tomllib.loads(text).get(SHOW_STRIP.key, True)

    run("trace.strip")
    assert saved() is False
    run("trace.strip")
    assert saved() is True


def test_parts_of_a_request(two, run, shell, until):
    tab = shell.window.bench.open(TraceRef(two[1]), keep=True)
    until(lambda: tab.trace is not None)
    for number, part in enumerate(("timeline", "request", "response", "sql", "logs", "runs")):
        run(f"trace.part_{part}")
        assert front(shell)["state"]["part"] in (number, part.title(), part.upper())


def test_a_report_and_a_case_are_files(two, run, shell, until, tmp_path: Path, qtbot):
    tab = shell.window.bench.open(TraceRef(two[1]), keep=True)
    until(lambda: tab.trace is not None)
    report, case = tmp_path / "report.html", tmp_path / "one.backlight-case"
    for verb, path in (("trace.save_report", report), ("trace.save_case", case)):
        run(verb)
        confirm(qtbot)
        answer(path)
        until(path.exists)
        assert ORDERS.split()[1] in path.read_text(encoding="utf-8")
    assert json.loads(case.read_text(encoding="utf-8"))["backlight_case"] == 1
    before = tabs(shell)
    run("trace.open_case")
    answer(case)
    until(lambda: len(tabs(shell)) == len(before) + 1)


def test_keys_reach_them(two, named, qtbot, shell):
    select(named, 0)
    qtbot.keyClick(named("Requests"), Qt.Key.Key_Return)
    assert front(shell)["ref"]["trace"] == two[1]


def test_clearing_asks_and_leaves_what_is_kept(two, named, run, shell, until, workspace, qtbot):
    store = Workspace(workspace)
    store.traces.pin(two[0], True)
    shell.window.bench.open(TraceRef(two[1]), keep=True)
    run("trace.clear")
    assert store.traces.summary(two[1]) is not None, "nothing goes before it is confirmed"
    (button,) = [one for one in shell.window.findChildren(QPushButton) if one.text() == "Clear them"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    until(lambda: store.traces.summary(two[1]) is None)
    assert store.traces.summary(two[0]) is not None
    until(lambda: listed(named) == 1 and tabs(shell) == [])
    store.close()
