"""The console's newer endpoints by the command line, over HTTP, and what a token permits."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from embedded_server.dispatch import Dispatcher
from embedded_server.services import Services
from embedded_server.store.workspace import Workspace
from embedded_server.web.app import create_app
from embedded_server.web.guard import Guard
from embedded_server.wire.endpoint import Scope
from tests.server.test_both_ways import plain
from tests.server.test_call import run

SAVED = {"id": "one", "name": "late", "folder": "reports", "sql": "SELECT :a", "params": {"a": "1"}}


@pytest.fixture
def database(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (1)")
    connection.close()
    return f"sqlite:///{tmp_path}/a.db"


def calls(folder: Path) -> str:
    asked = [
        ("console.save_favourite", {"favourite": SAVED}),
        ("console.save_favourite", {"favourite": SAVED | {"id": "two"}}),
        ("console.favourites", {"query": "late"}),
        ("console.move_favourites", {"ids": ["two"], "to": "old"}),
        ("console.export_favourites", {"path": str(folder), "folder": "reports"}),
        ("console.delete_favourites", {"ids": ["one", "two"]}),
        ("console.import_favourites", {"path": str(folder)}),
        ("console.favourites", {}),
        ("console.save_favourite", {"favourite": {"name": "", "sql": "x"}}),
        ("console.forget_sent", {}),
    ]
    lines = [{"id": str(n), "name": name, "request": request} for n, (name, request) in enumerate(asked)]
    return "\n".join(map(json.dumps, lines))


def test_saved_statements_answer_alike_both_ways(tmp_path: Path) -> None:
    answers = []
    for number, way in enumerate(((), ("--server",))):
        _, found = run(
            "--script", "-", *way, workspace=tmp_path / f"ws{number}", stdin=calls(tmp_path / "out")
        )
        answers.append([plain(one) for one in found])
        assert (tmp_path / "out" / "late.sql").read_text(encoding="utf-8").endswith("SELECT :a\n")
    assert answers[0] == answers[1]
    assert [one["ok"] for one in answers[0]] == [True] * 8 + [False, True]
    assert [one["name"] for one in answers[0][2]["response"]["favourites"]] == ["late", "late (2)"]
    assert [one["folder"] for one in answers[0][7]["response"]["favourites"]] == [""]
    assert answers[0][8]["problem"]["title"] == "A saved statement needs a name"


@pytest.mark.parametrize("way", [(), ("--server",)])
def test_what_was_sent_is_answered_by_the_process_that_sent_it(tmp_path: Path, database: str, way) -> None:
    lines = [
        {"id": "1", "name": "data.count", "request": {"connection": database, "table": "t"}},
        {"id": "2", "name": "console.run", "request": {"connection": database, "sql": "SELECT 'mine'"}},
        {"id": "3", "name": "console.sent", "request": {"query": "purpose:data.count count("}},
        {"id": "4", "name": "console.sent", "request": {"query": "mine"}},
    ]
    text = "\n".join(map(json.dumps, lines))
    _, (_, _, found, mine) = run("--script", "-", *way, workspace=tmp_path / "ws", stdin=text)
    (told, *_) = found["response"]["statements"]
    assert "count(*)" in told["sql"] and told["rows"] == 1 and told["title"] == "How many rows"
    assert mine["response"]["statements"] == []


def test_a_token_of_one_process_opens_production_to_the_next(tmp_path: Path, database: str) -> None:
    workspace = tmp_path / "ws"
    profile = {"name": "prod", "url": database, "class": "production", "read_only": False}
    run("connections.save", json.dumps({"connection": profile}), workspace=workspace)
    asked = {"connection": "prod", "sql": "DELETE FROM t", "allow_write": True}
    code, (refused,) = run("console.run", json.dumps(asked), workspace=workspace)
    assert code == 1 and refused["code"] == "console.unconfirmed"
    _, (asking,) = run("console.guard", json.dumps(asked), workspace=workspace)
    assert (asking["ask"], asking["word"], asking["token"]) == ("type", "prod", "")
    _, (given,) = run("console.guard", json.dumps(asked | {"word": "prod"}), workspace=workspace)
    code, (ran,) = run("console.run", json.dumps(asked | {"confirmed": given["token"]}), workspace=workspace)
    assert code == 0 and ran["statements"][0]["affected"] == 1


def test_a_reading_token_lists_and_changes_nothing(tmp_path: Path) -> None:
    services = Services(Workspace(tmp_path / "ws"))
    guard = Guard({"reader": Scope.READ, "writer": Scope.WRITE})
    guard.port = 8080
    client = create_app(Dispatcher(services), guard).test_client()

    def call(name: str, request: dict, token: str) -> tuple[int, dict]:
        headers = {"Authorization": f"Bearer {token}", "Host": "127.0.0.1:8080"}
        headers["Content-Type"] = "application/json"
        path = f"/api/{name.replace('.', '/')}"
        answer = client.post(path, data=json.dumps(request), headers=headers)
        return answer.status_code, json.loads(answer.data)

    writing = {
        "console.save_favourite": {"favourite": SAVED},
        "console.move_favourites": {"to": "x", "ids": ["one"]},
        "console.delete_favourites": {"ids": ["one"]},
        "console.export_favourites": {"path": str(tmp_path / "out")},
        "console.import_favourites": {"path": str(tmp_path)},
        "console.forget_sent": {},
    }
    assert call("console.save_favourite", writing["console.save_favourite"], "writer")[0] == 200
    for name, request in writing.items():
        status, answer = call(name, request, "reader")
        assert (status, answer["code"]) == (403, "guard.scope"), name
    status, answer = call("console.favourites", {}, "reader")
    assert status == 200 and [one["name"] for one in answer["favourites"]] == ["late"]
    assert call("console.sent", {}, "reader")[0] == 200 and not (tmp_path / "out").exists()
    services.close()
