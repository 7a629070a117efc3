"""The tour's steps of browsing."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from desktop.context import Context
from desktop.kit.rows import Missing
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.data import Filter, Order
from embedded_server.wire.refs import DiagramRef, TableRef

from . import edit_tour
from .diagram.tab import DiagramTab
from .table_tab import PARTS, TableTab
from .transfer.tour import steps as transfer_steps

TABLE = "orders"


class DataSteps:
    """Acts as a user would on one table."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def tab(self) -> TableTab:
        """The table in front."""
        tab = self._context.workbench.current()
        assert isinstance(tab, TableTab)
        return tab

    def _here(self, row: int = 0) -> bool:
        source = self.tab().source
        there = bool(source.columns()) and source.row_count() > row
        return there and not isinstance(source.cell(row, 0), Missing)

    async def rows(self) -> Facts:
        """A table's first rows, the record panel beside them."""
        bench = self._context.workbench
        opened = bench.open(TableRef(bench.connection(), TABLE), keep=True)
        assert isinstance(opened, TableTab)
        await Until(self._here, "the first rows")
        await Until(opened.source.exact, "the count")
        await Until(lambda: opened.panel.sections() > 0, "the row's relations")
        return {"rows": opened.source.row_count()}

    async def jump(self) -> Facts:
        """Somewhere in the middle."""
        tab = self.tab()
        tab.grid.scroll_to(tab.source.row_count() // 2)
        await Until(lambda: self._here(tab.grid.visible()[0]), "rows in the middle")
        return {"first row shown": tab.grid.visible()[0] + 1}

    async def filtered(self) -> Facts:
        """Sorted and filtered by the database."""
        tab = self.tab()
        columns = [column.name for column in tab.source.columns()]
        tab.source.set_order([Order(columns[3], desc=True)])
        tab.source.set_filters([Filter(columns[2], "expr", "open")])
        await Until(lambda: tab.source.exact() and self._here(), "the filtered rows")
        return {"rows left": tab.source.row_count()}

    async def empty(self) -> Facts:
        """A filter that no row passes."""
        source = self.tab().source
        source.set_filters([Filter(source.columns()[2].name, "=", "no such state")])
        await Until(lambda: source.exact() and source.row_count() == 0, "an empty result")
        return {"rows left": source.row_count()}

    async def error(self) -> Facts:
        """A condition that is not valid SQL, explained in place."""
        source = self.tab().source
        source.set_filters([])
        source.set_where("amount >")
        await Until(lambda: source.problem() is not None, "the problem")
        problem = source.problem()
        return {"problem": problem.title if problem is not None else ""}

    def part(self, number: int) -> Callable[[], Coroutine[Any, None, Facts]]:
        """Show a part of the table."""

        async def show() -> Facts:
            tab = self.tab()
            if tab.source.where():
                tab.source.set_where("")
            await Until(lambda: tab.structure is not None, "the structure")
            tab.bar.parts.setCurrentIndex(number)
            return {"columns": len(tab.structure.columns) if tab.structure is not None else 0}

        return show


async def _around(context: Context) -> Facts:
    """The table between those that refer to it and those it refers to."""
    bench = context.workbench
    tab = bench.open(DiagramRef(bench.connection(), TABLE))
    assert isinstance(tab, DiagramTab)
    drawing = tab.view.drawing
    await Until(lambda: len(drawing.graph.boxes) > 1 and not drawing.graph.unread(), "the neighbours")
    return {"tables": len(drawing.graph.boxes)}


def steps(context: Context) -> list[Step]:
    """In the order of a first visit."""
    acts = DataSteps(context)
    parts = [
        Step(part.lower(), acts.part(number), f"{part} of a table")
        for number, part in enumerate(PARTS)
        if number > 0
    ]
    return [
        Step("rows", acts.rows, "A table of a hundred thousand rows"),
        Step("jump", acts.jump, "Jump into the middle"),
        Step("filter", acts.filtered, "Sorted and filtered by the database"),
        Step("empty", acts.empty, "A filter that no row passes"),
        Step("error", acts.error, "A condition that is not valid"),
        *parts,
        Step("diagram", partial(_around, context), "Foreign keys around a table"),
        *edit_tour.steps(context),
        *transfer_steps(context),
    ]
