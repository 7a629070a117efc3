"""What can be done with a change."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.kit.widgets import PrimaryVerbButton, Toolbar, VerbButton


class SchemaBar(Toolbar):
    """The safe way first: a migration; then a script, and running it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        verbs = context.verbs
        self.remove = VerbButton(verbs, "schema.remove_row", "Drop row", icon=True)
        self.console = VerbButton(verbs, "schema.console", "Open as script", icon=True)
        self.run = VerbButton(verbs, "schema.run", "Run", icon=True)
        self.revision = PrimaryVerbButton(verbs, "schema.revision", "Make migration")
        self.add(self.remove)
        self.add_right(self.console)
        self.add_right(self.run)
        self.add_right(self.revision)
