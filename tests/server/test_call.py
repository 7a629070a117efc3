"""`main.py call`: one call, scripts, problems, and the same over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(*words: str, workspace: Path, stdin: str = "") -> tuple[int, list[dict]]:
    command = [sys.executable, str(ROOT / "main.py"), "call", *words, "--workspace", str(workspace)]
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("over", [(), ("--server",)])
def test_one_call(tmp_path, over):
    code, (answer,) = run("server.info", "{}", *over, workspace=tmp_path)
    assert code == 0 and answer["workspace"] == str(tmp_path)


FAILING = [
    ("no.such", "{}", "request.not_found"),
    ("connections.test", '{"connection": 5}', "request.invalid"),
    ("connections.test", '{"connection": "nobody"}', "connection.unknown"),
    ("connections.test", '{"connection": "nothing://x/y"}', "connection.driver"),
]


def test_a_problem_exits_with_one(tmp_path):
    code, (answer,) = run("connections.test", '{"connection": 5', workspace=tmp_path)
    assert (code, answer["code"]) == (1, "request.invalid")


@pytest.mark.parametrize("over", [(), ("--server",)])
def test_problems_are_the_same_either_way(tmp_path, over):
    lines = [f'{{"name": "{name}", "request": {body}}}' for name, body, _ in FAILING]
    code, answers = run("--script", "-", *over, workspace=tmp_path, stdin="\n".join(lines))
    assert code == 1 and [a["problem"]["code"] for a in answers] == [code for _, _, code in FAILING]


def test_standard_input(tmp_path):
    code, (answer,) = run("events.poll", "-", workspace=tmp_path, stdin='{"wait": 0}')
    assert code == 0 and answer["reset"] is True


@pytest.mark.parametrize("over", [(), ("--server",)])
def test_a_script_shares_one_process(tmp_path, over):
    lines = [
        {"id": "a", "name": "server.info", "request": {}},
        {"id": "poll", "name": "events.poll", "request": {"wait": 20}, "background": True},
        {
            "id": "b",
            "name": "connections.save",
            "request": {"connection": {"name": "x", "url": "sqlite:///x.db"}},
        },
        {"id": "c", "name": "connections.list"},
        {"id": "d", "name": "no.such", "request": {}},
        "not json",
    ]
    script = "\n".join(json.dumps(line) if isinstance(line, dict) else line for line in lines)
    code, answers = run("--script", "-", *over, workspace=tmp_path, stdin=script)
    by_id = {answer["id"]: answer for answer in answers}
    assert code == 1
    assert [by_id[key]["ok"] for key in ("a", "b", "c", "d", "6")] == [True, True, True, False, False]
    assert by_id["c"]["response"]["connections"][0]["name"] == "x"
    assert by_id["d"]["problem"]["code"] == "request.not_found"


def test_a_command_line_without_a_call_exits_with_two(tmp_path):
    command = [sys.executable, str(ROOT / "main.py"), "call"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2 and "usage" in done.stderr
