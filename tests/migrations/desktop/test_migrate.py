"""The Migrate page and its tabs in a whole window on a real server, found by their accessible names."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QListView, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Message, column
from desktop.migrations.finder import RevisionFinder
from desktop.migrations.findings_view import FindingsView
from desktop.migrations.proposal_tab import ProposalTab
from desktop.migrations.revision_bar import RevisionHead
from desktop.migrations.revision_tab import RevisionTab
from desktop.migrations.strokes import strokes
from embedded_server.store.migrations_runs import Record
from embedded_server.store.workspace import Workspace
from embedded_server.wire.connections import SAVE, Profile, SaveRequest
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.migrations import SETTINGS, Finding, Revision, SettingsRequest
from embedded_server.wire.refs import ProposalRef, RevisionRef, TraceRef
from embedded_server.wire.server import INFO
from tests.migrations.server.conftest import DEMO, HEAD, Project, sqlite_url

PATIENCE = 60_000
CREATE = 'op.create_table("t", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("a", sa.Text()))'


class Hand:
    """Finds controls by accessible name or text and uses them."""

    def __init__(self, shell: Any, qtbot: Any) -> None:
        self.shell, self.qtbot = shell, qtbot
        self.bench = shell.window.bench

    def find(self, kind: type[Any], name: str) -> Any:
        # What was just added to a layout is shown when the event loop comes round.
        self.wait(lambda: bool(self._named(kind, name)))
        return self._named(kind, name)[0]

    def _named(self, kind: type[Any], name: str) -> list[Any]:
        return [
            widget
            for widget in self.shell.window.findChildren(kind)
            if name in (widget.accessibleName(), getattr(widget, "text", str)()) and widget.isVisible()
        ]

    def click(self, name: str) -> None:
        button = self.find(QAbstractButton, name)
        assert button.isEnabled(), button.toolTip()
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def call(self, endpoint: Any, request: Any) -> Any:
        waiter = self.shell.client.call(endpoint, request)
        self.wait(lambda: waiter.settled)
        return waiter.result()

    def wait(self, cause: Any) -> None:
        self.qtbot.waitUntil(cause, timeout=PATIENCE)

    def revision(self) -> RevisionTab:
        tab = self.bench.current()
        assert isinstance(tab, RevisionTab), tab
        return tab

    def open(self, project: str, revision: str, connection: str) -> RevisionTab:
        self.bench.open(RevisionRef(project, revision, connection), keep=True)
        tab = self.revision()
        self.wait(lambda: tab.preview is not None or tab.standing() in ("current", "applied"))
        return tab

    def idle(self, tab: RevisionTab) -> None:
        self.wait(lambda: not tab.calls.busy())


@pytest.fixture
def hand(live_shell: Any, qtbot: Any) -> Hand:
    live_shell.window.resize(1400, 900)
    live_shell.window.show()
    return Hand(live_shell, qtbot)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "data.db")


def rows(path: str, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path.removeprefix("sqlite:///"))) as connection:
        return connection.execute(sql).fetchall()


def texts(widget: QWidget) -> str:
    return " | ".join(
        child.text()
        for child in widget.findChildren(QWidget)
        if hasattr(child, "text") and callable(child.text)
    )


def test_the_page_lists_pending_revisions_and_filters(hand: Hand, tmp_path: Path, url: str) -> None:
    shop = shutil.copytree(DEMO, tmp_path / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    hand.call(SETTINGS, SettingsRequest(str(shop)))
    hand.bench.use_connection(url)
    hand.bench.show_page("migrate")
    book = migrations(hand).book
    book.choose(str(shop / "migrations"))
    hand.wait(lambda: book.status is not None and book.chosen == str(shop / "migrations"))
    view = hand.find(QListView, "Revisions")
    assert view.model().rowCount() == 8
    first = view.model().index(0, 0)
    assert first.data(Qt.ItemDataRole.AccessibleTextRole).endswith(f"{HEAD}, pending")
    box = hand.find(QLineEdit, "Filter revisions")
    QTest.keyClicks(box, "reviews is:pending")
    assert view.model().rowCount() == 1
    QTest.keyClick(box, Qt.Key.Key_Down)
    QTest.keyClick(view, Qt.Key.Key_Return)
    hand.wait(lambda: isinstance(hand.bench.current(), RevisionTab))
    assert hand.revision().ref.revision == "1e6b94d80c35"


def test_the_list_knows_and_shows_the_revision_in_front(hand: Hand, project: Project, url: str) -> None:
    project.revision("aaaa", CREATE, doc="makes t")
    project.revision("bbbb", "pass", down="aaaa", doc="more")
    hand.bench.use_connection(url)
    hand.bench.show_page("migrate")
    book, pane = migrations(hand).book, migrations(hand).page.widget
    book.add(str(project.folder))
    hand.wait(lambda: book.status is not None and pane.model.row_of("bbbb") >= 0)
    hand.open(str(project.folder), "aaaa", url)
    hand.wait(lambda: pane.selected() == "aaaa")
    project.revision("cccc", "pass", down="bbbb", doc="written by another program")
    hand.open(str(project.folder), "cccc", url)
    hand.wait(lambda: pane.selected() == "cccc")
    assert pane.model.rowCount() == 3 and book.status is not None and "cccc" in book.status.pending
    assert [pane.model.revision(index.row()).revision for index in pane.view.selectedIndexes()] == ["cccc"]


def test_facts_of_a_revision_take_a_second_line(qtbot: Any) -> None:
    head = RevisionHead()
    page = column(head, QWidget())
    qtbot.addWidget(page)
    file = "migrations/versions/e8d29c3da415_by_status_and_time.py"
    found = Revision("e8d29c3da415", ["a9507d2e3bc4"], doc="By status", at="2026-11-26 09:00:00", file=file)
    head.show_revision(found, "pending", None, 0)
    page.resize(2000, 300)
    page.show()
    assert head.facts.text().endswith(f"2026-11-26 09:00 · {file}")
    qtbot.waitUntil(lambda: page.isVisible() and head.width() == 2000, timeout=20_000)
    low = head.height()
    page.resize(600, 300)
    qtbot.waitUntil(lambda: head.height() > low, timeout=20_000)


def test_a_revision_is_rehearsed_applied_and_downgraded(hand: Hand, project: Project, url: str) -> None:
    project.revision("aaaa", CREATE, 'op.drop_table("t")', doc="makes t")
    tab = hand.open(str(project.folder), "aaaa", url)
    assert tab.head.state.accessibleName() == "Pending on data.db"
    hand.click("Rehearse")
    hand.idle(tab)
    assert "The rehearsal went through" in texts(tab.body.rehearsal)
    assert any("CREATE TABLE t" in line.text for line in tab.body.rehearsal.statements.lines())
    assert rows(url, "SELECT name FROM sqlite_master") == []
    hand.click("Apply")
    hand.wait(lambda: tab.standing() == "current" and not tab.calls.busy())
    assert rows(url, "SELECT version_num FROM alembic_version") == [("aaaa",)]
    assert "1 revision applied" in texts(tab) and "checked" in texts(tab)
    assert re.search(r"Backup: \S+\.db, [\d,]+ bytes, checked\. Going back to it loses later", texts(tab))
    assert tab.rehearsed is None
    hand.wait(lambda: "The rehearsal went through" not in texts(tab.body.rehearsal))
    assert "Nothing to rehearse" in texts(tab.body.rehearsal.stack.currentWidget()), "old news goes"
    assert not hand.find(QAbstractButton, "Apply").isEnabled()
    hand.click("Downgrade")
    hand.wait(lambda: not tab.calls.busy())
    hand.wait(lambda: tab.standing() == "pending")
    assert rows(url, "SELECT count(*) FROM sqlite_master WHERE name = 't'") == [(0,)]


def test_a_downgrade_over_rows_asks_first(hand: Hand, project: Project, url: str) -> None:
    project.revision("aaaa", CREATE, 'op.drop_table("t")')
    tab = hand.open(str(project.folder), "aaaa", url)
    hand.click("Apply")
    hand.wait(lambda: tab.standing() == "current" and not tab.calls.busy())
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("INSERT INTO t VALUES (1, 'kept')")
        connection.commit()
    hand.click("Downgrade")
    hand.wait(lambda: tab.confirm.isVisible())
    assert "loses data" in tab.confirm.text.text() and "~1 rows" in tab.confirm.text.text()
    assert rows(url, "SELECT a FROM t") == [("kept",)]
    field = hand.find(QLineEdit, "Type the name to confirm")
    QTest.keyClicks(field, "downgrade")
    QTest.keyClick(field, Qt.Key.Key_Return)
    hand.wait(lambda: tab.standing() == "pending" and not tab.calls.busy())
    assert rows(url, "SELECT count(*) FROM sqlite_master WHERE name = 't'") == [(0,)]


def test_findings_stand_beside_their_line(hand: Hand, project: Project, url: str) -> None:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.executescript("CREATE TABLE t (id INTEGER); INSERT INTO t VALUES (1);")
    project.revision("aaaa", 'op.drop_table("t")')
    tab = hand.open(str(project.folder), "aaaa", url)
    hand.wait(lambda: bool(tab.body.findings.findings))
    (finding,) = tab.body.findings.findings
    assert (finding.rule, finding.severity) == ("L13", "error")
    assert tab.body.source.marks() == {finding.line: "error"}
    (told,) = tab.body.findings.findChildren(Message)
    assert told.title.text() == finding.title and told.text.text().endswith("\nrule L13")
    hand.click(f"Line {finding.line}")
    assert tab.body.source.textCursor().blockNumber() == finding.line - 1


def test_all_lines_of_a_finding_are_seen_in_a_narrow_place(qtbot: Any, qapp: Any) -> None:
    text = "Give it a default, or add it without one, fill it, and make it required afterwards."
    theme().apply(qapp, theme().name, 20)
    view = FindingsView()
    qtbot.addWidget(view)
    view.show_findings(
        [Finding("L12", "error", "a must have a value, and rows have none", text, text, line=3)]
    )
    view.resize(300, 500)
    with qtbot.waitExposed(view):
        view.show()
    (told,) = view.findChildren(Message)
    qtbot.waitUntil(lambda: told.text.height() >= told.text.heightForWidth(told.text.width()), timeout=20_000)
    theme().apply(qapp, theme().name, 13)


def test_production_asks_for_its_name(hand: Hand, project: Project, url: str) -> None:
    project.revision("aaaa", CREATE)
    hand.call(SAVE, SaveRequest(Profile("the shop", url, "production")))
    tab = hand.open(str(project.folder), "aaaa", "the shop")
    hand.click("Apply")
    field = hand.find(QLineEdit, "Type the name to confirm")
    QTest.keyClicks(field, "the sho")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert not tab.calls.busy() and rows(url, "SELECT name FROM sqlite_master") == []
    QTest.keyClicks(field, "p")
    QTest.keyClick(field, Qt.Key.Key_Return)
    hand.wait(lambda: tab.standing() == "current" and not tab.calls.busy())
    assert rows(url, "SELECT version_num FROM alembic_version") == [("aaaa",)]


def test_a_running_statement_is_cancelled(hand: Hand, project: Project, url: str) -> None:
    endless = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"
    project.revision("aaaa", f'{CREATE}\nop.execute("{endless}")')
    tab = hand.open(str(project.folder), "aaaa", url)
    hand.click("Apply")
    hand.wait(lambda: "WITH RECURSIVE" in tab.progress.detail.text())
    assert tab.closing_question() and tab.progress.isVisible()
    hand.click("Cancel the apply")
    hand.wait(lambda: not tab.calls.busy())
    assert "Cancelled: 0 of 1 revisions applied" in texts(tab)
    assert rows(url, "SELECT count(*) FROM sqlite_master WHERE name = 't'") == [(0,)]
    assert tab.closing_question() == ""


def test_a_project_at_another_database_is_a_problem_in_its_place(
    hand: Hand, project: Project, url: str, tmp_path: Path
) -> None:
    project.revision("aaaa", CREATE)
    env = project.scripts / "env.py"
    env.write_text(
        env.read_text().replace(
            "config.get_section(config.config_ini_section, {})",
            f"{{'sqlalchemy.url': 'sqlite:///{tmp_path}/z.db'}}",
        )
    )
    tab = hand.open(str(project.folder), "aaaa", url)
    hand.click("Apply")
    hand.idle(tab)
    assert "The project points at another database" in texts(tab)
    assert rows(url, "SELECT name FROM sqlite_master") == [] and not (tmp_path / "z.db").exists()


def test_a_proposal_is_written_for_its_trace(hand: Hand, tmp_path: Path) -> None:
    shop = shutil.copytree(DEMO, tmp_path / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    url = sqlite_url(tmp_path / "shop.db")
    hand.call(SETTINGS, SettingsRequest(str(shop)))
    index = {"op": "create_index", "table": "orders", "columns": ["status"]}
    ref = ProposalRef(url, "orders by status", [index], str(shop / "migrations"))
    hand.bench.open(ref, TraceRef("trace-of-test"), keep=True)
    tab = hand.bench.current()
    assert isinstance(tab, ProposalTab)
    hand.wait(lambda: tab.answer is not None)
    assert "op.create_index" in tab.body.source.toPlainText()
    assert len(list((shop / "migrations" / "versions").glob("*orders_by_status.py"))) == 0
    box = hand.find(QAbstractButton, "Create index ix_orders_status on orders (status)")
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    assert tab.why_not_write() == "No operation is ticked"
    QTest.mouseClick(box, Qt.MouseButton.LeftButton)
    field = hand.find(QLineEdit, "Message of the revision")
    field.selectAll()
    QTest.keyClicks(field, "open orders first")
    QTest.keyClick(hand.shell.window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hand.wait(lambda: isinstance(hand.bench.current(), RevisionTab))
    (made,) = (shop / "migrations" / "versions").glob("*open_orders_first.py")
    assert "'ix_orders_status'" in made.read_text()
    assert hand.revision().trace() == "trace-of-test" and tab not in hand.bench.tabs()


def test_make_migration_acts_on_the_subject_of_the_tab(hand: Hand, project: Project, url: str) -> None:
    assert "Accept an index first" in hand.shell.verbs.run("migrations.make")
    project.revision("aaaa")
    hand.open(str(project.folder), "aaaa", url)
    assert hand.shell.verbs.get("migrations.make").when() != ""
    ref = ProposalRef(url, "x", [{"op": "create_index", "table": "t", "columns": ["a"]}], str(project.folder))
    hand.revision().subject = lambda kind: ref if kind == "proposal" else None
    assert hand.shell.verbs.run("migrations.make") == ""
    tab = hand.bench.current()
    assert isinstance(tab, ProposalTab) and tab.ref == ref


def test_a_revision_from_models_offers_each_operation(hand: Hand, project: Project, url: str) -> None:
    project.write(
        "models.py",
        "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
        "sa.Table('u', metadata, sa.Column('id', sa.Integer, primary_key=True))\n",
    )
    env = project.scripts / "env.py"
    env.write_text(
        env.read_text().replace("target_metadata = None", "import models\ntarget_metadata = models.metadata")
    )
    ref = ProposalRef(url, "Revision from models", [{"op": "models"}], str(project.folder))
    hand.bench.open(ref, keep=True)
    tab = hand.bench.current()
    assert isinstance(tab, ProposalTab)
    hand.wait(lambda: tab.answer is not None)
    hand.find(QAbstractButton, "Create table u")
    assert tab.why_not_write() == "Give the revision a message"
    QTest.keyClicks(hand.find(QLineEdit, "Message of the revision"), "add u")
    hand.click("Write revision")
    hand.wait(lambda: isinstance(hand.bench.current(), RevisionTab))
    assert "create_table('u'" in next((project.scripts / "versions").glob("*add_u.py")).read_text()


def test_every_control_of_a_tab_has_a_name(hand: Hand, project: Project, url: str) -> None:
    project.revision("aaaa", CREATE)
    tab = hand.open(str(project.folder), "aaaa", url)
    for widget in [*tab.findChildren(QAbstractButton), *tab.findChildren(QLineEdit)]:
        if widget.isVisible():
            assert widget.accessibleName() or widget.text() or widget.objectName(), widget


def test_strokes_of_a_branch_that_is_merged() -> None:
    def revision(name: str, down: list[str], lane: int) -> Revision:
        return Revision(name, down, name, f"{name}.py", lane=lane)

    found = strokes(
        [revision("m", ["a", "b"], 0), revision("b", ["r"], 1), revision("a", ["r"], 0), revision("r", [], 0)]
    )
    assert len(found) == 4 and {(one.start, one.end) for one in found[0]} == {
        ((0, 1), (0, 2)),
        ((0, 1), (1, 2)),
    }
    assert ((1, 0), (0, 1)) in {(one.start, one.end) for one in found[3]}
    assert all(0 <= one.start[1] <= one.end[1] <= 2 for row in found for one in row)


def migrations(hand: Hand) -> Any:
    return hand.shell.verbs.get("migrations.from_models").run.__self__


def test_settings_of_a_project_are_saved_and_mend_the_guard(
    hand: Hand, project: Project, url: str, tmp_path: Path
) -> None:
    project.revision("aaaa", CREATE)
    env = project.scripts / "env.py"
    other = f"{{'sqlalchemy.url': 'sqlite:///{tmp_path}/z.db'}}"
    env.write_text(env.read_text().replace("config.get_section(config.config_ini_section, {})", other))
    hand.call(SETTINGS, SettingsRequest(str(project.folder)))
    book = migrations(hand).book
    hand.bench.use_connection(url)
    hand.bench.show_page("migrate")
    hand.wait(lambda: book.loaded and book.known(str(project.scripts)) is not None)
    tab = hand.open(str(project.scripts), "aaaa", url)
    hand.click("Apply")
    hand.idle(tab)
    hand.click("Project settings")
    form = migrations(hand).page.widget.settings
    hand.wait(lambda: form.isVisible() and "alembic" in form.about.text())
    hand.click("Redirect to the connection")
    hand.click("Save settings")
    hand.wait(lambda: not form.isVisible() and book.project().settings.redirect)
    hand.wait(lambda: not tab.why_not_apply())
    hand.click("Apply")
    hand.wait(lambda: tab.standing() == "current" and not tab.calls.busy())
    assert (
        rows(url, "SELECT version_num FROM alembic_version") == [("aaaa",)]
        and not (tmp_path / "z.db").exists()
    )


def test_quick_open_finds_revisions(hand: Hand, project: Project, url: str) -> None:
    project.revision("aaaa", doc="prices get a currency")
    hand.call(SETTINGS, SettingsRequest(str(project.folder)))
    hand.bench.use_connection(url)
    owner = migrations(hand)
    hand.bench.show_page("migrate")
    owner.book.choose(str(project.scripts))
    hand.wait(lambda: owner.book.graph is not None and owner.book.chosen == str(project.scripts))
    finder = RevisionFinder(owner.book)
    (found,) = finder.find("currency", 5)
    assert found.title == "prices get a currency" and found.ref.revision == "aaaa"
    assert finder.find("", 5) == [] and finder.find("qqqq", 5) == []


def test_the_next_start_tells_what_was_interrupted(
    hand: Hand, live_server: Any, project: Project, url: str, tmp_path: Path
) -> None:
    project.revision("aaaa", CREATE)
    story = tmp_path / "run.jsonl"
    told = [{"ev": "plan", "revisions": ["aaaa"], "current": []}, {"ev": "revision", "revision": "aaaa"}]
    story.write_text("".join(json.dumps(event) + "\n" for event in told))
    facts = {"epoch": "before", "file": str(story), "engine": "sqlite", "direction": "upgrade"}
    folder = Path(hand.call(INFO, Nothing()).workspace)
    workspace = Workspace(folder)
    record = Record("crashed", "2026-01-01", str(project.scripts), url, "upgrade", "running", "", facts, [])
    workspace.migrations.begin(record)
    migrations(hand).tell_interrupted()
    hand.wait(lambda: "An apply on data.db was interrupted" in texts(hand.shell.window))
    assert "nothing was kept" in texts(hand.shell.window)
    kept = workspace.migrations.run("crashed")
    assert kept.state == "interrupted" and not story.exists()
    workspace.migrations.change("crashed", state="done")
    workspace.close()
    hand.click("Show migrations")
    hand.wait(lambda: migrations(hand).page.widget.isVisible())
