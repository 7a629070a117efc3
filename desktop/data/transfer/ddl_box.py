"""The statement that makes the new table: shown, and edited if need be."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.data.sql_text import SqlText
from desktop.kit.theme import theme
from desktop.kit.widgets import Paragraph, slim_bars

_LINES = 10


class DdlBox(QWidget):
    """CREATE TABLE as it will be run."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = SqlText("Statement that makes the table", field=True)
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(theme().metric("row") * _LINES)
        slim_bars(self.text, "bg2")
        self._shown = ("", "")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(
            Paragraph("The table is made with this statement; types can be changed here.", "dim")
        )
        column.addWidget(self.text)

    def show_ddl(self, ddl: str, proposed: str, name: str) -> None:
        """A proposal under another name; what was edited stays as long as proposal and name do."""
        if (ddl, name) == self._shown:
            return
        self._shown = (ddl, name)
        # The proposed name is a plain word, and stands in the first line only.
        first, _, rest = ddl.partition("\n")
        quote = first[first.index(proposed) - 1] if proposed in first else ""
        written = name.replace(quote, quote * 2) if quote.strip() else name
        head, found, tail = first.rpartition(proposed)
        self.text.show_sql(f"{head}{written if found else ''}{tail}\n{rest}" if found else ddl)

    def sql(self) -> str:
        """What will be run."""
        return self.text.toPlainText()
