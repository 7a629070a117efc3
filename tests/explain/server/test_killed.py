"""kill -9 in the middle of a trial: the next start explains what happened, and nothing is left."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import psutil
import pytest

from embedded_server.explain.lab import mend
from embedded_server.http_caller import HttpCaller
from embedded_server.wire.problem import ProblemError
from tests.explain.server.conftest import Desk
from tests.server.test_call import run
from tests.waiting import wait_until

# Some tenths of a second a run: long enough to be killed in the middle.
SLOW = "SELECT count(*) FROM t AS a CROSS JOIN t AS b WHERE a.v LIKE '%7%' AND b.id <= 20"


def fill(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (id integer PRIMARY KEY, v text)",
        "INSERT INTO t SELECT n, 'x' || (n % 1000) FROM {numbers}",
        "ANALYZE",
    )


def left(desk: Desk) -> list:
    if desk.engine == "sqlite":
        return desk.run("SELECT name FROM sqlite_schema WHERE name LIKE '%backlight%'")
    return desk.run("SELECT relname FROM pg_class WHERE relname LIKE '%backlight%'")


def writable(desk: Desk) -> bool:
    """Whether somebody else can write: no lock of the dead trial is left."""
    desk.run("UPDATE t SET v = 'written' WHERE id = 1", "SELECT 1")
    return True


@pytest.mark.process
def test_a_killed_trial_is_explained_and_mended(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    workspace = tmp_path / "killed"
    caller = HttpCaller(workspace)
    asked = {"connection": desk.url, "sql": SLOW, "table": "t", "columns": ["v"], "runs": 30, "timeout": 60}

    def attempt() -> None:
        try:
            list(caller.call("explain.trial", json.dumps(asked).encode(), "trial"))
        except (ProblemError, OSError):
            pass

    worker = threading.Thread(target=attempt, daemon=True)
    worker.start()

    def measuring() -> bool:
        jobs = json.loads(b"".join(caller.call("jobs.list", b"", "")))["jobs"]
        return any(job["name"] == "explain.trial" and "pair" in job["progress"] for job in jobs)

    wait_until(measuring, "the trial to measure with the index made", 50)
    psutil.Process(caller.process.pid).kill()
    worker.join(20)
    caller.close()

    second = HttpCaller(workspace)
    try:

        def mended() -> bool:
            trials = json.loads(b"".join(second.call("explain.trials", b"{}", "")))["trials"]
            return [trial["state"] for trial in trials] == ["mended"]

        wait_until(mended, "the second server to look after the trial", 30)
        (trial,) = json.loads(b"".join(second.call("explain.trials", b"{}", "")))["trials"]
    finally:
        second.close()
    assert "Backlight ended while it tried CREATE INDEX" in trial["text"] and "rolled" in trial["text"]
    assert left(desk) == [] and writable(desk)


def test_what_was_left_behind_is_removed(desk: Desk) -> None:
    """It cannot happen with a rollback; should it ever, the index goes."""
    fill(desk)
    made = "CREATE INDEX backlight_trial_abc ON t (v)"
    facts = {"id": "abc", "name": "backlight_trial_abc"}
    key = desk.services.store.trials.begin(desk.url, made, "ROLLBACK", facts)
    desk.run(made)
    assert mend(desk.services) == []  # its process lives
    forge(desk, key)
    (told,) = mend(desk.services)
    assert "left behind; it was removed" in told
    assert left(desk) == [] and mend(desk.services) == []


def test_a_database_that_is_away_is_looked_at_later(lite: Desk, tmp_path: Path) -> None:
    facts = {"id": "away", "name": "backlight_trial_away"}
    gone = f"sqlite:///{tmp_path}/gone.db"
    key = lite.services.store.trials.begin(gone, "CREATE INDEX x ON t (v)", "ROLLBACK", facts)
    forge(lite, key)
    assert mend(lite.services) == []
    assert [trial.state for trial in lite.services.store.trials.list()] == ["begun"]


def forge(desk: Desk, key: str) -> None:
    """Let the journal say that another process, now dead, began it."""
    with desk.services.store.engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE trial SET facts = json_set(facts, '$.pid', 4194303, '$.started', 1.0) WHERE id = ?",
            (key,),
        )


def test_the_command_line_mends_too(lite: Desk, tmp_path: Path) -> None:
    _, (answer,) = run("explain.trials", "{}", workspace=tmp_path / "fresh")
    assert answer == {"trials": []}
