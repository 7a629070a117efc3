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
from embedded_server.wire.endpoint import Scope, declared
from tests.health.databases import ENGINES, Database
from tests.server.test_call import run

from .conftest import Desk

SETUP = ("CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY, a VARCHAR(20))", "INSERT INTO t VALUES (1, 'x')")
ADD = {"op": "add_column", "table": "t", "column": {"name": "c", "type": "integer"}}
DROP = {"op": "drop_column", "table": "t", "column": "c"}
RETYPE = {"op": "alter_column", "table": "t", "column": "a", "to": {"name": "a", "type": "varchar(40)"}}


def plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in ("elapsed_ms", "rows")}
    return [plain(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("engine", ENGINES)
def test_every_endpoint_answers_through_call(
    engine: str, database_of: Callable[[str], Database], tmp_path: Path
) -> None:
    database = database_of(engine)
    database.run(*SETUP)
    here = {"connection": database.url}
    calls = [
        ("schema.types", here),
        ("schema.read", here | {"table": "t"}),
        ("schema.compose", here | {"operations": [ADD, RETYPE]}),
        ("migrations.check", here | {"operations": [ADD]}),
        ("schema.compose", here | {"operations": [ADD | {"table": "tt"}]}),
        ("schema.run", here | {"operations": [ADD, RETYPE], "allow_write": True}),
        ("schema.read", here | {"table": "t"}),
        ("schema.run", here | {"operations": [{"op": "drop_table", "table": "t"}], "allow_write": True}),
    ]
    lines = [
        json.dumps({"id": str(number), "name": name, "request": body})
        for number, (name, body) in enumerate(calls)
    ]
    answers = []
    ways: list[tuple[str, ...]] = [(), ("--server",)] if engine == "sqlite" else [()]
    for way in ways:
        _, told = run("--script", "-", *way, workspace=tmp_path / f"ws{len(way)}", stdin="\n".join(lines))
        answers.append({line["id"]: line for line in told})
        if len(ways) > 1:
            undo = [DROP, RETYPE | {"to": {"name": "a", "type": "varchar(20)"}}]
            asked = json.dumps(here | {"operations": undo, "allow_write": True})
            answer = run("schema.run", asked, workspace=tmp_path / "undo")[1][0]
            assert "statements" in answer, answer
    one, other = answers[0], answers[-1]
    for number in map(str, range(5)):
        assert plain(one[number]) == plain(other[number])
    composed = one["2"]["response"]
    assert composed["engine"] == engine and composed["sql"] and composed["composed"][0]["upgrade"]
    assert one["4"]["problem"]["code"] == "data.unknown_table"
    assert [line["ok"] for line in one.values()].count(False) == 2
    now = one["6"]["response"]["spec"]["columns"]
    assert [item["name"] for item in now] == ["id", "a", "c"] and "40" in now[1]["type"] or engine == "duckdb"
    assert one["7"]["problem"]["code"] == "schema.confirm"


def test_a_reading_token_composes_and_runs_nothing(desk: Desk, database_of: Any) -> None:
    database = database_of("sqlite")
    database.run(*SETUP)
    guard = Guard({"reader": Scope.READ, "writer": Scope.WRITE}, port=4711)
    client = create_app(Dispatcher(desk.services), guard).test_client()

    def send(name: str, request: dict[str, Any], token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        base = "http://127.0.0.1:4711"
        return client.post(declared()[name].path, json=request, base_url=base, headers=headers)

    asked = {"connection": database.url, "operations": [ADD]}
    assert send("schema.compose", asked, "reader").status_code == 200
    for name in ("schema.run", "schema.new_file"):
        assert json.loads(send(name, asked, "reader").data)["code"] == "guard.scope"
    assert send("schema.run", asked, "writer").status_code == 200
    assert database.run("SELECT c FROM t") == [(None,)]
