"""Faults that foreign applications found, each held by a small test of its room."""

from __future__ import annotations

from tests.mutate.fault import Fault

PROBE = "embedded_server/probe/backlight_probe"
RULES = "tests/probe/test_rules.py"

FAULTS = [
    Fault(
        "wild-workers-share-their-ids",
        f"{PROBE}/record.py",
        "    os.register_at_fork(after_in_child=reseed)\n",
        "    pass\n",
        (RULES, "-k", "forked_before"),
    ),
    Fault(
        "wild-tables-being-made-end-the-capture",
        f"{PROBE}/sql.py",
        'getattr(compiled, "positional", False)',
        "compiled.positional",
        ("tests/probe/test_requests.py", "-k", "tables_made"),
    ),
    Fault(
        "wild-a-new-server-waits-for-the-pause",
        f"{PROBE}/sender.py",
        "if time.monotonic() >= self._again or SETTINGS.moved():",
        "if time.monotonic() >= self._again:",
        (RULES, "-k", "new_on_the_same_connection"),
    ),
    Fault(
        "wild-values-without-a-type-have-no-plan",
        "embedded_server/explain/explainers/postgresql.py",
        'if error.problem.code != "sql.params" or statement.bound.params is None:',
        "if error.problem.code:",
        ("tests/explain/server/test_params.py", "-k", "nobody_can_tell"),
    ),
    Fault(
        "wild-a-project-that-does-not-import-shows-nothing",
        "embedded_server/migrations/preview.py",
        '_OF_THE_PROJECT = ("migrations.failed", "migrations.wrote", "migrations.import", ',
        '_OF_THE_PROJECT = ("migrations.failed", "migrations.wrote", ',
        ("tests/migrations/server/test_preview.py", "-k", "cannot_be_run"),
    ),
]
