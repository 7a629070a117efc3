"""Faults in what a read-only session refuses by itself, in orders of rows without one number for a key,
and in what is told of worker processes."""

from __future__ import annotations

from tests.mutate.fault import Fault

GUARDED = ("tests/engines/test_uncovered.py",)
ORDER = ("tests/data/server/test_snapshots.py",)
TOLD = ("tests/console/server/test_sent.py",)
SNAPS = "embedded_server/data/snapshots"

FAULTS = [
    Fault(
        "reaching-quoted-names-pass",
        "embedded_server/engines/pg/uncovered.py",
        'if kind not in ("word", "name") or',
        'if kind != "word" or',
        (*GUARDED, "-k", "postgresql_lets"),
    ),
    Fault(
        "reaching-a-function-of-their-own-is-taken-for-ours",
        "embedded_server/engines/pg/uncovered.py",
        'and schema in ("", "pg_catalog"))',
        ")",
        (*GUARDED, "-k", "looks_like or in_the_text"),
    ),
    Fault(
        "reaching-blocks-pass",
        "embedded_server/engines/pg/uncovered.py",
        'if words[0][1] == "do" or any(',
        "if any(",
        (*GUARDED, "-k", "postgresql_lets"),
    ),
    Fault(
        "reaching-copies-are-not-looked-at",
        "embedded_server/engines/pg/session.py",
        "self._keep_read_only(query)",
        "self._keep_read_only()",
        (*GUARDED, "-k", "postgresql_lets"),
    ),
    Fault(
        "reaching-a-second-setting-passes",
        "embedded_server/engines/my/uncovered.py",
        r"set\b.*(?:\b(?:global|",
        r"set\s+(?:\b(?:global|",
        (*GUARDED, "-k", "mariadb_lets"),
    ),
    Fault(
        "reaching-extensions-are-installed",
        "embedded_server/engines/support/duckdb/files.py",
        '    "LOAD": re.compile(r"\\binstall\\b", re.I),\n',
        "",
        (*GUARDED, "-k", "duckdb"),
    ),
    Fault(
        "reaching-a-session-keeps-its-first-name",
        "embedded_server/services.py",
        "target.read_only, class_, tuple(",
        'target.read_only, "local", tuple(',
        ("tests/console/server/test_guard.py", "-k", "another_class and sqlite"),
    ),
    Fault(
        "reaching-a-default-protects",
        "embedded_server/console/guard/confirming.py",
        '!= "production" or lease.profile.read_only:',
        '!= "production" or lease.info.read_only:',
        ("tests/console/server/test_guard.py", "-k", "defaults_to and postgresql"),
    ),
    Fault(
        "reaching-one-number-of-a-key",
        f"{SNAPS}/pages.py",
        'each = (" AND ".join(f"{name} = {one.sql}"',
        'each = (" OR ".join(f"{name} = {one.sql}"',
        (*ORDER, "-k", "several_numbers and postgresql"),
    ),
    Fault(
        "reaching-rows-that-inherit-are-others",
        f"{SNAPS}/making.py",
        "return int(str(table)), *map",
        "return 0, *map",
        (*ORDER, "-k", "where_they_lie"),
    ),
    Fault(
        "reaching-production-is-not-asked",
        f"{SNAPS}/handler.py",
        'asks=lease.profile.class_ != "local"',
        'asks=lease.profile.class_ == "local"',
        (*ORDER, "-k", "only_offered and sqlite"),
    ),
    Fault(
        "reaching-last-words-are-lost",
        "embedded_server/data/transfer/worker.py",
        "yield Said(problem=found, sent=self._sent.take())",
        "yield Said(problem=found)",
        (*TOLD, "-k", "goes_wrong and sqlite"),
    ),
    Fault(
        "reaching-imports-fill-the-ring",
        "embedded_server/sent.py",
        "_TURNS = 4",
        "_TURNS = 1",
        (*TOLD, "-k", "turns"),
    ),
    Fault(
        "reaching-values-are-told",
        "embedded_server/engines/my/session.py",
        "statement.shown = shown\n",
        "pass\n",
        (*TOLD, "-k", "without_values and mariadb and server"),
    ),
    Fault(
        "reaching-fixed-arrays-are-not-quoted",
        "embedded_server/engines/support/duckdb/types.py",
        'term = term if as_list == type_name else f"CAST({term} AS {as_list})"',
        "pass",
        ("tests/data/transfer/test_round_trip.py", "-k", "duckdb-csv"),
    ),
    Fault(
        "reaching-a-member-is-lost-without-a-word",
        "embedded_server/data/transfer/job.py",
        "        if not why:",
        "        if True:",
        ("tests/data/transfer/test_round_trip.py", "-k", "union"),
    ),
    Fault(
        "reaching-hundreds-are-refused",
        "embedded_server/data/transfer/convert.py",
        "> max(scale, 0):",
        "> scale:",
        ("tests/data/transfer/test_round_trip.py", "-k", "postgresql-csv"),
    ),
    Fault(
        "reaching-functions-of-theirs-keep-what-they-wrote",
        "embedded_server/engines/pg/watching.py",
        'wrote = channel.run(_WROTE)[0][0] == "t"',
        "wrote = channel.run(_WROTE) == []",
        (*GUARDED, "-k", "taken_back"),
    ),
    Fault(
        "reaching-an-operator-is-a-parameter",
        "embedded_server/wire/sql/placeholders.py",
        'sql[token.start - 1 : token.start] == "^"',
        'sql[token.start - 1 : token.start] == "#"',
        ("tests/console/server/test_text.py", "-k", "test_placeholders"),
    ),
    Fault(
        "reaching-rows-in-view-are-not-told-anew",
        "desktop/kit/row_view.py",
        "        if shown != self._shown:\n",
        "        if shown != self._shown and not self._shown[1] >= 0:\n",
        ("tests/data/desktop/test_browse.py", "-k", "status_follows"),
    ),
    Fault(
        "reaching-an-error-is-left-out-of-view",
        "desktop/kit/editor/reveal.py",
        "        if not in_view(editor, mark, height):\n",
        "        if in_view(editor, mark, height):\n",
        ("tests/console/desktop/test_editor.py", "-k", "comes_into_view"),
    ),
    Fault(
        "reaching-who-scrolled-away-is-pulled-back",
        "desktop/kit/editor/reveal.py",
        "seen = [mark for mark in marks if in_view(editor, mark, height)]",
        "seen = list(marks)",
        ("tests/console/desktop/test_editor.py", "-k", "comes_into_view"),
    ),
    Fault(
        "reaching-the-inspector-stays-at-a-log-line",
        "desktop/trace/tab.py",
        "            self._inspect_again()\n",
        "            pass\n",
        ("tests/trace/desktop/test_trace_tab.py", "-k", "log_line_that"),
    ),
    Fault(
        "reaching-a-dry-run-promises-rows-that-stay-out",
        "desktop/data/transfer/import_tab.py",
        '    if on_error == "skip":\n',
        '    if on_error != "":\n',
        ("tests/data/desktop/test_transfer.py", "-k", "dry_run"),
    ),
    Fault(
        "reaching-sent-elsewhere-before-the-environments-are-there",
        "desktop/http/environment_choice.py",
        "        if self._wanted is not None:\n            return self._wanted\n",
        "",
        ("tests/http/desktop/test_replay_tab.py", "-k", "nowhere_else"),
    ),
]
