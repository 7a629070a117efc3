"""Faults in what a user meets everywhere: Tab, keys, names, switching connections, where an error stands."""

from __future__ import annotations

from tests.mutate.fault import Fault

READING = "tests/desktop/shell/test_reading.py"
SWITCHING = "tests/connections/test_verbs.py"
CONSOLE = "tests/console/desktop/test_tab.py"
NARROW = "tests/desktop/kit/test_narrow_panes.py"

FAULTS = [
    Fault(
        "polish-tab-follows-the-order-of-making",
        "desktop/shell/reading.py",
        "        ordered += sorted(row, key=_left)\n",
        "        ordered += row\n",
        (READING, "-k", "bars_above"),
    ),
    Fault(
        "polish-what-has-the-focus-stays-out-of-sight",
        "desktop/shell/reading.py",
        "            parent.ensureWidgetVisible(control)\n",
        "            pass\n",
        (READING, "-k", "in_sight"),
    ),
    Fault(
        "polish-verbs-swallow-the-keys-of-a-table",
        "desktop/shell/shortcuts.py",
        "        if reason and not self._hand_on(key):\n",
        "        if reason:\n",
        ("tests/desktop/shell/test_shortcuts.py", "-k", "no_verb_can_use"),
    ),
    Fault(
        "polish-a-second-database-stays-unseen",
        "desktop/connections/capability.py",
        "        if bench.connection() != connection and not bench.bring(connection):\n",
        "        if not bench.connection():\n",
        (SWITCHING, "-k", "opened_beside_another"),
    ),
    Fault(
        "polish-a-title-makes-another-thing",
        "embedded_server/wire/refs.py",
        'if name != "title"',
        'if name != "name"',
        ("tests/desktop/shell/test_workbench.py", "-k", "whatever_it_is_called"),
    ),
    Fault(
        "polish-the-menu-forgets-tabs-that-are-not-made",
        "desktop/shell/workbench.py",
        '    return slot.tab.connection() if slot.tab is not None else getattr(slot.ref, "connection", "")\n',
        '    return slot.tab.connection() if slot.tab is not None else ""\n',
        ("tests/desktop/shell/test_session.py", "-k", "connections_of_tabs_are_known"),
    ),
    Fault(
        "polish-names-turn-their-line-round",
        "desktop/kit/turns.py",
        "    return text if text.isascii() else _TURNS.sub(_escape, text)\n",
        "    return text\n",
        ("tests/desktop/shell/test_widgets.py", "-k", "turns_the_line"),
    ),
    Fault(
        "polish-an-error-is-told-twice",
        "desktop/console/messages.py",
        "        if result is not above and result.error is not None",
        "        if result.error is not None",
        (CONSOLE, "-k", "stands_in_its_place"),
    ),
    Fault(
        "polish-fields-go-while-they-are-typed-into",
        "desktop/console/running.py",
        "        if focus is None or not tab.params.isAncestorOf(focus):\n",
        "        if tab is not None:\n",
        (CONSOLE, "-k", "asked_for_a_value"),
    ),
    Fault(
        "polish-no-difference-is-green",
        "embedded_server/http/compare.py",
        "        tone=tone,\n",
        '        tone=tone or "ok",\n',
        ("tests/http/server/test_replay.py", "-k", "neither_good_nor_bad"),
    ),
    Fault(
        "polish-the-inspector-shows-what-a-comparison-hides",
        "desktop/console/results_view.py",
        "        grid = self.grid() if self._comparison is None else self._comparison.grid\n",
        "        grid = self.grid()\n",
        ("tests/console/desktop/test_comparing.py", "-k", "inspector"),
    ),
    Fault(
        "polish-wrapped-values-keep-the-old-font",
        "desktop/kit/widgets/keyvalue.py",
        "        super().restyle()\n        self._rows.measure()\n",
        "        super().restyle()\n",
        (NARROW, "-k", "larger_font"),
    ),
    Fault(
        "polish-marked-by-colour-alone",
        "desktop/trace/tables.py",
        'right=f"{word}{rows}',
        'right=f"{rows}',
        ("tests/trace/desktop/test_timeline_rows.py", "-k", "says_what_it_marks"),
    ),
    Fault(
        "polish-high-contrast-hides-where-keys-go",
        "desktop/kit/widgets/paint.py",
        "    if focused:\n",
        '    if focused or theme().name == "contrast":\n',
        ("tests/desktop/kit/test_chosen_rows.py", "-k", "stands_where_the_focus_is"),
    ),
    Fault(
        "polish-an-old-rehearsal-stays-below-what-was-done",
        "desktop/migrations/revision_calls.py",
        "        tab.rehearsed = self.sql = None\n",
        "        self.sql = None\n",
        ("tests/migrations/desktop/test_migrate.py", "-k", "rehearsed_applied"),
    ),
    Fault(
        "polish-a-question-is-answered-with-what-the-bar-says-by-then",
        "desktop/http/replay_tab.py",
        "        request = confirmed or self._request()\n",
        "        confirm = confirmed.confirm if confirmed else ''\n"
        "        request = msgspec.structs.replace(self._request(), confirm=confirm)\n",
        ("tests/http/desktop/test_replay_tab.py", "-k", "asks_and_replays"),
    ),
    Fault(
        "polish-an-open-question-can-be-passed-by",
        "desktop/http/verbs.py",
        "        if tab is not None and tab.asking():\n",
        "        if tab is not None and not tab:\n",
        ("tests/http/desktop/test_replay_tab.py", "-k", "question_is_open"),
    ),
]
