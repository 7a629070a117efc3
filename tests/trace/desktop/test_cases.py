"""Reports and cases, from the window to a file and from a file to the window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desktop.context import Launch
from desktop.trace.cases import Cases
from desktop.trace.tab import TraceTab
from embedded_server.wire.refs import TraceRef

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


def test_without_a_request_there_is_nothing_to_save(shell):
    for verb in ("trace.save_report", "trace.save_case"):
        assert shell.verbs.run(verb) == "Open a request first"


def test_the_request_in_front_becomes_a_report(shell, cases, trace, until, tmp_path: Path):
    assert cases.trace() == trace and shell.verbs.get("trace.save_report").when() == ""
    file = tmp_path / "report.html"
    cases.save(trace, "html", file)
    until(file.exists)
    text = file.read_text(encoding="utf-8")
    assert ORDERS.split()[1] in text and text.startswith("<!doctype html>")
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_a_colleagues_case_opens_by_being_dropped(shell, cases, trace, until, tmp_path: Path):
    file = tmp_path / "slow.backlight-case"
    cases.save(trace, "case", file)
    until(file.exists)
    assert json.loads(file.read_text(encoding="utf-8"))["backlight_case"] == 1
    shell.launch(Launch(file.name, folder=str(tmp_path)))
    until(lambda: shell.window.bench.current().ref != TraceRef(trace))
    tab = shell.window.bench.current()
    until(lambda: isinstance(tab, TraceTab) and tab.trace is not None)
    assert tab.trace.summary.source == "import" and len(tab.trace.statements) == 22


def test_what_cannot_be_written_or_read_is_told(shell, cases, trace, until, tmp_path: Path):
    messages = shell.window.frame.messages
    cases.save(trace, "case", tmp_path / "no folder" / "x.backlight-case")
    until(lambda: messages.messages)
    assert messages.messages[-1].problem.code == "file.disk"
    messages.clear()
    (tmp_path / "broken.backlight-case").write_text("{")
    cases.open(tmp_path / "broken.backlight-case")
    until(lambda: messages.messages)
    assert messages.messages[-1].problem.code == "case.invalid"
