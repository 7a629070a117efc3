"""Running on every engine: results, parameters, transactions, errors in place, cancel, history."""

from __future__ import annotations

import pytest

from embedded_server.console.sessions import expire, tab_of
from embedded_server.wire.console import CLEAR_HISTORY, SPLIT, HistoryRequest, SplitRequest
from embedded_server.wire.problem import ProblemError
from tests.waiting import wait_until

from .conftest import Desk


def count(desk: Desk) -> int:
    return desk.number("SELECT count(*) FROM t")


# --- on every engine ---------------------------------------------------------------------------------


def test_several_statements_give_several_results(desk: Desk) -> None:
    answer = desk.run(
        "SELECT id FROM t ORDER BY id; UPDATE t SET v = 'x' WHERE id < 4; SELECT 1 AS one WHERE 1 = 0"
    )
    first, second, third = answer.statements
    assert [str(cell) for cell in first.rows.columns[0]] == [str(n) for n in range(1, 11)]
    assert not first.more and first.result == ""
    assert (second.rows, second.affected) == (None, 3)
    assert [column.name for column in third.columns] == ["one"] and len(third.rows) == 0
    assert answer.transaction == "auto" and answer.not_run == 0


def test_rows_beyond_the_limit_are_fetched_on_demand(desk: Desk) -> None:
    desk.spelling.numbers or pytest.skip("not applicable: no query of numbers")
    result = desk.one(desk.spelling.numbers.format(count=250), limit=100)
    assert len(result.rows) == 100 and result.more and result.result
    found = [str(cell) for cell in result.rows.columns[0]]
    answer = desk.fetch(result.result, 100)
    assert answer.more
    found += [str(cell) for cell in answer.rows.columns[0]]
    answer = desk.fetch(result.result, 100)
    assert not answer.more
    found += [str(cell) for cell in answer.rows.columns[0]]
    assert sorted(map(int, found)) == list(range(1, 251))
    with pytest.raises(ProblemError) as caught:
        desk.fetch(result.result)
    assert caught.value.problem.code == "console.result_closed"


def test_the_next_run_closes_an_open_result(desk: Desk) -> None:
    result = desk.one("SELECT id FROM t", limit=3)
    assert result.more
    assert len(desk.rows("SELECT 1")) == 1
    with pytest.raises(ProblemError) as caught:
        desk.fetch(result.result)
    assert caught.value.problem.code == "console.result_closed"


def test_only_the_last_result_of_a_run_stays_open(desk: Desk) -> None:
    first, last = desk.run("SELECT id FROM t; SELECT id FROM t", limit=3).statements
    assert first.more and first.result == ""
    assert last.more and last.result
    assert len(desk.fetch(last.result, 100).rows) == 7


def test_parameters_by_name_and_by_place(desk: Desk) -> None:
    sql = "SELECT v FROM t WHERE id = :id OR v = :v ORDER BY id"
    assert desk.rows(sql, params={"id": 2, "v": "v7"}) == [("v2",), ("v7",)]
    sql = "SELECT v FROM t WHERE id IN (?, ?) ORDER BY id; SELECT v FROM t WHERE id = ?"
    answer = desk.run(sql, params={"1": 1, "2": 3, "3": 5})
    assert [list(result.rows.rows()) for result in answer.statements] == [[("v1",), ("v3",)], [("v5",)]]


def test_a_percent_sign_and_parameters_go_together(desk: Desk) -> None:
    sql = "SELECT id FROM t WHERE v LIKE '%1%' AND id % 2 = :rest AND v <> '%s' ORDER BY id"
    assert [str(row[0]) for row in desk.rows(sql, params={"rest": 1})] == ["1"]


def test_missing_parameters_stop_everything(desk: Desk) -> None:
    sql = "DELETE FROM t; SELECT * FROM t WHERE id = :id AND v = :v"
    problem = desk.refused(sql, params={"v": "x"})
    assert (problem.code, problem.detail) == ("sql.params", ":id")
    assert problem.position == sql.index(":id")
    assert count(desk) == 10


def test_auto_commits_each_statement(desk: Desk) -> None:
    answer = desk.run("DELETE FROM t WHERE id = 1")
    assert (answer.transaction, answer.transaction_statements) == ("auto", 0)
    assert count(desk) == 9


