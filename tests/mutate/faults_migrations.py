"""Faults in migrations: reading, guard, rules, rehearsal, apply, what a crash leaves, writing, the window."""

from __future__ import annotations

from tests.mutate.fault import Fault

GRAPH = "tests/migrations/server/test_graph.py"
RULES = "tests/migrations/server/test_rules.py"
RUNNER = "tests/migrations/server/test_runner.py"
STATUS = "tests/migrations/server/test_status.py"
PREVIEW = "tests/migrations/server/test_preview.py"
APPLY = "tests/migrations/server/test_apply.py"
CRASH = "tests/migrations/server/test_crash.py"
GENERATE = "tests/migrations/server/test_generate.py"
MIGRATE = "tests/migrations/desktop/test_migrate.py"
RUN = "embedded_server/migrations/backlight_runner"

FAULTS = [
    Fault(
        "migrations-parents-before-children",
        "embedded_server/migrations/graph.py",
        "return [*order, *reversed(cyclic)], cyclic",
        "return [*reversed(order), *cyclic], cyclic",
        (GRAPH, "-k", "shops_history or any_graph"),
    ),
    Fault(
        "migrations-dependencies-are-no-parents",
        "embedded_server/migrations/graph.py",
        "for name in (*found.down, *found.depends_on) if self.resolve(name)",
        "for name in found.down if self.resolve(name)",
        (GRAPH, "-k", "branches_merges"),
    ),
    Fault(
        "migrations-another-database-is-let-through",
        f"{RUN}/guard.py",
        "        if found != self.target.identity:",
        "        if found[0] != self.target.identity[0]:",
        (RUNNER, "-k", "another_database"),
    ),
    Fault(
        "migrations-looking-may-write",
        f"{RUN}/guard.py",
        '            self._run(raw, ["PRAGMA query_only = ON"])',
        '            self._run(raw, ["PRAGMA query_only = OFF"])',
        (RUNNER, "-k", "cannot_while_looked_at and sqlite"),
    ),
    Fault(
        "migrations-sqlite-begins-no-transaction",
        f"{RUN}/running.py",
        '    event.listen(Engine, "begin", begin)',
        '    event.contains(Engine, "begin", begin)',
        (RUNNER, "-k", "undone_alone"),
    ),
    Fault(
        "migrations-rehearsal-commits",
        f"{RUN}/running.py",
        "            raise RolledBack()",
        "            self.channel.check()",
        (RUNNER, "-k", "rehearsal_leaves_nothing"),
    ),
    Fault(
        "migrations-two-applies-at-once",
        f"{RUN}/running.py",
        "    if not taken:",
        "    if taken is None:",
        (RUNNER, "-k", "second_apply"),
    ),
    Fault(
        "migrations-keys-stay-on",
        f"{RUN}/running.py",
        'cursor.execute("PRAGMA foreign_keys = OFF")',
        'cursor.execute("PRAGMA foreign_keys")',
        (APPLY, "-k", "foreign_keys_off"),
    ),
    Fault(
        "migrations-varchar-may-not-grow",
        "embedded_server/migrations/rules/l09.py",
        "had[0] <= limit",
        "had[0] >= limit",
        (RULES, "-k", "L09 or rewrite"),
    ),
    Fault(
        "migrations-a-constant-default-is-volatile",
        "embedded_server/migrations/rules/l10.py",
        "if any(word in column.default.lower() for word in VOLATILE):",
        "if column.default:",
        (RULES, "-k", "L10"),
    ),
    Fault(
        "migrations-empty-tables-are-in-danger",
        "embedded_server/migrations/checking.py",
        '    if table.rows == 0:\n        return "info"',
        '    if table.rows == -1:\n        return "info"',
        (RULES, "-k", "severity"),
    ),
    Fault(
        "migrations-ignored-without-a-reason",
        "embedded_server/migrations/graph.py",
        'return file.ignored.get(finding.rule, "") if file is not None else ""',
        'return file.ignored.get(finding.rule, "") and "yes" if file is None else "x"',
        (RULES, "-k", "suppressed"),
    ),
    Fault(
        "migrations-silent-loss-stays-silent",
        "embedded_server/migrations/rehearse.py",
        "    if change.after is None or (change.before or 0) <= change.after:",
        "    if change.after is not None:",
        (PREVIEW, "-k", "silent_loss"),
    ),
    Fault(
        "migrations-mariadb-is-rehearsed",
        "embedded_server/migrations/rehearse.py",
        '    if engine != "postgresql":',
        '    if engine == "duckdb":',
        (PREVIEW, "-k", "mariadb"),
    ),
    Fault(
        "migrations-production-asks-nothing",
        "embedded_server/migrations/applying.py",
        'if profile.class_ == "production" and request.confirm != profile.name:',
        'if profile.class_ == "staging" and request.confirm != profile.name:',
        (APPLY, "-k", "production"),
    ),
    Fault(
        "migrations-cancel-waits-for-the-statement",
        "embedded_server/migrations/runner.py",
        'wish = "finish" if stopping and waited < FINISH_SECONDS else "cancel"',
        'wish = "finish"',
        (APPLY, "-k", "cancel_inside and sqlite"),
    ),
    Fault(
        "migrations-an-ending-server-cuts-the-revision",
        "embedded_server/migrations/runner.py",
        "stopping and waited < FINISH_SECONDS",
        "stopping and waited < 0",
        (APPLY, "-k", "ending_server"),
    ),
    Fault(
        "migrations-half-done-is-hidden",
        "embedded_server/migrations/mend.py",
        "and (entry.autocommit or all_kept)",
        "and all_kept",
        (CRASH, "-k", "outside_of_a_transaction"),
    ),
    Fault(
        "migrations-files-are-overwritten",
        f"{RUN}/generating.py",
        "        if os.path.exists(str(target)):",
        '        if str(target) == "":',
        (GENERATE, "-k", "never_overwritten"),
    ),
    Fault(
        "migrations-declined-operations-are-written",
        f"{RUN}/generating.py",
        "                if accepted is not None:",
        "                if accepted == []:",
        (GENERATE, "-k", "accepted_one_by_one and sqlite"),
    ),
    Fault(
        "migrations-unknown-revisions-have-no-commit",
        "embedded_server/migrations/status.py",
        '"--diff-filter=A"',
        '"--diff-filter=D"',
        (STATUS, "-k", "traced_to_its_commit and sqlite"),
    ),
    Fault(
        "migrations-going-back-does-not-ask",
        "desktop/migrations/revision_tab.py",
        "        if losses:",
        "        if losses is None:",
        (MIGRATE, "-k", "downgrade_over_rows"),
    ),
    Fault(
        "migrations-the-trace-is-lost-on-the-way",
        "desktop/migrations/proposal_tab.py",
        "        bench.open(ref, self.origin, keep=True)",
        "        bench.open(ref, None, keep=True)",
        (MIGRATE, "-k", "written_for_its_trace"),
    ),
]
