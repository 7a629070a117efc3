"""Faults in what keeps the window alive beside large data: columns in parts, work in slices."""

from __future__ import annotations

from tests.mutate.fault import Fault

COLUMN = ("tests/desktop/kit/test_long_column.py",)
FLOW = ("tests/desktop/kit/test_flow.py", "-k", "come_round")
FITTING = ("tests/desktop/kit/test_fitting.py",)
TREE = ("tests/data/desktop/test_tree_model.py",)
MANY_NEW = ("tests/data/desktop/test_edit.py", "-k", "many_new_rows")
PASTED = ("tests/data/desktop/test_much_pasted.py",)
COPIES = ("tests/desktop/kit/test_copy_slices.py",)
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
    Fault(
        "calm-copies-in-one-go",
        "desktop/kit/grid/copier.py",
        "if rows.cells > SLICE and turns.over():",
        "if rows.cells < SLICE and turns.over():",
        COPIES,
    ),
    Fault(
        "calm-a-form-in-one-piece",
        "desktop/kit/grid/copy_as.py",
        "islice(every, max(0, SLICE // max(1, len(first)) - 1))",
        "every",
        COPIES,
    ),
    Fault(
        "calm-holes-where-a-rectangle-ends",
        "desktop/kit/grid/copy_rows.py",
        "if read.end > first]",
        "if read.end > first + 1]",
        COPIES,
    ),
    Fault(
        "calm-an-insert-for-each-slice",
        "desktop/kit/grid/copy_as.py",
        "        done += len(rows)\n",
        "",
        COPIES,
    ),
    Fault(
        "calm-cut-values-of-the-first-slice",
        "desktop/kit/grid/copier.py",
        "for at, cell in enumerate(part, start) if",
        "for at, cell in enumerate(part) if",
        COPIES,
    ),
    Fault(
        "calm-all-columns-fitted-at-once",
        "desktop/kit/grid/fitting.py",
        "            await turns.rest()\n",
        "",
        FITTING,
    ),
    Fault(
        "calm-chosen-width-is-fitted-away",
        "desktop/kit/grid/fitting.py",
        "some if asked else self._unsettled(some)",
        "some",
        FITTING,
    ),
    Fault(
        "calm-fits-what-is-gone",
        "desktop/kit/grid/fitting.py",
        "            self._flow.cancel()\n",
        "            pass\n",
        FITTING,
    ),
    Fault(
        "calm-every-new-row-written-out",
        "desktop/data/edited_source.py",
        "_NewCells(rows, column) for number",
        "_NewCells(rows, column)[:] for number",
        MANY_NEW,
    ),
    Fault(
        "calm-new-rows-sorted-for-each-question",
        "desktop/data/staged.py",
        "if self._inserted[0] != self.version:",
        "if True:",
        ("tests/data/desktop/test_staged.py",),
    ),
    Fault(
        "calm-tree-calls-python-for-each-row",
        "desktop/data/tree_model.py",
        "    def flags(self",
        "    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008\n"
        "        return len(self._lines)\n\n    def flags(self",
        TREE,
    ),
    Fault(
        "calm-paste-is-written-out-in-one-go",
        "desktop/data/edit_journal.py",
        "            if start + _AT_ONCE < len(swaps):\n",
        "            if False:\n",
        PASTED,
    ),
    Fault(
        "calm-paste-forgets-what-was-typed",
        "desktop/data/row_editing.py",
        "            if version == self._edits.staged.version:\n",
        "            if version >= 0:\n",
        PASTED,
    ),
    Fault(
        "calm-paste-into-edits-being-applied",
        "desktop/data/row_editing.py",
        "            if refused := self.why_no_rows():\n",
        "            if refused := reason:\n",
        PASTED,
    ),
    Fault(
        "calm-paste-into-other-rows",
        "desktop/kit/grid/grid.py",
        "        self.edits.stop()\n        self.popups",
        "        self.popups",
        PASTED,
    ),
    Fault(
        "calm-paste-reads-all-before-it-refuses",
        "desktop/kit/grid/edits.py",
        "            if cells > MOST_CELLS:\n                break\n",
        "",
        PASTED,
    ),
    Fault(
        "calm-points-in-no-order",
        "desktop/charts/sorting.py",
        'places[np.argsort(values[places], kind="stable")]',
        "places",
        ("tests/charts/test_sorting.py",),
    ),
    Fault(
        "calm-deleted-requests-one-by-one",
        "desktop/trace/request_model.py",
        "if len(gone) > MOST_REMOVED:",
        "if not gone:",
        ("tests/trace/desktop/test_request_model.py",),
    ),
    Fault(
        "calm-finds-words-within-words",
        "desktop/kit/editor/finding.py",
        "if not wanted.word or expression.match(text, at):",
        "if True:",
        ("tests/console/desktop/test_editor.py", "-k", "plain_letters"),
    ),
    Fault(
        "calm-finds-in-the-text-of-before",
        "desktop/kit/editor/find_bar.py",
        "        self._stale = True\n        self._later()",
        "        self._later()",
        ("tests/console/desktop/test_editor.py", "-k", "taken_out_once"),
    ),
    Fault(
        "calm-a-long-selection-is-looked-through",
        "desktop/console/running.py",
        'return "" if long else editor.selected_sql()',
        "return editor.selected_sql()",
        ("tests/console/desktop/test_long_scripts.py",),
    ),
    Fault(
        "calm-many-cells-set-at-once",
        "desktop/kit/grid/edits.py",
        "if len(settings) <= FEW_CELLS:",
        "if settings:",
        (*PASTED, "-k", "many_cells"),
    ),
    Fault(
        "calm-last-rows-stand-where-they-stood",
        "desktop/kit/page_landing.py",
        "fetch.again is not None and not fetch.origin.last and",
        "fetch.again is not None and",
        ("tests/desktop/kit/test_table_source.py", "-k", "last_rows"),
    ),
]
