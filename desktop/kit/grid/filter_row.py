"""The row of filter boxes under the header: painted boxes, one real editor moved where it is needed.

A table may have 1,600 columns; that many line edits would cost more than the rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.kit.grid.filters import box_text, from_box, replaced
from desktop.kit.grid.glyphs import value_font
from desktop.kit.theme import styled, theme
from embedded_server.wire.data import Filter

if TYPE_CHECKING:
    from desktop.kit.grid.frame import GridFrame

HINT = ">5  a..b  ~re  null  !=x"

_STYLE = """
QLineEdit { background: @bg1; color: @text; border: 1px solid @select_line; border-radius: 3px;
            padding: 0 @4px; selection-background-color: @select; selection-color: @text; }
"""


class FilterRow(QWidget):
    """One box per shown column. Enter applies, Tab goes on to the next box, Esc gives the text up."""

    def __init__(self, grid: GridFrame) -> None:
        super().__init__(grid)
        self._grid = grid
        self._place: int | None = None
        self.editor = QLineEdit(self)
        self.editor.setPlaceholderText(HINT)
        self.editor.setToolTip(
            "5  equal or containing\n>5  >=5  <5  <=5  !=5\na..b  between\na, b  any of\n"
            "~re  regular expression\nnull  !null\n=x  exactly this text"
        )
        self.editor.installEventFilter(self)
        self.editor.hide()
        styled(self.editor, _STYLE)
        self.setMouseTracking(True)
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(0, theme().metric("row") + theme().scaled(4))

    def restyle(self) -> None:
        """Fonts or colours changed."""
        self.editor.setFont(value_font(0.95))
        self.update()

    def edit(self, place: int) -> None:
        """Open the box of a column."""
        self.finish()
        self._place = place
        self._grid.ensure_place(place)
        self.editor.setFont(value_font(0.95))
        column = self._grid.column_at(place)
        self.editor.setText(self._text(column.name))
        self.editor.setAccessibleName(f"Filter of {column.name}")
        self.arrange()
        self.editor.show()
        self.editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self.editor.selectAll()

    def editing(self) -> int | None:
        """The place whose box is open."""
        return self._place

    def finish(self) -> None:
        """Apply the open box, if its text changed, and close it."""
        if self._place is None:
            return
        place, self._place = self._place, None
        self.editor.hide()
        column = self._grid.column_at(place).name
        if self.editor.text().strip() != self._text(column):
            self._grid.source.set_filters(
                replaced(self._grid.source.filters(), column, from_box(column, self.editor.text()))
            )
        self.update()

    def give_up(self) -> None:
        """Esc: close the open box without applying."""
        self._place = None
        self._grid.setFocus(Qt.FocusReason.OtherFocusReason)
        self.editor.hide()

    def arrange(self) -> None:
        """Columns moved: the editor stays in its box."""
        if self._place is not None:
            self.editor.setGeometry(self._box(self._place))
        self.update()

    # --- inside ------------------------------------------------------------------------------------

    def _filters(self, column: str) -> list[Filter]:
        return [condition for condition in self._grid.source.filters() if condition.column == column]

    def _text(self, column: str) -> str:
        return box_text(self._filters(column))

    def _box(self, place: int) -> QRect:
        grid = self._grid
        return QRect(grid.edge_x(place) + 2, 2, grid.columns.width(place) - 5, self.height() - 5)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), theme().color("bg2"))
        painter.setFont(value_font(0.95))
        grid = self._grid
        columns = grid.columns
        fixed = grid.gutter + columns.frozen_width()
        places = columns.span(fixed - grid.gutter + grid.side(), self.width() - grid.gutter + grid.side())
        painter.setClipRect(fixed, 0, max(0, self.width() - fixed), self.height())
        for place in places:
            self._paint_box(painter, place)
        painter.setClipping(False)
        for place in range(columns.frozen_count):
            self._paint_box(painter, place)
        painter.setPen(theme().color("line"))
        painter.drawLine(0, self.height() - 1, self.width(), self.height() - 1)
        painter.end()

    def _paint_box(self, painter: QPainter, place: int) -> None:
        box = self._box(place)
        text = self._text(self._grid.column_at(place).name)
        painter.setPen(theme().color("info" if text else "line"))
        painter.setBrush(theme().color("bg1"))
        painter.drawRoundedRect(box, 3, 3)
        if text:
            painter.setPen(theme().color("text"))
            inner = box.adjusted(theme().scaled(6), 0, -theme().scaled(4), 0)
            metrics = QFontMetrics(painter.font())
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, inner.width())
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, shown)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._grid.place_at(round(event.position().x()))
        if place is not None and event.button() == Qt.MouseButton.LeftButton:
            self.edit(place)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        if event.type() == QEvent.Type.FocusOut:
            self.finish()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
            self._grid.setFocus(Qt.FocusReason.OtherFocusReason)
        elif key == Qt.Key.Key_Escape:
            self.give_up()
        elif key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) and self._place is not None:
            step = 1 if key == Qt.Key.Key_Tab else -1
            place = (self._place + step) % len(self._grid.columns)
            self.edit(place)
        else:
            return False
        return True
