"""What opens over the grid, one of a kind at a time: prompts, the peek card, the value viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from desktop.kit.rows import Missing

if TYPE_CHECKING:
    from desktop.kit.grid.card import Peek, Viewer
    from desktop.kit.grid.grid import Grid
    from desktop.kit.grid.prompt import Prompt


class Popups(QObject):
    """Opens and closes; Esc closes the newest first."""

    def __init__(self, grid: Grid) -> None:
        super().__init__(grid)
        self._grid = grid
        self.prompt: Prompt | None = None
        self.card: Peek | None = None
        self.viewer: Viewer | None = None

    def go_to_row(self) -> None:
        """Ask for a row."""
        from desktop.kit.grid.prompt import GoToRow  # noqa: PLC0415  # lazy: half of the grid's start time

        self._ask(GoToRow(self._grid))

    def find_column(self) -> None:
        """Ask for a column."""
        from desktop.kit.grid.prompt import FindColumn  # noqa: PLC0415  # lazy: half of the grid's start time

        self._ask(FindColumn(self._grid))

    def peek(self) -> None:
        """Show the cursor's value beside it, or close that again."""
        from desktop.kit.grid.card import Peek  # noqa: PLC0415  # lazy: half of the grid's start time

        current = self._grid.selection.current
        if self.close_peek() or current is None or isinstance(self._grid.cell_at(current), Missing):
            return
        self.card = Peek(self._grid, current)
        self.card.show()

    def view(self) -> None:
        """Open the cursor's value in the viewer below the rows, with the keyboard in it."""
        from desktop.kit.grid.card import Viewer  # noqa: PLC0415  # lazy: half of the grid's start time

        current = self._grid.selection.current
        if current is None or isinstance(self._grid.cell_at(current), Missing):
            return
        self.close_peek()
        if self.viewer is None:
            self.viewer = Viewer(self._grid)
            self.viewer.closed.connect(self.close_viewer)
        self.viewer.show_cell(current)
        self.viewer.show()
        self.viewer.take_focus()

    def decode(self) -> None:
        """Open the cursor's value as what it holds packed, or tells."""
        self.view()
        if self.viewer is not None and self.viewer.panel.decode():
            self.viewer.take_focus()

    def follow_current(self) -> None:
        """The cursor moved, or its cell arrived: what shows its value shows the new one."""
        current = self._grid.selection.current
        if current is None or isinstance(self._grid.cell_at(current), Missing):
            return
        if self.card is not None:
            self.card.show_cell(current)
        if self.viewer is not None:
            self.viewer.show_cell(current)

    def arrange(self) -> None:
        """The grid was resized or its fonts changed."""
        if self.prompt is not None:
            self.prompt.arrange()
        if self.card is not None:
            self.card.arrange()
        if self.viewer is not None:
            self.viewer.arrange()

    def close_top(self) -> bool:
        """Close the newest popup; false if none is open."""
        return self.close_prompt() or self.close_peek() or self.close_viewer()

    def close_all(self) -> None:
        """Other rows are shown."""
        while self.close_top():
            pass

    def close_prompt(self) -> bool:
        """Close the prompt; false if none is open."""
        prompt, self.prompt = self.prompt, None
        return self._close(prompt)

    def close_peek(self) -> bool:
        """Close the peek card; false if none is open."""
        card, self.card = self.card, None
        return self._close(card)

    def close_viewer(self) -> bool:
        """Close the value viewer; false if it is not open."""
        viewer, self.viewer = self.viewer, None
        if not self._close(viewer):
            return False
        self._grid.rows_changed()
        return True

    def _ask(self, prompt: Prompt) -> None:
        self.close_prompt()
        self.prompt = prompt
        prompt.closed.connect(self.close_prompt)
        prompt.arrange()
        prompt.show()
        prompt.raise_()
        prompt.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self, popup: QWidget | None) -> bool:
        if popup is None:
            return False
        if popup.isAncestorOf(self._grid.window().focusWidget() or self._grid):
            self._grid.setFocus(Qt.FocusReason.OtherFocusReason)
        popup.hide()
        popup.deleteLater()
        return True
