"""Faults in what leaves the workspace: what is cut, struck out, shown and confirmed; dialogs for files."""

from __future__ import annotations

from tests.mutate.fault import Fault

CASES = "tests/trace/server/test_cases.py"
WINDOW = "tests/trace/desktop/test_cases.py"
EXPORTS = "tests/http/server/test_exports.py"

FAULTS = [
    Fault(
        "leaving-strikes-only-whole-values",
        "embedded_server/leaving.py",
        "            for form in _forms(wanted):",
        "            for form in _forms(wanted) if text == wanted else ():",
        (CASES, "-k", "struck_out_by_hand"),
    ),
    Fault(
        "leaving-tells-what-was-struck-out",
        "embedded_server/leaving.py",
        'return [f"{BY_HAND}: {_places(count)}" for count in self.counts.values() if count]',
        'return [f"{text}: {_places(count)}" for text, count in self.counts.items() if count]',
        (CASES, "-k", "struck_out_by_hand"),
    ),
    Fault(
        "leaving-what-stays-is-from-before",
        "embedded_server/trace/cases.py",
        "    after.trace(case.trace)\n",
        "    after.trace(found)\n",
        (CASES, "-k", "every_place_is_told"),
    ),
    Fault(
        "leaving-a-key-is-cut-once",
        "embedded_server/http/redact.py",
        "        return text if changed == document else",
        '        return text if "value password" in self.cut[:-1] else',
        (EXPORTS, "-k", "cut_again or no_secret or every_place"),
    ),
    Fault(
        "leaving-before-it-is-confirmed",
        "desktop/kit/leaving.py",
        "        self._show(answer)\n",
        "        self._show(answer)\n        self._leave(answer)\n",
        (WINDOW, "-k", "nothing_is_written"),
    ),
    Fault(
        "leaving-dialog-that-nobody-holds",
        "desktop/kit/ask_file.py",
        "        _open.add(self)\n",
        "",
        ("tests/desktop/kit/test_ask_file.py",),
    ),
]