def test_manual_keeps_a_transaction_open_until_the_end(desk: Desk) -> None:
    answer = desk.run("DELETE FROM t WHERE id = 1; DELETE FROM t WHERE id = 2", transaction="manual")
    assert (answer.transaction, answer.transaction_statements) == ("idle", 2)
    assert answer.transaction_sql == ["DELETE FROM t WHERE id = 1", "DELETE FROM t WHERE id = 2"]
    assert desk.end().transaction_statements == 2
    ended = desk.end("rollback")
    assert (ended.transaction, ended.transaction_statements) == ("auto", 0)
    assert count(desk) == 10
    desk.run("DELETE FROM t WHERE id = 1", transaction="manual")
    assert desk.end("commit").transaction == "auto"
    assert count(desk) == 9


def test_begin_and_commit_can_be_typed(desk: Desk) -> None:
    answer = desk.run("BEGIN; DELETE FROM t WHERE id = 1")
    assert (answer.transaction, answer.transaction_statements) == ("idle", 1)
    answer = desk.run("/* back */ ROLLBACK")
    assert (answer.transaction, answer.transaction_statements) == ("auto", 0)
    assert count(desk) == 10
    answer = desk.run("BEGIN; DELETE FROM t WHERE id = 1; COMMIT;")
    assert (answer.transaction, answer.transaction_statements) == ("auto", 0)
    assert count(desk) == 9


def test_rows_in_a_transaction_can_be_fetched_later(desk: Desk) -> None:
    desk.run("DELETE FROM t WHERE id = 10", transaction="manual")
    result = desk.one("SELECT id FROM t ORDER BY id", transaction="manual", limit=4)
    assert len(desk.fetch(result.result, 100).rows) == 5
    assert desk.end().transaction == "idle"
    desk.end("rollback")
    assert count(desk) == 10


def test_closing_a_tab_rolls_back(desk: Desk) -> None:
    desk.run("DELETE FROM t", transaction="manual")
    assert desk.end("close").transaction == "auto"
    assert count(desk) == 10
    with pytest.raises(ProblemError) as caught:
        desk.end()
    assert caught.value.problem.code == "console.unknown_session"


def test_an_error_stops_the_script_unless_told_otherwise(desk: Desk) -> None:
    sql = "SELECT 1; SELECT * FROM nowhere; SELECT 2; SELECT 3"
    answer = desk.run(sql)
    assert [result.error is None for result in answer.statements] == [True, False]
    assert answer.not_run == 2
    answer = desk.run(sql, on_error="continue")
    assert [result.error is None for result in answer.statements] == [True, False, True, True]


def test_an_error_is_placed_in_the_whole_text(desk: Desk) -> None:
    sql = "SELECT 1;\n-- remark\nSELECT id,\n  v FROM nowhere WHERE v <> :v;"
    result = desk.run(sql, params={"v": "x"}).statements[-1]
    assert result.error["code"] == "sql.error"
    if result.error.get("position") is None:
        assert desk.subject.id not in ("sqlite", "postgresql")
        assert (result.error_line, result.error_column) == (2, 1)
    else:
        assert (result.error_line, result.error_column) == (4, 10)
        assert sql[result.error["position"] :].startswith("nowhere")


def test_the_state_after_an_error_in_a_transaction_is_the_databases(desk: Desk) -> None:
    answer = desk.run("DELETE FROM t WHERE id = 1; SELECT * FROM nowhere", transaction="manual")
    assert answer.transaction in ("idle", "failed")
    if answer.transaction == "failed":
        assert desk.fails("SELECT 1", transaction="manual").code == "sql.error"
    assert desk.end("rollback").transaction == "auto"
    assert count(desk) == 10


def test_a_running_statement_is_cancelled_in_the_database(desk: Desk) -> None:
    desk.spelling.endless or pytest.skip("not applicable: no statement that runs for long")
    desk.run("SELECT 1")
    running = desk.start(f"SELECT 1; {desk.spelling.endless}; SELECT 2", "long")
    jobs = desk.services.jobs
    wait_until(lambda: any(job.id == "long" and job.elapsed_ms > 150 for job in jobs.jobs()), "the statement")
    assert desk.end().transaction == "active"
    assert jobs.cancel("long").found
    answer = running.result()
    assert [result.error and result.error["code"] for result in answer.statements] == [None, "job.cancelled"]
    assert answer.not_run == 1 and answer.transaction == "auto"
    assert [str(cell) for (cell,) in desk.rows("SELECT 7")] == ["7"]


