"""Where databases stand, and running a project's own environment under guard."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from embedded_server.wire.migrations import (
    INTERPRETERS,
    STATUS,
    InterpretersRequest,
    StatusRequest,
)

from .conftest import HEAD, Project, Room, rows, run, sqlite_url


def test_an_empty_database_lacks_everything(url: str, shop: Path, room: Room) -> None:
    found = room.call(STATUS, StatusRequest(str(shop), url))
    assert len(found.pending) == 8 and found.pending[-1] == HEAD == found.heads[0]
    (one,) = found.statuses
    assert (one.current, one.applied, one.unknown, one.version_table) == ([], [], [], "")


def test_current_and_pending_are_read(url: str, shop: Path, room: Room) -> None:
    run(url, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    run(url, "INSERT INTO alembic_version VALUES ('c58a2f19b6e0')")
    found = room.call(STATUS, StatusRequest(str(shop), url))
    assert found.pending == ["7f20c6a1d84b", "d4e8b3907c16", HEAD]
    assert found.statuses[0].current == ["c58a2f19b6e0"] and len(found.statuses[0].applied) == 5
    assert rows(url, "SELECT version_num FROM alembic_version") == [("c58a2f19b6e0",)]


def test_another_version_table_is_found(url: str, project: Project, room: Room) -> None:
    project.revision("a")
    env = project.scripts / "env.py"
    env.write_text(
        env.read_text().replace("target_metadata=", 'version_table="own_version", target_metadata=')
    )
    run(url, "CREATE TABLE own_version (version_num VARCHAR(32))", "INSERT INTO own_version VALUES ('a')")
    (one,) = room.call(STATUS, StatusRequest(str(project.folder), url)).statuses
    assert (one.version_table, one.current, one.pending) == ("own_version", ["a"], [])


def git(folder: Path, *words: str) -> None:
    who = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    subprocess.run(("git", "-C", folder, *words), env={**os.environ, **who}, check=True, capture_output=True)


def test_an_unknown_revision_is_traced_to_its_commit(url: str, project: Project, room: Room) -> None:
    project.revision("aaaa1111")
    git(project.folder, "init", "-q", "-b", "main")
    git(project.folder, "add", ".")
    git(project.folder, "commit", "-qm", "start")
    git(project.folder, "checkout", "-qb", "feature/prices")
    project.revision("bbbb2222")
    git(project.folder, "add", ".")
    git(project.folder, "commit", "-qm", "prices get a currency")
    git(project.folder, "checkout", "-q", "main")
    run(url, "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
    run(url, "INSERT INTO alembic_version VALUES ('bbbb2222')")
    (one,) = room.call(STATUS, StatusRequest(str(project.folder), url)).statuses
    (unknown,) = one.unknown
    assert unknown.revision == "bbbb2222" and "prices get a currency (feature/prices)" in unknown.commits[0]
    assert "check that branch out" in unknown.text


def test_several_databases_and_one_that_does_not_answer(shop: Path, room: Room, tmp_path: Path) -> None:
    there = sqlite_url(tmp_path / "a.db")
    gone = f"sqlite:///{tmp_path / 'gone.db'}"
    found = room.call(STATUS, StatusRequest(str(shop), connections=[there, gone]))
    assert found.statuses[0].problem is None and found.statuses[1].problem is not None
    assert found.statuses[1].problem.code == "file.missing" and not (tmp_path / "gone.db").exists()
    assert room.refused(STATUS, StatusRequest(str(shop), gone)).code == "file.missing"


def test_interpreters_are_asked_what_they_have(shop: Path, room: Room, tmp_path: Path) -> None:
    found = room.call(INTERPRETERS, InterpretersRequest(str(shop)))
    assert found.chosen and {"alembic", "flask-migrate", "python"} <= set(found.interpreters[0].versions)
    bare = tmp_path / "shop" / ".venv"
    (bare / "bin").mkdir(parents=True)
    (bare / "pyvenv.cfg").write_text("")
    (bare / "bin" / "python").write_text("#!/bin/sh\nexit 3\n")
    (bare / "bin" / "python").chmod(0o755)
    found = room.call(INTERPRETERS, InterpretersRequest(str(shop)))
    assert found.interpreters[0].path.startswith(str(bare)) and found.interpreters[0].problem
    assert found.chosen and not found.chosen.startswith(str(bare))
