"""`main.py replay` as continuous integration runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from embedded_server.http.command import main
from embedded_server.wire.child_env import child_env
from embedded_server.wire.trace import Message, Trace, TracedStatement, TraceSummary
from tests.http.conftest import Shop
from tests.http.recorder import Recorder, fixed, said

ROOT = Path(__file__).resolve().parents[3]


def entry(url: str, body: object, *, method: str = "GET", status: int = 200, time: float = 5.0) -> dict:
    content = {"text": json.dumps(body), "mimeType": "application/json"}
    headers = [{"name": "Content-Type", "value": "application/json"}]
    return {
        "time": time,
        "request": {"method": method, "url": url, "headers": []},
        "response": {"status": status, "headers": headers, "content": content},
    }


def recorded(folder: Path, *entries: dict) -> str:
    path = folder / f"recorded{len(list(folder.iterdir()))}.har"
    path.write_text(json.dumps({"log": {"creator": {"name": "x"}, "entries": entries}}))
    return str(path)


def run(folder: Path, file: str, recorder: Recorder, *words: str) -> int:
    return main([file, "--to", recorder.url, "--workspace", str(folder / "ws"), *words])


def test_what_holds_exits_0_and_what_does_not_exits_1(recorder: Recorder, tmp_path, capsys):
    recorder.answer = fixed(said(b'{"a": 1}'), keep=True)
    file = recorded(tmp_path, entry("http://old/x", {"a": 1}), entry("http://old/y", {"a": 2}))
    out, report = tmp_path / "junit.xml", tmp_path / "out.json"
    assert run(tmp_path, file, recorder, "--junit", str(out), "--json", str(report)) == 1
    shown = capsys.readouterr().out
    assert "ok   GET /x" in shown and "FAIL GET /y" in shown and "changed /a" in shown
    assert "2 requests, 1 failed, 0 left out" in shown
    suite = ElementTree.parse(out).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert "1 differences in the body: changed /a" in suite.find("testcase/failure").text
    first, second = json.loads(report.read_text())["replays"]
    assert first["failures"] == [] and len(first["times"]) == 5 and second["diff"][0]["path"] == "/a"
    assert run(tmp_path, file, recorder, "--fail-on", "status") == 0


def test_a_status_a_lost_server_and_a_write(recorder: Recorder, tmp_path, capsys):
    recorder.answer = fixed(said(b"{}", status="500 Oh"), keep=True)
    wrong = recorded(tmp_path, entry("http://old/x", {}, status=200))
    assert run(tmp_path, wrong, recorder) == 1 and "status 500 instead of 200" in capsys.readouterr().out
    writes = recorded(tmp_path, entry("http://old/x", {}, method="POST", status=500))
    assert run(tmp_path, writes, recorder) == 1 and "0 failed, 1 left out" in capsys.readouterr().out
    before = len(recorder.requests)
    assert run(tmp_path, writes, recorder, "--confirm", "127.0.0.1") == 0 and len(recorder.requests) > before
    assert main([wrong, "--to", "http://127.0.0.1:1", "--workspace", str(tmp_path / "ws")]) == 1
    assert "Nothing answers" in capsys.readouterr().out


def test_slower_than_recorded_and_than_an_earlier_run(recorder: Recorder, tmp_path, capsys):
    recorder.answer = fixed(said(b"{}"), keep=True)
    slow = recorded(tmp_path, entry("http://old/x", {}, time=0.0001))
    assert run(tmp_path, slow, recorder, "--fail-on", "slower", "--count", "20") == 1
    assert "slower: three of four" in capsys.readouterr().out
    report = tmp_path / "earlier.json"
    fast = recorded(tmp_path, entry("http://old/x", {}, time=9000))
    assert run(tmp_path, fast, recorder, "--fail-on", "slower", "--count", "20", "--json", str(report)) == 0
    earlier = json.loads(report.read_text())
    assert len(earlier["replays"][0]["times"]) == 20
    earlier["replays"][0]["times"] = [time / 3 for time in earlier["replays"][0]["times"]]
    report.write_text(json.dumps(earlier))
    assert run(tmp_path, str(report), recorder, "--fail-on", "slower,body", "--count", "20") == 1
    assert "Slower: " in capsys.readouterr().out


def test_more_statements_than_the_trace_had(recorder: Recorder, tmp_path, capsys):
    trace = Trace(
        summary=TraceSummary(
            id="t",
            at="2026",
            source="capture",
            method="GET",
            target="/x",
            status=200,
            statements=2,
            host="old",
        ),
        request=Message(),
        response=Message(),
        statements=[
            TracedStatement(number=n, start_ms=0, duration_ms=1, sql="SELECT 1", fingerprint="f")
            for n in (1, 2)
        ],
    )
    path = tmp_path / "trace.json"
    path.write_bytes(msgspec.json.encode(trace))
    assert run(tmp_path, str(path), recorder, "--fail-on", "queries") == 1
    assert "reported no statements" in capsys.readouterr().out
    path.write_bytes(msgspec.json.encode({"trace": trace, "version": 1}))
    assert run(tmp_path, str(path), recorder, "--fail-on", "status") == 0


@pytest.mark.parametrize(("text", "told"), [
    ("{", "ends too early"), ("[]", "Expected `object`"), ('{"x": 1}', "none of these"),
    ('{"url": 5}', "Expected `str`"), ('{"log": {"entries": 1}}', "$.log.entries"),
])  # fmt: skip
def test_files_that_are_none(recorder: Recorder, tmp_path, capsys, text, told):
    path = tmp_path / "file.json"
    path.write_text(text)
    assert run(tmp_path, str(path), recorder) == 1 and told in capsys.readouterr().err
    assert run(tmp_path, str(tmp_path / "none"), recorder) == 1
    assert run(tmp_path, str(path), recorder, "--fail-on", "beauty") == 2


@pytest.mark.process
def test_as_a_program_against_the_shop(shop: Shop, tmp_path):
    draft = tmp_path / "draft.json"
    draft.write_text(json.dumps({"url": "http://old/api/orders?limit=3", "method": "GET"}))
    report = tmp_path / "out.json"
    command = [
        sys.executable,
        str(ROOT / "main.py"),
        "replay",
        str(draft),
        "--to",
        shop.url,
        "--json",
        str(report),
    ]
    environment = child_env() | {"PATH": os.environ["PATH"], "BACKLIGHT_WORKSPACE": str(tmp_path / "ws")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    # What one run wrote is what the next one is held against.
    command[3] = str(report)
    again = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert again.returncode == 0 and "1 requests, 0 failed" in again.stdout, again.stdout + again.stderr
