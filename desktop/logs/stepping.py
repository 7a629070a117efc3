"""From hit to hit, and to a place in the file."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.rows import LONG
from embedded_server.wire.logs import ROWS, LogRow, RowsRequest

from .rows import VIEW, LogRows


class Stepper(QObject):
    """`arrived(place)`: the row to be shown; `at_hit`: the current hit (`hit`, from 0) is another."""

    arrived = Signal(LONG)
    at_hit = Signal()

    def __init__(self, context: Context, rows: LogRows, parent: QObject) -> None:
        super().__init__(parent)
        self._context, self._rows = context, rows
        self._flow: Flow | None = None
        self.hit = -1

    def step(self, way: int, current: LogRow | None, cursor: int) -> None:
        """To the next hit (1) or the one before (-1) of the current row; around at the ends."""
        if not self._rows.hits:
            return
        if self._rows.filtered():
            self._arrive((cursor + way) % self._rows.hits, (cursor + way) % self._rows.hits)
            return
        self._start(self._stepping(way, current))

    def jump(self, offset: int) -> None:
        """To the line at a byte of the newest file, or the first hit after it."""
        self._start(self._jumping(offset))

    def stop(self) -> None:
        """Something else decides now where one is: what is under way arrives nowhere."""
        if self._flow is not None:
            self._flow.cancel()

    def _start(self, steps: object) -> None:
        self.stop()
        self._flow = self._context.flow(self, steps)  # type: ignore[arg-type]

    async def _stepping(self, way: int, current: LogRow | None) -> None:
        total = self._rows.hits
        offset = 0 if current is None else current.offset + (1 if way > 0 else 0)
        found = await self._hits(offset=offset)
        place = found[0].row if found else total
        place = (place if way > 0 else place - 1) % total
        if not found or found[0].row != place:
            found = await self._hits(row=place)
        if found and found[0].file == 0:
            state = self._rows.state
            earlier = state.earlier if state is not None else 0
            self._arrive(earlier + found[0].line - 1, place)

    async def _hits(self, **where: int) -> list[LogRow]:
        source = self._rows.source
        request = RowsRequest(source=source, view=VIEW, limit=1, earlier=True, **where)  # type: ignore[arg-type]
        try:
            return (await self._context.api.call(ROWS, request)).rows
        except Cancelled:
            return []

    async def _jumping(self, offset: int) -> None:
        view = VIEW if self._rows.filtered() else ""
        request = RowsRequest(source=self._rows.source, offset=offset, limit=1, earlier=True, view=view)
        found = (await self._context.api.call(ROWS, request)).rows
        if found and found[0].row >= 0:
            self.arrived.emit(found[0].row)

    def _arrive(self, place: int, hit: int) -> None:
        self.hit = hit
        self.at_hit.emit()
        self.arrived.emit(place)
