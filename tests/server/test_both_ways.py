"""Every endpoint of browsing and SQL through `call --script`, in one process and over HTTP: equal answers, on
four engines.
"""

from __future__ import annotations

import json

import duckdb
import pytest

from embedded_server.wire.endpoint import declared
from tests.server.test_call import run

ENGINES = ("sqlite", "duckdb", "postgresql", "mariadb")
# What differs from run to run and means nothing here.
VOLATILE = {
    "elapsed_ms",
    "result",
    "latency_ms",
    "connect_ms",
    "epoch",
    "pid",
    "at",
    "workspace",
    "session",
    "idle_ms",
    "id",
}
# Called elsewhere: they end the server, wait, or need a project folder.
ELSEWHERE = {"server.stop", "events.poll", "connections.discover", "connections.adopt"}
# Streams answer with more than one line: `test_a_stream_is_the_same_both_ways`.
ELSEWHERE |= {"data.rows"}
# These need captured requests: tests/trace/server.
ELSEWHERE |= {name for name in declared() if name.startswith(("trace.", "probe."))}
# These need a migration project: tests/migrations/server.
ELSEWHERE |= {name for name in declared() if name.startswith("migrations.")}
# As long as these: tests/explain/server/test_endpoints.py calls them both ways.
ELSEWHERE |= {name for name in declared() if name.startswith("explain.")}
# These talk to applications: tests/http.
ELSEWHERE |= {name for name in declared() if name.startswith("http.")}
# These need log files: tests/logs/server/test_endpoints.py calls them both ways.
ELSEWHERE |= {name for name in declared() if name.startswith("logs.")}
# These need their own neighbours in the database: tests/health/server/test_doors.py calls them both ways.
ELSEWHERE |= {name for name in declared() if name.startswith("health.")}
# These change tables and make files: tests/schema/server/test_doors.py calls them both ways.
ELSEWHERE |= {name for name in declared() if name.startswith("schema.")}

# What this process sent, and files: tests/console/server/test_doors.py calls them both ways.
ELSEWHERE |= {name for name in declared() if "favourite" in name or name.endswith("sent")}
# These write files: tests/data/transfer/test_both_ways.py calls them both ways.
ELSEWHERE |= {"data.export", "data.preview", "data.import"}
# Its process takes a while: tests/data/server/test_snapshots.py calls it both ways.
ELSEWHERE |= {"data.snapshot"}


@pytest.fixture(params=ENGINES)
def url(request, tmp_path):
    if request.param == "sqlite":
        (tmp_path / "a.db").touch()
        return f"sqlite:///{tmp_path}/a.db"
    if request.param == "duckdb":
        duckdb.connect(str(tmp_path / "a.duckdb")).close()
        return f"duckdb:///{tmp_path}/a.duckdb"
    fixture = {"postgresql": "pg_database", "mariadb": "mariadb_database"}[request.param]
    return request.getfixturevalue(fixture)


def script(url: str) -> list[dict]:
    make = (
        "CREATE TABLE parents(id INTEGER PRIMARY KEY, name VARCHAR(40));\n"
        "CREATE TABLE t(id INTEGER PRIMARY KEY, parent INTEGER, note VARCHAR(40), amount NUMERIC(12, 2));\n"
        "INSERT INTO parents VALUES (1, 'one'), (2, 'two');\n"
        "INSERT INTO t VALUES (1, 1, 'a', 1.10), (2, NULL, '', 20.00), (3, 2, 'é''s', -3.50);\n"
        "CREATE VIEW v AS SELECT id, note FROM t;"
    )
    table = {"connection": url, "table": "t"}
    profile = {"name": "saved", "url": url, "class": "local"}
    calls = [
        ("console.run", {"connection": url, "sql": make, "allow_write": True}),
        ("connections.test", {"connection": url}),
        ("connections.save", {"connection": profile}),
        ("connections.list", {}),
        ("connections.unlock", {"connection": "saved", "secret": "x"}),
        ("data.catalog", {"connection": url, "columns": True}),
        ("data.table", table),
        ("data.page", table | {"order_by": ["note desc"], "limit": 2}),
        ("data.page", table | {"last": True, "limit": 2}),
        ("data.page", table | {"row": 1, "columns": ["note"]}),
        (
            "data.page",
            table | {"filters": [{"column": "amount", "op": "expr", "value": ">1"}], "where": "id < 9"},
        ),
        ("data.page", {"connection": url, "table": "v"}),
        ("data.cell", table | {"key": [3], "column": "note"}),
        ("data.count", table),
        (
            "data.lookup",
            {"connection": url, "table": "parents", "columns": ["id"], "values": [2], "count": True},
        ),
        ("data.source", {"connection": url, "name": "v", "kind": "view"}),
        ("console.split", {"connection": url, "sql": make}),
        ("console.guard", {"connection": url, "sql": "DELETE FROM t; SELECT 1", "allow_write": True}),
        ("console.format", {"sql": "select  1 from t where a=2"}),
        ("console.complete", {"connection": url, "sql": "SELECT x. FROM t x", "position": 9}),
        ("console.complete", {"connection": url, "sql": "SELECT * FROM t JOIN ", "limit": 5}),
        (
            "console.run",
            {"connection": url, "session": "s", "sql": "SELECT * FROM t ORDER BY id", "limit": 2},
        ),
        ("console.session", {"session": "s", "action": "state"}),
        ("console.session", {"session": "s", "action": "close"}),
        ("console.history", {"query": "ORDER BY id"}),
        ("console.forget", {"query": "ORDER BY id"}),
        ("data.page", {"connection": url, "table": "no_such_table"}),
        ("data.page", table | {"where": "1 = 1; DROP TABLE t"}),
        ("console.run", {"connection": url, "sql": "SELEC 1"}),
        ("data.apply", table | {"changes": [{"kind": "insert", "values": {"id": 9, "note": "x"}}]}),
        ("data.apply", table | {"changes": [{"kind": "delete", "key": [77]}]}),
        ("data.apply", {"connection": url, "table": "v", "changes": []}),
        ("connections.close", {"connection": url}),
        ("connections.delete", {"connection": "saved"}),
        ("jobs.list", {}),
        ("jobs.cancel", {"id": "nothing"}),
        ("server.info", {}),
    ]
    return [
        {"id": str(number), "name": name, "request": request} for number, (name, request) in enumerate(calls)
    ]


