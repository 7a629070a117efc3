"""Histories of applications nobody here wrote, rehearsed and applied by their own interpreters."""

from __future__ import annotations

from pathlib import Path

import pytest

from embedded_server.wire.migration_runs import (
    APPLY,
    GENERATE,
    PREVIEW,
    ApplyRequest,
    GenerateRequest,
    PreviewRequest,
)
from embedded_server.wire.migrations import (
    GRAPH,
    PROJECTS,
    SETTINGS,
    STATUS,
    GraphRequest,
    ProjectsRequest,
    Settings,
    SettingsRequest,
    StatusRequest,
)
from tests.wild.environments import packages

from .conftest import Project, Room, rows, sqlite_url

pytestmark = pytest.mark.slow
ELSEWHERE = Path("/tmp/ihatemoney.db")


def tables(url: str) -> set[str]:
    if url.startswith("sqlite"):
        return {name for (name,) in rows(url, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    return {name for (name,) in rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


@pytest.mark.wild
def test_optunas_history_is_rehearsed_and_applied(url: str, room: Room) -> None:
    project = str(packages("optuna") / "optuna/storages/_rdb/alembic")
    graph = room.call(GRAPH, GraphRequest(project))
    assert graph.project.kind == "alembic" and graph.project.config.endswith("_rdb/alembic.ini")
    order = [one.revision for one in reversed(graph.revisions)]
    found = room.call(PREVIEW, PreviewRequest(project, url, depth="rehearse"))
    assert [step.revision for step in found.steps] == order and found.rehearsal.ok, found.rehearsal
    assert sum(len(step.statements) for step in found.steps) > 20 and tables(url) == set()
    end = room.call(APPLY, ApplyRequest(project, url, backup=False))[-1]
    assert end.kind == "done" and end.revisions == order
    (status,) = room.call(STATUS, StatusRequest(project, url)).statuses
    assert status.current == graph.heads and status.pending == []
    assert {"studies", "trials", "trial_params"} <= tables(url)


@pytest.mark.wild
def test_ihatemoney_migrates_on_start_and_touches_nothing(room: Room, tmp_path: Path) -> None:
    was_there = ELSEWHERE.exists()
    folder = str(packages("ihatemoney") / "ihatemoney" / "migrations")
    url = sqlite_url(tmp_path / "a.db")
    (found,) = room.call(PROJECTS, ProjectsRequest(folder)).projects
    assert "migrates by itself" in found.notes[0] and found.kind == "flask"
    assert room.call(STATUS, StatusRequest(folder, url)).pending, "reading needs none of its code"
    room.call(SETTINGS, SettingsRequest(folder, Settings(app="ihatemoney.wsgi")))
    refused = room.refused(GENERATE, GenerateRequest(folder, url, models=True, dry_run=True))
    assert refused.code == "migrations.other_database", refused
    assert ELSEWHERE.exists() is was_there and tables(url) == set()
    room.call(SETTINGS, SettingsRequest(folder, Settings(app="ihatemoney.wsgi", redirect=True)))
    refused = room.refused(GENERATE, GenerateRequest(folder, url, models=True, dry_run=True))
    assert refused.code == "migrations.wrote", refused
    assert ELSEWHERE.exists() is was_there and tables(url) == set()


def test_a_folder_of_scripts_finds_its_configuration_above(project: Project, room: Room) -> None:
    project.revision("aaaa")
    found = room.call(GRAPH, GraphRequest(str(project.scripts)))
    assert found.project.config == str(project.folder / "alembic.ini")
    assert found.project.root == str(project.folder) and found.project.folder == str(project.scripts)
