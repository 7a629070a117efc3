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

ADVICE = "tests/explain/server/test_advice.py"
FAULTS += [
    Fault(
        "explain-trial-commits",
        f"{HERE}/lab/trying.py",
        "            bench.made.session.rollback()",
        "            bench.made.session.commit()",
        (ADVICE, "-k", "leaves_nothing"),
    ),
    Fault(
        "explain-trial-unjournalled",
        f"{HERE}/lab/trying.py",
        "        _journal(request, call, trial, ddl, line)\n",
        "",
        (ADVICE, "-k", "leaves_nothing"),
    ),
    Fault(
        "explain-trial-on-shared",
        f"{HERE}/lab/trying.py",
        'line.profile.class_ != "local" and not request.confirm',
        'line.profile.class_ == "nowhere" and not request.confirm',
        (ADVICE, "-k", "not_local"),
    ),
    Fault(
        "explain-chance-called-faster",
        f"{HERE}/verdicts.py",
        "_CHANCE = 0.07",
        "_CHANCE = 0.7",
        (ADVICE, "-k", "verdicts"),
    ),
    Fault(
        "explain-mended-without-removing",
        f"{HERE}/lab/mending.py",
        "    if left:\n        session.execute(f'DROP INDEX \"{name}\"').close()\n",
        "    if left:\n",
        ("tests/explain/server/test_killed.py", "-k", "left_behind"),
    ),
    Fault(
        "explain-a-request-tells-everything-again",
        "embedded_server/explain/about.py",
        "            if key not in seen:",
        "            if key not in seen or len(found) < 9:",
        ("tests/explain/server/test_about.py", "-k", "loop_is_told_once or same_question"),
    ),
    Fault(
        "explain-injection-stands-last",
        "embedded_server/explain/about.py",
        "return one.finding.rule != literal_from_request.ID",
        "return one.finding.rule == literal_from_request.ID",
        ("tests/explain/server/test_about.py", "-k", "stands_first"),
    ),
    Fault(
        "explain-a-killed-switch-is-mended-the-wrong-way",
        "embedded_server/explain/lab/switching.py",
        '    wanted = bool(known.facts["original"])\n    there',
        '    wanted = not known.facts["original"]\n    there',
        ("tests/explain/server/test_switching.py", "-k", "kill and sqlite"),
    ),
    Fault(
        "explain-a-constraint-is-switched-off",
        "embedded_server/explain/lab/switching.py",
        "    if bound:\n",
        "    if bound and not index.unique:\n",
        ("tests/explain/server/test_switching.py", "-k", "refuses and sqlite"),
    ),
]
