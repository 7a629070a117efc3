"""The inspector of one statement: why it was sent, its text, what can be done with it."""

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
    KeyValueList,
    Paragraph,
    Surface,
    VerbButton,
    fit_keys,
    refresh_bound,
    slim_bars,
)
from embedded_server.wire.sent import SentStatement

from .words import facts

_VERBS = ("console.sent_open", "console.sent_copy", "explain.statement")


class SentPanel(QScrollArea):
    """Shows one statement; its buttons are verbs."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("The selected statement")
        slim_bars(self)
        self.heading = Heading("Nothing selected")
        self.facts = KeyValueList("Facts of the statement", key_width=84)
        self.error = Paragraph("", "error")
        self.sql = SqlView("Text of the statement")
        self._buttons: list[Button] = []
        self._lay_out()
        self.show_statement(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """With a large font a key may have no room beside its text."""
        super().resizeEvent(event)
        fit_keys(self._buttons, self.viewport().width() - 2 * theme().scaled(14))

    def _lay_out(self) -> None:
        box = Surface("bg1")
        column = QVBoxLayout(box)
        edge = theme().scaled(14)
        column.setContentsMargins(0, 10, 0, 12)
        column.setSpacing(theme().scaled(8))
        for widget in (self.heading, self.error):
            column.addLayout(_inset(widget, edge))
        column.addWidget(self.facts)
        column.addLayout(_inset(self.sql, edge))
        for verb in _VERBS:
            if verb in self._context.verbs:  # another room's may not be there
                button = VerbButton(self._context.verbs, verb)
                self._buttons.append(button)
                column.addLayout(_inset(button, edge, left=True))
        column.addStretch(1)
        self.setWidget(box)

    def show_statement(self, one: SentStatement | None) -> None:
        """Another one, or none."""
        self.heading.setText(one.title if one is not None else "Nothing selected")
        self.error.setText(one.error if one is not None else "")
        self.error.setVisible(one is not None and bool(one.error))
        self.facts.show_rows(facts(one) if one is not None else [])
        self.sql.show_sql(one.sql if one is not None else "", one.engine if one is not None else "")
        self.sql.setVisible(one is not None)
        for button in self._buttons:
            button.setVisible(one is not None)
        refresh_bound(self)


def _inset(widget: QWidget, edge: int, *, left: bool = False) -> QVBoxLayout:
    row = QVBoxLayout()
    row.setContentsMargins(edge, 0, edge, 0)
    row.addWidget(widget, alignment=Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag(0))
    return row
