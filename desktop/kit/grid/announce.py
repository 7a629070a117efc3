"""Tells assistive technology where the cursor is and what is selected.

The cells are painted, so no widget stands for them; each move of the cursor is announced as text, and the
grid's own description always says it again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.kit.grid.formats import Style, number_text, show
from desktop.kit.grid.selection import Spot
from desktop.kit.rows import Missing

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid


class Announcer(QObject):
    """`announced(text)` goes out together with the accessibility events."""

    announced = Signal(str)

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid
        self._last = ""

    def tell(self, spot: Spot) -> None:
        """Announce the cursor's cell, unless that was the last thing said."""
        text = self.describe(spot)
        count = self._grid.selection.cell_count(len(self._grid.columns))
        if count > 1:
            text += f", {count:,} cells selected"
        if text == self._last:
            return
        self._last = text
        self._grid.setAccessibleDescription(text)
        self._read_aloud(text)
        self.announced.emit(text)

    def _read_aloud(self, text: str) -> None:
        from PySide6 import QtGui  # noqa: PLC0415  # lazy: no cursor stands in the first frame

        if QtGui.QAccessible.isActive():
            moved = QtGui.QAccessible.Event.ActiveDescendantChanged
            QtGui.QAccessible.updateAccessibility(QtGui.QAccessibleAnnouncementEvent(self._grid, text))
            QtGui.QAccessible.updateAccessibility(QtGui.QAccessibleEvent(self._grid, moved))

    def describe(self, spot: Spot) -> str:
        """`184.20, amount, row 51,844`; NULL, empty and missing values by their names."""
        grid = self._grid
        column = grid.column_at(spot.place)
        cell = grid.cell_at(spot)
        if isinstance(cell, Missing):
            value = "loading"
        else:
            shown = show(cell, column)
            value = "empty text" if shown.style is Style.EMPTY else shown.text
            if shown.suffix:
                value += f" {shown.suffix}"
        number = number_text(spot.row, True)
        about = "" if grid.source.numbers_exact(spot.row) else "about "
        notes = [note for note, on in (("key", column.key), ("foreign key", column.references)) if on]
        return ", ".join([value, column.name, f"row {about}{number}", *notes])
