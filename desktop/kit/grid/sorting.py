"""Sorting by the header or by a verb: ascending, descending, not; further columns with Shift."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from embedded_server.wire.data import Order

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid


class Sorting(QObject):
    """Turns gestures into the source's order."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid

    def click(self, place: int, add: bool = False) -> None:
        """One click on a header: the column's next state."""
        name = self._grid.column_at(place).name
        now = next((order for order in self._grid.source.order_by() if order.column == name), None)
        self.set(name, None if now and now.desc else now is not None, add=add)

    def set(self, name: str, desc: bool | None, *, add: bool = False) -> None:
        """Sort by a column (null: no longer); `add` keeps the columns sorted by before."""
        source = self._grid.source
        if not source.can_order():
            self._grid.said.emit("These rows cannot be sorted here")
            return
        before = source.order_by() if add else []
        after = list(before)
        at = next((index for index, order in enumerate(before) if order.column == name), len(before))
        after[at : at + 1] = [] if desc is None else [Order(name, desc)]
        source.set_order(after)
