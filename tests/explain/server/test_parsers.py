"""Plans are read in every shape they are pasted in; hostile ones end in a problem, never in a crash."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded_server.explain.model import MOST_NODES, children, plain
from embedded_server.explain.parsers import parsers, read
from embedded_server.wire.explain import PLAN, Plan, PlanRequest
from embedded_server.wire.problem import ProblemError
from tests.explain.server.conftest import Desk


def node(
    kind: str, *plans: Any, loops: int = 1, ms: float = 1.0, rows: int = 1, **more: Any
) -> dict[str, Any]:
    given = {"Node Type": kind, "Actual Loops": loops, "Actual Total Time": ms, "Actual Rows": rows}
    return given | {"Plan Rows": rows, "Total Cost": ms * 10, "Plans": list(plans)} | more


def document(root: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [{"Plan": root} | more]


def named(plan: Plan, operator: str) -> Any:
    return next(one for one in plan.nodes if one.operator == operator)


def test_loops_are_multiplied_in_and_time_is_exclusive() -> None:
    inner = node(
        "Index Scan", loops=1000, ms=0.02, rows=3, **{"Relation Name": "b", "Rows Removed by Filter": 2}
    )
    plan = read(document(node("Nested Loop", node("Seq Scan", ms=5, rows=1000), inner, ms=30, rows=3000)))
    found = named(plan, "Index Scan")
    assert (found.rows, found.removed, found.time_ms, found.loops) == (3000, 2000, 20, 1000)
    assert named(plan, "Nested Loop").self_ms == 5 and named(plan, "Seq Scan").self_ms == 5
    assert plan.measured and plan.share_of == "time" and round(sum(one.share for one in plan.nodes), 3) == 1


def test_processes_that_run_side_by_side_cost_the_time_of_one() -> None:
    scan = node("Seq Scan", loops=3, ms=100, rows=10, **{"Parallel Aware": True})
    plan = read(
        document(node("Gather", scan, ms=110, rows=30, **{"Workers Planned": 2, "Workers Launched": 2}))
    )
    found = named(plan, "Parallel Seq Scan")
    assert (found.time_ms, found.self_ms, found.rows) == (100, 100, 30)
    assert named(plan, "Gather").self_ms == 10
    lonely = read(
        document(node("Gather", scan, ms=310, rows=30, **{"Workers Planned": 4, "Workers Launched": 2}))
    )
    assert "2 of 4 workers" in lonely.notes[0]


def test_the_time_of_a_cte_is_taken_off_its_first_reader_once() -> None:
    made = node("Aggregate", ms=80, **{"Parent Relationship": "InitPlan", "Subplan Name": "CTE big"})
    first = node("CTE Scan", ms=90, **{"CTE Name": "big"})
    second = node("CTE Scan", ms=4, **{"CTE Name": "big"})
    plan = read(document(node("Hash Join", made, first, second, ms=100)))
    own = [(one.operator, one.self_ms) for one in plan.nodes]
    assert own == [("Hash Join", 6), ("Aggregate", 80), ("CTE Scan", 10), ("CTE Scan", 4)]
    once = node(
        "Result", ms=50, **{"Parent Relationship": "InitPlan", "Subplan Name": "InitPlan 1 (returns $0)"}
    )
    plan = read(document(node("Seq Scan", once, ms=60, **{"Filter": "(a > $0)"})))
    assert [one.self_ms for one in plan.nodes] == [10, 50]


def test_what_a_limit_does_not_fetch_is_not_paid() -> None:
    given = {"Node Type": "Limit", "Total Cost": 1.0, "Plan Rows": 10}
    given["Plans"] = [{"Node Type": "Seq Scan", "Total Cost": 1000.0, "Plan Rows": 10000}]
    plan = read([{"Plan": given}])
    assert not plan.measured and plan.share_of == "cost" and plan.execution_ms is None
    assert named(plan, "Limit").self_cost == 0 and named(plan, "Seq Scan").self_cost == 1


PRETTY = json.dumps(document(node("Seq Scan", **{"Relation Name": "t"})), indent=2)
PSQL = (
    "                QUERY PLAN\n-----------------------\n "
    + " +\n ".join(PRETTY.splitlines())
    + "\n(1 row)\n"
)


@pytest.mark.parametrize(
    "text",
    [
        PRETTY,
        PSQL,
        json.dumps(document(node("Seq Scan", **{"Relation Name": "t"}))[0]),
        '{"Query Text": "SELECT 1", "Plan": {"Node Type": "Seq Scan", "Relation Name": "t"}}',
        "2026-01-01 LOG:  duration: 5 ms  plan:\n" + PRETTY,
    ],
)
def test_text_from_psql_logs_and_files(text: str) -> None:
    plan = read(text)
    assert [(one.operator, one.relation) for one in plan.nodes] == [("Seq Scan", "t")] and plan.text == text


SHELL = "QUERY PLAN\n|--SCAN a\n|--SEARCH b USING INDEX ib (x=? AND y>?)\n`--USE TEMP B-TREE FOR ORDER BY"
NESTED = "QUERY PLAN\n|--CO-ROUTINE c\n|  `--SCAN a\n`--SCAN c"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (SHELL, [("Scan", 0), ("Search", 0), ("Temporary B-tree for ORDER BY", 0)]),
        (NESTED, [("CO-ROUTINE c", 0), ("Scan", 1), ("Scan", 0)]),
        ("2|0|0|SCAN a\n5|2|0|SCAN b", [("Scan", 0), ("Scan", 1)]),
        (
            [[2, 0, 0, "SCAN a"], [9, 2, 0, "SEARCH b USING ROWID SEARCH (rowid=?)"]],
            [("Scan", 0), ("Search", 1)],
        ),
        ([{"id": 1, "parent": 0, "notused": 0, "detail": "SCAN TABLE a AS x"}], [("Scan", 0)]),
        ("SEARCH t USING AUTOMATIC PARTIAL COVERING INDEX (a=? AND b>?) LEFT-JOIN", [("Search", 0)]),
        ("SCAN something NEW OF SQLITE 9", [("Scan", 0)]),
        ("SCAN a\nA STEP NOBODY KNOWS", [("Scan", 0)]),
    ],
)
def test_sqlite_in_every_shape(given: Any, expected: list) -> None:
    assert [(one.operator, one.depth) for one in read(given).nodes] == expected


def test_what_sqlite_says_of_an_access() -> None:
    (one,) = read("SEARCH t USING AUTOMATIC PARTIAL COVERING INDEX (a=? AND b>?) LEFT-JOIN").nodes
    assert one.facts["automatic"] and one.conditions["index"] == "a=? AND b>?" and one.relation == "t"
    (one,) = read("SEARCH t USING COVERING INDEX i (a=?)").nodes
    assert (one.index, one.kind) == ("i", "index")
    (one,) = read("SEARCH Order Lines USING INDEX my odd index (State=? AND a>?) LEFT-JOIN").nodes
    assert (one.relation, one.index, one.conditions["index"]) == (
        "Order Lines",
        "my odd index",
        "State=? AND a>?",
    )


DEEP = '{"Plan":' + '{"Node Type":"Sort","Plans":[' * 900 + "]}" * 900 + "}"
BAD = [
    "nothing of the kind",
    "",
    "SELECT * FROM orders",
    "[]",
    "{",
    '[{"Plan": 5}]',
    '[{"Plan": {"Node Type": ',
    DEEP,
    '{"Plan":' * 50_000,
    [],
    [[1]],
    [[1, "x", 0, "SCAN a"]],
    [{"detail": "SCAN a"}],
    {"a": 1},
    7,
]


@pytest.mark.parametrize("given", BAD, ids=lambda given: str(given)[:30] or "empty")
def test_what_is_no_plan_is_a_problem(lite: Desk, given: Any) -> None:
    with pytest.raises(ProblemError) as caught:
        lite.call(PLAN, PlanRequest(plan=given))
    assert caught.value.problem.code == "explain.unreadable" and caught.value.problem.detail


def test_a_wide_plan_is_read_up_to_a_limit(lite: Desk) -> None:
    many = document(node("Append", *(node("Seq Scan", **{"Relation Name": f"t{n}"}) for n in range(9000))))
    answer = lite.call(PLAN, PlanRequest(plan=json.dumps(many)))
    assert len(answer.plan.nodes) == MOST_NODES


def test_unknown_nodes_and_fields_are_kept(lite: Desk) -> None:
    strange = node("Quantum Scan", **{"Flux": [1, {"a": None}], "Filter": 5, "Sort Key": {"x": 1}})
    answer = lite.call(PLAN, PlanRequest(plan=document(strange)))
    (one,) = answer.plan.nodes
    assert one.operator == "Quantum Scan" and one.facts["Flux"] == [1, {"a": None}]


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10**9) | st.floats(0, 1e9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_FIELDS = [
    "Node Type", "Plan Rows", "Actual Rows", "Actual Loops", "Actual Total Time", "Total Cost", "Filter",
    "Rows Removed by Filter", "Workers Launched", "Subplan Name", "Parent Relationship", "Sort Key",
    "Strategy", "Workers Planned",
]  # fmt: skip
nodes = st.recursive(
    st.dictionaries(st.sampled_from(_FIELDS), anything, max_size=8),
    lambda inner: st.fixed_dictionaries(
        {"Node Type": st.text(max_size=9), "Plans": st.lists(inner | anything, max_size=3)}
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(nodes, st.dictionaries(st.sampled_from(["Execution Time", "Settings", "Triggers"]), anything))
def test_no_document_breaks_the_reader(root: dict, more: dict) -> None:
    try:
        plan = read([{"Plan": root} | more], "postgresql")
    except ProblemError as error:
        assert error.problem.code == "explain.unreadable"
        return
    assert all(0 <= one.share <= 1.0001 for one in plan.nodes)
    assert [one.id for one in plan.nodes] == list(range(len(plan.nodes)))
    assert sum(len(children(plan, one)) for one in plan.nodes) == len(plan.nodes) - 1


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from(["SCAN a", "|--SCAN b", "`--X", "|  |--SEARCH c", "1|9|0|SCAN"]))
)
def test_no_text_breaks_a_reader(given: Any) -> None:
    text = given if isinstance(given, str) else "\n".join(given)
    for parser in parsers():
        parser.recognises(text)
    try:
        read(text)
    except ProblemError as error:
        assert error.problem.code == "explain.unreadable"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("((status)::text = 'open'::text)", "status = 'open'"),
        (
            "(created_at > '2026-01-01 00:00:00'::timestamp without time zone)",
            "created_at > '2026-01-01 00:00:00'",
        ),
        ("((a = 1) AND (b = ANY ('{1,2}'::integer[])))", "(a = 1) AND (b = ANY ('{1,2}'))"),
        ("(x)", "x"),
    ],
)
def test_conditions_are_shown_plainly(condition: str, expected: str) -> None:
    assert plain(condition) == expected
