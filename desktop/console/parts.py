"""The results of a tab: pinned ones, then those of the last run; a grid for each that was shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.grid.grid import Grid
from desktop.kit.theme import theme
from desktop.kit.widgets import Heading, SegmentedBar, Surface, slim_bars
from embedded_server.wire.console import Result

from .result_source import ResultSource

_ANY_HEIGHT = 16_777_215
_STACKED_ROWS = 9


class Parts(QObject):
    """Keeps the bar's segments in step; behind the results it has one for the messages.

    `counted`: rows came. `failed(Problem)`, `moved`, `summed`: of a grid.
    """

    counted = Signal()
    failed = Signal(object)
    moved = Signal()
    summed = Signal()

    def __init__(self, context: Context, bar: SegmentedBar, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._bar = context, bar
        self.sources: list[ResultSource] = []
        self._grids: dict[ResultSource, Grid] = {}
        # The first sources stay when something else runs: so many are pinned, under these names.
        self._pinned: list[str] = []
        self._pins = 0

    def fresh(self) -> int:
        """Where the results of the last run begin."""
        return len(self._pinned)

    def current(self) -> ResultSource | None:
        """The rows in front, null for messages."""
        index = self._bar.currentIndex()
        return self.sources[index] if index < len(self.sources) else None

    def grid(self, source: ResultSource | None) -> Grid | None:
        """The grid of a result, if it was shown."""
        return self._grids.get(source) if source is not None else None

    def grids(self) -> list[Grid]:
        """All grids that were made."""
        return list(self._grids.values())

    def made(self, index: int) -> Grid:
        """The grid of a result, made when it is first shown."""
        source = self.sources[index]
        grid = self._grids.get(source)
        if grid is None:
            grid = self._grids[source] = Grid(source)
            grid.setAccessibleName(f"Rows of result {index + 1}")
            grid.said.connect(self._context.notify.say)
            grid.failed.connect(self.failed)
            grid.current_changed.connect(self._moved)
            grid.summary.changed.connect(self.summed)
            source.announce()
        grid.setMinimumHeight(0)
        grid.setMaximumHeight(_ANY_HEIGHT)
        return grid

    def name(self, number: int) -> str:
        """`Result 2 · 1,000+`, `Pinned 1 · 12`."""
        source, pinned = self.sources[number], len(self._pinned)
        rows = f"{source.row_count():,}{'+' if source.more else ''}"
        if number < pinned:
            return f"{self._pinned[number]} · {rows}"
        title = "Result" if len(self.sources) - pinned == 1 else f"Result {number - pinned + 1}"
        return f"{title} · {rows}"

    def show(self, results: list[Result], session: str, dialect: str, limit: int) -> None:
        """Add the results of a run."""
        first = len(self.sources)
        for result in results:
            source = ResultSource(self._context.api, result, session, dialect, limit, self)
            source.counted.connect(self.rename)
            source.arrived.connect(self.rename)
            self.sources.append(source)
        for number in range(first, len(self.sources)):
            self._bar.insertTab(number, self.name(number))

    def rename(self, *_: object) -> None:
        """Rows came: the segments tell how many there are."""
        for number in range(len(self.sources)):
            self._bar.setTabText(number, self.name(number))
        self.counted.emit()

    def forget(self) -> None:
        """Everything goes but what is pinned."""
        kept = len(self._pinned)
        blocked = self._bar.blockSignals(True)
        while self._bar.count() > kept + 1:
            self._bar.removeTab(kept)
        self._bar.blockSignals(blocked)
        gone, self.sources = self.sources[kept:], self.sources[:kept]
        for source in gone:
            self._drop(source)

    def pin(self, index: int) -> None:
        """Keep a result when something else runs; it moves before the others."""
        self._pins += 1
        kept = len(self._pinned)
        self._pinned.append(f"Pinned {self._pins}")
        self.sources.insert(kept, self.sources.pop(index))
        blocked = self._bar.blockSignals(True)
        self._bar.moveTab(index, kept)
        self._bar.setCurrentIndex(kept)
        self._bar.blockSignals(blocked)
        self.rename()

    def pin_first(self, name: str) -> None:
        """Keep the first of the last run's results under the name it had."""
        self.pin(len(self._pinned))
        self._pinned[-1] = name
        self.rename()

    def pinned(self) -> list[tuple[str, str]]:
        """The names of what is pinned, with their statements."""
        return [(name, source.sql) for name, source in zip(self._pinned, self.sources, strict=False)]

    def unpin(self, index: int) -> None:
        """Let go of a pinned result."""
        source = self.sources.pop(index)
        del self._pinned[index]
        self._bar.removeTab(index)
        self._drop(source)
        self.rename()

    def other(self) -> ResultSource | None:
        """What the result in front is compared with: the one pinned last that is another."""
        pinned = self.sources[: len(self._pinned)]
        return next((source for source in reversed(pinned) if source is not self.current()), None)

    def _drop(self, source: ResultSource) -> None:
        source.cancel()
        grid = self._grids.pop(source, None)
        if grid is not None:
            grid.hide()
            grid.setParent(None)
            grid.deleteLater()
        source.deleteLater()

    def _moved(self, *_: object) -> None:
        self.moved.emit()


def pile(results: Parts) -> QWidget:
    """All results below each other."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    slim_bars(area)
    body = Surface("bg1")
    column = QVBoxLayout(body)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for index, source in enumerate(results.sources):
        heading = Heading(results.name(index))
        heading.setContentsMargins(12, 8, 12, 4)
        grid = results.made(index)
        rows = min(source.row_count(), _STACKED_ROWS) + 2
        grid.setFixedHeight(rows * theme().metric("row") + theme().scaled(30))
        column.addWidget(heading)
        column.addWidget(grid)
        grid.show()
    column.addStretch(1)
    area.setWidget(body)
    return area
