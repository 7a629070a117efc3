"""The card that shows a foreign key's parent row while the pointer rests on it."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.flow import Flow
from desktop.kit.grid.formats import exact_text
from desktop.kit.theme import theme
from desktop.kit.widgets.keyvalue import KeyValueList
from desktop.kit.widgets.paint import rounded
from desktop.kit.widgets.text import ElidedLabel
from embedded_server.wire.data import LOOKUP, Column, LookupRequest, LookupResponse
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.values import Cell, to_json

from .record_panel import parent_rows

CACHED = 200


class HoverCard(QWidget):
    """A tooltip window with the parent row; rows seen once come from memory."""

    def __init__(self, context: Context, connection: str, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip | Qt.WindowType.FramelessWindowHint)
        self._context, self._connection = context, connection
        self._seen: OrderedDict[tuple[str, str, str, str], LookupResponse] = OrderedDict()
        self._flow: Flow | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setFixedWidth(theme().scaled(320))
        self._title = ElidedLabel("", "dim", ratio=0.92, weight=600)
        self._title.setContentsMargins(14, 0, 14, 0)
        self._rows = KeyValueList("Parent row", wraps=False)
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 8, 2, 8)
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addWidget(self._rows)

    def show_parent(self, column: Column, cell: Cell, place: QPoint) -> None:
        """Show the row that `cell` refers to, beside a global position."""
        self.leave()
        if column.references is not None and cell is not None:
            self._flow = self._context.flow(self, self._show(column, cell, place))

    def leave(self) -> None:
        """The pointer moved on."""
        if self._flow is not None:
            self._flow.cancel()
            self._flow = None
        self.hide()

    def forget(self) -> None:
        """Rows may have changed: ask again."""
        self._seen.clear()

    async def _show(self, column: Column, cell: Cell, place: QPoint) -> None:
        target = column.references
        if target is None:
            return
        key = (target.schema, target.table, target.column, repr(cell))
        answer = self._seen.get(key)
        if answer is None:
            request = LookupRequest(
                connection=self._connection,
                table=target.table,
                schema=target.schema,
                columns=[target.column],
                values=[to_json(cell)],
            )
            try:
                answer = await self._context.api.call(LOOKUP, request)
            except ProblemError:
                return
            self._seen[key] = answer
            while len(self._seen) > CACHED:
                self._seen.popitem(last=False)
        self._title.setText(f"{target.table} {exact_text(cell)}")
        rows = next(answer.rows.rows(), None)
        self._rows.show_rows(parent_rows(answer, rows) if rows is not None else [])
        if rows is None:
            self._title.setText(f"{target.table}: no such row")
        self.adjustSize()
        self.move(place)
        self.show()

    def paintEvent(self, _: QPaintEvent) -> None:
        """A rounded card."""
        painter = QPainter(self)
        rounded(painter, self.rect(), theme().color("bg2"), theme().color("line"))
        painter.end()
