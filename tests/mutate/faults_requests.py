"""Faults in the window's rooms of requests: the list, the timeline, statements, the strip."""

from __future__ import annotations

from tests.mutate.fault import Fault

TEXTS = "tests/trace/desktop/test_statement_texts.py"
ROWS = "tests/trace/desktop/test_timeline_rows.py"
PAGE = "tests/trace/desktop/test_requests_page.py"
TAB = "tests/trace/desktop/test_trace_tab.py"
ACTIVITY = "tests/trace/desktop/test_activity.py"

FAULTS = [
    Fault(
        "what-came-while-the-list-was-read-is-lost",
        "desktop/trace/request_model.py",
        "        self._put(self._late)\n",
        "",
        ("tests/trace/desktop/test_request_model.py", "-k", "while_the_list"),
    ),
    Fault(
        "question-marks-of-postgresql-are-placeholders",
        "desktop/kit/statements.py",
        "    return dialect in _QUESTION\n",
        "    return True\n",
        (TEXTS, "-k", "operator"),
    ),
    Fault(
        "numbered-placeholders-by-order",
        "desktop/kit/statements.py",
        "at = int(name) - 1 if name.isdigit() else number",
        "at = number",
        (TEXTS, "-k", "placeholders"),
    ),
    Fault(
        "doubled-percent-is-copied",
        "desktop/kit/statements.py",
        'return text.replace("%%", "%") if parts and name not in _QUESTION else text',
        "return text",
        (TEXTS, "-k", "percent"),
    ),
    Fault(
        "unexplained-time-overlaps-work",
        "desktop/trace/timeline_rows.py",
        "        at = max(at, end)\n",
        "        at = end\n",
        (ROWS, "-k", "gaps"),
    ),
    Fault(
        "warnings-fold-with-the-rest",
        "desktop/trace/timeline_rows.py",
        'loud = [line for line in logs if level_of(line) in ("warn", "error")]',
        "loud: list[TracedLog] = []",
        (ROWS, "-k", "fold"),
    ),
    Fault(
        "new-requests-push-the-selected-one-down",
        "desktop/trace/request_list.py",
        "still = first == 0 and (bar.value() > 0 or seen)",
        "still = False",
        (PAGE, "-k", "leave_the_selected"),
    ),
    Fault(
        "what-the-filter-stops-comes-in-live",
        "desktop/trace/request_model.py",
        "        if not self._filter.strip():\n",
        "        if self._filter is not None:\n",
        (PAGE, "-k", "filter_asks"),
    ),
    Fault(
        "older-pages-twice",
        "desktop/trace/request_model.py",
        "older = [found for found in answer.requests if found.id not in self._ids]",
        "older = [*answer.requests, *answer.requests[:1]]",
        (PAGE, "-k", "older_pages"),
    ),
    Fault(
        "a-step-of-another-kind-is-reached",
        "desktop/trace/path_bar.py",
        "at == 0 or station.title in found",
        "at == 0 or len(found) >= at",
        (TAB, "-k", "steps_arrive"),
    ),
    Fault(
        "the-first-statement-is-the-subject",
        "desktop/trace/tab.py",
        "return next((one for one in found if one.number == self._statement), None)",
        "return next(iter(found), None)",
        (TAB, "-k", "act_on_the_selected"),
    ),
    Fault(
        "the-strip-counts-twice",
        "desktop/trace/activity.py",
        "if at > oldest and request.id not in self._seen:",
        "if at > oldest:",
        (ACTIVITY, "-k", "counted_once"),
    ),
    Fault(
        "the-strip-ticks-for-nothing",
        "desktop/trace/strip.py",
        "            self._tick.stop()\n            self.quiet.emit()",
        "            self.quiet.emit()",
        (ACTIVITY, "-k", "stands_still"),
    ),
]
