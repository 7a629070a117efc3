"""What the row view shows rows from: a table page source, a console result, a log."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from embedded_server.wire.data import Column, Filter, Order
from embedded_server.wire.values import Cell


class Missing:
    """The mark of a cell that has not arrived yet; painted as a placeholder."""

    __slots__ = ()


MISSING = Missing()


class RowSource(QObject):
    """Rows by 64-bit position. Subclasses fetch windows around what the view asks for.

    `arrived(first, last)`: cells of these positions may have changed; repaint. `reshaped`: columns,
    order or filters changed; positions mean something else now. `counted`: the total changed.
    `moved(delta)`: an approximate position was corrected; the view shifts its origin by `delta` rows
    so that what the user looks at stays where it is.
    """

    # Row positions exceed a C int: "qlonglong" carries 64 bits through Qt's signals.
    arrived = Signal("qlonglong", "qlonglong")
    reshaped = Signal()
    counted = Signal()
    moved = Signal("qlonglong")

    def columns(self) -> list[Column]:
        """The columns in the table's own order; the view hides and reorders for itself."""
        return []

    def row_count(self) -> int:
        """The number of rows as far as it is known (an estimate while `exact` is false)."""
        return 0

    def exact(self) -> bool:
        """Whether `row_count` is exact."""
        return True

    def numbers_exact(self, row: int) -> bool:
        """Whether the row number of this position is proven (else it prints with `~`)."""
        return True

    def cell(self, row: int, column: int) -> Cell | Missing:
        """One cell; never blocks."""
        return MISSING

    def want(self, first: int, last: int, columns: list[int]) -> None:
        """The view shows positions first..last and these columns now; fetch what is missing.

        Called at every scroll; only the newest wish counts.
        """

    def order_by(self) -> list[Order]:
        """The current order, strongest first."""
        return []

    def set_order(self, order: list[Order]) -> None:
        """Sort by these columns; sources that cannot ignore it and say so by `can_order`."""

    def can_order(self) -> bool:
        """Whether `set_order` works."""
        return False

    def filters(self) -> list[Filter]:
        """The current column filters."""
        return []

    def set_filters(self, filters: list[Filter]) -> None:
        """Show only rows that pass these."""

    def can_filter(self) -> bool:
        """Whether `set_filters` works."""
        return False

    def row_key(self, row: int) -> list[Cell] | None:
        """The cells that identify the row, or null when it has no key or has not arrived."""
        return None
