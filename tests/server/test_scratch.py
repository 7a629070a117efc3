"""Folders of the moment: gone with whoever made them; of who was killed, with the next start of a server."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path

import duckdb
import psutil
import pytest

from embedded_server.http_caller import HttpCaller
from embedded_server.wire.scratch import LOCK, PREFIX, Scratch, sweep
from tests.waiting import wait_until


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where folders of this process and its children are made."""
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


def at_work(workspace: Path, place: Path) -> tuple[HttpCaller, set[Path]]:
    """A server with a worker for DuckDB and one for what a command prints, and the folders of the three."""
    before = set(place.iterdir())
    caller = HttpCaller(workspace)
    database = workspace / "a.duckdb"
    duckdb.connect(str(database)).close()
    catalog = {"connection": f"duckdb:///{database}"}
    command = {"command": [sys.executable, "-c", "import sys; print('begun', flush=True); sys.stdin.read()"]}
    for name, request in (("data.catalog", catalog), ("logs.run", command)):
        assert list(caller.call(name, json.dumps(request).encode(), ""))
    folders = set(place.iterdir()) - before
    assert sorted(folder.name.split("-")[1] for folder in folders) == ["duckdb", "logs"]
    return caller, folders


def test_an_end_in_order_leaves_no_folder(tmp_path, place):
    caller, _ = at_work(tmp_path / "workspace", place)
    caller.close()
    wait_until(lambda: not [*place.iterdir()], "its workers to follow the server")


@pytest.mark.skipif(os.name != "posix", reason="kills")
def test_what_killed_processes_left_is_gone_after_a_start_and_what_lives_stays(tmp_path, place):
    living, used = at_work(tmp_path / "living", place)
    killed, left = at_work(tmp_path / "killed", place)
    server = psutil.Process(killed.process.pid)
    family = [*server.children(recursive=True), server]
    # All stand still first: whoever sees another one end tidies up behind it.
    for act in (psutil.Process.suspend, psutil.Process.kill):
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):  # a child may end with its parent
                act(process)
    killed.close()
    assert all(folder.exists() for folder in used | left), "nobody had the time to remove them"
    again = HttpCaller(tmp_path / "killed")
    wait_until(lambda: not any(folder.exists() for folder in left), "the next start to remove them")
    assert set(place.iterdir()) == used
    again.close()
    living.close()


@pytest.mark.skipif(os.name != "posix", reason="kills")
def test_what_a_killed_worker_left_is_gone_at_once(tmp_path, place):
    caller, used = at_work(tmp_path / "workspace", place)
    family = psutil.Process(caller.process.pid).children()
    (worker,) = (process for process in family if process.cmdline()[-1] == "duckdb")
    worker.kill()
    wait_until(lambda: set(place.iterdir()) < used, "its folder to be removed")
    assert [folder.name.split("-")[1] for folder in place.iterdir()] == ["logs"]
    caller.close()


def test_only_folders_that_nobody_uses_are_removed(place):
    ours, foreign = Scratch("test"), place / f"{PREFIX}other"
    foreign.mkdir()
    unused = place / f"{PREFIX}unused"
    (unused / "deep").mkdir(parents=True)
    (unused / LOCK).touch()
    sweep()
    assert set(place.iterdir()) == {ours.path, foreign}, "one without a lock is nobody's of ours"
    ours.close()
    ours.close()
    assert set(place.iterdir()) == {foreign}


def test_a_folder_is_gone_with_its_last_user(place):
    made = Scratch("test")
    with made as folder:
        (folder / "x").touch()
        assert folder.parent == place
    assert not folder.exists() and made.path == folder
    unheld = Scratch("test").path
    assert not unheld.exists()
