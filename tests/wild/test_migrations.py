"""Histories that nobody here wrote: read from their files, and run in their own environments."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.wild.applications import IHATEMONEY
from tests.wild.environments import AIRFLOW, environment, packages, unpacked
from tests.wild.viewer import Viewer

# The script folder below site-packages of each.
SCRIPTS = {
    "mlflow": "mlflow/store/db_migrations",
    "ihatemoney": "ihatemoney/migrations",
    "optuna": "optuna/storages/_rdb/alembic",
}
WALK = """
import json, sys
from alembic.config import Config
from alembic.script import ScriptDirectory
config = Config()
config.set_main_option("script_location", sys.argv[1])
script = ScriptDirectory.from_config(config)
revisions = [[r.revision, sorted(r._all_down_revisions), r.doc] for r in script.walk_revisions()]
print(json.dumps([revisions, sorted(script.get_heads()), sorted(script.get_bases())]))
"""


# What mlflow makes before its first revision.
INITIAL = """
import sys
from sqlalchemy import create_engine
from mlflow.store.tracking.dbmodels.initial_models import Base
Base.metadata.create_all(create_engine(sys.argv[1]))
"""


def script_folder(name: str) -> Path:
    return packages(name) / SCRIPTS[name]


def as_alembic_reads(name: str) -> tuple[list[list[str]], list[str], list[str]]:
    """What Alembic itself says, by importing every revision in the application's environment."""
    command = [environment(name) / "python", "-c", WALK, script_folder(name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=script_folder(name).parent)
    return tuple(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_the_graph_equals_what_alembic_reads(viewer: Viewer, name: str) -> None:
    revisions, heads, bases = as_alembic_reads(name)
    found = viewer.call("migrations.graph", project=str(script_folder(name)))
    assert (sorted(found["heads"]), sorted(found["bases"])) == (heads, bases)
    told = {one["revision"]: sorted({*one["down"], *one.get("depends_on", [])}) for one in found["revisions"]}
    assert told == {revision: down for revision, down, _ in revisions}
    docs = {one["revision"]: one["doc"] for one in found["revisions"]}
    assert docs == {revision: doc for revision, _, doc in revisions}
    assert not [one for one in found["findings"] if one["rule"] == "L34"], found["findings"]


def test_airflow_is_read_without_being_installed(viewer: Viewer) -> None:
    folder = unpacked(AIRFLOW) / "airflow"
    files = {file.name for file in (folder / "migrations" / "versions").glob("[!_]*.py")}
    found = viewer.call("migrations.graph", project=str(folder))
    assert {Path(one["file"]).name for one in found["revisions"]} == files
    assert len(found["heads"]) == len(found["bases"]) == 1
    assert found["elapsed_ms"] < 1500
    assert not [one for one in found["findings"] if one["rule"] == "L34"], found["findings"]


@pytest.mark.parametrize("name", sorted(SCRIPTS))
def test_its_own_interpreter_is_found(viewer: Viewer, name: str) -> None:
    found = viewer.call("migrations.interpreters", project=str(script_folder(name)))
    assert found["chosen"] == str(environment(name) / "python"), found


def test_that_ihatemoney_migrates_on_start_is_said(viewer: Viewer) -> None:
    found = viewer.call("migrations.projects", folder=str(packages("ihatemoney") / "ihatemoney"))
    assert "migrates by itself when it starts" in found["projects"][0]["notes"][0]


@pytest.fixture
def empty(database: str, tmp_path: Path) -> str:
    """The URL of a database without tables; a SQLite file must be there to be connected to."""
    if database:
        return database
    with closing(sqlite3.connect(tmp_path / "history.db")) as file:
        file.execute("vacuum")
    return f"sqlite:///{tmp_path / 'history.db'}"


def rehearsed_and_applied(viewer: Viewer, name: str, url: str) -> None:
    """The whole history: pending, previewed, rehearsed without a trace, applied, nothing left to do."""
    asked: dict[str, Any] = {"project": str(script_folder(name)), "connection": url}
    before = viewer.call("migrations.status", **asked)
    pending = before["pending"]
    assert len(pending) >= 10 and before["statuses"][0].get("current", []) == []
    told = viewer.call("migrations.preview", **asked, depth="sql")
    assert [step["revision"] for step in told["steps"]] == pending
    tried = viewer.call("migrations.preview", **asked, depth="rehearse")
    print(
        name,
        url[:10],
        "sql:",
        told.get("problem"),
        "rehearsal:",
        tried.get("rehearsal"),
        tried.get("problem"),
    )
    assert tried["rehearsal"]["ok"], tried["rehearsal"]
    assert viewer.call("migrations.status", **asked)["pending"] == pending, "the rehearsal left something"
    events = viewer.stream("migrations.apply", **asked)
    assert events[-1]["kind"] == "done", events[-1]
    assert [one["revision"] for one in events if one["kind"] == "revision_done"] == pending
    after = viewer.call("migrations.status", **asked)
    assert after["pending"] == [] and after["statuses"][0]["current"] == after["heads"]


def test_the_history_of_optuna_on_a_database(viewer: Viewer, empty: str) -> None:
    rehearsed_and_applied(viewer, "optuna", empty)


def test_the_history_of_mlflow_on_a_database(viewer: Viewer, empty: str) -> None:
    python = environment("mlflow") / "python"
    subprocess.run([python, "-c", INITIAL, empty], check=True, capture_output=True)
    rehearsed_and_applied(viewer, "mlflow", empty)


def test_an_application_that_migrates_when_looked_at_is_held_back(viewer: Viewer, tmp_path: Path) -> None:
    """ihatemoney upgrades its database as soon as it is imported; only reading it, nothing may change."""
    path = tmp_path / "wild.db"
    with closing(sqlite3.connect(path)) as file:
        file.execute("vacuum")
    project = str(script_folder("ihatemoney"))
    asked = {"project": project, "connection": f"sqlite:///{path}"}
    settings = {"app": IHATEMONEY.module, "variables": IHATEMONEY.settings(tmp_path)}
    viewer.call("migrations.settings", project=project, settings=settings)
    assert len(viewer.call("migrations.status", **asked)["pending"]) == 13
    told = viewer.call("migrations.preview", **asked, depth="sql")
    assert told["problem"]["code"] == "migrations.wrote", told["problem"]
    assert "migrates or writes when it starts" in told["problem"]["hint"]
    assert len(told["steps"]) == 13
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("select count(*) from sqlite_master").fetchone() == (0,)
    events = viewer.stream("migrations.apply", **asked)
    assert events[-1]["kind"] == "done", events[-1]
    assert viewer.call("migrations.status", **asked)["pending"] == []
