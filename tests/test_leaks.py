"""The leak check itself: it sees what is left behind, and leaves honest tests alone."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

PRELUDE = """
import os, sys
sys.path.insert(0, {root!r})
pytest_plugins = ["tests.runner.leaks"]
import pytest
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        item.add_marker("gui")
def pytest_configure(config):
    config.addinivalue_line("markers", "gui: x")
"""

LEAKS = """
from PySide6.QtCore import QTimer, QObject
from PySide6.QtWidgets import QWidget, QMainWindow, QTableView, QToolTip, QLineEdit, QComboBox, QMenu

KEPT = []

def test_clean_window(qtbot):
    window = QMainWindow()
    window.setCentralWidget(QComboBox())
    qtbot.addWidget(window)
    window.show()
    timer = QTimer(window)
    timer.start(5)
    window.menu = QMenu("x", window)
    QToolTip.showText(window.pos(), "tip", window)

def test_leaves_widget(qtbot):
    KEPT.append(QLineEdit())

def test_leaves_timer(qtbot):
    timer = QTimer()
    timer.start(50)
    KEPT.append(timer)

def test_garbage_is_no_leak(qtbot):
    widget = QWidget()
    widget.self = widget
    timer = QTimer()
    timer.self = timer
    timer.start(10)

def test_what_was_there_before_is_not_blamed(qtbot):
    assert KEPT
"""


@pytest.mark.slow
def test_only_what_is_left_behind_is_blamed(pytester: pytest.Pytester, pytestconfig: pytest.Config) -> None:
    pytester.makeini("[pytest]\nqt_api = pyside6")
    pytester.makeconftest(PRELUDE.format(root=str(pytestconfig.rootpath)))
    pytester.makepyfile(LEAKS)
    result = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=5, errors=2)
    result.stdout.fnmatch_lines(
        ["*left behind by this test:*", "*QLineEdit*", "*QTimer of None every 50 ms*"]
    )
    result.stdout.fnmatch_lines(["ERROR *test_leaves_widget*", "ERROR *test_leaves_timer*"])
