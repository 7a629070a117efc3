"""The endpoints as a program calls them, in one process and over HTTP with equal answers; and who may not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from embedded_server.dispatch import Dispatcher
from embedded_server.web.app import create_app
from embedded_server.web.guard import Guard
from embedded_server.wire.connections import Profile
from embedded_server.wire.endpoint import Scope, declared
from embedded_server.wire.health import (
    INTEGRITY,
    LINT,
    SESSIONS,
    HealthRequest,
    IntegrityRequest,
    LintRequest,
)
from tests.health.databases import ENGINES, Database
from tests.health.server.conftest import Desk
from tests.server.test_call import run

SETUP = (
    "CREATE TABLE makers (id integer PRIMARY KEY)",
    "CREATE TABLE cars (maker_id integer, plate varchar(9))",
    "INSERT INTO makers VALUES (1)",
    "INSERT INTO cars VALUES (1, 'A'), (7, 'B')",
)
# What differs from one moment or process to the next.
VOLATILE = {
    "elapsed_ms",
    "at",
    "metrics",
    "largest",
    "sessions",
    "state_s",
    "transaction_s",
    "started",
    "long",
}
VOLATILE |= {"idle", "tree"}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in VOLATILE}
    return [plain(item) for item in value] if isinstance(value, list) else value


def _calls(url: str) -> list[tuple[str, dict[str, Any]]]:
    here = {"connection": url}
    return [
        ("health.sessions", here),
        ("health.locks", here | {"everywhere": True}),
        ("health.lint", here),
        ("health.lint", here | {"table": "cars", "checks": ["no_primary_key"]}),
        ("health.resources", here),
        ("health.integrity", here),
        ("health.lint", here | {"checks": ["nonsense"]}),
        ("health.lint", here | {"table": "nothing"}),
        ("health.lint", here | {"schema": "nowhere"}),
        ("health.kill", here | {"id": "x"}),
        ("health.kill", here | {"id": "1", "what": "stab"}),
    ]


def test_in_process_and_over_http(database_of: Callable[[str], Database], tmp_path: Path) -> None:
    lines = []
    for engine in ENGINES:
        database = database_of(engine)
        database.run(*SETUP)
        for at, (name, request) in enumerate(_calls(database.url)):
            lines.append(json.dumps({"id": f"{engine} {at}", "name": name, "request": request}))
    answers = {}
    for way in ((), ("--server",)):
        _, answers[way] = run(
            "--script", "-", *way, workspace=tmp_path / f"ws{len(way)}", stdin="\n".join(lines)
        )
    assert plain(answers[()]) == plain(answers[("--server",)])
    told = {}
    for answer in answers[()]:
        told[answer["id"]] = answer
    for engine in ENGINES:
        _as_wanted(engine, [told[f"{engine} {at}"] for at in range(11)])


def _as_wanted(engine: str, here: list[dict[str, Any]]) -> None:
    codes = [answer["problem"]["code"] for answer in here if not answer["ok"]]
    unknown = ["health.unknown_check", "data.unknown_table", "data.unknown_table"]
    kill = "health.no_session" if engine in ("postgresql", "mysql") else "data.unsupported"
    assert codes == [*unknown, kill, "request.invalid"], engine
    lint, only, resources = (here[at]["response"] for at in (2, 3, 4))
    assert [one["table"] for one in lint["findings"] if one["check"] == "no_primary_key"] == ["cars"]
    assert [one["check"] for one in only["findings"]] == ["no_primary_key"] and only["tables"] == 1
    told = {one["id"]: one for one in resources["metrics"]}
    assert told["size"]["value"] > 0 and told["cpu"]["limit"] == 100 and told["memory used"]["value"] > 0
    assert "cars" in {one["name"] for one in resources["largest"]}
    assert {"disk", "process memory"} <= set(told), engine
    if engine in ("postgresql", "mysql"):
        assert 0 < told["connections"]["value"] <= told["connections"]["limit"]
        assert 0 < told["cache"]["value"] <= 100 and told["transactions"]["counter"]


def test_a_stream_on_the_command_line(database_of: Callable[[str], Database], tmp_path: Path) -> None:
    database = database_of("sqlite")
    database.run(*SETUP)
    code, events = run(
        "health.integrity", json.dumps({"connection": database.url}), workspace=tmp_path / "ws"
    )
    assert code == 0 and [events[0]["kind"], events[-1]["kind"]] == ["begin", "end"]
    asked = [event for event in events if event["kind"] == "asking"]
    assert len(asked) == events[0]["total"] == events[-1]["done"]
    (found,) = [event["result"] for event in events if event.get("result", {}).get("count")]
    assert (found["check"], found["table"], found["declared"]) == ("orphans", "cars", False)
    assert found["rows"] == [[7, "B"]] and found["columns"] == ["maker_id", "plate"]


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
        return answer.status_code, json.loads(answer.data.splitlines()[0])

    return send


NAMES = sorted(name for name in declared() if name.startswith("health."))


@pytest.mark.parametrize("name", NAMES)
def test_a_reading_token_looks_and_ends_nothing(ask: Any, name: str, database_of) -> None:
    database: Database = database_of("sqlite")
    database.run(*SETUP)
    request = {"connection": database.url} | ({"id": "1"} if name == "health.kill" else {})
    status, answer = ask(name, request, "reader")
    if name == "health.kill":
        assert (status, answer["code"]) == (403, "guard.scope")
        assert ask(name, request, "writer")[1]["code"] == "data.unsupported"
    else:
        assert status == 200
    assert ask(name, request, "probe")[1]["code"] == "guard.scope"


@pytest.mark.parametrize("name", NAMES)
def test_what_lacks_its_fields_is_told(ask: Any, name: str) -> None:
    status, answer = ask(name, {}, "writer")
    assert (status, answer["code"]) == (400, "request.invalid") and "connection" in answer["detail"]


def test_a_read_only_connection_is_checked_all_the_same(desk: Desk, database_of) -> None:
    database: Database = database_of("postgresql")
    database.run(*SETUP)
    desk.services.store.profiles.save(Profile("looked at", database.url, "shared", True))
    lint = desk.call(LINT, LintRequest(connection="looked at"))
    events = desk.call(INTEGRITY, IntegrityRequest(connection="looked at"))
    assert (
        lint.findings
        and events[-1].kind == "end"
        and not [e for e in events if e.result and e.result.problem]
    )
    assert (
        desk.call(SESSIONS, HealthRequest(connection="looked at")).why_not_kill
        == "The connection is read-only"
    )
    wrong = IntegrityRequest(connection="looked at", checks=["x"])
    assert desk.refused(INTEGRITY, wrong).code == "health.unknown_check"