def test_a_cancelled_statement_leaves_the_transaction_as_the_database_says(desk: Desk) -> None:
    desk.spelling.endless or pytest.skip("not applicable: no statement that runs for long")
    desk.run("DELETE FROM t WHERE id = 1", transaction="manual")
    running = desk.start(desk.spelling.endless, "long", transaction="manual")
    jobs = desk.services.jobs
    wait_until(lambda: any(job.id == "long" and job.elapsed_ms > 150 for job in jobs.jobs()), "the statement")
    jobs.cancel("long")
    state = running.result().transaction
    assert state == desk.end().transaction
    assert state in ("idle", "failed")
    desk.end("rollback")
    assert count(desk) == 10


def test_a_read_only_connection_refuses_and_says_how_to_allow(desk: Desk) -> None:
    desk.services.store.profiles.save(_profile(desk))
    answer = desk.run("DELETE FROM t", connection="guarded", session="guarded-tab")
    (result,) = answer.statements
    assert answer.read_only
    if desk.subject.id != "generic":
        assert result.error["code"] == "sql.read_only"
        assert result.error["hint"] and result.error["action"]["arguments"] == {"connection": "guarded"}
    assert count(desk) == 10
    assert len(desk.rows("SELECT id FROM t", connection="guarded", session="guarded-tab")) == 10


def _profile(desk: Desk):
    from embedded_server.wire.connections import Profile  # noqa: PLC0415  # lazy: one test

    return Profile("guarded", desk.url, "shared", read_only=True)


def test_a_session_of_its_own_leaves_nothing_open(desk: Desk) -> None:
    answer = desk.run("SELECT id FROM t", session="", limit=3)
    (result,) = answer.statements
    assert result.more and result.result == "" and answer.session == ""
    desk.run("DELETE FROM t", session="", transaction="manual")
    assert count(desk) == 10


def test_every_statement_is_in_the_history(desk: Desk) -> None:
    desk.run("SELECT id FROM t WHERE id < 4; SELECT * FROM nowhere", session="")
    failed, read, *_ = desk.history()
    assert (read.sql, read.count, read.error, read.origin) == (
        "SELECT id FROM t WHERE id < 4",
        3,
        "",
        "console",
    )
    assert read.elapsed_ms >= 0 and read.at.endswith("+00:00")
    assert failed.sql == "SELECT * FROM nowhere" and "nowhere" in failed.error


# --- on SQLite alone ---------------------------------------------------------------------------------


def test_a_writing_statement_with_rows_runs_to_its_end(lite: Desk) -> None:
    lite.run("CREATE TABLE u (n INTEGER)")
    many = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 500) SELECT n FROM c"
    result = lite.one(f"INSERT INTO u {many} RETURNING n", limit=10)
    assert len(result.rows) == 10 and not result.more
    assert result.affected == 500
    assert "490" in result.notices[0]
    assert lite.number("SELECT count(*) FROM u") == 500


def test_typed_text_compares_with_numbers(lite: Desk) -> None:
    assert lite.rows("SELECT v FROM t WHERE id = :id", params={"id": "3"}) == [("v3",)]


def test_the_whole_text_can_be_one_statement(lite: Desk) -> None:
    sql = "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END"
    assert lite.run(sql, single=True).statements[0].error is None
    assert lite.fails("SELECT 1; SELECT 2", single=True).code == "sql.error"
    assert lite.run("  ", single=True).statements == []


def test_passwords_reach_neither_history_nor_transaction_list(lite: Desk) -> None:
    answer = lite.run(
        "SELECT 1 AS a, 'password = x' WHERE 'b' = :p; ALTER USER me PASSWORD 'hunter2'", params={"p": "b"}
    )
    assert "hunter2" not in answer.statements[-1].error.get("detail", "")
    assert all("hunter2" not in entry.sql + entry.error for entry in lite.history())


def test_the_history_has_a_filter_language(lite: Desk) -> None:
    lite.run("SELECT 'apple pie'; SELECT 'apple'; SELECT id FROM t; SELECT * FROM nowhere")
    texts = [entry.sql for entry in lite.history("apple")]
    assert texts == ["SELECT 'apple'", "SELECT 'apple pie'"]
    assert [entry.sql for entry in lite.history("apple -pie")] == ["SELECT 'apple'"]
    assert [entry.sql for entry in lite.history('"apple pie"')] == ["SELECT 'apple pie'"]
    assert [entry.sql for entry in lite.history("status:error")] == ["SELECT * FROM nowhere"]
    assert [entry.sql for entry in lite.history("rows>5 select id")] == ["SELECT id FROM t"]
    assert lite.history("slow>100000") == [] and len(lite.history("slow<100000 apple")) == 2
    assert lite.history("connection:other") == [] and lite.history("origin:trace") == []
    assert lite.history("date:19") == []
    with pytest.raises(ProblemError) as caught:
        lite.history("status:maybe")
    assert caught.value.problem.code == "request.invalid"
    lite.history('"half typed')


