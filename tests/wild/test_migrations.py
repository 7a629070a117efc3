"""Histories that nobody here wrote: read from their files, and run in their own environments."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

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
