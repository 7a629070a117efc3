"""Every verb of migrations, seen from outside: in the database, the project's folder, the server's memory."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from embedded_server.wire.migration_runs import RUNS, RunsRequest
from embedded_server.wire.migrations import PROJECTS, SETTINGS, ProjectsRequest, SettingsRequest
from embedded_server.wire.refs import ProposalRef
from tests.migrations.desktop.test_migrate import CREATE, Hand, migrations, rows
from tests.migrations.server.conftest import DEMO, Project, sqlite_url
from tests.outside import answer, front, session

TABLES = "SELECT name FROM sqlite_master WHERE name = 't'"
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c"
MODELS = (
    "import sqlalchemy as sa\nmetadata = sa.MetaData()\n"
    "sa.Table('u', metadata, sa.Column('id', sa.Integer, primary_key=True))\n"
)


@pytest.fixture
def hand(live_shell, qtbot) -> Hand:
    live_shell.window.resize(1400, 900)
    live_shell.window.show()
    return Hand(live_shell, qtbot)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.fixture
def url(tmp_path: Path) -> str:
    return sqlite_url(tmp_path / "data.db")


@pytest.fixture
def run(hand: Hand):
    """Run a verb as soon as it can be."""

    def act(verb: str) -> None:
        hand.wait(lambda: hand.shell.verbs.get(verb).when() == "")
        assert hand.shell.verbs.run(verb) == "", verb

    return act


def test_rehearsed_applied_and_undone(hand: Hand, project: Project, url: str, run) -> None:
    project.revision("aaaa", CREATE, 'op.drop_table("t")')
    tab = hand.open(str(project.folder), "aaaa", url)
    run("migrations.rehearse")
    hand.idle(tab)
    assert rows(url, TABLES) == []
    run("migrations.apply")
    hand.wait(lambda: tab.standing() == "current" and not tab.calls.busy())
    assert rows(url, TABLES) == [("t",)]
    run("migrations.downgrade")
    hand.wait(lambda: not tab.calls.busy() and tab.standing() == "pending")
    assert rows(url, TABLES) == []
    runs = hand.call(RUNS, RunsRequest(connection=url)).runs
    assert {(one.kind, one.state) for one in runs} >= {("upgrade", "done"), ("downgrade", "done")}


def test_a_cancelled_apply_leaves_nothing(hand: Hand, project: Project, url: str, run) -> None:
    project.revision("aaaa", f'{CREATE}\nop.execute("{ENDLESS}")')
    tab = hand.open(str(project.folder), "aaaa", url)
    run("migrations.apply")
    hand.wait(lambda: "WITH RECURSIVE" in tab.progress.detail.text())
    run("migrations.cancel")
    hand.wait(lambda: not tab.calls.busy())
    assert rows(url, TABLES) == []


def test_an_index_is_made_a_revision_and_written(hand: Hand, tmp_path: Path, run) -> None:
    shop = shutil.copytree(DEMO, tmp_path / "shop", ignore=shutil.ignore_patterns("__pycache__"))
    hand.call(SETTINGS, SettingsRequest(str(shop)))
    index = {"op": "create_index", "table": "orders", "columns": ["status"]}
    ref = ProposalRef(sqlite_url(tmp_path / "s.db"), "orders by status", [index], str(shop / "migrations"))
    hand.shell.verbs.run("settings.keys")
    hand.bench.current().subject = lambda kind: ref if kind == "proposal" else None
    run("migrations.make")
    assert front(hand.shell)["ref"]["operations"] == [index]
    run("migrations.write")
    made = shop / "migrations" / "versions"
    found = lambda: ["ix_orders_status" in one.read_text() for one in made.glob("*orders_by_status.py")]  # noqa: E731
    hand.wait(lambda: found() == [True])


def test_projects_are_found_shown_and_set(hand: Hand, project: Project, url: str, run) -> None:
    project.write("models.py", MODELS)
    env = project.scripts / "env.py"
    env.write_text(
        env.read_text().replace("target_metadata = None", "import models\ntarget_metadata = models.metadata")
    )
    run("migrations.show")
    assert session(hand.shell)["page"] == "migrate"
    run("migrations.add_project")
    answer(project.folder)

    def known() -> list[str]:
        return [one.folder for one in hand.call(PROJECTS, ProjectsRequest()).projects]

    hand.wait(lambda: str(project.scripts) in known() or str(project.folder) in known())
    hand.wait(lambda: migrations(hand).book.known(str(project.scripts)) is not None)
    migrations(hand).book.choose(str(project.scripts))
    hand.bench.use_connection(url)
    run("migrations.settings")
    assert hand.find(QLineEdit, "Variable with the database's URL").accessibleName()
    run("migrations.from_models")
    QTest.keyClicks(hand.find(QLineEdit, "Message of the revision"), "add u")
    run("migrations.write")
    made = project.scripts / "versions"
    hand.wait(lambda: ["create_table('u'" in path.read_text() for path in made.glob("*add_u.py")] == [True])
