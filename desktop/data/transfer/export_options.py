"""The options of an export: those that the chosen format has a use for."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Check, Choice, TextField
from embedded_server.wire.transfer import Format, TextOptions

from .forms import CHOICE, add, form, side_by_side

FORMATS: dict[str, Format] = {
    "CSV": "csv",
    "TSV (tabs)": "tsv",
    "Excel (.xlsx)": "xlsx",
    "JSON": "json",
    "JSON lines": "jsonl",
    "SQL INSERT statements": "sql",
    "Markdown table": "markdown",
    "Parquet": "parquet",
}
ENDINGS: dict[Format, str] = {
    "csv": "csv",
    "tsv": "tsv",
    "xlsx": "xlsx",
    "json": "json",
    "jsonl": "jsonl",
    "sql": "sql",
    "markdown": "md",
    "parquet": "parquet",
}
_DELIMITERS = {"Comma  ,": ",", "Semicolon  ;": ";", "Tab": "\t", "Bar  |": "|"}
_LINE_ENDS = {"LF (Unix)": "lf", "CRLF (Windows)": "crlf"}
_ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1")
_QUOTING = {"Only where needed": "minimal", "All values": "all"}
_TEXT = ("csv", "tsv", "json", "jsonl", "sql", "markdown")


class ExportOptions(QWidget):
    """`changed`: another option was chosen."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.header = Check("Names of columns in the first row", "Header")
        self.delimiter = Choice("Delimiter", tuple(_DELIMITERS))
        self.quoting = Choice("Quotes", tuple(_QUOTING))
        self.null = TextField("Text for NULL", "empty, without quotes; an empty text has them", mono=True)
        self.encoding = Choice("Encoding", _ENCODINGS)
        self.encoding.setMinimumWidth(theme().scaled(CHOICE))
        self.bom = Check("Byte order mark", "Byte order mark")
        self.line_end = Choice("Line ends", tuple(_LINE_ENDS))
        self.table = TextField("Table in the statements", "the table that is read", mono=True)
        self._form: QFormLayout = form()
        self._form.setContentsMargins(0, 0, 0, 0)
        self.setLayout(self._form)
        self._lines = {
            "header": add(self._form, "", self.header),
            "delimiter": add(self._form, "&Delimiter", self.delimiter),
            "quoting": add(self._form, "&Quotes", self.quoting),
            "null": add(self._form, "Text for &NULL", self.null),
            "encoding": add(self._form, "&Encoding", side_by_side(self.encoding, self.bom)),
            "line_end": add(self._form, "&Line ends", self.line_end),
            "table": add(self._form, "Into &table", self.table),
        }
        for check in (self.header, self.bom):
            check.toggled.connect(self._touched)
        for choice in (self.delimiter, self.quoting, self.encoding, self.line_end):
            choice.currentIndexChanged.connect(self._touched)
        for field in (self.null, self.table):
            field.editingFinished.connect(self._touched)

    def _touched(self, *_: object) -> None:
        self.changed.emit()

    def show_format(self, kind: Format) -> None:
        """Show what this format has a use for."""
        uses = {
            "header": kind in ("csv", "tsv", "xlsx"),
            "delimiter": kind == "csv",
            "quoting": kind in ("csv", "tsv"),
            "null": kind in ("csv", "tsv"),
            "encoding": kind in ("csv", "tsv", "sql", "markdown"),
            "line_end": kind in _TEXT,
            "table": kind == "sql",
        }
        for name, used in uses.items():
            self._form.setRowVisible(self._lines[name], used)

    def options(self, kind: Format) -> TextOptions:
        """What is chosen, as far as this format has a use for it."""
        delimited = kind in ("csv", "tsv")
        encoded = delimited or kind in ("sql", "markdown")
        return TextOptions(
            header=self.header.isChecked(),
            delimiter=_DELIMITERS[self.delimiter.currentText()] if kind == "csv" else "",
            quoting=_QUOTING[self.quoting.currentText()] if delimited else "minimal",  # type: ignore[arg-type]
            null=self.null.text() if delimited else "",
            encoding=self.encoding.currentText() if encoded else "utf-8",
            bom=self.bom.isChecked() and encoded,
            line_end=_LINE_ENDS[self.line_end.currentText()] if kind in _TEXT else "lf",  # type: ignore[arg-type]
            table=self.table.text().strip() if kind == "sql" else "",
        )

    def remembered(self) -> dict[str, Any]:
        """What to remember for the next export."""
        found: dict[str, Any] = msgspec.to_builtins(self.options("csv"))
        found["header"] = self.header.isChecked()
        return found

    def restore(self, known: dict[str, Any]) -> None:
        """What was remembered; anything unreadable is left as it is."""
        try:
            options = msgspec.convert(known, TextOptions)
        except msgspec.ValidationError:
            options = TextOptions()
        self.header.setChecked(options.header)
        self.bom.setChecked(options.bom)
        self.null.setText(options.null)
        for choice, names, value in (
            (self.delimiter, _DELIMITERS, options.delimiter or ","),
            (self.quoting, _QUOTING, options.quoting),
            (self.line_end, _LINE_ENDS, options.line_end),
        ):
            choice.setCurrentText(next((name for name, one in names.items() if one == value), ""))
        self.encoding.setCurrentText(options.encoding)
