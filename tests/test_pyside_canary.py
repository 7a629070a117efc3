"""PySide6 6.12.0 on Python 3.11 takes one reference from None at each void call: the process dies of it."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

CALLS = 400
NOISE = 40


def test_void_calls_keep_the_references_of_none(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(None)
    for _ in range(CALLS):
        widget.update()
    assert abs(sys.getrefcount(None) - before) < NOISE


def test_answers_keep_the_references_of_true_and_false(qtbot: QtBot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    before = sys.getrefcount(True), sys.getrefcount(False)
    for _ in range(CALLS):
        widget.isEnabled()
        widget.isVisible()
    after = sys.getrefcount(True), sys.getrefcount(False)
    assert max(abs(b - a) for a, b in zip(before, after, strict=True)) < NOISE
