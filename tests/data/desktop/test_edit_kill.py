"""kill -9 of the window while cells are edited: the next start has everything but the last second."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time

import pytest

from desktop.data.staged import Staged
from desktop.kit.journal import Journal
from tests.runner.changes import ROOT

TYPIST = [sys.executable, "-m", "tests.data.desktop.edit_typist"]


@pytest.mark.process
@pytest.mark.parametrize("cells", [60])
def test_the_window_is_killed_while_cells_are_edited(tmp_path, live_server, cells):
    database = tmp_path / "app.db"
    with sqlite3.connect(database) as connection:
        connection.execute("create table people(id integer primary key, name text)")
        connection.executemany("insert into people values (?, ?)", [(n, f"old {n}") for n in range(1, 5001)])
    connection.close()
    words = [tmp_path / "profile", str(live_server.port), live_server.token, database]
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.Popen([*TYPIST, *words], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert process.stdout is not None
    typed: list[float] = []
    while len(typed) < cells or time.monotonic() - typed[0] < 1.5:
        assert process.stdout.readline(), "the window ended by itself"
        typed.append(time.monotonic())
    process.kill()
    process.wait()
    process.stdout.close()
    killed = time.monotonic()
    (journal,) = (tmp_path / "profile").rglob("edits/*.journal")
    staged = Staged()
    staged.replay(Journal(journal).replay())
    found = [(row.key[0], row.base["name"], row.values["name"]) for row in staged.ordered()]
    assert found == [(n, f"old {n}", f"n{n}") for n in range(1, len(found) + 1)]
    assert len(found) >= sum(killed - moment > 1.0 for moment in typed) > 0
    with sqlite3.connect(database) as connection:
        assert connection.execute("select count(*) from people where name like 'old%'").fetchone() == (5000,)
    connection.close()
    assert staged.undo_title() == "Set 1 cell", "and each edit can still be taken back"
