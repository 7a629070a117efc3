"""A pytest plugin: a test of the window fails when it leaves a top-level widget or a running timer behind.

The look is taken after every fixture is gone and pytest-qt has closed the widgets it was told of: deferred
deletions are delivered, and only when something is left over is garbage collected and a second look taken.
Qt's own helpers that live as long as the application (the tool tip) are not counted, nor is what was there
before the test, which a wider fixture may own.

Timers are found among the thousand objects that the bindings know; the collector knows a hundred times more.
What is there when all tests are collected is put aside for good: it is no garbage.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from typing import Any

import pytest

OWNED_BY_QT = {"QTipLabel", "QWhatsThat", "QFocusFrame"}
BEFORE = pytest.StashKey[tuple[set[int], set[int]]]()


def _qt() -> Any:
    """The Qt modules if this process has an application, else None: this plugin must not load Qt itself."""
    widgets, core, shiboken = (
        sys.modules.get(name) for name in ("PySide6.QtWidgets", "PySide6.QtCore", "shiboken6")
    )
    if not widgets or not core or not shiboken or widgets.QApplication.instance() is None:
        return None
    return widgets, core, shiboken


def _widgets(qt: Any) -> dict[int, str]:
    widgets, _, shiboken = qt
    return {
        shiboken.getCppPointer(widget)[0]: f"{type(widget).__name__} {widget.objectName()!r}"
        for widget in widgets.QApplication.topLevelWidgets()
        if widget.metaObject().className() not in OWNED_BY_QT
    }


def _timers(qt: Any) -> dict[int, str]:
    """Timers made in Python that still run; one without a living owner is nobody's and never ends."""
    _, core, shiboken = qt
    kind = core.QTimer
    return {
        shiboken.getCppPointer(timer)[0]: f"QTimer of {timer.parent()!r} every {timer.interval()} ms"
        for timer in [one for one in shiboken.getAllValidWrappers() if type(one) is kind]
        if timer.isActive()
    }


def _settle(qt: Any) -> None:
    widgets, core, _ = qt
    for _ in range(3):
        widgets.QApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
        widgets.QApplication.processEvents()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Put aside what will stay: the collector does not pass over it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    qt = _qt() if item.get_closest_marker("gui") else None
    item.stash[BEFORE] = (set(_widgets(qt)), set(_timers(qt))) if qt else (set(), set())
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    result = yield
    qt = _qt() if item.get_closest_marker("gui") else None
    if qt:
        left = _left(item, qt)
        if left:
            gc.collect()
            left = _left(item, qt)
        if left:
            pytest.fail("left behind by this test:\n" + "\n".join(left), pytrace=False)
    return result


def _left(item: pytest.Item, qt: Any) -> list[str]:
    _settle(qt)
    widgets, timers = item.stash[BEFORE]
    found = {p: text for p, text in _widgets(qt).items() if p not in widgets}
    found |= {p: text for p, text in _timers(qt).items() if p not in timers}
    return list(found.values())
