"""Who may write rows: tokens, read-only connections, production, and requests that make no sense."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from embedded_server.dispatch import Dispatcher
from embedded_server.web.app import create_app
from embedded_server.web.guard import Guard
from embedded_server.wire.connections import Profile
from embedded_server.wire.edits import APPLY, ApplyRequest, Change
from embedded_server.wire.endpoint import Scope
from embedded_server.wire.problem import Problem, ProblemError

from .conftest import House, Maker

SCRIPT = "create table t (id integer primary key, name text); insert into t values (1, 'a');"
NEW = Change(kind="insert", id="n", values={"name": "new"})


@pytest.fixture
def url(sqlite_file: Maker) -> str:
    return sqlite_file(SCRIPT)


def count(url: str) -> int:
    with sqlite3.connect(url.removeprefix("sqlite:///")) as held:
        return int(held.execute("select count(*) from t").fetchone()[0])


def refused(house: House, request: ApplyRequest) -> Problem:
    with pytest.raises(ProblemError) as caught:
        house.call(APPLY, request)
    return caught.value.problem


def test_a_reading_token_writes_nothing(house: House, url: str) -> None:
    guard = Guard({"reader": Scope.READ, "writer": Scope.WRITE}, port=4711)
    client = create_app(Dispatcher(house.services), guard).test_client()
    request = {"connection": url, "table": "t", "changes": [{"kind": "insert", "values": {"name": "x"}}]}

    def send(token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.post(APPLY.path, json=request, base_url="http://127.0.0.1:4711", headers=headers)
        return answer.status_code, json.loads(answer.data)

    status, answer = send("reader")
    assert (status, answer["code"]) == (403, "guard.scope")
    assert count(url) == 1
    assert send("writer")[1]["applied"] is True
    assert count(url) == 2


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_read_only_connection_is_refused_by_the_server(house: House, url: str, dry_run: bool) -> None:
    house.services.store.profiles.save(Profile("careful", url, read_only=True))
    request = ApplyRequest(connection="careful", table="t", changes=[NEW], dry_run=dry_run)
    assert refused(house, request).code == "sql.read_only"
    assert count(url) == 1


def test_production_wants_its_name(house: House, url: str) -> None:
    house.services.store.profiles.save(Profile("the shop", url, "production"))
    request = ApplyRequest(connection="the shop", table="t", changes=[NEW])
    found = refused(house, request)
    assert (found.code, "the shop" in found.hint) == ("data.confirm", True)
    assert count(url) == 1
    confirmed = ApplyRequest(connection="the shop", table="t", changes=[NEW], confirm="the shop")
    assert house.call(APPLY, confirmed).applied
    assert count(url) == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (Change(kind="update", id="a", key=[1]), "nothing is to be updated"),
        (Change(kind="update", id="a", key=[], values={"name": "x"}), "key has 1 cells"),
        (Change(kind="delete", id="a", key=[{"$wrong": 1}]), "$wrong"),
        (Change(kind="delete", id="a", key=[{"$cut": {"prefix": "a", "size": 9}}]), "cut to fit"),
    ],
)
def test_what_is_no_change_is_told(house: House, url: str, change: Change, words: str) -> None:
    found = refused(house, ApplyRequest(connection=url, table="t", changes=[change]))
    assert found.code == "request.invalid"
    assert words in found.detail


def test_another_key_than_the_tables_is_refused(house: House, url: str) -> None:
    change = Change(kind="delete", id="a", key=["a"])
    found = refused(house, ApplyRequest(connection=url, table="t", changes=[change], key_columns=["name"]))
    assert (found.code, found.title) == ("data.no_key", "The table's key is another one now")


def test_no_such_table(house: House, url: str) -> None:
    assert refused(house, ApplyRequest(connection=url, table="x", changes=[])).code == "data.unknown_table"