def test_history_comes_in_pages_and_can_be_forgotten(lite: Desk) -> None:
    lite.run(";".join(f"SELECT {number}" for number in range(25)))
    first = lite.call(*_history(limit=10, query="select"))
    assert [entry.sql for entry in first.statements] == [f"SELECT {n}" for n in range(24, 14, -1)]
    second = lite.call(*_history(limit=10, query="select", before=first.next))
    assert second.statements[0].sql == "SELECT 14"
    lite.call(CLEAR_HISTORY, HistoryRequest(query="SELECT 1"))
    left = [entry.sql for entry in lite.history("select")]
    assert "SELECT 12" not in left and "SELECT 24" in left


def _history(**fields):
    from embedded_server.wire.console import HISTORY  # noqa: PLC0415  # lazy: a helper of one test

    return HISTORY, HistoryRequest(**fields)


def test_a_long_script_lists_only_what_matters(lite: Desk) -> None:
    script = "BEGIN;" + "".join(f"INSERT INTO t(v) VALUES ('{n}');" for n in range(700)) + "SELECT 1; COMMIT"
    answer = lite.run(script)
    assert answer.unlisted == 202
    assert len(answer.statements) == 501 and answer.statements[-1].kind == "SELECT"
    assert len(lite.history("insert", limit=1000)) < 520
    assert count(lite) == 710


def test_lines_for_other_programs_are_told_and_not_run(lite: Desk) -> None:
    found = lite.call(SPLIT, SplitRequest("\\d t\nselect 1;", dialect="postgresql")).statements
    assert [(item.skipped, item.sql) for item in found] == [("psql command", "\\d t"), ("", "select 1")]


def test_split_tells_kind_parameters_and_whether_it_reads(lite: Desk) -> None:
    sql = "select * from t where id = :id; delete from t"
    first, second = lite.call(SPLIT, SplitRequest(sql, connection=lite.url)).statements
    assert (first.kind, first.reads_only, first.parameters, first.line) == ("SELECT", True, [":id"], 1)
    assert (second.kind, second.reads_only, sql[second.start : second.end]) == (
        "DELETE",
        False,
        "delete from t",
    )


def test_a_result_nobody_asks_for_is_closed_after_a_while(lite: Desk) -> None:
    result = lite.one("SELECT id FROM t", limit=3)
    line = lite.services.line_holding(lite.session)
    tab = tab_of(line.pinned(lite.session))
    expire(lite.services, lite.session, "another result")
    assert tab.open is not None
    expire(lite.services, lite.session, result.result)
    assert tab.open is None


def test_another_connection_is_refused_while_a_transaction_is_open(lite: Desk, tmp_path) -> None:
    (tmp_path / "other.db").touch()
    other = f"sqlite:///{tmp_path / 'other.db'}"
    lite.run("DELETE FROM t", transaction="manual")
    assert lite.refused("SELECT 1", connection=other).code == "console.other_transaction"
    assert lite.end().transaction == "idle"
    lite.end("rollback")
    assert len(lite.rows("SELECT 1", connection=other)) == 1
    lite.end("close")


def test_a_schema_change_is_told_when_others_can_see_it(lite: Desk) -> None:
    ring = lite.services.events

    def told() -> int:
        return sum(event.kind == "data.schema" for event in ring._events)

    lite.run("CREATE TABLE n (x)", transaction="manual")
    assert told() == 1  # the fixture's own table
    lite.end("commit")
    assert told() == 2
    lite.run("DROP TABLE n")
    assert told() == 3


def test_an_implicit_end_of_the_transaction_is_told(lite: Desk) -> None:
    lite.run("CREATE UNIQUE INDEX i ON t(v)")
    lite.run("DELETE FROM t WHERE id = 1", transaction="manual")
    answer = lite.run("INSERT OR ROLLBACK INTO t(v) VALUES ('v2')", transaction="manual")
    assert answer.transaction == "auto"
    assert any("rolled back" in notice for notice in answer.statements[0].notices)
    assert count(lite) == 10


# --- lost connections --------------------------------------------------------------------------------


