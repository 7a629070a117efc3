"""Faults in health: who is ended, what is claimed, what is proven, what is asked unseen."""

from __future__ import annotations

from tests.mutate.fault import Fault

HERE = "embedded_server/health"
SESSIONS = "tests/health/server/test_sessions.py"
CHECKS = "tests/health/server/test_checks.py"
TREE = "tests/health/server/test_tree.py"
INTEGRITY = "tests/health/server/test_integrity.py"
WORDS = "tests/health/test_words.py"
TAB = "tests/health/desktop/test_health_tab.py"

FAULTS = [
    Fault(
        "health-ends-a-stranger",
        f"{HERE}/ending.py",
        "one.id == request.id and (not request.started or request.started == one.started)",
        "one.id == request.id",
        (SESSIONS, "-k", "another_sessions_by_now"),
    ),
    Fault(
        "health-production-unconfirmed",
        f"{HERE}/ending.py",
        "    if wanted and request.confirm != wanted:",
        "    if wanted and not request.confirm:",
        (SESSIONS, "-k", "elsewhere"),
    ),
    Fault(
        "health-read-only-ends",
        f"{HERE}/ending.py",
        "    if line.target.read_only:",
        "    if line.target.read_only and not line.profile.name:",
        (SESSIONS, "-k", "elsewhere"),
    ),
    Fault(
        "health-believes-the-signal",
        f"{HERE}/ending.py",
        "            watch.terminate(lease.session, request.id)",
        "            pass",
        (SESSIONS, "-k", "not_believed"),
    ),
    Fault(
        "health-cancel-not-looked-at",
        f"{HERE}/ending.py",
        "    return not running or now.statement != before.statement or younger",
        "    return True",
        (SESSIONS, "-k", "does_not_heed"),
    ),
    Fault(
        "health-ours-not-marked",
        f"{HERE}/watch/mariadb.py",
        "        ours=text(number) in ours,",
        "        ours=False,",
        (SESSIONS, "-k", "ours_are_marked"),
    ),
    Fault(
        "health-stale-transactions",
        f"{HERE}/watch/mariadb.py",
        "    if since < _STALE_SECONDS:",
        "    if since < 0:",
        (SESSIONS, "-k", "told_again"),
    ),
    Fault(
        "health-circle-lost",
        f"{HERE}/locks.py",
        "        if number in self._behind(number):",
        "        if False:",
        (TREE,),
    ),
    Fault(
        "health-waits-for-locks",
        f"{HERE}/asking.py",
        '    make, back = _PATIENCE.get(engine, ("", ""))',
        '    make, back = "", ""',
        (SESSIONS, "-k", "locked_table"),
    ),
    Fault(
        "health-impatience-stays",
        f"{HERE}/asking.py",
        "            rows(session, back)",
        "            rows(session, 'SELECT 1')",
        (SESSIONS, "-k", "locked_table"),
    ),
    Fault(
        "health-unique-called-redundant",
        f"{HERE}/lints/redundant_index.py",
        "    if index.unique:",
        "    if index.unique and index.primary:",
        (CHECKS, "-k", "redundant_index"),
    ),
    Fault(
        "health-index-in-the-middle-counts",
        f"{HERE}/schema.py",
        "set(index.columns[: len(wanted)]) == wanted",
        "wanted <= set(index.columns)",
        (CHECKS, "-k", "foreign_key_index"),
    ),
    Fault(
        "health-half-used-key-silent",
        f"{HERE}/lints/small_key.py",
        "_HALF, _NEARLY = 0.5, 0.8",
        "_HALF, _NEARLY = 0.9, 0.8",
        (CHECKS, "-k", "small_key"),
    ),
    Fault(
        "health-orphans-count-nulls",
        f"{HERE}/questions/orphans.py",
        'there = " AND ".join(f"c.{column} IS NOT NULL" for _, column in pairs)',
        'there = "1 = 1"',
        (CHECKS, "-k", "orphans"),
    ),
    Fault(
        "health-few-values-called-a-key",
        f"{HERE}/questions/duplicates.py",
        "_MOSTLY = 0.9",
        "_MOSTLY = 0.0",
        (CHECKS, "-k", "duplicates"),
    ),
    Fault(
        "health-one-slow-question-ends-all",
        f"{HERE}/integrity.py",
        '_FATAL = frozenset({"job.cancelled",',
        '_FATAL = frozenset({"job.timeout", "job.cancelled",',
        (INTEGRITY, "-k", "takes_too_long"),
    ),
    Fault(
        "health-reset-shown-as-a-fall",
        "desktop/health/series.py",
        "at <= before[0] or value < before[1]",
        "at <= before[0]",
        (WORDS, "-k", "growth"),
    ),
    Fault(
        "health-asks-unseen",
        "desktop/health/tab.py",
        '        """Nobody looks: ask the database nothing more."""\n        self._tick.stop()',
        '        """Nobody looks: ask the database nothing more."""',
        (TAB, "-k", "looked_at"),
    ),
]
