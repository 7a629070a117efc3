"""What Backlight itself sent: on every engine, with its purpose, without values, and never the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from embedded_server.data.transfer import handlers
from embedded_server.dispatch import Dispatcher
from embedded_server.engines.registry import engine_for
from embedded_server.engines.support.hearing import LONGEST, Told, kinds, telling
from embedded_server.sent import SentLog
from embedded_server.wire.data import CATALOG, COUNT, PAGE, CatalogRequest, CountRequest, Filter, PageRequest
from embedded_server.wire.endpoint import Endpoint, Nothing
from embedded_server.wire.loading import IMPORT, ImportRequest
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.sent import CLEAR_SENT, SENT, SentRequest, SentResponse, SentStatement
from embedded_server.wire.snapshots import SNAPSHOT, SnapshotRequest
from embedded_server.wire.transfer import EXPORT, ExportRequest

from .conftest import Desk


def sent(desk: Desk, query: str = "", **fields: Any) -> list[SentStatement]:
    """Oldest first."""
    answer: SentResponse = desk.call(SENT, SentRequest(query=query, **fields))
    return answer.statements[::-1]


def ask(desk: Desk, endpoint: Endpoint[Any, Any], request: Any, call_id: str) -> Any:
    return Dispatcher(desk.services).run(endpoint, request, call_id)


def test_browsing_is_told_with_its_purpose_and_without_values(desk: Desk) -> None:
    ask(desk, CATALOG, CatalogRequest(connection=desk.url), "tree")
    page = PageRequest(connection=desk.url, table="t", limit=3, filters=[Filter("v", "=", "v7secret")])
    ask(desk, PAGE, page, "rows")
    ask(desk, COUNT, CountRequest(connection=desk.url, table="t"), "count")
    told = sent(desk)
    by = {purpose: [one for one in told if one.purpose == purpose] for purpose in {o.purpose for o in told}}
    assert {"data.catalog", "data.page", "data.count"} <= set(by)
    assert "" in by or engine_for(desk.url).name == "generic", "what opened the session"
    rows = next(one for one in by["data.page"] if "7secret" in "".join(one.params) or "WHERE" in one.sql)
    assert rows.call == "rows" and rows.title == PAGE.summary and rows.elapsed_ms > 0 and rows.at
    assert not any("/*" in one.sql for one in by["data.page"]), "marks of the session's own stay its own"
    assert not any("7secret" in one.sql + "".join(one.params) for one in told), "values are never told"
    assert any("text of 8" in one.params for one in by["data.page"])
    counted = [one for one in by["data.count"] if "count(" in one.sql.lower()]
    assert [one.rows for one in counted][-1:] == [1] and not any(one.error for one in counted)
    lanes = {one.session.split(" ")[1] for one in told if one.purpose.startswith("data.")}
    assert lanes == {"interactive", "background"}
    assert all(one.connection == told[0].connection for one in told)


def test_what_the_user_runs_is_in_the_history_and_not_here(desk: Desk) -> None:
    desk.run("SELECT v AS mine FROM t; UPDATE t SET v = 'mine' WHERE id = 1", transaction="manual")
    desk.end("rollback")
    desk.run("UPDATE t SET v = 'mine' WHERE id = 2", transaction="manual")
    desk.end("close")
    told = sent(desk, f"connection:{desk.services.target(desk.url)[0].name}")
    assert not [one.sql for one in told if "mine" in one.sql]
    # The second one comes from closing: no call's session was in use any more.
    assert [one.purpose for one in told if "rollback" in one.sql.lower()] == ["console.session", ""]
    assert len(desk.history("mine")) == 3


def test_a_statement_that_fails_is_told_with_its_error(lite: Desk) -> None:
    with pytest.raises(ProblemError):
        ask(lite, PAGE, PageRequest(connection=lite.url, table="t", where="nonsense = 1"), "bad")
    (failed,) = sent(lite, "status:error")
    assert "nonsense" in failed.sql and "no such column" in failed.error and failed.call == "bad"


def test_only_what_is_new_comes_again(lite: Desk) -> None:
    ask(lite, COUNT, CountRequest(connection=lite.url, table="t"), "one")
    first: SentResponse = lite.call(SENT, SentRequest())
    nothing: SentResponse = lite.call(SENT, SentRequest(after=first.number))
    assert (nothing.statements, nothing.number) == ([], first.number)
    ask(lite, COUNT, CountRequest(connection=lite.url, table="t"), "two")
    again: SentResponse = lite.call(SENT, SentRequest(after=first.number))
    assert {one.call for one in again.statements} == {"two"} and again.number > first.number
    capped: SentResponse = lite.call(SENT, SentRequest(limit=2))
    assert len(capped.statements) == 2 and capped.more
    assert lite.call(CLEAR_SENT, Nothing()).ok and sent(lite) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("alpha", ["SELECT alpha"]),
        ("-alpha", ["PRAGMA beta"]),
        ('"select ALPHA"', ["SELECT alpha"]),
        ("slow>5", ["PRAGMA beta"]),
        ("rows>=3", ["SELECT alpha"]),
        ("purpose:data", ["SELECT alpha"]),
        ("purpose:data.page", ["SELECT alpha"]),
        ("session:2", ["PRAGMA beta"]),
        ("status:error", ["PRAGMA beta"]),
        ("window", ["SELECT alpha"]),
    ],
)
def test_the_filter(lite: Desk, query: str, found: list[str]) -> None:
    log = lite.services.sent
    log.clear()
    for session, purpose, told in (
        ("1 interactive", "data.page", Told("SELECT alpha", [], 1.0, 2.0, 3)),
        ("2 background", "health.lint", Told("PRAGMA beta", [], 2.0, 9.0, None, "no such thing")),
    ):
        ear = log.ear("here", "sqlite", "sqlite://", "x")
        ear.session, ear.purpose = session, purpose
        ear(told)
    assert [one.sql for one in sent(lite, query)] == found


def test_filter_text_that_cannot_be_read_is_a_problem(lite: Desk) -> None:
    with pytest.raises(ProblemError) as caught:
        sent(lite, "status:well")
    assert (caught.value.problem.code, caught.value.problem.title) == (
        "request.invalid",
        "The status is ok or error",
    )


def test_passwords_in_our_own_statements_are_cut(lite: Desk) -> None:
    ear = lite.services.sent.ear("here", "postgresql", "postgresql://", "x")
    ear(Told("ALTER ROLE me PASSWORD 'hunter2'", [], 1.0, error="near 'hunter2'"))
    (told,) = sent(lite, "ROLE")
    assert told.sql == "ALTER ROLE me PASSWORD '***'" and "hunter2" not in told.error


def test_the_ring_is_bounded_and_repetitions_are_one_entry() -> None:
    log = SentLog(entries=3, characters=100)
    ear = log.ear("here", "sqlite", "", "x")
    for number in range(1000):
        ear(Told("INSERT", [], float(number), 2.0, 5))
    (entry,) = log.newest()
    assert (entry.times, entry.told.elapsed_ms, entry.told.rows, entry.told.at) == (1000, 2000.0, 5000, 999.0)
    assert (entry.id, entry.number) == (1, 1000) and log.lost == 0
    for number in range(5):
        ear(Told(f"SELECT {number}", [], 0.0))
    assert [one.told.sql for one in log.newest()] == ["SELECT 4", "SELECT 3", "SELECT 2"] and log.lost == 3
    ear(Told("x" * 99, [], 0.0))
    assert [len(one.told.sql) for one in log.newest()] == [99], "bounded by characters too"


# --- what worker processes send ------------------------------------------------------------------------


WORKED_APART = ("sqlite", "postgresql", "mysql")


def work(desk: Desk, endpoint: Endpoint[Any, Any], request: Any, call_id: str) -> list[SentStatement]:
    """What was sent for a stream that a worker process made."""
    if engine_for(desk.url).name not in WORKED_APART:
        pytest.skip("not applicable: this database is not read by a process beside the server")
    events = list(ask(desk, endpoint, request, call_id))
    assert events[-1].state == "done"
    told = [one for one in sent(desk) if one.call == call_id and one.session.endswith(" worker")]
    assert {(one.purpose, one.title) for one in told} == {(endpoint.name, endpoint.summary)}
    return told


def test_an_export_by_a_worker_is_told(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    request = ExportRequest(
        connection=desk.url, sql="SELECT v AS mine FROM t", format="jsonl", path=str(path)
    )
    told = work(desk, EXPORT, request, "export")
    (read,) = [one for one in told if "mine" in one.sql]
    assert read.rows == 10 and read.elapsed_ms > 0 and not read.error


def test_what_goes_wrong_in_a_worker_is_told_too(desk: Desk, tmp_path: Path) -> None:
    if engine_for(desk.url).name not in WORKED_APART:
        pytest.skip("not applicable: this database is not read by a process beside the server")
    request = ExportRequest(
        connection=desk.url, sql="SELECT nonsense FROM t", format="jsonl", path=str(tmp_path / "out.jsonl")
    )
    with pytest.raises(ProblemError):
        list(ask(desk, EXPORT, request, "wrong"))
    failed = [one for one in sent(desk, "status:error") if one.call == "wrong"]
    assert len(failed) == 1 and "nonsense" in failed[0].sql and failed[0].error


@pytest.mark.parametrize("apart", [True, False], ids=["by a worker", "in the server"])
def test_an_import_is_told_in_a_few_lines_and_without_values(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    path = tmp_path / "in.csv"
    path.write_text("id,v\n" + "".join(f"{n},seven{n}\n" for n in range(11, 6011)))
    monkeypatch.setattr(handlers, "LARGE_FILE", 0 if apart else 1 << 30)
    request = ImportRequest(
        connection=desk.url, table="t", path=str(path), allow_write=True, transaction="batches"
    )
    if apart:
        told = work(desk, IMPORT, request, "load")
    else:
        list(ask(desk, IMPORT, request, "load"))
        told = [one for one in sent(desk) if one.call == "load"]
    assert desk.number("SELECT count(*) FROM t") == 6010
    assert told and len(told) < 40, [one.sql[:60] for one in told]
    assert not any("seven" in one.sql + "".join(one.params) for one in told), "values are never told"
    assert any("INSERT" in one.sql.upper() or "COPY" in one.sql for one in told)


def test_a_script_is_told_as_one(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "in.sql"
    path.write_text("".join(f"INSERT INTO t VALUES ({n}, 'seven{n}');\n" for n in range(11, 311)))
    request = ImportRequest(connection=desk.url, table="", path=str(path), format="sql", allow_write=True)
    list(ask(desk, IMPORT, request, "script"))
    told = [one for one in sent(desk) if one.call == "script"]
    (whole,) = [one for one in told if one.sql.startswith("--")]
    assert whole.sql == f"-- 300 statements of {path}" and whole.rows == 300
    assert not any("seven" in one.sql for one in told) and len(told) < 20


def test_remembering_an_order_is_told(desk: Desk) -> None:
    told = work(desk, SNAPSHOT, SnapshotRequest(connection=desk.url, table="t", order_by=["v"]), "order")
    assert [one.rows for one in told if "ORDER BY" in one.sql][-1] in (10, None)


def test_turns_of_the_same_statements_are_one_entry_each() -> None:
    log = SentLog(entries=10)
    ear = log.ear("here", "sqlite", "", "x")
    for number in range(900):
        ear(Told(("SAVEPOINT p", "INSERT", "RELEASE p")[number % 3], [], float(number), 1.0, 2))
    assert [(one.told.sql, one.times, one.number) for one in log.newest()] == [
        ("RELEASE p", 300, 900),
        ("INSERT", 300, 899),
        ("SAVEPOINT p", 300, 898),
    ]
    taken = log.take()
    assert [one.times for one in taken] == [300, 300, 300] and list(log.newest()) == []
    other = SentLog().ear("there", "sqlite", "", "worker")
    other.hear("data.import", "c1", taken)
    other.hear("data.import", "c1", taken)
    assert [(one.told.sql, one.times, one.call) for one in other.log.newest()] == [
        ("RELEASE p", 600, ""),
        ("INSERT", 600, ""),
        ("SAVEPOINT p", 600, ""),
    ], "nothing of it was for a call there, so nothing is here"


def test_what_stands_for_values() -> None:
    assert kinds([None, "abc", b"1234", 1, 1.5, True]) == [
        "NULL",
        "text of 3",
        "4 bytes",
        "number",
        "number",
        "true or false",
    ]
    assert kinds({"a": "x"}) == ["a: text of 1"] and kinds(None) == []
    assert kinds(range(45))[-1] == "and 5 more"


def test_a_huge_statement_is_told_by_its_beginning_and_nobody_listening_costs_nothing() -> None:
    heard: list[Told] = []
    one = telling(heard.append, "x" * (LONGEST + 5))
    one.end()
    one.end()
    assert [len(told.sql) for told in heard] == [LONGEST + 2], "told once"
    silent = telling(None, "SELECT 1")
    silent.rows(3)
    silent.end()
    assert silent is telling(None, "SELECT 2")