def test_a_lost_connection_takes_the_transaction_with_it_and_says_so(private_postgres, services) -> None:
    server = private_postgres()
    desk = Desk(services, server.url())
    desk.run("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); CHECKPOINT", session="")
    desk.run("DELETE FROM t; ALTER ROLE CURRENT_USER PASSWORD 'hunter2'", transaction="manual")
    server.stop()
    server.start()
    answer = desk.run("SELECT 1; SELECT 2", transaction="manual")
    assert answer.transaction == "lost"
    assert answer.statements[0].error["code"] == "transaction.lost"
    assert "DELETE FROM t" in answer.statements[0].error["detail"]
    assert "hunter2" not in answer.statements[0].error["detail"]
    assert answer.transaction_sql[0] == "DELETE FROM t" and answer.not_run == 1
    assert desk.rows("SELECT count(*)::int4 FROM t")[0][0] in (1, "1")
    assert desk.end().transaction == "auto"


def test_a_connection_lost_at_rest_is_opened_anew(private_postgres, services, monkeypatch) -> None:
    monkeypatch.setattr("embedded_server.console.pinning.REST_SECONDS", 0.0)
    server = private_postgres()
    desk = Desk(services, server.url())
    assert len(desk.rows("SELECT 1")) == 1
    server.stop()
    server.start()
    result = desk.one("SELECT 2")
    assert "opened anew" in result.notices[0]


def test_notices_of_the_server_stand_with_their_statement(pg_database: str, services) -> None:
    desk = Desk(services, pg_database)
    first, second = desk.run("DO $$ BEGIN RAISE NOTICE 'hello'; END $$; SELECT 1").statements
    assert any("hello" in notice for notice in first.notices) and not second.notices


def test_copy_from_stdin_is_refused_and_its_data_never_runs(pg_database: str, services) -> None:
    desk = Desk(services, pg_database)
    answer = desk.run(
        "CREATE TABLE c (a int);\nCOPY c FROM stdin;\n1\n2\n\\.\nSELECT 3;", on_error="continue"
    )
    made, copy, data, last = answer.statements
    assert made.error is None and copy.error["code"] == "data.unsupported"
    assert data.skipped == "COPY data"
    assert len(last.rows) == 1


def test_a_transaction_whose_connection_ends_at_rest_is_lost_without_being_asked(
    private_postgres, private_mariadb, services
) -> None:
    """What the chip asks every other second: it sends nothing, so it keeps no dying transaction alive."""
    for server, database in ((private_postgres(), ""), (private_mariadb(), "mysql")):
        desk = Desk(services, server.url(database) if database else server.url())
        desk.run("CREATE TABLE gone (id int PRIMARY KEY); CHECKPOINT", session="")
        answer = desk.run("INSERT INTO gone VALUES (1)", transaction="manual")
        assert (answer.transaction, desk.end().transaction) == ("idle", "idle")
        before = [entry.number for entry in services.sent.newest()][:1]
        assert desk.end().transaction_statements == 1
        assert [entry.number for entry in services.sent.newest()][:1] == before, "nothing was sent"
        server.stop()
        wait_until(lambda desk=desk: desk.end().transaction == "lost", "the end of the connection")
        assert desk.end().transaction_sql == ["INSERT INTO gone VALUES (1)"]
        server.start()
        assert desk.fails("SELECT 1", transaction="manual").code == "transaction.lost"
        assert desk.number("SELECT count(*) FROM gone") == 0


def test_a_commit_that_a_deferred_constraint_refuses_is_told_and_nothing_is_there(desk: Desk) -> None:
    if not desk.is_postgres:
        pytest.skip("not applicable: only PostgreSQL checks at the commit")
    desk.run(
        "DROP TABLE IF EXISTS child; CREATE TABLE child "
        "(id int PRIMARY KEY, t int REFERENCES t DEFERRABLE INITIALLY DEFERRED)"
    )
    answer = desk.run("INSERT INTO child VALUES (1, 999); SELECT * FROM child", transaction="manual")
    assert (answer.transaction, answer.transaction_statements) == ("idle", 2)
    assert [one.error for one in answer.statements] == [None, None], "it is not checked yet"
    with pytest.raises(ProblemError) as caught:
        desk.end("commit")
    assert caught.value.problem.code == "sql.error" and "child" in caught.value.problem.detail
    state = desk.end()
    assert (state.transaction, state.transaction_statements) == ("auto", 0), "nothing pretends to be open"
    assert desk.number("SELECT count(*) FROM child") == 0
    typed = desk.run("INSERT INTO child VALUES (1, 999)", transaction="manual")
    assert typed.transaction == "idle" and desk.fails("COMMIT").code == "sql.error"
    assert desk.end().transaction == "auto" and desk.number("SELECT count(*) FROM child") == 0
    assert desk.history("COMMIT status:error")
