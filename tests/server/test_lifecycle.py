"""The server ends with its parent, leaves nothing behind, and says why it cannot start."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.server.test_lanes import FOREVER
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]


def start(workspace: Path, *prefix: str) -> tuple[subprocess.Popen, dict]:
    command = [*prefix, sys.executable, str(ROOT / "main.py"), "serve"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process.stdin.write(json.dumps({"token": "t", "workspace": str(workspace)}) + "\n")
    process.stdin.flush()
    return process, json.loads(process.stdout.readline())


def test_the_end_of_standard_input_ends_the_server(tmp_path):
    process, ready = start(tmp_path)
    assert ready["ready"] and ready["pid"] == process.pid
    process.stdin.close()
    assert process.wait(15) == 0
    assert process.stdout.read() == "", "nothing but the ready line on stdout"


def test_a_running_statement_does_not_hold_the_end_up(tmp_path):
    database = tmp_path / "t.db"
    with sqlite3.connect(database) as connection:
        connection.execute("create table t(id integer primary key)")
        connection.execute("insert into t values (1)")  # without a row the condition is never asked
    connection.close()
    process, ready = start(tmp_path / "ws")
    began = psutil.Process(process.pid).cpu_times().user
    body = json.dumps({"connection": str(database), "table": "t", "where": FOREVER}).encode()
    request = (
        f"POST /api/data/page HTTP/1.1\r\nHost: 127.0.0.1:{ready['port']}\r\nAuthorization: Bearer t\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
    with socket.create_connection(("127.0.0.1", ready["port"])) as connection:
        connection.sendall(request)
        server = psutil.Process(process.pid)
        wait_until(lambda: server.cpu_times().user > began + 0.5, "the statement to run")
        before = time.monotonic()
        process.stdin.close()
        assert process.wait(15) == 0
        assert time.monotonic() - before < 12


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_killed_parent_leaves_no_orphan(tmp_path):
    # A parent of its own holds the pipe; killing it hard closes the pipe, and the server must follow.
    parent_code = (
        "import subprocess, sys, json\n"
        f"p = subprocess.Popen([sys.executable, {str(ROOT / 'main.py')!r}, 'serve'],"
        " stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)\n"
        f"p.stdin.write(json.dumps({{'workspace': {str(tmp_path)!r}}}) + '\\n'); p.stdin.flush()\n"
        "print(p.stdout.readline(), end='', flush=True)\n"
        "p.wait()\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE, text=True)
    server = psutil.Process(json.loads(parent.stdout.readline())["pid"])
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait(10)
    wait_until(
        lambda: not server.is_running() or server.status() == psutil.STATUS_ZOMBIE, "the server to end"
    )


@pytest.mark.parametrize("message", ["not json", '{"token": 5}', "[]"])
def test_a_bad_start_message_is_a_problem(tmp_path, message):
    command = [sys.executable, str(ROOT / "main.py"), "serve"]
    done = subprocess.run(
        command, input=message + "\n", capture_output=True, text=True, timeout=60, check=False
    )
    answer = json.loads(done.stdout)
    assert done.returncode == 3 and not answer["ready"] and answer["problem"]["code"] == "request.invalid"


def test_an_unusable_workspace_is_a_problem(tmp_path):
    (tmp_path / "workspace.db").write_bytes(b"x" * 5000)
    process, answer = start(tmp_path)
    assert not answer["ready"] and answer["problem"]["code"] == "store.unusable"
    assert process.wait(15) == 3


def test_each_start_has_its_own_epoch(tmp_path):
    epochs = set()
    for _ in range(2):
        process, ready = start(tmp_path)
        epochs.add(ready["epoch"])
        process.stdin.close()
        process.wait(15)
    assert len(epochs) == 2
