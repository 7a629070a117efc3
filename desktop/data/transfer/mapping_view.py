"""Which column of the file goes into which of the table: a line each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Choice, ElidedLabel, Heading
from embedded_server.wire.loading import FileColumn, Mapping

from .forms import CHOICE

LEAVE_OUT = "leave out"
# A wider file is matched by names alone.
MOST = 200


class MappingView(QWidget):
    """A choice for each column of the file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.choices: dict[str, Choice] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme().scaled(16))
        self._grid.setVerticalSpacing(theme().scaled(4))
        self._grid.setColumnStretch(1, 1)

    def show_columns(self, columns: Sequence[FileColumn], targets: Sequence[str]) -> None:
        """Match these; `targets` are the table's columns, empty for a new table."""
        self.clear()
        if not targets or len(columns) > MOST:
            return
        for place, title in enumerate(("In the file", "What stands there", "Goes into")):
            self._grid.addWidget(Heading(title), 0, place)
        for row, column in enumerate(columns, 1):
            choice = Choice(f"Column for {column.name}", (LEAVE_OUT, *targets))
            choice.setCurrentText(column.target or LEAVE_OUT)
            choice.setMinimumWidth(theme().scaled(CHOICE))
            self.choices[column.name] = choice
            self._grid.addWidget(ElidedLabel(column.name, mono=True), row, 0)
            self._grid.addWidget(ElidedLabel(column.why, "dim"), row, 1)
            self._grid.addWidget(choice, row, 2)

    def clear(self) -> None:
        """Nothing to match."""
        self.choices = {}
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def mapping(self) -> list[Mapping] | None:
        """What was chosen; null leaves it to the names."""
        if not self.choices:
            return None
        chosen = [(name, choice.currentText()) for name, choice in self.choices.items()]
        return [Mapping(name, target) for name, target in chosen if target != LEAVE_OUT]
