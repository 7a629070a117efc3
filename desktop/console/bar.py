"""The row of controls over a script: where it runs, running, the transaction, layout."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.kit.names import short_name
from desktop.kit.widgets import (
    Choice,
    IconButton,
    PrimaryVerbButton,
    SegmentedBar,
    Toolbar,
    VerbButton,
    bind,
)

NONE = "No connection"


class ScriptBar(Toolbar):
    """`connection_chosen(name)`, `mode_chosen(manual)`."""

    connection_chosen = Signal(str)
    mode_chosen = Signal(bool)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names: list[str] = []
        self.connections = Choice("Connection", most=220)
        self.run = PrimaryVerbButton(context.verbs, "console.run", "Run")
        self.run_all = IconButton("play-all", "Run the whole script")
        self.stop = IconButton("stop", "Stop")
        self.mode = SegmentedBar(("Auto", "Manual"), "Transaction mode")
        self.mode.setToolTip(
            "Auto commits every statement. Manual keeps a transaction open until you commit."
        )
        self.commit = VerbButton(context.verbs, "console.commit", "Commit")
        self.rollback = VerbButton(context.verbs, "console.rollback", "Rollback")
        self.format = IconButton("format", "Format")
        for button, verb in ((self.run_all, "console.run_all"), (self.stop, "console.stop")):
            bind(button, context.verbs, verb)
        bind(self.format, context.verbs, "console.format")
        self._lay_out()
        self.connections.activated.connect(self._chosen)
        self.mode.chosen.connect(self._mode)

    def _lay_out(self) -> None:
        self.add(self.connections)
        self.add(self.run)
        self.add(self.run_all)
        self.add(self.stop)
        for widget in (self.mode, self.commit, self.rollback, self.format):
            self.add_right(widget)

    def show_connections(self, names: list[tuple[str, str]], current: str) -> None:
        """Names with what is shown for them; `current` is added if it is none of them."""
        if current and current not in [name for name, _ in names]:
            names = [(current, short_name(current)), *names]
        blocked = self.connections.blockSignals(True)
        self.connections.clear()
        self._names = [name for name, _ in names]
        self.connections.addItems([shown for _, shown in names])
        self.connections.setPlaceholderText(NONE)
        self.connections.setCurrentIndex(self._names.index(current) if current in self._names else -1)
        self.connections.blockSignals(blocked)

    def show_mode(self, manual: bool) -> None:
        """Show which mode is on without telling anyone."""
        blocked = self.mode.blockSignals(True)
        self.mode.setCurrentIndex(int(manual))
        self.mode.blockSignals(blocked)
        self.mode.update()

    def _chosen(self, index: int) -> None:
        self.connection_chosen.emit(self._names[index])

    def _mode(self, index: int) -> None:
        self.mode_chosen.emit(index == 1)
