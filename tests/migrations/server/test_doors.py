"""Who may do what: a reading token looks at projects, and runs nothing; the same by script and over HTTP."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from embedded_server.dispatch import Dispatcher
from embedded_server.services import Services
from embedded_server.web.app import create_app
from embedded_server.web.guard import Guard
from embedded_server.wire.endpoint import Scope, declared
from tests.server.test_both_ways import plain
from tests.server.test_call import run as run_script

from .conftest import HEAD, sqlite_url

READING = {"migrations.projects", "migrations.graph", "migrations.status", "migrations.runs"}
READING |= {"migrations.check"}
WITHOUT_PROJECT = {"migrations.runs", "migrations.projects", "migrations.check"}
NAMES = sorted(name for name in declared() if name.startswith("migrations."))


@pytest.fixture
def ask(services: Services) -> Any:
    guard = Guard({"reader": Scope.READ, "writer": Scope.WRITE, "all": Scope.MIGRATE}, port=4711)
    client = create_app(Dispatcher(services), guard).test_client()

    def send(name: str, request: dict[str, Any], token: str) -> tuple[int, Any]:
        answer = client.post(
            declared()[name].path,
            json=request,
            base_url="http://127.0.0.1:4711",
            headers={"Authorization": f"Bearer {token}"},
        )
        return answer.status_code, json.loads(answer.data.splitlines()[-1])

    return send


@pytest.mark.parametrize("name", NAMES)
def test_a_reading_token_looks_and_runs_nothing(ask: Any, name: str) -> None:
    status, answer = ask(name, {}, "reader")
    if name in READING:
        assert answer.get("code") != "guard.scope"
    else:
        assert (status, answer["code"]) == (403, "guard.scope")


@pytest.mark.parametrize("name", sorted(set(NAMES) - READING - {"migrations.settings"}))
def test_a_writing_token_runs_no_migration(ask: Any, name: str) -> None:
    assert ask(name, {}, "writer")[1]["code"] == "guard.scope"


@pytest.mark.parametrize("name", sorted(set(NAMES) - WITHOUT_PROJECT))
def test_what_names_no_project_is_told(ask: Any, name: str) -> None:
    assert ask(name, {}, "all")[1]["code"] == "request.invalid"
    status, answer = ask(name, {"project": "/no/such/folder", "connection": "x"}, "all")
    assert (answer.get("problem") or answer)["code"] == "migrations.no_project"


def test_the_whole_way_by_script_in_process_and_over_http(tmp_path: Path, shop: Path) -> None:
    answers = []
    for way in ((), ("--server",)):
        url = sqlite_url(tmp_path / f"data{len(way)}.db")
        index = {"op": "create_index", "table": "orders", "columns": ["status"]}
        asked = {"project": str(shop), "connection": url}
        calls = [
            ("migrations.projects", {"folder": str(shop)}),
            ("migrations.graph", asked | {"source": HEAD}),
            ("migrations.status", asked),
            ("migrations.generate", asked | {"message": "x", "operations": [index], "dry_run": True}),
            ("migrations.preview", asked | {"depth": "rehearse"}),
            ("migrations.apply", asked | {"backup": False}),
            ("migrations.status", asked),
            ("migrations.runs", {"limit": 1}),
            ("migrations.preview", asked | {"revision": "nothing"}),
        ]
        lines = [
            {"id": str(number), "name": name, "request": {k: v for k, v in body.items() if known(name, k)}}
            for number, (name, body) in enumerate(calls)
        ]
        text = "\n".join(map(json.dumps, lines))
        _, told = run_script("--script", "-", *way, workspace=tmp_path / f"ws{len(way)}", stdin=text)
        answers.append(told)
    here, there = answers
    assert [one["ok"] for one in here] == [one["ok"] for one in there]
    assert not here[-1]["ok"] and here[-1]["problem"]["code"] == "migrations.no_revision"
    one, other = ([line for line in told if line["id"] == "1"][0]["response"] for told in answers)
    assert plain(one) == plain(other) and "def upgrade()" in one["source"]
    for told in answers:
        stands = [line["response"]["pending"] for line in told if line["name"] == "migrations.status"]
        assert len(stands[0]) == 8 and stands[1] == []
        kinds = [line["response"]["kind"] for line in told if line["name"] == "migrations.apply"]
        assert kinds[-1] == "done" and kinds.count("revision_done") == 8


def known(name: str, field: str) -> bool:
    return field in declared()[name].request.__struct_fields__
