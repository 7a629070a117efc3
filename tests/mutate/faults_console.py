"""Faults in the SQL console: splitting, running, values, history, the editor and its journal."""

from __future__ import annotations

from tests.mutate.fault import Fault

SPLIT = "tests/console/server/test_split.py"
TEXT = "tests/console/server/test_text.py"
RUN = "tests/console/server/test_run.py"
RESULTS = "tests/console/server/test_results.py"
EDITOR = "tests/console/desktop/test_editor.py"
DOCUMENT = "tests/console/desktop/test_document.py"

FAULTS = [
    Fault(
        "comments-do-not-nest",
        "embedded_server/wire/sql/scan.py",
        "marks = _COMMENT_MARKS if self.dialect.nested else _COMMENT_END",
        "marks = _COMMENT_END",
        (SPLIT, "-k", "test_statements"),
    ),
    Fault(
        "trigger-ends-at-first-semicolon",
        "embedded_server/wire/sql/scan.py",
        'inside = self._last != ";end"',
        "inside = False",
        (SPLIT, "-k", "test_statements"),
    ),
    Fault(
        "separator-belongs-to-the-statement",
        "embedded_server/console/split.py",
        "yield begin, event.start, event.stop",
        "yield begin, event.stop, event.stop",
        (SPLIT, "-k", "test_statements"),
    ),
    Fault(
        "unknown-functions-are-harmless",
        "embedded_server/wire/sql/classify.py",
        'if word.text == "(" and place and not _call_is_pure(words, place):',
        'if word.text == "(" and not place and not _call_is_pure(words, place):',
        (TEXT, "-k", "may_write"),
    ),
    Fault(
        "slices-are-placeholders",
        "embedded_server/wire/sql/tokens.py",
        r"(?<![\w:\])",
        r"(?<![:\])",
        (TEXT, "-k", "placeholders"),
    ),
    Fault(
        "position-not-mapped-back",
        "embedded_server/console/run.py",
        "step.piece.start + min(step.bound.original(position), len(step.sql))",
        "min(step.bound.original(position), len(step.sql))",
        (RUN, "-k", "placed_in_the_whole_text and sqlite"),
    ),
    Fault(
        "passwords-kept-in-history",
        "embedded_server/console/redact.py",
        "if after_secret or _IN_STRING.search(text):",
        "if after_secret and _IN_STRING.search(text):",
        (TEXT, "-k", "passwords_are_cut"),
    ),
    Fault(
        "one-row-lost-between-pages",
        "embedded_server/console/results.py",
        "self._ahead = _part(rows, shown, have)",
        "self._ahead = _part(rows, shown + 1, have)",
        (RESULTS,),
    ),
    Fault(
        "page-reads-ahead-too-far",
        "embedded_server/console/results.py",
        "wanted = min(step, limit + 1 - have)",
        "wanted = step",
        (RESULTS, "-k", "one_row_more"),
    ),
    Fault(
        "returning-rows-left-waiting",
        "embedded_server/console/run.py",
        "        if not step.what.waits:\n            # A writing",
        "        if step.what.waits:\n            # A writing",
        (RUN, "-k", "runs_to_its_end"),
    ),
    Fault(
        "manual-commits",
        "embedded_server/console/run.py",
        'self._request.transaction == "manual" and state == "auto"',
        'self._request.transaction == "auto" and state == "auto"',
        (RUN, "-k", "manual_keeps and sqlite"),
    ),
    Fault(
        "cancel-goes-on-with-the-script",
        "embedded_server/console/run.py",
        'stop = self.lost or self.given_up() or self._request.on_error == "stop"',
        "stop = self.lost",
        (RUN, "-k", "running_statement_is_cancelled and sqlite"),
    ),
    Fault(
        "layout-taken-unseen",
        "embedded_server/console/format.py",
        "if _stream(sql, spoken) == _stream(candidate, spoken):",
        "if candidate:",
        (TEXT, "-k", "layout"),
    ),
    Fault(
        "states-agree-too-early",
        "desktop/kit/editor/index.py",
        "self._edited < line <= self._known",
        "line <= self._known",
        (EDITOR, "-k", "after_any_edits"),
    ),
    Fault(
        "wide-characters-counted-once",
        "desktop/kit/editor/positions.py",
        "return index + len(_WIDE.findall(text, 0, index))",
        "return index",
        (EDITOR, "-k", "wide_characters or outlined_statement"),
    ),
    Fault(
        "journal-merges-wrongly",
        "desktop/console/document.py",
        "self.before += (end - start) - self.now",
        "self.before += removed",
        (DOCUMENT, "-k", "after_any_edits"),
    ),
    Fault(
        "journal-forgets-when-refused",
        "desktop/console/document.py",
        "            self._timer.start()\n            return",
        "            self._changed = None\n            return",
        (DOCUMENT, "-k", "refuses"),
    ),
]
