"""Faults in explain: what is run, what is read, what is said."""

from __future__ import annotations

from tests.mutate.fault import Fault

HERE = "embedded_server/explain"
SAFETY = "tests/explain/server/test_safety.py"
PARSERS = "tests/explain/server/test_parsers.py"
RULES = "tests/explain/server/test_rules.py"

FAULTS = [
    Fault(
        "explain-volatile-run",
        f"{HERE}/explainers/postgresql.py",
        "    if volatile:",
        "    if volatile and False:",
        (SAFETY, "-k", "volatile"),
    ),
    Fault(
        "explain-commits",
        f"{HERE}/explainers/postgresql.py",
        '        run(session, "SET TRANSACTION READ ONLY")\n',
        '        run(session, "SET TRANSACTION READ WRITE")\n',
        (SAFETY, "-k", "no_statement_writes or volatile"),
    ),
    Fault(
        "explain-several-statements",
        f"{HERE}/prepare.py",
        "    if len(found) > 1:",
        "    if len(found) > 9:",
        (SAFETY, "-k", "what_is_no_statement"),
    ),
    Fault(
        "explain-loops-not-multiplied",
        f"{HERE}/parsers/postgresql_json.py",
        '    draft.rows = (_number(given.get("Actual Rows")) or 0.0) * loops',
        '    draft.rows = _number(given.get("Actual Rows")) or 0.0',
        (PARSERS, "-k", "loops_are"),
    ),
    Fault(
        "explain-cte-charged-twice",
        f"{HERE}/parsers/postgresql_json.py",
        "            reader.self_ms = (reader.self_ms or 0.0) - (child.time_ms or 0.0)",
        "            reader.self_ms = reader.self_ms or 0.0",
        (PARSERS, "-k", "cte"),
    ),
    Fault(
        "explain-small-tables-reported",
        f"{HERE}/rules/leading_wildcard.py",
        "size < _ROWS",
        "size < 1",
        (RULES, "-k", "leading_wildcard"),
    ),
    Fault(
        "explain-guess-called-certain",
        f"{HERE}/rules/__init__.py",
        'one.confidence == "high" and not one.measured',
        'one.confidence == "none" and not one.measured',
        (RULES, "-k", "inner_scan"),
    ),
    Fault(
        "explain-percent-not-undone",
        f"{HERE}/params.py",
        '            parts.append("%")\n',
        '            parts.append("%%")\n',
        ("tests/explain/server/test_params.py", "-k", "shapes"),
    ),
]
