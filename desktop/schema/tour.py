"""What the tour shows of schema changes: composed, never run."""

from __future__ import annotations

from desktop.context import Context
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.ddl import ColumnSpec
from embedded_server.wire.refs import SchemaRef

from .draft import ColumnRow, Draft, PartRow
from .tab import SchemaTab

_LONG = "a_name_that_is_as_long_as_a_database_lets_it_be_and_no_longer_1"
_SELECT = "SELECT status, count(*) AS how_many\nFROM orders\nGROUP BY status"


class SchemaSteps:
    """Acts as a user would on the demo's database."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _open(self, ref: SchemaRef) -> SchemaTab:
        self._context.workbench.open(ref, keep=True)
        tab = self._context.workbench.current()
        assert isinstance(tab, SchemaTab)
        return tab

    def _ref(self, table: str = "") -> SchemaRef:
        return SchemaRef(self._context.workbench.connection(), table)

    async def change(self) -> Facts:
        """A table with a column more, one of another type, and an index."""
        tab = self._open(self._ref("orders"))
        await Until(lambda: tab.read is not None, "the table")
        draft = tab.form.draft
        row = tab.form.columns.add()
        draft.columns[row].spec = ColumnSpec(_LONG, "varchar(40)", False, "'none'")
        tab.form.columns.setData(tab.form.columns.index(1, 1), "bigint")
        draft.parts.append(PartRow("index", "", draft.columns[2].spec.name))
        tab.form.show_draft(draft)
        tab.form.columns.edited.emit()
        await Until(lambda: tab.answer is not None, "the change as SQL")
        assert tab.answer is not None
        return {
            "operations": len(tab.answer.operations),
            "findings": [one.rule for one in tab.answer.findings],
        }

    async def new(self) -> Facts:
        """A table of 200 columns to be."""
        tab = self._open(self._ref())
        await Until(lambda: bool(tab.form.columns.types), "the types")
        rows = [ColumnRow(ColumnSpec(f"measure_{number:03}", "real")) for number in range(1, 200)]
        rows.insert(0, ColumnRow(ColumnSpec("id", "INTEGER", False, identity=True)))
        tab.form.show_draft(Draft(None, "measures", columns=rows, parts=[PartRow("primary key", "", "id")]))
        tab.form.columns.edited.emit()
        await Until(lambda: tab.answer is not None, "the table as SQL")
        return {"columns": len(rows)}

    async def wrong(self) -> Facts:
        """A type that there is not: said where it stands."""
        tab = self._context.workbench.current()
        assert isinstance(tab, SchemaTab)
        tab.form.columns.setData(tab.form.columns.index(3, 1), "rael")
        await Until(lambda: tab.message() is not None, "the problem")
        return {"problem": tab.message()}

    async def view(self) -> Facts:
        """A view to be."""
        ref = SchemaRef(self._context.workbench.connection(), what="view")
        tab = self._open(ref)
        await Until(lambda: bool(tab.form.columns.types), "the form")
        tab.view.name.setText("by_status")
        tab.view.select.setPlainText(_SELECT)
        await Until(lambda: tab.answer is not None, "the view as SQL")
        return {}

    async def drop(self) -> Facts:
        """What dropping a table would take along, and why it is not run here."""
        tab = self._open(SchemaRef(self._context.workbench.connection(), "orders", part="drop"))
        await Until(lambda: tab.answer is not None, "what goes")
        tab.run()
        return {"asked": tab.message()}


def steps(context: Context) -> list[Step]:
    """In order."""
    acts = SchemaSteps(context)
    return [
        Step("schema-change", acts.change, "A table changed: its SQL, what it does"),
        Step("schema-new", acts.new, "A new table of 200 columns"),
        Step("schema-wrong", acts.wrong, "A type that there is not"),
        Step("schema-view", acts.view, "A view to be"),
        Step("schema-drop", acts.drop, "What a drop takes along"),
    ]
