"""Giving up reaches the database, and what was begun is rolled back."""

from __future__ import annotations

import threading

import pytest

from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.explain import STATEMENT, TRIAL, TRIALS, StatementRequest, TrialRequest
from embedded_server.wire.problem import ProblemError
from tests.explain.server.conftest import Desk
from tests.waiting import wait_until

ENDLESS = {
    "sqlite": "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT count(*) FROM c",
    "postgresql": "SELECT count(*) FROM generate_series(1, 100000000000) AS g",
}


def given_up(desk: Desk, endpoint, request, until) -> str:
    """Start a call, cancel it once `until` holds; the code it ended with."""
    ended: list[str] = []

    def work() -> None:
        try:
            desk.call(endpoint, request, "doomed")
        except ProblemError as error:
            ended.append(error.problem.code)

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(until, "the call to be where it is to be cancelled")
    desk.services.jobs.cancel("doomed")
    thread.join(20)
    assert not thread.is_alive()
    return ended[0]


def running(desk: Desk, word: str = "") -> bool:
    return any(job.id == "doomed" and word in job.progress and job.lane for job in desk.services.jobs.jobs())


def test_a_measured_statement_is_stopped(desk: Desk) -> None:
    request = StatementRequest(connection=desk.url, sql=ENDLESS[desk.engine], analyze=True, timeout=60)
    assert given_up(desk, STATEMENT, request, lambda: running(desk)) == "job.cancelled"
    if desk.engine == "postgresql":
        sql = (
            "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'EXPLAIN (ANALYZE%' AND state = 'active'"
        )
        wait_until(lambda: desk.run(sql) == [(0,)], "the server to have stopped")
    assert desk.explain("SELECT 1", analyze=True).plan.measured


@pytest.mark.slow
def test_a_trial_is_rolled_back(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (id integer PRIMARY KEY, v integer)", "INSERT INTO t SELECT n, n % 97 FROM {numbers}"
    )
    sql = "SELECT count(*) FROM t AS a CROSS JOIN t AS b WHERE a.v = 5 AND b.id <= 400"
    request = TrialRequest(connection=desk.url, sql=sql, table="t", columns=["v"], runs=30, timeout=60)
    assert given_up(desk, TRIAL, request, lambda: running(desk, "pair")) == "job.cancelled"
    assert desk.call(TRIALS, Nothing()).trials[0].state == "failed"
    desk.run("DROP TABLE t")
