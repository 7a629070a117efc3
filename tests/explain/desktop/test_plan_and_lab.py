"""From a statement to its plan, to the index lab and to a measured index: by keys, in a whole window."""

from __future__ import annotations

import sqlite3

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QListView, QPlainTextEdit

from desktop.explain.lab_tab import LabTab
from desktop.explain.plan_tab import PlanTab, Whole
from embedded_server.wire.probe import ProbeStatement
from embedded_server.wire.refs import PlanRef, ProposalRef, ScriptRef, StatementRef, TableRef
from tests.explain.desktop.conftest import PATIENCE, SLOW
from tests.trace.desktop.captured import request

PASTED = """[{"Plan": {"Node Type": "Limit", "Actual Rows": 20, "Actual Loops": 1, "Actual Total Time": 270.0,
 "Plans": [{"Node Type": "Seq Scan", "Relation Name": "orders", "Alias": "orders", "Actual Rows": 2215,
 "Actual Loops": 1, "Actual Total Time": 264.0, "Plan Rows": 2000,
 "Filter": "((status)::text = 'open'::text)", "Rows Removed by Filter": 101902}]},
 "Execution Time": 281.0}]"""


def press(shell, key: str) -> None:
    """A key of the keyboard, as the window sees it."""
    assert shell.verbs.run_key(key) == "", key


def current(shell, kind: type):
    tab = shell.window.bench.current()
    assert isinstance(tab, kind), tab
    return tab


def texts(view: QListView) -> list[str]:
    model = view.model()
    role = Qt.ItemDataRole.AccessibleTextRole
    return [str(model.index(row, 0).data(role)) for row in range(model.rowCount())]


@pytest.fixture
def script(shell, qtbot, database):
    """A script with the slow statement and its value typed."""
    shell.window.bench.use_connection(database)
    tab = shell.window.bench.open(ScriptRef(database, "one", "", f"SELECT 1;\n{SLOW};\n"), keep=True)
    cursor = tab.editor.textCursor()
    cursor.setPosition(tab.editor.sql().index("status ="))
    tab.editor.setTextCursor(cursor)
    qtbot.waitUntil(lambda: tab.params.names() == ["status"], timeout=PATIENCE)
    tab.params.set_value("status", "open")
    return tab


def indexes(database: str) -> int:
    connection = sqlite3.connect(database)
    try:
        return connection.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'index'").fetchone()[0]
    finally:
        connection.close()


def test_the_whole_way_by_keys(shell, qtbot, script, database, named) -> None:
    press(shell, "Ctrl+E")
    plan = current(shell, PlanTab)
    tree = named("Plan", QListView)
    qtbot.waitUntil(lambda: any("Scan orders" in text for text in texts(tree)), timeout=PATIENCE)
    assert plan.answer.sql.count("'open'") == 1 and not plan.answer.plan.measured
    assert plan.kind.text() == "planner's guess"

    press(shell, "Ctrl+Shift+E")
    assert current(shell, PlanTab) is plan, "the same tab"
    qtbot.waitUntil(lambda: plan.answer.plan.measured, timeout=PATIENCE)
    assert plan.kind.text().endswith("measured")
    hot = texts(tree)[0]
    assert "147,000 of 150,000 rows thrown away" in hot and "100 %" in hot
    card = plan.view.findings.cards[0]
    assert card.accessibleName() == "Finding: Most rows are read and thrown away"
    assert plan.panel.title.text() == "Scan orders"

    press(shell, "Ctrl+I")
    lab = current(shell, LabTab)
    listed = named("Candidates", QListView)
    qtbot.waitUntil(lambda: "orders (status, created_at)" in "".join(texts(listed)[:1]), timeout=PATIENCE)
    assert "planner would use it" in texts(listed)[0]
    press(shell, "Ctrl+Enter")
    assert shell.verbs.get("explain.try").when() == "A trial is under way"
    qtbot.waitUntil(lambda: "measured · faster" in texts(listed)[0], timeout=PATIENCE)
    one = lab.candidate()
    assert one.before_ms > one.after_ms and lab.view.stage.text().startswith("measured · faster")
    assert indexes(database) == 0
    proposal = lab.subject(ProposalRef.kind)
    assert proposal.operations[0]["columns"] == ["status", "created_at"]


