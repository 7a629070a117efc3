"""Reports and cases, from the window to a file and from a file to the window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from desktop.context import Launch
from desktop.kit.widgets import InlineProblem
from desktop.trace.cases import Cases
from desktop.trace.tab import TraceTab
from embedded_server.wire.refs import TraceRef
from tests.outside import answer, confirm, preview

from .captured import ORDERS, recent_orders


@pytest.fixture
def cases(shell) -> Cases:
    """What the verbs stand on."""
    (found,) = shell.window.findChildren(Cases) or shell.findChildren(Cases)
    return found


@pytest.fixture
def trace(shell, send, until) -> str:
    """A request in the tab in front."""
    key = send(recent_orders())[0]
    tab = shell.window.bench.open(TraceRef(key), keep=True)
    until(lambda: isinstance(tab, TraceTab) and tab.trace is not None)
    return key


@pytest.fixture
def save(qtbot):
    """As a person does: ask, look, confirm, choose the file."""

    def act(cases: Cases, form: str, path: Path) -> None:
        cases.ask(form)
        confirm(qtbot)
        answer(path)

    return act


def test_without_a_request_there_is_nothing_to_save(shell):
    for verb in ("trace.save_report", "trace.save_case"):
        assert shell.verbs.run(verb) == "Open a request first"


def test_the_request_in_front_becomes_a_report(shell, cases, trace, until, tmp_path: Path, save):
    assert cases.trace() == trace and shell.verbs.get("trace.save_report").when() == ""
    file = tmp_path / "report.html"
    save(cases, "html", file)
    until(file.exists)
    text = file.read_text(encoding="utf-8")
    assert ORDERS.split()[1] in text and text.startswith("<!doctype html>")
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_a_colleagues_case_opens_by_being_dropped(shell, cases, trace, until, tmp_path: Path, save):
    file = tmp_path / "slow.backlight-case"
    save(cases, "case", file)
    until(file.exists)
    assert json.loads(file.read_text(encoding="utf-8"))["backlight_case"] == 1
    shell.launch(Launch(file.name, folder=str(tmp_path)))
    until(lambda: shell.window.bench.current().ref != TraceRef(trace))
    tab = shell.window.bench.current()
    until(lambda: isinstance(tab, TraceTab) and tab.trace is not None)
    assert tab.trace.summary.source == "import" and len(tab.trace.statements) == 22


def test_what_cannot_be_written_or_read_is_told(shell, cases, trace, until, tmp_path: Path, save):
    messages = shell.window.frame.messages
    save(cases, "case", tmp_path / "no folder" / "x.backlight-case")
    until(lambda: messages.messages)
    assert messages.messages[-1].problem.code == "file.disk"
    messages.clear()
    (tmp_path / "broken.backlight-case").write_text("{")
    cases.open(tmp_path / "broken.backlight-case")
    until(lambda: messages.messages)
    assert messages.messages[-1].problem.code == "case.invalid"


def test_nothing_is_written_before_it_is_confirmed(shell, cases, trace, until, tmp_path: Path, qtbot):
    cases.ask("case")
    shown = preview(qtbot)
    stays = dict(shown.stays.places.rows)
    assert stays["request path"] == "/orders/recent" and "open" in shown.text.toPlainText()
    assert shown.cut_title.text().startswith("Cut out: ") and shown.focusWidget() is not None
    row = [place for place, _ in shown.stays.places.rows].index("statement value")
    value = shown.stays.places.rows[row][1]
    shown.stays.setCurrentIndex(shown.stays.places.index(row))
    qtbot.keyClick(shown.stays, Qt.Key.Key_Delete)
    until(lambda: [place for place, why in shown.cut.places.rows if "by hand" in why] == [value])
    qtbot.keyClicks(shown.field, "no such value")
    qtbot.keyClick(shown.field, Qt.Key.Key_Return)
    until(lambda: len(shown.cut.places.rows) > 1 and shown.confirm.isEnabled())
    row = next(n for n, (place, _) in enumerate(shown.cut.places.rows) if place == "no such value")
    shown.cut.setCurrentIndex(shown.cut.places.index(row))
    qtbot.keyClick(shown.cut, Qt.Key.Key_Return)
    until(lambda: "no such value" not in dict(shown.cut.places.rows))
    confirm(qtbot)
    file = tmp_path / "one.backlight-case"
    assert list(tmp_path.glob("*.backlight-case")) == []
    answer(file)
    until(file.exists)
    assert json.loads(file.read_text())["trace"]["statements"][0]["params"] != [value]
    assert file.stat().st_mode & 0o077 == 0, "for its owner alone"


def test_what_cannot_be_struck_out_is_said_in_place(cases, trace, until, qtbot):
    cases.ask("case")
    shown = preview(qtbot)
    qtbot.keyClicks(shown.field, "capture")
    qtbot.keyClick(shown.field, Qt.Key.Key_Return)
    until(lambda: shown.findChildren(InlineProblem))
    assert shown.confirm.isEnabled(), "what was shown can still leave"
    shown.reject()
