"""The tour's steps of the SQL page."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QTextCursor

from desktop.context import Context
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.favourites import Favourite
from embedded_server.wire.refs import ScriptRef

from .pane import ConsolePane
from .question import GuardQuestion
from .sent.tab import SentTab
from .tab import ScriptTab

SCRIPT = """-- the largest orders of one state
SELECT o.id, o.status, o.created_at
FROM orders AS o
WHERE o.status = :status
ORDER BY o.created_at DESC;

SELECT status, count(*) AS orders FROM orders GROUP BY status;
SELECT * FROM no_such_table;
"""
HALF_TYPED = """SELECT o.id, c.email
FROM orders o
JOIN \nWHERE o.status = 'open';
"""
SAVED = (
    ("by state", "reports/weekly", "SELECT status, count(*) FROM orders GROUP BY status"),
    ("without a date", "reports/weekly", "SELECT * FROM orders WHERE created_at IS NULL"),
    ("the newest", "reports", "SELECT * FROM orders ORDER BY created_at DESC LIMIT :count"),
    ("one by its number", "", "SELECT * FROM orders WHERE id = :id"),
)
COMPARED = (
    "SELECT id, status, created_at FROM orders WHERE id < 40 ORDER BY id",
    "SELECT id, CASE id % 7 WHEN 0 THEN 'shipped' ELSE status END AS status, created_at"
    " FROM orders WHERE id BETWEEN 5 AND 42 ORDER BY id",
)
# A document packed twice, and a token.
PACKED = (
    "H4sIAAAAAAACA6tWSi1LzStRslJQSs5ITc7OLy1R0lFQKi5JLSgGCkZXK+Ul5qaCpROLwFK5IHFDo1odBYRcQWIlXM"
    "rEwqA2FsjJzwZySopKU2sBNovLJGQAAAA="
)
TOKEN = (
    "eyJhbGciOiAiUlMyNTYiLCAidHlwIjogIkpXVCIsICJraWQiOiAiMjAyNi0xMSJ9.eyJpc3MiOiAiaHR0cHM6Ly9sb"
    "2dpbi5leGFtcGxlLm9yZyIsICJzdWIiOiAidXNlciA0NzExIiwgImF1ZCI6ICJhcGkiLCAiaWF0IjogMTc5NTAwMDA"
    "wMCwgImV4cCI6IDE3OTUwMDM2MDAsICJzY29wZSI6ICJyZWFkIHdyaXRlIn0.c2lnbmF0dXJl"
)
VALUES = f"SELECT '{PACKED}' AS packed, '{TOKEN}' AS token"


class ConsoleSteps:
    """Acts as a user would in one script."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def tab(self) -> ScriptTab:
        """The script in front."""
        tab = self._context.workbench.current()
        assert isinstance(tab, ScriptTab)
        return tab

    def _pane(self) -> ConsolePane:
        found = self.tab().window().findChild(ConsolePane)
        assert isinstance(found, ConsolePane)
        return found

    async def _ran(self) -> None:
        await Until(lambda: not self.tab().running.runs.running(), "the end of the run")

    def empty(self) -> None:
        """A new script: nothing typed, nothing run."""
        bench = self._context.workbench
        bench.show_page("sql")
        bench.open(ScriptRef(bench.connection(), "tour-script"), keep=True)

    async def result(self) -> Facts:
        """One statement with a parameter and its rows."""
        tab = self.tab()
        tab.editor.set_sql(SCRIPT)
        cursor = tab.editor.textCursor()
        cursor.setPosition(SCRIPT.index("WHERE"))
        tab.editor.setTextCursor(cursor)
        await Until(lambda: tab.params.names() == ["status"], "the parameter's field")
        tab.params.set_value("status", "open")
        tab.running.statement()
        await self._ran()
        source = tab.results.source()
        return {"rows": source.row_count() if source is not None else 0}

    async def script(self) -> Facts:
        """The whole script: two results and an error in its place."""
        tab = self.tab()
        tab.running.script()
        await self._ran()
        return {"messages": len(tab.results.messages.lines())}

    async def transaction(self) -> Facts:
        """A transaction that waits for its end, text being looked for."""
        tab = self.tab()
        tab.set_manual(True)
        cursor = tab.editor.textCursor()
        cursor.setPosition(SCRIPT.index("SELECT status"))
        tab.editor.setTextCursor(cursor)
        tab.running.statement()
        await self._ran()
        tab.find_bar.open(replacing=True)
        tab.find_bar.field.setText("status")
        return {"transaction": tab.transaction()}

    async def suggesting(self) -> Facts:
        """A join half typed, with what foreign keys suggest."""
        tab = self.tab()
        tab.find_bar.leave()
        tab.editor.set_sql(HALF_TYPED)
        cursor = tab.editor.textCursor()
        cursor.setPosition(HALF_TYPED.index("JOIN ") + 5)
        tab.editor.setTextCursor(cursor)
        tab.editor.setFocus()
        tab.completing.ask()
        await Until(lambda: bool(tab.completing.list.choices()), "the suggestions")
        return {"suggestions": len(tab.completing.list.choices())}

    async def guarding(self) -> Facts:
        """A whole table is about to go."""
        tab = self.tab()
        tab.completing.list.close_list()
        tab.editor.set_sql("DELETE FROM payments;")
        tab.editor.moveCursor(QTextCursor.MoveOperation.Start)
        tab.running.statement()
        await Until(lambda: isinstance(tab.results.trouble(), GuardQuestion), "the question")
        trouble = tab.results.trouble()
        return {"question": trouble.title.text() if trouble is not None else ""}

    async def comparing(self) -> Facts:
        """A result from before beside one of now."""
        tab = self.tab()
        trouble = tab.results.trouble()
        if isinstance(trouble, GuardQuestion):
            trouble.dismiss.click()
        for count, sql in enumerate(COMPARED):
            tab.editor.set_sql(sql)
            tab.editor.moveCursor(QTextCursor.MoveOperation.Start)
            tab.running.statement()
            await self._ran()
            if not count:
                tab.results.toggle_pin()
        tab.results.compare()
        shown = tab.results.comparison()
        return {"differences": shown.summary.text() if shown is not None else ""}

    async def sent(self) -> Facts:
        """What Backlight itself ran until now, one statement looked at."""
        self._context.verbs.run("console.sent")
        tab = self._context.workbench.current()
        assert isinstance(tab, SentTab)
        await Until(lambda: len(tab.list.rows()) > 3, "the statements")
        rows = tab.list.rows()
        at = next((at for at, row in enumerate(rows) if row.thing.purpose == "data.page"), 0)
        tab.list.setCurrentIndex(tab.list.model().index(at, 0))
        return {"statements": len(rows)}

    async def saved(self) -> Facts:
        """Statements saved in folders, one of them being named."""
        part = self._pane().saved
        for name, folder, sql in SAVED:
            part.shelf.save(Favourite(name=name, folder=folder, sql=sql, description=f"{name} of today"))
        await Until(lambda: len(part.shelf.favourites) >= len(SAVED), "the saved statements")
        tab = self.tab()
        tab.editor.set_sql(SCRIPT)
        tab.editor.moveCursor(QTextCursor.MoveOperation.Start)
        self._context.verbs.run("console.favourite")
        part.tree.choose("by state")
        return {"saved": len(part.shelf.favourites)}

    async def settle(self) -> None:
        """Leave nothing open behind."""
        self._pane().saved.form.leave()
        self._pane().parts.setCurrentIndex(0)
        tab = self.tab()
        if tab.running.runs.transaction.open():
            tab.running.runs.end_transaction("rollback")
            await Until(lambda: not tab.running.runs.transaction.open(), "the rollback")
        tab.set_manual(False)
        tab.results.close_comparison()
        tab.results.parts.setCurrentIndex(0)
        tab.results.toggle_pin()

    async def value(self, column: int, way: str) -> Facts:
        """One value, read step by step to its end."""
        tab = self.tab()
        tab.editor.set_sql(VALUES)
        tab.editor.moveCursor(QTextCursor.MoveOperation.Start)
        tab.running.statement()
        await self._ran()
        grid = tab.results.grid()
        assert grid is not None
        tab.splitter.setSizes([120, 560])
        grid.go_to_column(column)
        grid.popups.decode()
        viewer = grid.popups.viewer
        assert viewer is not None
        await Until(lambda: viewer.panel.told() == way, "the value's end")
        return {"ways": viewer.panel.offered()}


def steps(context: Context) -> list[Step]:
    """In order."""
    acts = ConsoleSteps(context)
    return [
        Step("sql-empty", acts.empty, "A new script"),
        Step("sql-result", acts.result, "A statement and its rows"),
        Step("sql-script", acts.script, "A whole script, an error in its place"),
        Step("sql-transaction", acts.transaction, "A transaction and finding text"),
        Step("sql-suggestions", acts.suggesting, "What fits at the cursor"),
        Step("sql-guard", acts.guarding, "A question before a table is emptied"),
        Step("sql-compare", acts.comparing, "Two results compared"),
        Step("sql-saved", acts.saved, "Saved statements"),
        Step("sql-settled", acts.settle, "The transaction is over"),
        Step("sql-packed", partial(acts.value, 0, "JSON"), "A value packed in another, opened to its end"),
        Step("sql-token", partial(acts.value, 1, "JWT"), "What a token says, and that nobody verified it"),
        Step("sql-sent", acts.sent, "What Backlight itself ran"),
    ]
