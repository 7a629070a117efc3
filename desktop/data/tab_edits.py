"""Everything about the edits of one table tab: where they are staged, shown, asked about and applied."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.grid.grid import Grid
from embedded_server.wire.refs import TableRef

from .applying import Applying
from .change_words import staged_words
from .edit_controls import EditControls, EditMessages
from .edit_journal import Edits
from .edited_source import EditedSource
from .staged import StagedRow

if TYPE_CHECKING:
    from .change_panel import ChangePanel

_KEPT = "They stay staged and are there when the table is opened again."


class TabEdits(QObject):
    """`shown(bool)`: the list of edits is to be seen or not. `touched`: something about them changed."""

    shown = Signal(bool)
    touched = Signal()

    def __init__(self, context: Context, ref: TableRef, source: EditedSource, grid: Grid) -> None:
        super().__init__(source)
        self._context, self._ref = context, ref
        self._source, self._grid = source, grid
        self.edits: Edits = source.edits
        self.applying = Applying(context, ref, source, self.edits)
        self.controls = EditControls(context, self.edits)
        self.messages = EditMessages()
        self.place = QWidget()
        QVBoxLayout(self.place).setContentsMargins(0, 0, 0, 0)
        self.place.hide()
        self._connect()

    @cached_property
    def panel(self) -> ChangePanel:
        """The list of edits, in its `place`."""
        from .change_panel import ChangePanel  # noqa: PLC0415  # lazy: most tabs never show it

        panel = ChangePanel(self._context, self.edits, self.applying)
        panel.closed.connect(self.hide_changes)
        panel.go_to.connect(self._go_to)
        column = self.place.layout()
        assert column is not None
        column.addWidget(panel)
        return panel

    def _connect(self) -> None:
        self.applying.ask.connect(self.messages.ask)
        self.applying.refused.connect(self._refused)
        self.applying.failed.connect(self.messages.show_problem)
        self.applying.told.connect(self._told)
        self.applying.changed.connect(self.controls.refresh)
        self.messages.accepted.connect(self._accepted)
        self.edits.changed.connect(self._changed)
        self.edits.failed.connect(self.messages.show_problem)

    def apply(self) -> None:
        """Write everything that is staged, the cell being typed included."""
        self._grid.editor.finish()
        self.messages.clear()
        self.applying.start()

    def discard(self) -> None:
        """Give everything up."""
        self._grid.editor.give_up()
        self.messages.clear()
        count = staged_words(self.edits.staged).replace("staged ", "")
        them = "it" if len(self.edits.staged) == 1 else "them"
        if self.edits.discard():
            self._grid.said.emit(f"Discarded {count}; Ctrl+Z brings {them} back")

    def as_migration(self) -> None:
        """Open the edits as a revision to be written."""
        self._grid.editor.finish()
        self._context.flow(self.place, self._propose())

    async def _propose(self) -> None:
        self._context.workbench.open(await self.applying.proposal())

    def show_changes(self) -> None:
        """Show the list of edits, or put it away."""
        self._grid.editor.finish()
        if self.place.isVisible():
            self.hide_changes()
        else:
            self._open()
            self.panel.list.setFocus()

    def hide_changes(self) -> None:
        """Put the list away."""
        self.place.hide()
        self.shown.emit(False)
        self._grid.setFocus()

    def question(self) -> str:
        """What to ask before the tab is closed, "" if nothing is staged."""
        if self.applying.running():
            return f"Edits of {self._ref.table} are being applied. Close all the same?"
        count = len(self.edits.staged)
        if not count:
            return ""
        return f"{self._ref.table} has {staged_words(self.edits.staged)} not applied. {_KEPT} Close?"

    def status(self) -> str:
        """For the status bar."""
        return staged_words(self.edits.staged) if len(self.edits.staged) else ""

    def _open(self) -> None:
        self.panel.show_edits()
        self.place.show()
        self.shown.emit(True)

    def _refused(self) -> None:
        staged = self.edits.staged
        if staged.bad():
            count = "1 cell does" if staged.bad() == 1 else f"{staged.bad():,} cells do"
            self.messages.tell(f"{count} not fit", "Nothing was written. Mend or revert them first.", "error")
        elif staged.conflicts:
            count = "1 row is" if len(staged.conflicts) == 1 else f"{len(staged.conflicts):,} rows are"
            text = "Nothing was written. Choose for each what is to hold, then apply again."
            self.messages.tell(f"{count} not as you saw it", text, "warn")
        else:
            self.messages.tell("The database refused an edit", "Nothing was written.", "error")
        self._open()
        self.panel.show_objections()

    def _told(self, text: str) -> None:
        self.messages.tell("Some values are stored otherwise", text, "info")

    def _accepted(self, text: str) -> None:
        self.messages.clear()
        self.applying.go(text)

    def _changed(self) -> None:
        if not self.edits.staged.rows and self.place.isVisible():
            self.hide_changes()
        self.touched.emit()

    def _go_to(self, staged: StagedRow) -> None:
        row = self._source.position(staged)
        if row is None:
            self._grid.said.emit("This row is not among those shown; filters may hide it")
        else:
            self._grid.go_to_row(row)
            self._grid.setFocus()
