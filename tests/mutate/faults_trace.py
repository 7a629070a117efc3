"""Faults in capture: the probe in the application, its intake, grouping, filter, spool and limits."""

from __future__ import annotations

from tests.mutate.fault import Fault

PROBE = "embedded_server/probe/backlight_probe"
RULES = "tests/probe/test_rules.py"
REQUESTS = "tests/probe/test_requests.py"
REDACTION = "tests/probe/test_redaction.py"
INTAKE = "tests/trace/server/test_intake.py"
LIST = "tests/trace/server/test_list.py"
COMPARE = "tests/trace/server/test_compare.py"
DOORS = "tests/trace/server/test_doors.py"
SPOOL = "tests/trace/server/test_spool.py"
LAUNCH = "tests/trace/server/test_launch.py"
FINGERPRINT = "tests/trace/server/test_fingerprint.py"

FAULTS = [
    Fault(
        "trace-probe-keeps-failing",
        f"{PROBE}/config.py",
        "if self.faults >= self.MOST and self.on:",
        "if self.faults >= self.MOST * 100 and self.on:",
        (RULES, "-k", "fault_of_the_probe and sql"),
    ),
    Fault(
        "trace-queue-has-no-end",
        f"{PROBE}/sender.py",
        "while len(self._queue) > QUEUE_ITEMS or self._bytes > QUEUE_BYTES:",
        "while len(self._queue) > QUEUE_ITEMS * 10:",
        (RULES, "-k", "working_viewer and hung"),
    ),
    Fault(
        "trace-clock-stops-at-close",
        f"{PROBE}/wsgi.py",
        "            if record.body_size == self._left:\n                finish(record)\n",
        "",
        (RULES, "-k", "clock_stops"),
    ),
    Fault(
        "trace-tee-without-readinto",
        f"{PROBE}/wsgi.py",
        "        buffer[: len(data)] = data\n",
        "",
        (RULES, "-k", "body_reaches and readinto"),
    ),
    Fault(
        "trace-another-machine-is-reported-to",
        f"{PROBE}/config.py",
        "if host not in LOOPBACK and not self.remote:",
        "if host not in LOOPBACK and self.remote:",
        (RULES, "-k", "another_machine"),
    ),
    Fault(
        "trace-beyond-the-limit-is-forgotten",
        f"{PROBE}/record.py",
        "        counted[0] += 1\n",
        "",
        (RULES, "-k", "beyond_the_limit"),
    ),
    Fault(
        "trace-cookies-leave-the-process",
        f"{PROBE}/redact.py",
        'return f"{name}={self._cut(value)}"',
        'return f"{name}={value}"',
        (REDACTION, "-k", "headers"),
    ),
    Fault(
        "trace-passwords-in-statements",
        f"{PROBE}/redact.py",
        "return self._rules.placeholder(value) if value in self.secrets else self.text(value)",
        "return value",
        (REDACTION, "-k", "on_the_wire"),
    ),
    Fault(
        "trace-threads-mix-requests",
        f"{PROBE}/wsgi.py",
        "    token = CURRENT.set(record)\n    try:\n        body = app(",
        "    token = CURRENT.set(None)\n    try:\n        body = app(",
        (REQUESTS, "-k", "kept_apart"),
    ),
    Fault(
        "trace-leaks-are-not-seen",
        f"{PROBE}/sql.py",
        "        record.connections -= 1\n",
        "        record.connections = 0\n",
        (REQUESTS, "-k", "not_returned"),
    ),
    Fault(
        "trace-sitecustomize-hides-the-other",
        "embedded_server/probe/startup/sitecustomize.py",
        "        spec.loader.exec_module(module)\n",
        "",
        (RULES, "-k", "sitecustomize"),
    ),
    Fault(
        "trace-same-values-are-a-loop",
        "embedded_server/trace/grouping.py",
        "if len(different) >= LOOP:",
        "if len(members) >= LOOP:",
        (INTAKE, "-k", "duplicates"),
    ),
    Fault(
        "trace-work-counted-twice",
        "embedded_server/trace/intake.py",
        "start, stop = max(start, reached), min(stop, end)",
        "start, stop = start, min(stop, end)",
        (INTAKE, "-k", "nothing_explains"),
    ),
    Fault(
        "trace-intake-token-opens-more",
        "embedded_server/web/serve.py",
        "] = Scope.INGEST",
        "] = Scope.MIGRATE",
        (DOORS, "-k", "leaked and server"),
    ),
    Fault(
        "trace-pinned-ones-go-too",
        "embedded_server/store/traces.py",
        "oldest = select(traces.c.seq, traces.c.id).where(~traces.c.pinned)",
        "oldest = select(traces.c.seq, traces.c.id)",
        (LIST, "-k", "pinned"),
    ),
    Fault(
        "trace-bodies-are-left-behind",
        "embedded_server/store/traces.py",
        "    connection.execute(delete(bodies).where(and_(bodies.c.hash.in_(hashes), ~used.exists())))\n",
        "",
        (LIST, "-k", "bytes"),
    ),
    Fault(
        "trace-minus-means-nothing",
        "embedded_server/trace/filter_language.py",
        "found.append(_turned(condition) if minus else condition)",
        "found.append(condition)",
        (LIST, "-k", "filters"),
    ),
    Fault(
        "trace-values-make-another-fingerprint",
        "embedded_server/fingerprint.py",
        'return _ROWS.sub(_rows, _LIST.sub("IN (...)", text))',
        "return _ROWS.sub(_rows, text)",
        (FINGERPRINT, "-k", "equal"),
    ),
    Fault(
        "trace-spool-follows-links",
        "embedded_server/trace/spool.py",
        ' | getattr(os, "O_NOFOLLOW", 0)',
        "",
        (SPOOL, "-k", "foreign"),
    ),
    Fault(
        "trace-any-table-was-touched",
        "embedded_server/trace/sightings.py",
        "    if not named.search(statement.sql):",
        "    if not statement.sql:",
        (COMPARE, "-k", "touched"),
    ),
    Fault(
        "trace-command-loses-its-path",
        "embedded_server/trace/launch.py",
        'given.get("PYTHONPATH", "")]',
        '""]',
        (LAUNCH, "-k", "keeps_its_words"),
    ),
]
