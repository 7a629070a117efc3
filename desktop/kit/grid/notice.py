"""What stands in the grid in place of rows: a problem with a way out, or that there are none and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets.messages import EmptyState, InlineProblem, Offer

if TYPE_CHECKING:
    from desktop.kit.grid.grid import Grid


_MISTAKES = ("data.bad_where", "data.bad_filter")


class Notice(QObject):
    """Shows at most one message; it never covers the header, where filters are mended."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid
        self._about: object = None
        self.widget: QWidget | None = None

    def refresh(self) -> None:
        """The source's problem, or its number of rows, may have changed."""
        source = self._grid.source
        about: object = source.problem()
        if about is None and not source.row_count() and not source.loading() and source.columns():
            about = "filtered" if source.filtered() else "empty"
        if about != self._about:
            self._about = about
            self._show()

    def arrange(self) -> None:
        """The grid was resized."""
        if self.widget is None:
            return
        area = self._grid.viewport().geometry()
        if isinstance(self.widget, EmptyState):
            self.widget.setGeometry(area)
            return
        margin = theme().scaled(12)
        width = max(0, area.width() - 2 * margin)
        fitted = self.widget.hasHeightForWidth()
        height = self.widget.heightForWidth(width) if fitted else self.widget.sizeHint().height()
        # Over rows that are there the message stands below, else at the top, where rows would begin.
        top = area.bottom() - height - margin if self._grid.total_rows() else area.top() + margin
        self.widget.setGeometry(area.left() + margin, top, width, height)

    def _show(self) -> None:
        old, self.widget = self.widget, self._made()
        if old is not None:
            old.hide()
            old.deleteLater()
        if self.widget is not None:
            self.arrange()
            self.widget.show()
            self.widget.raise_()

    def _made(self) -> QWidget | None:
        source = self._grid.source
        problem = source.problem()
        if problem is not None:
            # What is not understood now is not the second time either.
            wrong = problem.code in _MISTAKES and source.filtered()
            offer = Offer("Clear all filters", self._clear) if wrong else Offer("Try again", source.retry)
            return InlineProblem(problem, (offer,), closable=False, parent=self._grid)
        if self._about == "filtered":
            clear = Offer("Clear all filters", self._clear)
            return EmptyState("No row passes the filter", "", "filter", (clear,), self._grid)
        if self._about == "empty":
            return EmptyState("No rows", "", "table", (), self._grid)
        return None

    def _clear(self) -> None:
        self._grid.source.show_all()
