"""Faults in what the console suggests, asks before it destroys, pins and compares."""

from __future__ import annotations

from tests.mutate.fault import Fault

COMPLETE = "tests/console/server/test_complete.py"
GUARD = "tests/console/server/test_guard.py"
COMPLETING = "tests/console/desktop/test_completing.py"
GUARDING = "tests/console/desktop/test_guarding.py"

FAULTS = [
    Fault(
        "suggestions-in-strings",
        "embedded_server/console/completion/reading.py",
        'if touching.kind in ("number", "param") or not _closed(text, spoken):',
        'if touching.kind in ("number", "param"):',
        (COMPLETE, "-k", "nothing_in_strings"),
    ),
    Fault(
        "reserved-names-without-quotes",
        "embedded_server/console/completion/words.py",
        "return plain.fullmatch(name) is None or name.lower() in reserved(spoken)",
        "return plain.fullmatch(name) is None",
        (COMPLETE, "-k", "any_reserved_word and sqlite"),
    ),
    Fault(
        "join-conditions-the-wrong-way-round",
        "embedded_server/console/completion/joins.py",
        "for a, b in pairs]",
        "for b, a in pairs]",
        (COMPLETE, "-k", "offered_with_its_condition and sqlite"),
    ),
    Fault(
        "subqueries-see-the-statement-before",
        "embedded_server/console/completion/reading.py",
        'if words[number].text == ";":\n            return number + 1',
        'if words[number].text == ";":\n            return 0',
        (COMPLETE, "-k", "what_comes_first"),
    ),
    Fault(
        "names-read-again-at-every-key",
        "embedded_server/console/completion/names.py",
        "if known is not None and known.age() < (RETRY_SECONDS if known.problem else FRESH_SECONDS):",
        "if known is not None and known.age() < 0:",
        (COMPLETE, "-k", "asked_once"),
    ),
    Fault(
        "lately-taken-forgotten",
        "embedded_server/console/completion/rank.py",
        "found.append(((tier, -latest, number, within, place), one))",
        "found.append(((tier, 0, number, within, place), one))",
        (COMPLETE, "-k", "taken_lately"),
    ),
    Fault(
        "enter-takes-where-an-alias-is-typed",
        "desktop/console/completing.py",
        "chosen = answer.certain and",
        "chosen = bool(choices) and",
        (COMPLETING, "-k", "enter_ends_the_line"),
    ),
    Fault(
        "suggestions-cannot-be-switched-off",
        "desktop/console/completing.py",
        "if self.list.isVisible() or not self._context.settings.get(COMPLETION):",
        "if self.list.isVisible():",
        (COMPLETING, "-k", "switched_off"),
    ),
    Fault(
        "where-of-a-subquery-spares-the-table",
        "embedded_server/wire/sql/dangers.py",
        "    level = list(_on_level(words, number, end))",
        "    level = list(range(number, end))",
        (GUARD, "-k", "dangers_in_the_text"),
    ),
    Fault(
        "with-hides-a-delete",
        "embedded_server/wire/sql/dangers.py",
        'inside = queries and before is not None and before.text in ("(", ")")',
        "inside = False",
        (GUARD, "-k", "dangers_in_the_text"),
    ),
    Fault(
        "a-select-is-warned-of",
        "embedded_server/wire/sql/dangers.py",
        "return not (what.reads_only or what.waits or what.kind in _HARMLESS)",
        "return not (what.reads_only or what.kind in _HARMLESS)",
        (GUARD, "-k", "classes_differ and sqlite"),
    ),
    Fault(
        "the-guard-runs-without-a-yes",
        "desktop/console/runs.py",
        "return bool(answer.ask)",
        "return False",
        (GUARDING, "-k", "stays_without_a_yes"),
    ),
    Fault(
        "any-word-confirms-production",
        "desktop/console/question.py",
        "self.run.setEnabled(not self._word or text == self._word)",
        "self.run.setEnabled(not self._word or bool(text))",
        (GUARDING, "-k", "name_typed"),
    ),
    Fault(
        "conditions-counted-without-a-budget",
        "embedded_server/console/guard/counting.py",
        "                alarm.start()\n                try:",
        "                alarm = threading.Timer(60, lease.session.cancel)\n                alarm.start()\n"
        "                try:",
        (GUARD, "-k", "budget"),
    ),
    Fault(
        "a-remark-hides-a-line-for-psql",
        "embedded_server/wire/sql/scan.py",
        'if not self._content and kind in ("word", "other") and self._client_line():',
        'if not self._begun and kind in ("word", "other") and self._client_line():',
        ("tests/console/server/test_split.py", "-k", "test_statements"),
    ),
    Fault(
        "null-equals-an-empty-text",
        "desktop/console/comparison.py",
        "return type(cell).__name__, cell",
        "return str(cell or '')",
        ("tests/console/desktop/test_comparing.py", "-k", "as_they_are_stored"),
    ),
    Fault(
        "pinned-results-go-with-the-next-run",
        "desktop/console/parts.py",
        "gone, self.sources = self.sources[kept:], self.sources[:kept]",
        "gone, self.sources = self.sources, []",
        ("tests/console/desktop/test_comparing.py", "-k", "pinned_result_stays"),
    ),
    Fault(
        "moved-lines-lose-the-selection",
        "desktop/kit/editor/editing.py",
        'shift = by * (len(neighbour.text().encode("utf-16-le")) // 2 + 1)',
        "shift = by * (len(neighbour.text()) + 1)",
        ("tests/console/desktop/test_editor.py", "-k", "lines_are_moved"),
    ),
    Fault(
        "each-caret-is-an-undo-step-of-its-own",
        "desktop/kit/editor/carets.py",
        "        every = self._all()\n        every[0].beginEditBlock()\n        for cursor in every:",
        "        every = self._all()\n        every[0].joinPreviousEditBlock()\n        for cursor in every:",
        ("tests/console/desktop/test_editor.py", "-k", "several_carets"),
    ),
]
