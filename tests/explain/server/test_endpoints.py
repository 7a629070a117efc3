"""The endpoints as a program calls them: in one process and over HTTP, with equal answers."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from embedded_server.wire.explain import PIN, PLAN, PLANS, PinRequest, PlanRequest, PlansRequest
from embedded_server.wire.problem import ProblemError
from tests.explain.server.conftest import Desk
from tests.server.test_call import run

VOLATILE = {
    "id",
    "at",
    "execution_ms",
    "planning_ms",
    "time_ms",
    "self_ms",
    "share",
    "gain_ms",
    "text",
    "facts",
}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if key not in VOLATILE}
    return [plain(item) for item in value] if isinstance(value, list) else value


def filled(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE orders (id integer PRIMARY KEY, status varchar(10), created_at integer)",
        "INSERT INTO orders SELECT n, CASE WHEN n % 50 = 0 THEN 'open' ELSE 'done' END, n FROM {numbers}",
        "ANALYZE orders",
    )


def test_in_process_and_over_http(desk: Desk, tmp_path: Path) -> None:
    filled(desk)
    asked = {"connection": desk.url, "sql": "SELECT * FROM orders WHERE status = :s", "params": {"s": "open"}}
    calls = [
        ("explain.statement", asked),
        ("explain.statement", asked | {"analyze": True}),
        ("explain.statement", asked | {"sql": "DELETE FROM orders"}),
        ("explain.statement", asked | {"sql": "DELETE FROM orders", "params": None, "analyze": True}),
        ("explain.statement", asked | {"params": None}),
        ("explain.plan", {"plan": [[1, 0, 0, "SCAN orders"]]}),
        ("explain.plan", {"plan": "no plan"}),
        ("explain.plan", {"id": "nothing"}),
        ("explain.plans", {"connection": desk.url}),
        ("explain.pin", {"id": "nothing"}),
        ("explain.advise", asked),
        ("explain.trial", asked | {"table": "orders", "columns": ["nothing"]}),
        ("explain.compare", {"before": "nothing", "after": "nothing"}),
        (
            "explain.compare",
            {"before": [[1, 0, 0, "SCAN orders"]], "after": "SEARCH orders USING INDEX i (a=?)"},
        ),
        ("explain.top", {"connection": desk.url}),
        ("explain.trials", {}),
    ]
    text = "\n".join(
        json.dumps({"id": str(at), "name": name, "request": body}) for at, (name, body) in enumerate(calls)
    )
    answers = {}
    for way in ((), ("--server",)):
        _, answers[way] = run("--script", "-", *way, workspace=tmp_path / f"ws{len(way)}", stdin=text)
    assert plain(answers[()]) == plain(answers[("--server",)])
    here = answers[()]
    failed = [at for at, answer in enumerate(here) if not answer["ok"]]
    assert failed == [3, 4, 6, 7, 9, 11, 12]
    codes = [answer["problem"]["code"] for answer in here if not answer["ok"]]
    wrong = ["explain.writes", "sql.params", "explain.unreadable", "explain.unknown", "explain.unknown"]
    wrong += ["data.unknown_column", "explain.unknown"]
    assert codes == wrong
    measured = here[1]["response"]
    assert measured["plan"]["measured"] and measured["plan"]["execution_ms"] > 0
    (primary,) = [one for one in measured["findings"] if one.get("primary")]
    assert primary["rule"] == "filtered_scan" and primary["index"]["columns"] == ["status"]
    assert primary["confidence"] == "high" and "196,000 of 200,000 rows" in primary["text"]
    assert len(here[8]["response"]["plans"]) == 3


def test_plans_are_stored_pinned_and_found_by_statement(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id integer PRIMARY KEY, v text)")
    first = desk.explain("SELECT * FROM t WHERE id = 1")
    other = desk.explain("SELECT * FROM t WHERE v = 'x'")
    again = desk.explain("select * from t where id = :id", {"id": 44})
    assert desk.call(PLAN, PlanRequest(id=other.id)) == other
    like = desk.call(PLANS, PlansRequest(connection=desk.url, sql="SELECT * FROM t WHERE id = 9")).plans
    assert [one.id for one in like] == [again.id, first.id]
    desk.call(PIN, PinRequest(first.id))
    pinned = desk.call(PLANS, PlansRequest(pinned=True)).plans
    assert [one.id for one in pinned] == [first.id] and desk.call(PLAN, PlanRequest(id=first.id)).pinned
    desk.call(PIN, PinRequest(first.id, False))
    assert desk.call(PLANS, PlansRequest(pinned=True)).plans == []
    with pytest.raises(ProblemError) as caught:
        desk.call(PIN, PinRequest("nothing"))
    assert caught.value.problem.code == "explain.unknown"


def test_only_so_many_plans_are_kept_but_pinned_ones_always(lite: Desk) -> None:
    plans = lite.services.store.plans
    kept = lite.explain("SELECT 1")
    plans.pin(kept.id, True)
    plans._most = 3
    ids = [lite.explain(f"SELECT {number}").id for number in range(6)]
    assert [one.id for one in plans.list()] == [*reversed(ids[-3:]), kept.id]


def test_a_statement_that_cannot_be_parsed_gets_a_plan_and_no_advice(postgres: Desk) -> None:
    answer = postgres.explain(
        "SELECT * FROM LATERAL ROWS FROM (generate_series(1, 2), generate_series(1, 3)) AS x"
    )
    assert answer.plan.nodes and answer.static.startswith("No static advice: its text cannot be parsed")
    long = "SELECT * FROM (VALUES " + ", ".join(f"({n})" for n in range(12_000)) + ") AS v(n) WHERE n = 5"
    answer = postgres.explain(long)
    assert answer.plan.nodes and answer.static.startswith("No static advice: the statement has")


@pytest.mark.parametrize("engine", ["mariadb", "duckdb"])
def test_other_engines_show_their_own_text_and_say_so(engine: str, services, request, tmp_path) -> None:
    if engine == "mariadb":
        url = request.getfixturevalue("mariadb_database")
    else:
        url = f"duckdb:///{tmp_path / 'a.duckdb'}"
        duckdb.connect(str(tmp_path / "a.duckdb")).close()
    desk = Desk(services, url, engine)
    answer = desk.explain("SELECT 1 AS one")
    assert answer.plan.nodes == [] and answer.plan.text and "own text" in answer.plan.notes[0]
    refused = desk.refused("SELECT 1 AS one", analyze=True)
    assert refused.code == "data.unsupported" and refused.hint
