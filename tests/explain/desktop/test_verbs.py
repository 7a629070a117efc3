"""What verbs of plans leave with the server, in the database and in the session's file."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QPlainTextEdit, QWidget

from embedded_server.wire.explain import PLANS, PlansRequest
from embedded_server.wire.refs import StatementRef
from tests.explain.desktop.conftest import PATIENCE
from tests.outside import front, session

SQL = "SELECT * FROM orders WHERE status = 'open' ORDER BY created_at LIMIT 5"
PLAN = json.dumps([{"Plan": {"Node Type": "Seq Scan", "Relation Name": "pasted", "Plan Rows": 1}}])


@pytest.fixture
def plans(shell, qtbot):
    """What the server has stored, newest first."""

    def act(**request):
        waiting = shell.client.call(PLANS, PlansRequest(**request))
        qtbot.waitUntil(lambda: waiting.settled, timeout=PATIENCE)
        return waiting.result().plans

    return act


@pytest.fixture
def run(shell):
    def act(verb: str) -> None:
        assert shell.verbs.run(verb) == "", verb

    return act


@pytest.fixture
def plan(shell, qtbot, database):
    """A statement's plan in front, from a script that holds it."""
    from embedded_server.wire.refs import ScriptRef  # noqa: PLC0415  # lazy: one test's

    shell.window.bench.use_connection(database)
    shell.window.bench.open(ScriptRef(database, "one", "", SQL), keep=True)
    assert shell.verbs.run("explain.statement") == ""
    tab = shell.window.bench.current()
    qtbot.waitUntil(lambda: tab.answer is not None, timeout=PATIENCE)
    return tab


def test_plans_are_stored_measured_pinned_and_compared(shell, qtbot, plan, plans, run, database):
    (first,) = plans(connection=database)
    assert first.sql.startswith("SELECT * FROM orders") and not first.measured
    run("explain.analyze")
    qtbot.waitUntil(lambda: len(plans(connection=database)) == 2, timeout=PATIENCE)
    assert plans(connection=database)[0].measured
    qtbot.waitUntil(lambda: plan.answer.plan.measured, timeout=PATIENCE)
    run("explain.pin")
    qtbot.waitUntil(lambda: len(plans(connection=database, pinned=True)) == 1, timeout=PATIENCE)
    run("explain.compare")
    qtbot.waitUntil(lambda: "What differs" in names(shell), timeout=PATIENCE)


def names(shell) -> set[str]:
    """What a screen reader finds."""
    widgets = shell.window.findChildren(QWidget)
    return {one.accessibleName() for one in widgets if one.isVisible()}


def test_an_index_is_tried_and_leaves_the_database_as_it_was(shell, qtbot, plan, run, database):
    run("explain.lab")
    lab = shell.window.bench.current()
    assert front(shell)["ref"]["statement"]["sql"] == SQL
    qtbot.waitUntil(lambda: lab.candidate() is not None, timeout=PATIENCE)
    run("explain.try")
    qtbot.waitUntil(lambda: lab.candidate().stage == "measured", timeout=PATIENCE)
    with closing(sqlite3.connect(database)) as connection:
        kept = connection.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'index'").fetchone()
    assert kept == (0,), "a trial leaves nothing"


def test_a_pasted_plan_is_read_by_the_server(shell, qtbot, named, plans, run):
    run("explain.paste")
    named("Plan to read", QPlainTextEdit).setPlainText(PLAN)
    qtbot.mouseClick(named("Read plan", QAbstractButton), Qt.MouseButton.LeftButton)
    tab = shell.window.bench.current()
    qtbot.waitUntil(lambda: tab.answer is not None, timeout=PATIENCE)
    assert any("pasted" in str(one) or one.id == tab.answer.id for one in plans())


def test_the_slow_page(shell, run):
    run("explain.slow")
    assert session(shell)["page"] == "slow"


def test_a_reference_is_remembered(shell, database):
    shell.window.bench.open(StatementRef(database, SQL), keep=True)
    assert front(shell)["ref"]["sql"] == SQL
