"""Cancelled, killed, disk full: nothing under the final name, nothing beside it, nothing half in a table."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from embedded_server.data.service import HANDLERS
from embedded_server.jobs import Call
from embedded_server.wire.loading import IMPORT, ImportRequest
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.transfer import EXPORT, ExportRequest
from tests.data.transfer.conftest import House
from tests.runner.changes import ROOT
from tests.waiting import wait_until

ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n, 'some text' AS t FROM c"
ROWS = 60_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


@pytest.fixture
def database(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, note TEXT)")
        rows = ((n, f"name {n}", f"{n * 2654435761 % 4294967296:x}" * 5) for n in range(1, ROWS + 1))
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        connection.execute("CREATE TABLE copy (id INTEGER PRIMARY KEY, name TEXT, note TEXT)")
    connection.close()
    return f"sqlite:///{path}"


class Background(threading.Thread):
    """A call that runs beside the test; `problem` is how it ended, `events` what it told."""

    def __init__(self, house: House, endpoint: Any, request: Any) -> None:
        super().__init__(daemon=True)
        self.house, self.endpoint, self.request = house, endpoint, request
        self.call_made = Call(f"b{id(self)}", endpoint.name, house.services)
        self.events: list[Any] = []
        self.problem: Problem | None = None

    def run(self) -> None:
        try:
            with self.house.services.jobs.running(self.call_made):
                for event in HANDLERS[self.endpoint](self.request, self.call_made):
                    self.events.append(event)
        except ProblemError as error:
            self.problem = error.problem

    def until_rows(self) -> None:
        wait_until(lambda: any(event.rows for event in self.events) or self.problem, "the first rows")

    def ended(self) -> str:
        self.join(20)
        assert not self.is_alive()
        return self.problem.code if self.problem is not None else ""


@pytest.fixture
def endless(house: House, database: str, folder: Path) -> Iterator[Background]:
    request = ExportRequest(connection=database, sql=ENDLESS, path=str(folder / "out.csv"))
    work = Background(house, EXPORT, request)
    work.start()
    work.until_rows()
    yield work
    work.call_made.cancel()
    work.join(20)


def workers() -> list[psutil.Process]:
    return [one for one in psutil.Process().children() if "transfer" in one.cmdline()]


def test_a_cancelled_export_leaves_nothing(endless: Background, folder: Path) -> None:
    assert os.listdir(folder) and not (folder / "out.csv").exists()
    endless.call_made.cancel()
    assert endless.ended() == "job.cancelled"
    assert os.listdir(folder) == [] and not workers()


def test_an_export_whose_worker_is_killed_leaves_nothing(endless: Background, folder: Path) -> None:
    (worker,) = workers()
    worker.kill()
    assert endless.ended() == "transfer.worker"
    assert os.listdir(folder) == []


def test_a_full_disk_is_told_and_leaves_nothing(database: str, folder: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    command = [sys.executable, str(ROOT / "main.py"), "call", "--workspace", str(folder.parent / "ws")]
    # The workspace itself is larger when it is made than afterwards.
    subprocess.run([*command, "server.info"], capture_output=True, timeout=60, check=True)
    formats = ("csv", "xlsx", "jsonl", "parquet")
    table = {"connection": database, "table": "t"}
    requests = [table | {"path": str(folder / f"out.{one}"), "format": one} for one in formats]
    script = "\n".join(json.dumps({"name": "data.export", "request": one}) for one in requests)
    done = subprocess.run(
        [*command, "--script", "-"],
        preexec_fn=limit,
        input=script,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    problems = [answer["problem"] for answer in answers if not answer["ok"]]
    assert [found["code"] for found in problems] == ["file.disk"] * 4, problems
    assert os.listdir(folder) == []


def test_a_server_killed_in_the_middle_leaves_no_file(database: str, folder: Path) -> None:
    request = {"connection": database, "sql": ENDLESS, "path": str(folder / "out.csv")}
    command = [sys.executable, str(ROOT / "main.py"), "call", "--workspace", str(folder.parent / "ws")]
    process = subprocess.Popen([*command, "data.export", json.dumps(request)], stdout=subprocess.PIPE)
    try:
        wait_until(lambda: os.listdir(folder), "the file being written")
        children = psutil.Process(process.pid).children()
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        wait_until(lambda: not os.listdir(folder), "the file being removed")
        _, left = psutil.wait_procs(children, 20)
        assert children and not left
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_a_cancelled_import_leaves_the_table_as_it_was(house: House, database: str, folder: Path) -> None:
    path = folder / "in.csv"
    with path.open("w") as file:
        file.write("id,name,note\n")
        file.writelines(f"{n},name {n},{'x' * 40}\n" for n in range(1, 4 * ROWS))
    work = Background(house, IMPORT, ImportRequest(connection=database, path=str(path), table="copy"))
    work.start()
    work.until_rows()
    work.call_made.cancel()
    assert work.ended() in ("job.cancelled", "")
    with sqlite3.connect(database.removeprefix("sqlite:///")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM copy").fetchone()
    connection.close()
    assert count == (0 if work.problem is not None else 4 * ROWS - 1)


def test_a_large_export_is_the_same_as_a_small_one(house: House, database: str, folder: Path) -> None:
    done = house.export(database, table="t", path=str(folder / "out.csv"))
    assert done.rows == ROWS and done.bytes == (folder / "out.csv").stat().st_size
    lines = (folder / "out.csv").read_text().splitlines()
    assert (
        lines[0] == "id,name,note"
        and lines[-1] == f"{ROWS},name {ROWS},{f'{ROWS * 2654435761 % 4294967296:x}' * 5}"
    )
    assert house.load(database, folder / "out.csv", table="copy").rows == ROWS
