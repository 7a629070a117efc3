"""Who may do what; and the same answers by script, in one process and over HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from embedded_server.dispatch import Dispatcher
from embedded_server.web.app import create_app
from embedded_server.web.guard import Guard
from embedded_server.wire.endpoint import Scope, declared
from tests.http.conftest import Desk
from tests.http.recorder import Recorder
from tests.server.test_both_ways import plain
from tests.server.test_call import run as run_script

READING = {"http.diff", "http.list", "http.get", "http.export", "http.environments"}
NAMES = sorted(name for name in declared() if name.startswith("http."))
# What differs from run to run.
TIMES = {"ms", "phases", "before_ms", "after_ms", "before_median_ms", "after_median_ms", "median_ms"}
MOVING = TIMES | {
    "pace",
    "run",
    "after_run",
    "before_run",
    "trace",
    "text",
    "p",
    "ratio",
    "low",
    "high",
    "tone",
}
MOVING |= {"times", "verdict", "pressure", "notes"}


@pytest.fixture
def ask(desk: Desk) -> Any:
    guard = Guard({"reader": Scope.READ, "writer": Scope.WRITE, "probe": Scope.INGEST}, port=4711)
    client = create_app(Dispatcher(desk.services), guard).test_client()

    def send(name: str, request: dict[str, Any], token: str) -> tuple[int, Any]:
        answer = client.post(
            declared()[name].path,
            json=request,
            base_url="http://127.0.0.1:4711",
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.status_code, json.loads(answer.data)

    return send


@pytest.mark.parametrize("name", NAMES)
def test_a_reading_token_reads_and_sends_nothing(ask: Any, name: str, recorder: Recorder) -> None:
    request = {"request": {"url": recorder.url}} if name in ("http.send", "http.replay", "http.save") else {}
    status, answer = ask(name, request, "reader")
    if name in READING:
        assert answer.get("code") != "guard.scope"
    else:
        assert (status, answer["code"]) == (403, "guard.scope")
    assert ask(name, request, "probe")[1]["code"] == "guard.scope" and recorder.requests == []


def test_a_writing_token_sends(ask: Any, recorder: Recorder) -> None:
    status, answer = ask("http.send", {"request": {"url": recorder.url}}, "writer")
    assert status == 200 and answer["answer"]["status"] == 200 and len(recorder.requests) == 1


def still(value: Any) -> Any:
    """Without what moves."""
    if isinstance(value, dict):
        return {key: still(item) for key, item in value.items() if key not in MOVING}
    return [still(item) for item in value] if isinstance(value, list) else value


def script(url: str) -> list[dict[str, Any]]:
    draft = {"name": "one", "url": f"{url}/x", "method": "GET", "headers": [["A", "1"]]}
    calls = [
        ("http.environments", {}),
        ("http.save_environment", {"environment": {"name": "e", "base_url": url}}),
        ("http.import", {"text": f"curl {url}/curl -H 'B: 2'", "dry_run": True}),
        ("http.import", {"text": "curl", "dry_run": True}),
        ("http.save", {"request": draft | {"id": "d1"}}),
        ("http.list", {"query": "one"}),
        ("http.get", {"draft": "d1"}),
        ("http.export", {"draft": "d1"}),
        ("http.send", {"draft": "d1", "environment": "e"}),
        ("http.replay", {"draft": "d1", "count": 3, "warm_up": 0}),
        ("http.diff", {"after_run": "nope"}),
        ("http.delete", {"draft": "d1"}),
        ("http.delete", {"environment": "e"}),
    ]
    return [
        {"id": str(number), "name": name, "request": request} for number, (name, request) in enumerate(calls)
    ]


@pytest.mark.process
def test_scripts_get_the_same_in_process_and_over_http(recorder: Recorder, tmp_path) -> None:
    text = "\n".join(map(json.dumps, script(recorder.url)))
    answers = [
        run_script("--script", "-", *way, workspace=tmp_path / f"ws{len(way)}", stdin=text)[1]
        for way in ((), ("--server",))
    ]
    for line, one, other in zip(script(recorder.url), *answers, strict=True):
        assert still(plain(one)) == still(plain(other)), line
    assert [answer["problem"]["code"] for answer in answers[0] if not answer["ok"]] == [
        "http.bad_curl",
        "http.unknown_run",
    ]
    assert {line["name"] for line in script("")} == set(NAMES)