def test_a_click_in_the_icicle_and_on_a_finding_leads_to_the_node(shell, qtbot, named) -> None:
    shell.window.bench.open(PlanRef("", "Paste a plan"), keep=True)
    field = named("Plan to read", QPlainTextEdit)
    field.setPlainText(PASTED)
    QTest.mouseClick(named("Read plan", QAbstractButton), Qt.MouseButton.LeftButton)
    tab = current(shell, PlanTab)
    qtbot.waitUntil(lambda: tab.answer is not None, timeout=PATIENCE)
    tree = tab.view.tree
    assert tree.current().operator == "Seq Scan" and tree.model.hot == 1
    icicle = named("Weights of the plan")
    qtbot.mouseClick(icicle, Qt.MouseButton.LeftButton, pos=QPoint(icicle.width() // 2, 4))
    assert tree.current().operator == "Limit" and tab.panel.title.text() == "Limit"
    qtbot.keyClick(icicle, Qt.Key.Key_Right)
    assert tree.current().operator == "Seq Scan"
    tree.select(0)
    card = tab.view.findings.cards[0]
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(20, card.height() - 8))
    assert tree.current().operator == "Seq Scan"
    # A pasted plan has no statement: what needs one is disabled and says why.
    assert shell.verbs.get("explain.lab").when().startswith("Open a statement first")


def test_what_is_no_plan_is_said_in_place(shell, qtbot, named) -> None:
    shell.verbs.run("explain.paste")
    named("Plan to read", QPlainTextEdit).setPlainText("no plan at all")
    QTest.mouseClick(named("Read plan", QAbstractButton), Qt.MouseButton.LeftButton)
    named("error: The text is no plan that can be read.")


def test_a_writing_statement_is_explained_but_not_run(shell, qtbot, database, named) -> None:
    sql = "DELETE FROM orders WHERE status = 'done'"
    shell.window.bench.open(StatementRef(database, sql), keep=True)
    tab = current(shell, PlanTab)
    qtbot.waitUntil(lambda: tab.answer is not None, timeout=PATIENCE)
    press(shell, "Ctrl+Shift+E")
    named("error: Only a statement that surely reads is run to be measured.")
    QTest.mouseClick(named("Explain without running it", QAbstractButton), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: tab.view.isVisible(), timeout=PATIENCE)
    connection = sqlite3.connect(database)
    assert connection.execute("SELECT count(*) FROM orders").fetchone() == (150_000,)
    connection.close()


def test_two_plans_are_compared(shell, qtbot, script, database, named) -> None:
    press(shell, "Ctrl+Shift+E")
    tab = current(shell, PlanTab)
    qtbot.waitUntil(lambda: tab.answer is not None, timeout=PATIENCE)
    connection = sqlite3.connect(database)
    connection.execute("CREATE INDEX ix_made ON orders (status, created_at)")
    connection.close()
    first = tab.answer.id
    press(shell, "Ctrl+Shift+E")
    qtbot.waitUntil(lambda: tab.answer.id != first, timeout=PATIENCE)
    assert shell.verbs.run("explain.compare") == ""
    lines = named("What differs", QListView)
    qtbot.waitUntil(lambda: bool(texts(lines)), timeout=PATIENCE)
    change = "Scan orders → Search orders by ix_made"
    qtbot.waitUntil(lambda: any(change in text for text in texts(lines)), timeout=PATIENCE)
    assert tab.compare.sentence.text().startswith("Measured ")


def test_the_page_of_a_table_can_be_explained(shell, qtbot, database) -> None:
    shell.window.bench.use_connection(database)
    tab = shell.window.bench.open(TableRef(database, "orders"), keep=True)
    qtbot.waitUntil(lambda: bool(tab.source.shown_sql()), timeout=PATIENCE)
    press(shell, "Ctrl+E")
    plan = current(shell, PlanTab)
    qtbot.waitUntil(lambda: plan.answer is not None, timeout=PATIENCE)
    assert "orders" in plan.answer.sql and "LIMIT" in plan.answer.sql


def test_the_slow_page_lists_filters_and_opens(shell, qtbot, database, send, named) -> None:
    url = f"sqlite:///{database}"
    place = {"dialect": "sqlite", "database": url, "transaction": 1}
    sql = SLOW.replace(":status", "?")
    slow = ProbeStatement(start_ms=1.0, duration_ms=300.0, sql=sql, params=["open"], **place)
    fast = ProbeStatement(start_ms=302.0, duration_ms=1.0, sql="SELECT 1", **place)
    (key,) = send(request(statements=[slow, fast]))
    shell.window.bench.show_page("slow")
    listed = named("Slow statements", QListView)
    qtbot.waitUntil(lambda: len(texts(listed)) == 2, timeout=PATIENCE)
    assert "300 ms" in texts(listed)[0] and "1 call" in texts(listed)[0]
    box = named("Filter statements", QLineEdit)
    qtbot.keyClicks(box, "slow>100")
    qtbot.waitUntil(lambda: len(texts(listed)) == 1, timeout=PATIENCE)
    qtbot.keyClick(box, Qt.Key.Key_Down)
    qtbot.keyClick(listed, Qt.Key.Key_Return)
    plan = current(shell, PlanTab)
    qtbot.waitUntil(lambda: plan.answer is not None, timeout=PATIENCE)
    assert "'open'" in plan.answer.sql and plan.origin.trace == key and plan.trace() == key
    assert plan.answer.origin == key


def test_a_restored_tab_shows_the_stored_plan(shell, qtbot, script) -> None:
    press(shell, "Ctrl+E")
    tab = current(shell, PlanTab)
    qtbot.waitUntil(lambda: tab.answer is not None, timeout=PATIENCE)
    state, first = tab.state(), tab.answer.id
    other = PlanTab(shell.context, tab.ref)
    other.restore(state)
    qtbot.waitUntil(lambda: other.answer is not None, timeout=PATIENCE)
    assert other.answer.id == first
    other.closing()
    other.deleteLater()
    assert shell.verbs.run("explain.pin") == ""
    qtbot.waitUntil(lambda: tab.answer.pinned, timeout=PATIENCE)


def test_how_long_it_took_is_never_cut(qtbot):
    label = Whole("24.5 ms, measured", "ok")
    qtbot.addWidget(label)
    label.resize(label.minimumSizeHint())
    assert label.shown() == "24.5 ms,…"
    label.setText("cost 1,234, the planner's guess")
    label.resize(label.minimumSizeHint())
    assert label.shown() == "cost 1,234,…"
