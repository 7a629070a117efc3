"""Faults in what keeps the window alive beside large data: columns in parts, work in slices."""

from __future__ import annotations

from tests.mutate.fault import Fault

COLUMN = ("tests/desktop/kit/test_long_column.py",)
FLOW = ("tests/desktop/kit/test_flow.py", "-k", "come_round")
STAGED = ("tests/data/desktop/test_edit.py", "-k", "staged_rows_anywhere")

FAULTS = [
    Fault(
        "calm-a-changed-cell-changes-the-page",
        "desktop/kit/long_column.py",
        "self._own[number] = list(self._parts[number])",
        "self._own[number] = self._parts[number]",
        COLUMN,
    ),
    Fault(
        "calm-a-column-ends-with-a-part",
        "desktop/kit/long_column.py",
        "bisect_right(self._ends, row)",
        "bisect_right(self._ends, row + 1)",
        COLUMN,
    ),
    Fault(
        "calm-a-cut-stops-at-the-first-part",
        "desktop/kit/long_column.py",
        "        while start < stop:\n",
        "        if start < stop:\n",
        COLUMN,
    ),
    Fault(
        "calm-turns-never-end",
        "desktop/kit/flow.py",
        "        if self.over():\n",
        "        if False:\n",
        FLOW,
    ),
    Fault(
        "calm-staged-rows-in-one-go",
        "desktop/data/edited_source.py",
        "                await turns.rest()\n",
        "                pass\n",
        STAGED,
    ),
    Fault(
        "calm-staged-rows-of-the-first-slice",
        "desktop/data/edited_source.py",
        "zip(*(found[name][start:stop] for name in keys), strict=True), start)",
        "zip(*(found[name][start:stop] for name in keys), strict=True))",
        STAGED,
    ),
]
