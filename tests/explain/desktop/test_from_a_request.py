"""From a captured request: its statement is explained with the captured values, and the request knows it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from desktop.explain.lab_tab import LabTab
from desktop.explain.plan_tab import PlanTab
from desktop.trace.tab import TraceTab
from embedded_server.wire.probe import ProbeStatement
from embedded_server.wire.refs import LabRef, PlanRef, StatementRef, TraceRef
from tests.explain.desktop.conftest import PATIENCE
from tests.trace.desktop.captured import ORDERS, request


@pytest.fixture
def traced(shell, qtbot, send, database) -> TraceTab:
    """The request in front, its slow statement selected."""
    place = {"dialect": "sqlite", "database": f"sqlite:///{database}", "transaction": 1}
    statement = ProbeStatement(start_ms=1.0, duration_ms=288.0, sql=ORDERS, params=["open", 20, 0], **place)
    (key,) = send(request("/orders/recent", statements=[statement]))
    tab = shell.window.bench.open(TraceRef(key, "GET /orders/recent"), keep=True)
    assert isinstance(tab, TraceTab)
    qtbot.waitUntil(lambda: tab.trace is not None, timeout=PATIENCE)
    qtbot.waitUntil(lambda: tab.subject("statement") is not None, timeout=PATIENCE)
    return tab


def test_the_request_knows_what_was_found_out(shell, qtbot, traced) -> None:
    key = traced.ref.trace
    assert shell.verbs.run("explain.analyze") == ""
    plan = shell.window.bench.current()
    assert isinstance(plan, PlanTab) and plan.origin == traced.ref
    qtbot.waitUntil(lambda: plan.answer is not None, timeout=PATIENCE)
    assert "'open'" in plan.answer.sql and plan.answer.plan.measured
    assert plan.answer.findings[0].rule == "filtered_scan"

    assert shell.verbs.run_key("Ctrl+I") == ""
    lab = shell.window.bench.current()
    assert isinstance(lab, LabTab) and lab.origin == traced.ref
    qtbot.waitUntil(lambda: lab.candidate() is not None, timeout=PATIENCE)
    lab.try_it()
    qtbot.waitUntil(lambda: lab.candidate().stage == "measured", timeout=PATIENCE)

    shell.window.bench.open(TraceRef(key, "GET /orders/recent"))
    steps = ["explained", "index", "index"]
    qtbot.waitUntil(lambda: [step.kind for step in traced.trace.steps] == steps, timeout=PATIENCE)
    cards = [one for one in traced.findChildren(QWidget) if one.accessibleName() == "Why it is slow"]
    qtbot.waitUntil(lambda: cards[0].isVisible() and cards[0].finding.isVisible(), timeout=PATIENCE)


INPUTS = (QAbstractButton, QAbstractItemView, QComboBox, QLineEdit, QPlainTextEdit)


@pytest.mark.parametrize("kind", ["plan", "lab", "paste", "slow"])
def test_every_control_has_a_name(shell, qtbot, database, kind) -> None:
    bench = shell.window.bench
    statement = StatementRef(
        database, "SELECT * FROM orders WHERE status = 'open' ORDER BY created_at LIMIT 5"
    )
    if kind == "slow":
        bench.show_page("slow")
        root = next(page for page in shell.window.findChildren(QWidget) if type(page).__name__ == "SlowPane")
    else:
        refs = {"plan": statement, "lab": LabRef(statement), "paste": PlanRef("", "Paste a plan")}
        root = bench.open(refs[kind], keep=True)
        if kind != "paste":
            qtbot.waitUntil(lambda: root.answer is not None, timeout=PATIENCE)
    bare = [
        widget
        for widget in root.findChildren(QWidget)
        if isinstance(widget, INPUTS)
        and widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        and not widget.accessibleName()
        and not (isinstance(widget, QAbstractButton) and widget.text())
    ]
    assert not bare, [(type(widget).__name__, widget.objectName()) for widget in bare]
