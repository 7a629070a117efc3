"""The form of an import: its controls and where they stand."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.kit.grid.grid import Grid
from desktop.kit.names import short_name
from desktop.kit.theme import theme
from desktop.kit.widgets import Button, Choice, ElidedLabel, Message, PrimaryButton, TextField
from desktop.kit.work_bar import WorkBar
from embedded_server.wire.data import Column
from embedded_server.wire.loading import BadRow
from embedded_server.wire.values import Cell

from .ddl_box import DdlBox
from .forms import CHOICE, Answers, add, form, page, side_by_side
from .mapping_view import MappingView
from .memory_source import MemorySource
from .read_options import ReadOptionsRow

NEW_TABLE = "New table"
WHOLE = {"All rows or none": "one", "In batches, kept as they go in": "batches"}
ERRORS = {"Stop at the first bad row": "stop", "Leave bad rows out": "skip"}
MOST_BAD = 5000
_BAD_COLUMNS = [Column("line", "", "number"), Column("column"), Column("reason"), Column("value")]


class ImportForm(QWidget):
    """File, preview, table, columns, what to do with bad rows, buttons, answers."""

    def __init__(self, connection: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.file = TextField("File", "drop a file here, or choose one", mono=True)
        self.browse = Button("Choose…")
        self.browse.setAccessibleName("Choose the file")
        self.read_options = ReadOptionsRow()
        self.rows = MemorySource(self)
        self.preview = Grid(self.rows)
        self.preview.setAccessibleName("First rows of the file")
        self.target = Choice("Table", (NEW_TABLE,))
        self.name = TextField("Name of the new table", "name", mono=True)
        self.mapping = MappingView()
        self.ddl = DdlBox()
        self.whole = Choice("Transaction", tuple(WHOLE))
        self.errors = Choice("Bad rows", tuple(ERRORS))
        for choice in (self.whole, self.errors):
            choice.setMinimumWidth(theme().scaled(CHOICE))
        self.confirm = TextField("Confirm", "type the connection's name", mono=True)
        self.run = PrimaryButton("Import", "Ctrl+Enter")
        self.check = Button("Dry run")
        self.work = WorkBar()
        self.work.keep_place()
        self.bad_rows = MemorySource(self)
        self.bad_grid = Grid(self.bad_rows)
        self.bad_grid.setAccessibleName("Bad rows")
        for grid in (self.preview, self.bad_grid):
            grid.in_form = True
        self._answers = Answers(self, self.bad_grid)
        self._lay_out(connection)
        # There is no statement before there is a file.
        self.ddl.hide()
        self.ready(False)

    def _lay_out(self, connection: str) -> None:
        rows = page(self)
        title = ElidedLabel(f"Import into {short_name(connection)}", ratio=1.4, weight=600)
        title.setToolTip(connection)
        rows.addWidget(title)
        lines = form()
        add(lines, "F&ile", self.file, self.browse)
        rows.addLayout(lines)
        rows.addWidget(self.read_options)
        self.preview.setFixedHeight(theme().scaled(190))
        rows.addWidget(self.preview)
        target = form()
        add(target, "Into &table", self.target, self.name)
        # The name of a new table gets what room there is beside the choice.
        self.name.setMinimumWidth(theme().scaled(CHOICE))
        add(target, "If rows fail", side_by_side(self.whole, self.errors))
        self._confirm_line = add(target, "&Production", self.confirm)
        self._target = target
        rows.addLayout(target)
        rows.addWidget(self.mapping)
        rows.addWidget(self.ddl)
        buttons = QHBoxLayout()
        buttons.addWidget(self.run)
        buttons.addWidget(self.check)
        buttons.addStretch(1)
        rows.addLayout(buttons)
        rows.addWidget(self.work)
        rows.addLayout(self._answers)
        self.bad_grid.setFixedHeight(theme().scaled(190))
        self.bad_grid.hide()
        rows.addWidget(self.bad_grid)
        rows.addStretch(1)
        target.setRowVisible(self._confirm_line, False)
        self.setFocusProxy(self.file)

    def ready(self, on: bool) -> None:
        """Whether there is a file that can be imported, and nothing runs."""
        for widget in (self.preview, self.run, self.check, self.target, self.whole, self.errors):
            widget.setEnabled(on)

    def table(self) -> str:
        """The table that is there already, "" for a new one."""
        chosen = self.target.currentText()
        return "" if chosen == NEW_TABLE else chosen

    def show_tables(self, names: list[str], chosen: str) -> None:
        """Offer these."""
        self.target.blockSignals(True)
        self.target.addItems(names)
        self.target.setCurrentText(chosen or NEW_TABLE)
        self.target.blockSignals(False)

    def show_target(self, table: str, *, script: bool) -> None:
        """Show what the choice of table asks for."""
        self._target.setRowVisible(0, not script)
        self.name.setVisible(not table)
        self.ddl.setVisible(not table and not script)

    def ask_name(self) -> None:
        """The connection's name is to be typed."""
        self._target.setRowVisible(self._confirm_line, True)
        self.confirm.setFocus()

    def show_bad(self, bad: list[BadRow]) -> None:
        """List bad rows."""
        rows: list[list[Cell]] = [
            [row.line, row.column or "–", row.reason, row.value] for row in bad[:MOST_BAD]
        ]
        self.bad_rows.show_rows(_BAD_COLUMNS, rows)
        self.bad_grid.setVisible(bool(rows))

    def message(self) -> Message | None:
        """What stands under the buttons."""
        return self._answers.message

    def transaction(self) -> str:
        """What is kept when it does not go to its end: "one" or "batches"."""
        return WHOLE[self.whole.currentText()]

    def on_error(self) -> str:
        """What a bad row does: "stop" or "skip"."""
        return ERRORS[self.errors.currentText()]

    def show_message(self, message: Message | None) -> None:
        """Say something under the buttons, or nothing any more."""
        self._answers.show_message(message)
