"""Charts as a capability: the opener and the verbs. Arrays are loaded with the first chart."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

from PySide6.QtCore import QObject

from desktop.context import Context, Tab
from desktop.kit.grid.picked import Picked, grid_of
from desktop.kit.verb import Verb
from embedded_server.wire.refs import ChartRef, ExportRef, Ref

if TYPE_CHECKING:
    from .tab import ChartTab


class Charts(QObject):
    """Makes the tabs; acts on the one in front."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self._context = context
        # What was picked where the chart is asked for: a reference cannot carry it.
        self._picked: tuple[ChartRef, Picked, str] | None = None
        context.workbench.add_opener(ChartRef.kind, self._make)
        context.verbs.add(
            Verb(
                "chart.draw",
                "Draw a chart",
                self.draw,
                ("Ctrl+Alt+C",),
                "chart",
                "Table",
                self._why_no_rows,
                "Of the rows in front, or of those that are selected",
            ),
            Verb(
                "chart.all",
                "Load and draw all rows",
                self._on("all"),
                (),
                "refresh",
                "Table",
                self._why_not_all,
                "The rows of the result that were not fetched yet",
            ),
            Verb("chart.fit", "Show the whole chart", self._on("fit"), (), "fit", "Table", self._why_not),
            Verb(
                "chart.copy", "Copy chart as a picture", self._on("copy"), (), "copy", "Table", self._why_not
            ),
            Verb("chart.png", "Save chart as PNG…", self._on("png"), (), "image", "Table", self._why_not),
            Verb("chart.svg", "Save chart as SVG…", self._on("svg"), (), "save", "Table", self._why_not),
        )

    # --- drawing ---------------------------------------------------------------------------------------

    def draw(self) -> None:
        """A chart of what is in front."""
        tab = self._context.workbench.current()
        grid = grid_of(tab)
        if tab is None or grid is None:
            return
        picked = Picked(grid)
        table = tab.subject(ExportRef.kind)
        if picked.whole and isinstance(table, ExportRef) and table.table:
            ref = ChartRef(table.connection, table.table, table.schema, table.filters, table.where)
        else:
            rows = f"{picked.rows:,} selected rows of {tab.title()}" if not picked.whole else tab.title()
            ref = ChartRef(tab.connection(), rows=uuid4().hex, title=rows)
        known = picked.source.columns()
        named = [known[index].name for index in picked.named]
        self._picked = (ref, picked, f"result of {tab.title()}" if picked.whole else ref.title)
        if ref.table and tab.dirty():
            self._context.notify.say("Staged edits are not in the chart: it reads what the database has.")
        opened = self._context.workbench.open(ref, origin=tab.origin, keep=True)
        if self._picked is not None:
            # The tab was there already.
            self._picked = None
            if named and opened is not None and opened.ref == ref:
                self._prefer(opened, named)

    def _prefer(self, tab: Tab, named: list[str]) -> None:
        from .tab import ChartTab  # noqa: PLC0415  # lazy: arrays come with the first chart

        if isinstance(tab, ChartTab):
            tab.prefer(named)

    def _why_no_rows(self) -> str:
        grid = grid_of(self._context.workbench.current())
        return "" if grid is not None else "Open a table or run a query first"

    def _make(self, ref: ChartRef, _: Ref | None) -> Tab:
        from .feeds import RowsFeed, TableFeed  # noqa: PLC0415  # lazy: arrays come with the first chart
        from .tab import ChartTab  # noqa: PLC0415  # lazy: arrays come with the first chart

        known, self._picked = self._picked, None
        picked = known[1] if known is not None and known[0] == ref else None
        columns = picked.source.columns() if picked is not None else []
        named = [columns[index].name for index in picked.named] if picked is not None else []
        if ref.table:
            return ChartTab(self._context, ref, TableFeed(self._context.api, ref), named)
        about = known[2] if known is not None else ref.title
        feed = RowsFeed(self._context.folder / "charts", ref, picked, about)
        return ChartTab(self._context, ref, feed, named)

    # --- the chart in front ----------------------------------------------------------------------------

    def _chart(self) -> ChartTab | None:
        tab = self._context.workbench.current()
        if tab is None or tab.ref.kind != ChartRef.kind:
            return None
        from .tab import ChartTab  # noqa: PLC0415  # lazy: arrays come with the first chart

        return tab if isinstance(tab, ChartTab) and tab.plot is not None else None

    def _why_not(self) -> str:
        return "" if self._chart() is not None else "Draw a chart first"

    def _why_not_all(self) -> str:
        tab = self._chart()
        if tab is None:
            return "Draw a chart first"
        return "" if tab.loadable() else "All rows that can be had are drawn"

    def _on(self, what: str) -> Callable[[], None]:
        def act() -> None:
            tab = self._chart()
            if tab is None:
                return
            if what == "fit":
                tab.canvas.fit()
            elif what == "copy":
                tab.pictures.copy()
            elif what == "all":
                tab.load_all()
            else:
                tab.pictures.ask(what)

        return act
