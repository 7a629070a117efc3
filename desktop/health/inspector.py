"""The inspector: what the selected thing is, the query that proves it, what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.sql_view import SqlView
from desktop.kit.theme import theme
from desktop.kit.widgets import (
    Button,
    Heading,
    KeyValue,
    KeyValueList,
    Paragraph,
    Surface,
    VerbButton,
    fit_keys,
    refresh_bound,
    slim_bars,
)

from .details import Details

_CELL = 60


class HealthInspector(QScrollArea):
    """Shows `Details`; its buttons are verbs."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.details = Details()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Health of the selection")
        slim_bars(self)
        self.heading = Heading("Nothing selected")
        self.title = Paragraph("", "text")
        self.text = Paragraph("", "dim")
        self.advice_heading = Heading("What to do")
        self.advice = Paragraph("", "text")
        self.facts = KeyValueList("Facts of the selection", key_width=84)
        self.query_heading = Heading("Query")
        self.query = SqlView("Query of the selection")
        self.rows_heading = Heading("First rows")
        self.rows = KeyValueList("First rows of the selection", key_width=84)
        self._buttons: dict[str, Button] = {}
        self._lay_out()
        self.show_details(Details(), "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """With a large font a key may have no room beside its text."""
        super().resizeEvent(event)
        fit_keys(self._buttons.values(), self.viewport().width() - 2 * theme().scaled(14))

    def _lay_out(self) -> None:
        box = Surface("bg1")
        column = QVBoxLayout(box)
        edge = theme().scaled(14)
        column.setContentsMargins(0, 10, 0, 12)
        column.setSpacing(theme().scaled(6))
        for widget in (self.heading, self.title, self.text):
            column.addLayout(_inset(widget, edge))
        column.addLayout(self._beneath(("health.end_session", "health.cancel_statement"), edge))
        column.addWidget(self.facts)
        for widget in (self.advice_heading, self.advice):
            column.addLayout(_inset(widget, edge))
        column.addLayout(self._beneath(("migrations.make", "health.open_table"), edge))
        column.addLayout(_inset(self.query_heading, edge))
        column.addLayout(_inset(self.query, edge))
        column.addLayout(self._beneath(("health.open_query", "health.copy_query"), edge))
        column.addLayout(_inset(self.rows_heading, edge))
        column.addWidget(self.rows)
        column.addStretch(1)
        self.setWidget(box)

    def _beneath(self, verbs: tuple[str, ...], edge: int) -> QVBoxLayout:
        """One below the other: beside each other they are wider than the pane with a large font."""
        row = QVBoxLayout()
        row.setContentsMargins(edge, 0, edge, 0)
        row.setSpacing(theme().scaled(4))
        for verb in verbs:
            if verb in self._context.verbs:  # another room's may not be there
                button = VerbButton(self._context.verbs, verb)
                self._buttons[verb] = button
                row.addWidget(button, alignment=Qt.AlignmentFlag.AlignLeft)
        return row

    def show_details(self, details: Details, dialect: str) -> None:
        """Something else is selected."""
        self.details = details
        self.heading.setText(details.heading or "Nothing selected")
        for label, text in ((self.title, details.title), (self.text, details.text)):
            label.setText(text)
            label.setVisible(bool(text))
        self.advice.setText(details.advice)
        for widget in (self.advice, self.advice_heading):
            widget.setVisible(bool(details.advice))
        self.facts.show_rows([fact for fact in details.facts if fact.value])
        self.query.show_sql(details.query, dialect)
        self.query_heading.setText(details.query_name)
        self.query.setVisible(bool(details.query))
        self.query_heading.setVisible(bool(details.query))
        self.rows.show_rows(_shown_rows(details))
        self.rows.setVisible(bool(details.rows))
        self.rows_heading.setVisible(bool(details.rows))
        self._show_buttons()

    def _show_buttons(self) -> None:
        details = self.details
        wanted = {
            "health.open_query": bool(details.query),
            "health.copy_query": bool(details.query),
            "health.end_session": details.session is not None,
            "health.cancel_statement": details.session is not None,
            "migrations.make": bool(details.operations),
            "health.open_table": bool(details.table),
        }
        for verb, button in self._buttons.items():
            button.setVisible(wanted[verb])
        refresh_bound(self)


def _shown_rows(details: Details) -> list[KeyValue]:
    """Each row as its columns in order; rows are told apart by their number."""
    found: list[KeyValue] = []
    for number, row in enumerate(details.rows, 1):
        pairs = zip(details.columns, row, strict=False)
        text = ", ".join(f"{name} {_cell(cell)}" for name, cell in pairs)
        found.append(KeyValue(f"row {number}", text, tip=text))
    return found


def _cell(cell: object) -> str:
    if cell is None:
        return "NULL"
    text = next(iter(cell.values())) if isinstance(cell, dict) and len(cell) == 1 else cell
    return str(text)[:_CELL]


def _inset(widget: QWidget, edge: int) -> QVBoxLayout:
    layout = QVBoxLayout()
    layout.setContentsMargins(edge, 0, edge, 0)
    layout.addWidget(widget)
    return layout
