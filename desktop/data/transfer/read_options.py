"""How a file is read: what was found out, to be corrected."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Check, Choice, TextField
from embedded_server.wire.loading import ReadOptions

_DELIMITERS = {"Comma  ,": ",", "Semicolon  ;": ";", "Tab": "\t", "Bar  |": "|"}
_ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1")


class ReadOptionsRow(QWidget):
    """`changed`: read the file another way."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = Check("First row has names", "Header")
        self.delimiter = Choice("Delimiter", tuple(_DELIMITERS))
        self.encoding = Choice("Encoding", _ENCODINGS)
        self.null = TextField("Text for NULL", "NULL is empty", mono=True)
        self.sheet = Choice("Sheet")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().scaled(12))
        for widget in (self.delimiter, self.encoding, self.sheet, self.null, self.header):
            row.addWidget(widget)
        row.addStretch(1)
        self.null.setMaximumWidth(theme().scaled(130))
        self._known = ReadOptions()
        self._showing = False
        for choice in (self.delimiter, self.encoding, self.sheet):
            choice.currentIndexChanged.connect(self._touched)
        self.header.toggled.connect(self._touched)
        self.null.editingFinished.connect(self._typed)
        self.hide()

    def show_options(self, kind: str, options: ReadOptions, sheets: list[str]) -> None:
        """Show what was found out about a file of this format."""
        self._showing, self._known = True, options
        delimited = kind in ("csv", "tsv")
        self.delimiter.setVisible(delimited)
        self.null.setVisible(delimited)
        self.encoding.setVisible(delimited or kind == "sql")
        self.header.setVisible(delimited or kind == "xlsx")
        self.sheet.setVisible(len(sheets) > 1)
        name = next((name for name, one in _DELIMITERS.items() if one == options.delimiter), "")
        self.delimiter.setCurrentText(name)
        if options.encoding and self.encoding.findText(options.encoding) < 0:
            self.encoding.addItem(options.encoding)
        self.encoding.setCurrentText(options.encoding)
        self.header.setChecked(options.header is not False)
        if self.sheet.count() != len(sheets):
            self.sheet.clear()
            self.sheet.addItems(sheets)
        self.null.setText(options.null)
        self.setVisible(kind in ("csv", "tsv", "sql", "xlsx"))
        self._showing = False

    def options(self) -> ReadOptions:
        """What is chosen."""
        if self.isHidden():
            return ReadOptions()
        return ReadOptions(
            header=self.header.isChecked(),
            delimiter=_DELIMITERS.get(self.delimiter.currentText(), self._known.delimiter),
            null=self.null.text(),
            encoding=self.encoding.currentText(),
            sheet=self.sheet.currentText() if self.sheet.count() > 1 else "",
        )

    def _typed(self) -> None:
        if self.null.text() != self._known.null:
            self._touched()

    def _touched(self, *_: object) -> None:
        if not self._showing:
            self.changed.emit()
