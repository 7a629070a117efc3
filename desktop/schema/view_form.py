"""The form of a view: its name and its SELECT."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.kit.editor.editor import SqlEditor
from desktop.kit.theme import theme
from desktop.kit.widgets import Heading, TextField
from embedded_server.wire.ddl import CreateView, Operation, ReplaceView


class ViewForm(QWidget):
    """`edited`: it says something else."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.was = ""
        self._new = True
        self._last = ""
        self.name = TextField("Name of the view", "Name of the view", mono=True)
        self.select = SqlEditor("SELECT of the view")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(theme().scaled(6))
        column.addWidget(self.name)
        column.addWidget(Heading("Its SELECT"))
        column.addWidget(self.select, 1)
        self.name.textEdited.connect(self._typed)
        self.name.returnPressed.connect(self._into_select)
        self.select.textChanged.connect(self._maybe_edited)

    def show_view(self, name: str, sql: str, was: str, *, new: bool) -> None:
        """A view that is there, or one to be."""
        self.was, self._new = was, new
        self.name.setText(name)
        self.name.setReadOnly(not new)
        self.select.setPlainText(sql)
        (self.name if new else self.select).setFocus(Qt.FocusReason.OtherFocusReason)

    def sql(self) -> str:
        """The SELECT as typed."""
        return self.select.toPlainText()

    def operations(self, schema: str) -> list[Operation]:
        """Making it, or another SELECT for it."""
        name, sql = self.name.text().strip(), self.sql().strip()
        place: dict[str, Any] = {"table": name, "schema": schema, "sql": sql}
        if self._new:
            return [CreateView(**place)] if name and sql else []
        return [ReplaceView(**place)] if sql and sql != self.was.strip() else []

    def _maybe_edited(self) -> None:
        """Another font is no other text."""
        if self.sql() != self._last:
            self._last = self.sql()
            self.edited.emit()

    def _typed(self, _: str) -> None:
        self.edited.emit()

    def _into_select(self) -> None:
        self.select.setFocus(Qt.FocusReason.TabFocusReason)
