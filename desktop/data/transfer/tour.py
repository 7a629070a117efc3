"""The tour of export and import: a file is written, and another one tried against the same table."""

from __future__ import annotations

from desktop.context import Context
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.refs import ExportRef, ImportRef

from .export_tab import ExportTab
from .import_tab import ImportTab

TABLE = "orders"


class TransferSteps:
    """Acts as a user would."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def exported(self) -> Facts:
        """A table becomes a file."""
        bench = self._context.workbench
        self._context.folder.mkdir(parents=True, exist_ok=True)
        tab = bench.open(ExportRef(bench.connection(), TABLE), keep=True)
        assert isinstance(tab, ExportTab)
        tab.format.setCurrentText("CSV")
        tab.file.setText(str(self._context.folder / "orders.csv"))
        tab.replace.setChecked(True)
        tab.export()
        await Until(lambda: tab.message() is not None, "the file")
        return {"bytes": (self._context.folder / "orders.csv").stat().st_size}

    async def tried(self) -> Facts:
        """A file is tried against the table: rows that would not go in are named."""
        rows = (self._context.folder / "orders.csv").read_text(encoding="utf-8").splitlines()[:40]
        # New orders, but two that are there already and one that lacks its fields.
        rows[3:] = [f"9000{row}" for row in rows[3:]]
        rows[7] = rows[7].partition(",")[0]
        path = self._context.folder / "orders of today.csv"
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        bench = self._context.workbench
        tab = bench.open(ImportRef(bench.connection(), str(path), TABLE), keep=True)
        assert isinstance(tab, ImportTab)
        await Until(lambda: tab.form.mapping.choices, "the columns")
        tab.try_rows()
        await Until(lambda: tab.form.message() is not None and tab.bad, "the bad rows")
        return {"bad rows": len(tab.bad)}

    async def new_table(self) -> Facts:
        """The same file as a new table."""
        tab = self._context.workbench.current()
        assert isinstance(tab, ImportTab)
        tab.form.target.setCurrentIndex(0)
        await Until(lambda: not tab.form.mapping.choices and tab.form.ddl.sql(), "the statement")
        return {"statement": tab.form.ddl.sql().splitlines()[0]}


def steps(context: Context) -> list[Step]:
    """Out, and in."""
    acts = TransferSteps(context)
    return [
        Step("export", acts.exported, "A table exported to a file"),
        Step("import", acts.tried, "A file tried against a table"),
        Step("import-new", acts.new_table, "A file as a new table"),
    ]
