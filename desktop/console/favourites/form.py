"""Name, folder and description of a saved statement, before it is saved."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QVBoxLayout, QWidget

from desktop.kit.names import short_name
from desktop.kit.widgets import Button, Check, Heading, PrimaryButton, Surface, TextField
from embedded_server.wire.favourites import Favourite


class FavouriteForm(Surface):
    """`given(Favourite)`: it is to be saved so. `renamed(folder, to)`: of a folder. Esc puts it away."""

    given = Signal(object)
    renamed = Signal(str, str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg2", "bottom", parent)
        self._one = Favourite(name="", sql="")
        self._folder = ""
        self._connection = ""
        self.heading = Heading("")
        self.name = TextField("Name of the saved statement", "Name")
        self.folder = TextField("Folder of the saved statement", "Folder, such as reports/weekly")
        self.description = TextField("Description of the saved statement", "Description")
        self.here = Check("", "Only for this connection")
        self.save = PrimaryButton("Save")
        self.cancel = Button("Cancel")
        row = QHBoxLayout()
        row.addWidget(self.save)
        row.addWidget(self.cancel)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        for widget in (self.heading, self.name, self.folder, self.description, self.here):
            column.addWidget(widget)
        column.addLayout(row)
        for field in (self.name, self.folder, self.description):
            field.returnPressed.connect(self._accept)
        self.name.textChanged.connect(self._typed)
        self.save.clicked.connect(self._accept)
        self.cancel.clicked.connect(self.leave)
        self.hide()

    def ask(self, one: Favourite, connection: str, folders: list[str]) -> None:
        """Ask for a favourite; `connection` is the one that can be kept with it."""
        self._one, self._folder, self._connection = one, "", one.connection or connection
        self.heading.setText("Save statement" if not one.id else "Saved statement")
        self.name.setText(one.name)
        self.folder.setText(one.folder)
        self.description.setText(one.description)
        shown = short_name(self._connection)
        self.here.setText(f"Only for {shown}")
        self.here.setChecked(bool(one.connection))
        self._show(one=True)
        self.here.setVisible(bool(self._connection))
        completer = QCompleter(folders, self.folder)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.folder.setCompleter(completer)

    def ask_folder(self, folder: str) -> None:
        """Ask for another name or place of a folder."""
        self._folder = folder
        self.heading.setText("Rename folder")
        self.name.setText(folder)
        self._show(one=False)

    def _show(self, *, one: bool) -> None:
        for widget in (self.folder, self.description, self.here):
            widget.setVisible(one)
        self._typed(self.name.text())
        self.show()
        self.name.setFocus()
        self.name.end(False)

    def leave(self) -> None:
        """Put it away."""
        self.hide()
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc saves nothing."""
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self.leave()
        else:
            super().keyPressEvent(event)

    def _typed(self, text: str) -> None:
        self.save.setEnabled(bool(text.strip()))

    def _accept(self) -> None:
        if not self.save.isEnabled():
            return
        if self._folder:
            self.renamed.emit(self._folder, self.name.text())
        else:
            connection = self._connection if self.here.isChecked() and self._connection else ""
            fields = {"name": self.name.text(), "folder": self.folder.text(), "connection": connection}
            given = msgspec.structs.replace(self._one, description=self.description.text(), **fields)
            self.given.emit(given)
        self.leave()
