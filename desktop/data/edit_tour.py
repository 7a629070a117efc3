"""What the tour shows of editing: staged cells and rows, the list with its SQL, a conflict. All is given up
at the end, and the row that "somebody else" changed is as it was."""

from __future__ import annotations

from desktop.context import Context
from desktop.kit.grid.editing import Setting
from desktop.kit.grid.selection import Spot
from desktop.kit.rows import Missing
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.edits import APPLY, ApplyRequest, Change
from embedded_server.wire.refs import TableRef

from .table_tab import TableTab

TABLE = "orders"
MINE, THEIRS = "paid", "cancelled"


class EditSteps:
    """Acts as a user would on one table, and once as somebody else."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def tab(self) -> TableTab:
        """The table in front."""
        tab = self._context.workbench.current()
        assert isinstance(tab, TableTab)
        return tab

    async def staged(self) -> Facts:
        """Cells set, one that does not fit, a row deleted, one cloned; a cell being typed."""
        bench = self._context.workbench
        tab = bench.open(TableRef(bench.connection(), TABLE), keep=True)
        assert isinstance(tab, TableTab)
        tab.bar.parts.setCurrentIndex(0)
        tab.source.set_where("")
        tab.source.set_filters([])
        tab.source.set_order([])
        await Until(lambda: self._here(tab), "the rows")
        editing = tab.source.editing()
        columns = {column.name: number for number, column in enumerate(tab.source.columns())}
        editing.set_cells([Setting(3, columns["status"], MINE)])
        editing.set_cells([Setting(row, columns["status"], MINE) for row in (5, 6, 7)])
        editing.set_cells([Setting(9, columns["customer_id"], "twelve")])
        editing.delete_rows([11])
        tab.grid.move_to(Spot(1, columns["status"]))
        tab.grid.editor.begin("shippe")
        return {"staged": len(tab.editing.edits.staged)}

    def _here(self, tab: TableTab) -> bool:
        return tab.source.exact() and not any(
            isinstance(tab.source.cell(row, column), Missing) for row in range(12) for column in range(6)
        )

    async def changes(self) -> Facts:
        """The list of edits with the exact SQL of one."""
        tab = self.tab()
        tab.grid.editor.give_up()
        editing = tab.source.editing()
        columns = {column.name: number for number, column in enumerate(tab.source.columns())}
        editing.revert([(9, columns["customer_id"])])
        editing.clone_rows([0])
        tab.editing.show_changes()
        await Until(lambda: tab.editing.panel.statement is not None, "the statement")
        return {"edits": tab.editing.panel.model.rowCount()}

    async def conflict(self) -> Facts:
        """Somebody else changed a row meanwhile: mine, theirs and what was."""
        tab = self.tab()
        row = tab.editing.edits.staged.ordered()[0]
        await self._somebody(row.key, row.base["status"], THEIRS)
        tab.editing.apply()
        await Until(lambda: bool(tab.editing.edits.staged.conflicts), "the conflict")
        await Until(lambda: bool(tab.editing.panel.differences.rows()), "the differences")
        return {"conflicts": len(tab.editing.edits.staged.conflicts)}

    async def given_up(self) -> Facts:
        """Everything discarded; the other's change taken back."""
        tab = self.tab()
        row = tab.editing.edits.staged.ordered()[0]
        before = row.base["status"]
        tab.editing.discard()
        await self._somebody(row.key, THEIRS, before)
        tab.refresh()
        await Until(lambda: self._here(tab), "the rows")
        return {"staged": len(tab.editing.edits.staged)}

    async def _somebody(self, key: list[object], base: object, value: object) -> None:
        ref = self.tab().table_ref
        change = Change(kind="update", id="x", key=key, base={"status": base}, values={"status": value})
        request = ApplyRequest(
            connection=ref.connection, table=ref.table, schema=ref.schema, changes=[change]
        )
        answer = await self._context.api.call(APPLY, request)
        assert answer.applied, answer


def steps(context: Context) -> list[Step]:
    """In the order of an afternoon's work."""
    acts = EditSteps(context)
    return [
        Step("edits", acts.staged, "Staged edits, and a cell being typed"),
        Step("changes", acts.changes, "The list of edits with their SQL"),
        Step("conflict", acts.conflict, "A row that somebody else changed"),
        Step("discarded", acts.given_up, "Discarded: the rows as they are"),
    ]
