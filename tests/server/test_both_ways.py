"""Every endpoint of browsing and SQL through `call --script`, in one process and over HTTP: equal answers, on
four engines.
"""

from __future__ import annotations

import json
import os

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


@pytest.fixture(scope="module", params=ENGINES)
def url(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    if request.param == "sqlite":
        (folder / "a.db").touch()
        yield f"sqlite:///{folder}/a.db"
    elif request.param == "duckdb":
        duckdb.connect(str(folder / "a.duckdb")).close()
        yield f"duckdb:///{folder}/a.duckdb"
    else:
        name = f"both{os.getpid()}"
        fixture = {"postgresql": "pg_server", "mariadb": "mariadb_server"}[request.param]
        server = request.getfixturevalue(fixture)
        server.execute(f"create database {name}")
        yield server.url(name)
        server.execute(f"drop database {name}")


@pytest.fixture(scope="module")
def answers(url, tmp_path_factory):
    """The lines of the script with what they answered here and over HTTP; the tables are there afterwards."""
    lines, folder = script(url), tmp_path_factory.mktemp("ways")
    ways = []
    for way, sent in (((), [*lines, drop_all(url)]), (("--server",), lines)):
        text = "\n".join(json.dumps(line) for line in sent)
        ways.append(run("--script", "-", *way, workspace=folder / f"ws{len(way)}", stdin=text)[1])
    assert len(ways[0]) == len(lines) + 1 and ways[0].pop()["ok"] and len(ways[1]) == len(lines)
    return list(zip(lines, *ways, strict=True))


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
        # A number of rows is an estimate that the engine keeps improving, in words too where tables are
        # suggested; lists of rows are the data.
        kept = {key: item for key, item in value.items() if not (key == "rows" and isinstance(item, int))}
        if value.get("kind") == "table":
            kept.pop("detail", None)
        return {key: plain(item) for key, item in kept.items() if key not in VOLATILE}
    return [plain(item) for item in value if not foreign(item)] if isinstance(value, list) else value


def foreign(item) -> bool:
    """A schema that other tests made on the same server, and drop at any moment; a suggestion of one too."""
    if not isinstance(item, dict):
        return False
    return item.get("kind") == "schema" or (item.get("loaded") is False and not item.get("system"))


def drop_all(url: str) -> dict:
    sql = "DROP VIEW v; DROP TABLE t; DROP TABLE parents;"
    return {
        "id": "drop",
        "name": "console.run",
        "request": {"connection": url, "sql": sql, "allow_write": True},
    }


def test_answers_are_equal_in_process_and_over_http(answers):
    for line, one, other in answers:
        assert plain(one) == plain(other), line
    failed = [line["request"] for line, here, _ in answers if not here["ok"]]
    codes = [here["problem"]["code"] for _, here, _ in answers if not here["ok"]]
    assert codes == ["data.unknown_table", "data.bad_where", "data.not_editable"], failed


def test_a_stream_is_the_same_both_ways(url, answers, tmp_path):
    request = json.dumps({"connection": url, "table": "t", "order_by": ["id desc"], "limit": 2})
    here, there = (run("data.rows", request, *way, workspace=tmp_path / "ws") for way in ((), ("--server",)))
    assert here == there and here[0] == 0
    rows = [row for line in here[1] for row in line["rows"]]
    assert [row[2] for row in rows] == ["x", "é's"] and here[1][-1]["last"]


def test_the_values_are_right(answers):
    by_name: dict[str, list] = {}
    for line, here, _ in answers:
        by_name.setdefault(line["name"], []).append(here.get("response"))
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
