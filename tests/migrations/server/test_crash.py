"""kill -9 of Backlight, or of everything, while it applies: the next start says what happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from embedded_server.http_caller import HttpCaller
from embedded_server.migrations.journal import of_file
from embedded_server.migrations.mend import explained
from embedded_server.wire.migrations import Status
from tests.waiting import wait_until

from .conftest import Project, rows
from .test_apply import CREATE, tables, version

ROOT = Path(__file__).resolve().parents[3]


class Victim:
    """A server process with an apply under way."""

    def __init__(self, workspace: Path) -> None:
        self.caller = HttpCaller(workspace)
        self.lines: list[dict[str, Any]] = []

    def apply(self, project: Path, url: str) -> None:
        body = json.dumps({"project": str(project), "connection": url, "backup": False}).encode()

        def listen() -> None:
            try:
                for line in self.caller.call("migrations.apply", body, "apply"):
                    self.lines.append(json.loads(line))
            except Exception as error:
                self.lines.append({"kind": "lost", "error": repr(error)})

        threading.Thread(target=listen, daemon=True).start()

    def runner(self) -> psutil.Process:
        def found() -> list[psutil.Process]:
            children = psutil.Process(self.caller.process.pid).children(recursive=True)
            return [one for one in children if any("backlight_runner" in word for word in one.cmdline())]

        wait_until(found, "the runner")
        return found()[0]

    def kill(self) -> None:
        os.kill(self.caller.process.pid, signal.SIGKILL)
        self.caller.process.wait()
        for stream in (self.caller.process.stdin, self.caller.process.stdout):
            if stream is not None:
                stream.close()


def next_start(workspace: Path, request: str = "{}") -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "main.py", "call", "migrations.runs", request, "--workspace", str(workspace)],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)["runs"]


def gated(project: Project, go: Path, body: str) -> None:
    """A history whose second revision waits half way."""
    project.revision("aaaa", CREATE)
    project.revision(
        "bbbb",
        f"{body}\nimport os, time\nopen({str(go)!r}, 'w').close()\n"
        f"while os.path.exists({str(go)!r}):\n    time.sleep(0.01)\n"
        'op.create_table("w", sa.Column("id", sa.Integer()))',
    )
    project.revision("cccc", 'op.create_table("x", sa.Column("id", sa.Integer()))')


HALF = 'op.create_table("u", sa.Column("id", sa.Integer()))'


def test_backlight_is_killed_and_the_revision_ends(url: str, project: Project, tmp_path: Path) -> None:
    go = tmp_path / "go"
    gated(project, go, HALF)
    victim = Victim(tmp_path / "ws")
    victim.apply(project.folder, url)
    wait_until(go.exists, "the second revision")
    runner = victim.runner()
    victim.kill()
    (seen,) = next_start(tmp_path / "ws")
    assert seen["state"] == "running" and f"process {runner.pid}" in seen["text"]
    go.unlink()
    runner_gone(runner)
    assert version(url) == ["bbbb"] and tables(url) == {"t", "u", "w", "alembic_version"}
    (told,) = next_start(tmp_path / "ws")
    assert told["state"] == "interrupted" and "aaaa, bbbb are applied" in told["text"]
    assert told["mend"] == "Apply again: it goes on with cccc." and told["after"] == ["bbbb"]


def runner_gone(runner: psutil.Process) -> None:
    def gone() -> bool:
        return not runner.is_running() or runner.status() == psutil.STATUS_ZOMBIE

    wait_until(gone, "the runner's end")


def killed_together(project: Project, url: str, tmp_path: Path) -> None:
    victim = Victim(tmp_path / "ws")
    victim.apply(project.folder, url)
    wait_until((tmp_path / "go").exists, "the second revision")
    runner = victim.runner()
    victim.kill()
    runner.kill()
    runner_gone(runner)


def test_everything_is_killed_inside_a_transaction(url: str, project: Project, tmp_path: Path) -> None:
    gated(project, tmp_path / "go", HALF)
    killed_together(project, url, tmp_path)
    (told,) = next_start(tmp_path / "ws", '{"open": true}')
    assert told["state"] == "interrupted" and "aaaa is applied" in told["text"]
    assert "Of bbbb, which was running, nothing was kept" in told["text"]
    assert told["mend"] == "Apply again: it goes on with bbbb."
    assert version(url) == ["aaaa"] and tables(url) == {"t", "alembic_version"}
    (tmp_path / "go").touch()
    (whole,) = next_start(tmp_path / "ws", json.dumps({"id": told["id"]}))
    assert any("CREATE TABLE u" in entry["sql"] for entry in whole["journal"])


def test_everything_is_killed_outside_of_a_transaction(
    pg_database: str, project: Project, tmp_path: Path
) -> None:
    gated(
        project,
        tmp_path / "go",
        "with op.get_context().autocommit_block():\n"
        '    op.create_index("ix_t_a", "t", ["a"], postgresql_concurrently=True)',
    )
    killed_together(project, pg_database, tmp_path)
    (told,) = next_start(tmp_path / "ws")
    assert "bbbb is half done: 1 of its statements were kept" in told["text"]
    assert "CREATE INDEX CONCURRENTLY ix_t_a" in told["text"]
    assert told["mend"].startswith("Drop the index ix_t_a if it is there, then apply again.")
    assert rows(pg_database, "SELECT count(*) FROM pg_class WHERE relname = 'ix_t_a'") == [(1,)]
    assert version(pg_database) == ["aaaa"]


@pytest.fixture
def story(tmp_path: Path) -> Callable[..., Any]:
    def write(*events: dict[str, Any]) -> Any:
        path = tmp_path / "run.jsonl"
        path.write_text("".join(json.dumps(event) + "\n" for event in events) + '{"ev": "statem')
        return of_file(path)

    return write


def test_mariadb_keeps_what_ran_and_the_explanation_says_so(story: Callable[..., Any]) -> None:
    told = story(
        {"ev": "hello", "pid": 1},
        {"ev": "plan", "revisions": ["a", "b"], "current": []},
        {"ev": "revision", "revision": "a"},
        {"ev": "statement", "n": 1, "revision": "a", "sql": "ALTER TABLE t ADD x INT", "autocommit": False},
    )
    where = Status("c", applied=[], pending=["a", "b"])
    state, text, mend = explained({"engine": "mysql", "direction": "upgrade"}, told, where, object())
    assert state == "interrupted" and "a is half done" in text and "ALTER TABLE t ADD x INT" in text
    assert mend.startswith("Undo these statements by hand")


def test_a_database_that_cannot_be_asked_is_said(story: Callable[..., Any]) -> None:
    told = story({"ev": "hello", "pid": 1}, {"ev": "plan", "revisions": ["a"], "current": []})
    assert explained({}, told, None, None)[2] == "Connect to the database to see where it stands."
    assert explained({}, story({"ev": "done"}), None, None)[0] == "done"
