"""The tour's steps of charts."""

from __future__ import annotations

from desktop.context import Context
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.refs import ChartRef, TableRef

from .spec import Spec
from .tab import ChartTab


class ChartSteps:
    """Draws the rows of the first long table there is."""

    def __init__(self, context: Context, table: str) -> None:
        self._context, self._table = context, table

    def tab(self) -> ChartTab:
        """The chart in front."""
        tab = self._context.workbench.current()
        assert isinstance(tab, ChartTab)
        return tab

    async def _drawn(self, spec: Spec) -> Facts:
        tab = self.tab()
        tab.draw(spec)
        await Until(lambda: tab.plot is not None and tab.plot.spec == spec, "the chart")
        plot = tab.plot
        return {
            "rows": plot.drawn if plot is not None else 0,
            "notes": plot.notes if plot is not None else [],
        }

    async def line(self) -> Facts:
        """One click: what stands over time, with the cursor on a value."""
        bench = self._context.workbench
        bench.open(TableRef(bench.connection(), self._table), keep=True)
        bench.open(ChartRef(bench.connection(), self._table), keep=True)
        tab = self.tab()
        await Until(lambda: tab.plot is not None, "the chart")
        tab.canvas.grab()
        for _ in range(3):
            tab.canvas.zoom(0.4)
        tab.canvas.walk(1)
        tab.canvas.walk(900)
        return {"rows": tab.plot.drawn if tab.plot is not None else 0, "points at": tab.canvas.spoken()}

    def _column(self, role: str, number: int = 0) -> str:
        """The first columns of a role that are no keys."""
        found = [name for name, is_ in self.tab().roles.items() if is_ == role and not name.endswith("id")]
        return found[number]

    async def bars(self) -> Facts:
        """Sums of a number by a word."""
        return await self._drawn(Spec("bar", self._column("category"), self._column("number")))

    async def histogram(self) -> Facts:
        """How a number is spread."""
        return await self._drawn(Spec("histogram", self._column("number")))

    async def points(self) -> Facts:
        """Two columns against each other, in groups."""
        time, number = self._column("time"), self._column("number")
        return await self._drawn(Spec("scatter", time, number, self._column("category")))

    async def nothing(self) -> Facts:
        """A column without any number."""
        word = self._column("category")
        return await self._drawn(Spec("histogram", word))


def steps(context: Context) -> list[Step]:
    """In the order of a first visit."""
    acts = ChartSteps(context, "orders")
    return [
        Step("chart-line", acts.line, "A chart of a hundred thousand rows, zoomed"),
        Step("chart-bars", acts.bars, "Sums of a number by a word"),
        Step("chart-histogram", acts.histogram, "How a number is spread"),
        Step("chart-points", acts.points, "Points in groups"),
        Step("chart-nothing", acts.nothing, "A column without any number"),
    ]