def plain(value):
    """Without what changes at every run."""
    if isinstance(value, dict):
        # A number of rows is an estimate that the engine keeps improving; lists of rows are the data.
        kept = {key: item for key, item in value.items() if not (key == "rows" and isinstance(item, int))}
        return {key: plain(item) for key, item in kept.items() if key not in VOLATILE}
    return [plain(item) for item in value] if isinstance(value, list) else value


def drop_all(url: str) -> dict:
    sql = "DROP VIEW v; DROP TABLE t; DROP TABLE parents;"
    return {
        "id": "drop",
        "name": "console.run",
        "request": {"connection": url, "sql": sql, "allow_write": True},
    }


def test_answers_are_equal_in_process_and_over_http(url, tmp_path):
    lines = [*script(url), drop_all(url)]
    text = "\n".join(json.dumps(line) for line in lines)
    answers = {}
    for way in ((), ("--server",)):
        _, answers[way] = run("--script", "-", *way, workspace=tmp_path / f"ws{len(way)}", stdin=text)
    here, there = answers[()], answers[("--server",)]
    assert len(here) == len(there) == len(lines)
    for line, one, other in zip(lines, here, there, strict=True):
        assert plain(one) == plain(other), line
    failed = [line["request"] for line, answer in zip(lines, here, strict=True) if not answer["ok"]]
    codes = [answer["problem"]["code"] for answer in here if not answer["ok"]]
    assert codes == ["data.unknown_table", "data.bad_where", "data.not_editable"], failed


def test_a_stream_is_the_same_both_ways(url, tmp_path):
    make = json.dumps(script(url)[0])
    assert run("--script", "-", workspace=tmp_path / "ws", stdin=make)[0] == 0
    request = json.dumps({"connection": url, "table": "t", "order_by": ["note desc"], "limit": 2})
    here, there = (run("data.rows", request, *way, workspace=tmp_path / "ws") for way in ((), ("--server",)))
    assert here == there and here[0] == 0
    rows = [row for line in here[1] for row in line["rows"]]
    assert [row[2] for row in rows] == ["é's", "a"] and here[1][-1]["last"]


def test_the_values_are_right(url, tmp_path):
    text = "\n".join(json.dumps(line) for line in script(url))
    _, answers = run("--script", "-", workspace=tmp_path / "ws", stdin=text)
    by_name: dict[str, list] = {}
    for line, answer in zip(script(url), answers, strict=True):
        by_name.setdefault(line["name"], []).append(answer.get("response"))
    pages = by_name["data.page"]
    assert [row[2] for row in pages[0]["rows"]] == ["é's", "a"]
    assert [row[0] for row in pages[1]["rows"]] in ([2, 3], ["2", "3"])
    assert pages[2]["rows"][0][0] == ""
    assert sorted(str(row[2]) for row in pages[3]["rows"]) == ["", "a"]
    assert by_name["data.count"][0] == by_name["data.count"][0] | {"count": 3, "exact": True}
    assert by_name["data.cell"][0]["value"] == [["é's"]]
    run_all, selected, broken = by_name["console.run"]
    assert len(run_all["statements"]) == 5 and all("error" not in s for s in run_all["statements"])
    assert len(selected["statements"][0]["rows"]) == 2 and selected["statements"][0]["more"] is True
    assert broken["statements"][0]["error"]["code"] == "sql.error"
    written, gone, _ = by_name["data.apply"]
    assert written["applied"] and written["stored"][0]["cells"]["note"] == "x"
    assert not gone["applied"] and gone["conflicts"][0]["kind"] == "gone"
    assert len(by_name["console.history"][0]["statements"]) == 1


def test_every_endpoint_is_called_here():
    assert {line["name"] for line in script("x")} | ELSEWHERE | {"console.fetch"} == set(declared())
