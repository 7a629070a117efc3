"""What only a real display can show. Runs offscreen with the others, and in CI under an X server as well."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLineEdit, QMainWindow
from pytestqt.qtbot import QtBot

from tests.runner.changes import ROOT
from tests.waiting import wait_until

pytestmark = pytest.mark.xvfb
PLATFORM = os.environ["QT_QPA_PLATFORM"]


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    window.setCentralWidget(QLineEdit(window))
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window


def test_the_chosen_platform_is_the_one_that_runs(qapp: QApplication) -> None:
    assert QGuiApplication.platformName() == PLATFORM.partition(":")[0]


def test_text_goes_through_the_clipboard(qtbot: QtBot, window: QMainWindow) -> None:
    edit = window.centralWidget()
    edit.setText("a\tb\u00e9 \u20ac 🙂")
    edit.selectAll()
    qtbot.keyClick(edit, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    edit.clear()
    qtbot.keyClick(edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(edit.text()))
    assert edit.text() == "a\tb\u00e9 \u20ac 🙂"


def test_a_shortcut_reaches_the_window(qtbot: QtBot, window: QMainWindow) -> None:
    shortcut = QShortcut(QKeySequence("Ctrl+P"), window)
    window.activateWindow()
    window.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWindow() is not None)
    with qtbot.waitSignal(shortcut.activated):
        qtbot.keyClick(window, Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)


@pytest.mark.process
@pytest.mark.timing
def test_the_program_opens_and_ends_without_leaving_a_process(tmp_path: Path) -> None:
    """The whole start on this display: window, server as its child, and both gone after the end."""
    environment = {name: value for name, value in os.environ.items() if name != "QT_QPA_PLATFORM"}
    if PLATFORM != "xcb":
        environment["QT_QPA_PLATFORM"] = PLATFORM
    command = [sys.executable, "main.py", "--profile", str(tmp_path)]
    with (tmp_path / "output").open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    family = psutil.Process(process.pid)

    def server() -> list[psutil.Process]:
        assert process.poll() is None, (tmp_path / "output").read_text()
        return [
            child for child in family.children() if "serve" in child.cmdline() and child.net_connections()
        ]

    try:
        wait_until(server, "the window's server to listen", 40)
        children = family.children(recursive=True)
        process.send_signal(signal.SIGTERM)
        process.wait(20)
        gone, alive = psutil.wait_procs(children, 15)
        assert gone and not alive
    finally:
        if process.poll() is None:
            process.kill()
            process.wait(10)
    assert "Traceback" not in (tmp_path / "output").read_text()
