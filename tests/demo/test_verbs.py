"""The demo's verbs, seen from outside: its application answers, its requests are captured, its files."""

from __future__ import annotations

import shutil
import urllib.request

import pytest
from PySide6.QtWidgets import QAbstractButton

from desktop.demo.capability import STEP_TITLE, Demo
from desktop.shell.app import Shell
from desktop.shell.options import Options
from embedded_server.wire.trace import LIST, ListRequest

PATIENCE = 60_000


@pytest.fixture
def shell(qapp, qtbot, tmp_path, monkeypatch, generated):
    """A window with a server of its own; a small database of the demo is already made."""
    monkeypatch.setenv("BACKLIGHT_NO_KEYRING", "1")
    shell = Shell(qapp, Options(tmp_path / "profile", tmp_path / "workspace"))
    shell.start()
    (demo,) = shell.events.findChildren(Demo)
    demo.builder.path.parent.mkdir(parents=True)
    shutil.copy(generated[0], demo.builder.path)
    with qtbot.waitSignal(shell.watch.answered, timeout=PATIENCE):
        pass
    yield shell
    demo.server.stop()
    demo.builder.stop()
    shell.window.hide()
    shell.stop()
    shell.window.deleteLater()
    shell.deleteLater()


def entry(shell: Shell, text: str) -> QAbstractButton:
    """A line of the start page."""
    page = shell.window.frame.stack.currentWidget()
    return next(one for one in page.findChildren(QAbstractButton) if one.text() == text)


@pytest.mark.slow
@pytest.mark.process
def test_the_demo_runs_takes_a_step_and_is_made_anew(shell, qtbot):
    (demo,) = shell.events.findChildren(Demo)
    with qtbot.waitSignal(demo.server.ready, timeout=PATIENCE):
        entry(shell, "Try the demo").click()
    with urllib.request.urlopen(demo.server.url, timeout=30) as answer:
        assert answer.status == 200
    assert shell.verbs.get("demo.step").title == STEP_TITLE
    with qtbot.waitSignal(demo.stepped, timeout=PATIENCE):
        entry(shell, STEP_TITLE).click()
    waiting = shell.client.call(LIST, ListRequest(filter="source:capture"))
    qtbot.waitUntil(lambda: waiting.settled, timeout=PATIENCE)
    assert "/orders/recent" in [one.route for one in waiting.result().requests]
    (demo.folder / "mine").touch()
    assert shell.verbs.run("demo.reset") == ""
    qtbot.waitUntil(lambda: not (demo.folder / "mine").exists() and demo.builder.running, timeout=PATIENCE)
    assert not demo.server.running, "its application ended with it"
