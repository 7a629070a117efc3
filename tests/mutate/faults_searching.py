"""Faults in the first match of a search by one process."""

from __future__ import annotations

from tests.mutate.fault import Fault

SEARCHING = "embedded_server/engines/pg/searching.py"
SESSION = "embedded_server/engines/pg/session.py"
TESTS = ("tests/engines/test_postgresql_searching.py",)

FAULTS = [
    Fault(
        "searching-settings-outlive-it",
        SEARCHING,
        "'max_parallel_workers_per_gather', '0', true)",
        "'max_parallel_workers_per_gather', '0', false)",
        TESTS,
    ),
    Fault(
        "searching-a-limit-of-the-users-own-is-replaced",
        SEARCHING,
        "WHERE pg_catalog.current_setting('statement_timeout') = '0'\n",
        "",
        TESTS,
    ),
    Fault(
        "searching-a-failed-one-stays-open",
        SEARCHING,
        '        _end(channel, "ROLLBACK")\n',
        "",
        TESTS,
    ),
    Fault(
        "searching-patience-ends-in-a-problem",
        SEARCHING,
        '        if error.problem.code == "job.timeout":\n            return None\n',
        "",
        TESTS,
    ),
    Fault(
        "searching-always-alone",
        SEARCHING,
        '"Gather Merge" in (row[0] or "")',
        "True",
        TESTS,
    ),
    Fault(
        "searching-within-a-transaction",
        SESSION,
        'if self.in_transaction() == "auto" and searching.is_merged',
        "if searching.is_merged",
        TESTS,
    ),
    Fault(
        "searching-a-cancel-is-patience-that-ended",
        SEARCHING,
        'error.problem.code == "job.timeout"',
        'error.problem.code in ("job.timeout", "job.cancelled")',
        TESTS,
    ),
]
