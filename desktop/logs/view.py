"""Lines of a log on the screen: number, time, level, text. Only what is visible is laid out."""

from __future__ import annotations

import re

from PySide6.QtCore import QEvent, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFontMetrics,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
)
from PySide6.QtWidgets import QToolTip, QWidget

from desktop.kit.row_view import RowView
from desktop.kit.theme import theme
from desktop.kit.widgets.paint import chosen_row
from embedded_server.wire.logs import LogRow

from .rows import LogRows

TOKENS = {"debug": "faint", "info": "info", "warning": "warn", "error": "error", "critical": "error"}
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Characters of a line that are drawn; the inspector has the rest.
MOST_SHOWN = 4000
MOST_COPIED = 20_000
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine)


def shown_text(row: LogRow) -> str:
    """What stands in the text column: the message, or the whole line where nothing was taken out of it."""
    text = row.message if row.message else row.text[row.body :]
    text = _ANSI.sub("", text[:MOST_SHOWN].rstrip("\r")).replace("\t", "    ")
    return _CONTROL.sub("·", text)


class LogView(RowView):
    """The cursor is a row; Shift extends to a range. `picked(row)`: another row is current (null: none);
    `opened(row)`: Enter or a double click; `left_end`: the user scrolled away from the end."""

    picked = Signal(object)
    opened = Signal(object)
    left_end = Signal()
    to_end = Signal()
    menu_wanted = Signal(QPoint)

    def __init__(self, rows: LogRows, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = rows
        self.following = False
        self._cursor = -1
        self._anchor = -1
        self._width = 0
        # The row that was told last, as it was then.
        self._told: LogRow | None = None
        self.setAccessibleName("Log lines")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        rows.changed.connect(self._changed)
        self.scrolled.connect(self._scrolled)

    # --- rows --------------------------------------------------------------------------------------

    def total_rows(self) -> int:
        """Lines shown, as far as known."""
        return self.rows.total()

    def content_width(self) -> int:
        """As wide as the widest line seen."""
        return self._text_left() + self._width + theme().scaled(24)

    def kept_row(self) -> int:
        """The current line: what the inspector and the count of hits speak of stays in sight."""
        return -1 if self.following else self._cursor

    def rows_changed(self) -> None:
        """More lines, or another height: the end stays the end while it is followed."""
        super().rows_changed()
        if self.following:
            self.scroll_to(self.total_rows())
        self._ask()

    def _changed(self) -> None:
        if self._cursor >= self.total_rows():
            self._cursor = self._anchor = self.total_rows() - 1
        self.rows_changed()
        if self.following and self._cursor >= 0 and self._cursor != self.total_rows() - 1:
            self.set_cursor(self.total_rows() - 1, scroll=False)
        self._tell()

    def _scrolled(self, _: object) -> None:
        self._ask()

    def _ask(self) -> None:
        first, last = self.visible()
        if last >= first:
            self.rows.want(first, last)

    def at_end(self) -> bool:
        """Whether the last row is in sight."""
        return self.visible()[1] >= self.total_rows() - 1

    # --- cursor ------------------------------------------------------------------------------------

    def cursor_row(self) -> int:
        """The current row's place, -1 for none."""
        return self._cursor

    def current(self) -> LogRow | None:
        """The current row, if it is at hand."""
        return self.rows.row(self._cursor) if self._cursor >= 0 else None

    def selection(self) -> tuple[int, int]:
        """First and last selected row."""
        return min(self._anchor, self._cursor), max(self._anchor, self._cursor)

    def set_cursor(self, row: int, *, extend: bool = False, scroll: bool = True) -> None:
        """Make a row current."""
        row = max(-1, min(row, self.total_rows() - 1))
        self._cursor = row
        if not extend:
            self._anchor = row
        if scroll and row >= 0:
            self.ensure_row(row)
        self.viewport().update()
        self._tell()

    def _tell(self) -> None:
        """Tell the current row, when it is at hand and another than before."""
        row = self.current()
        if row == self._told:
            return
        self._told = row
        self.picked.emit(row)
        if row is None:
            return
        number = f"line {row.line:,}" if row.line else "line"
        parts = [number, row.level, row.time, shown_text(row)[:300]]
        text = ", ".join(part for part in parts if part)
        self.setAccessibleDescription(text)
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, text))

    def copy(self) -> int:
        """Put the selected lines on the clipboard; how many they were (those at hand)."""
        first, last = self.selection()
        if first < 0:
            return 0
        rows = [self.rows.row(place) for place in range(first, min(last, first + MOST_COPIED) + 1)]
        lines = [row.text.rstrip("\r") for row in rows if row is not None]
        QGuiApplication.clipboard().setText("\n".join(lines))
        return len(lines)

    # --- keyboard and mouse ------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Moving, selecting, copying, opening."""
        extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        total, page = self.total_rows(), max(1, self.page_rows() - 1)
        target = {
            Qt.Key.Key_Up: self._cursor - 1,
            Qt.Key.Key_Down: self._cursor + 1,
            Qt.Key.Key_PageUp: self._cursor - page,
            Qt.Key.Key_PageDown: self._cursor + page,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: total - 1,
        }.get(Qt.Key(event.key()))
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self._anchor, self._cursor = 0, total - 1
            self.viewport().update()
        elif target is not None and total:
            self._move(max(0, target), extend, end=event.key() == Qt.Key.Key_End)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current() is not None:
            self.opened.emit(self.current())
        else:
            super().keyPressEvent(event)

    def _move(self, target: int, extend: bool, *, end: bool) -> None:
        self.set_cursor(target, extend=extend)
        if end:
            self.to_end.emit()
        elif not self.at_end() or target < self.total_rows() - 1:
            self.left_end.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click makes a row current."""
        row = self.row_at(event.position().toPoint().y())
        if 0 <= row < self.total_rows() and event.button() in (
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.RightButton,
        ):
            extend = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            if event.button() == Qt.MouseButton.LeftButton or not self._selected(row):
                self.set_cursor(row, extend=extend, scroll=False)
            self.left_end.emit()
        if event.button() == Qt.MouseButton.RightButton:
            self.menu_wanted.emit(event.globalPosition().toPoint())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Dragging selects a range."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            row = max(0, min(self.row_at(event.position().toPoint().y()), self.total_rows() - 1))
            if row != self._cursor:
                self.set_cursor(row, extend=True)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click opens what the line leads to."""
        if self.current() is not None:
            self.opened.emit(self.current())

    def wheelEvent(self, event: object) -> None:
        """Scrolling up ends following."""
        super().wheelEvent(event)  # type: ignore[arg-type]
        if not self.at_end():
            self.left_end.emit()

    def viewportEvent(self, event: QEvent) -> bool:
        """Hovering shows a line that does not fit."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = self.rows.row(self.row_at(event.pos().y()))
            wide = (
                row is not None
                and self._text_left() + self._advance() * len(shown_text(row)) > self.page_width()
            )
            QToolTip.showText(
                event.globalPos(), shown_text(row)[:2000] if row is not None and wide else "", self
            )
            return True
        return super().viewportEvent(event)

    def _selected(self, row: int) -> bool:
        first, last = self.selection()
        return first <= row <= last and first >= 0

    # --- painting ----------------------------------------------------------------------------------

    def restyle(self) -> None:
        """Fonts or colours changed."""
        super().restyle()
        self._width = 0
        self.sync_sideways()

    def _metrics(self) -> QFontMetrics:
        return QFontMetrics(theme().mono_font())

    def _advance(self) -> int:
        return max(1, self._metrics().horizontalAdvance("0"))

    def _number_width(self) -> int:
        return self._advance() * max(6, len(f"{max(1, self.total_rows()):,}")) + theme().scaled(16)

    def _time_width(self) -> int:
        state = self.rows.state
        time = (state.last_time or state.first_time)[:32] if state is not None else ""
        return self._metrics().horizontalAdvance(time) + theme().scaled(16) if time else 0

    def _level_width(self) -> int:
        known = self.rows.state is not None and self.rows.state.format != "plain"
        return self._metrics().horizontalAdvance("CRITICAL") + theme().scaled(16) if known else 0

    def _text_left(self) -> int:
        return self._number_width() + self._time_width() + self._level_width() + theme().scaled(10)

    def paint_rows(self, painter: QPainter, first: int, last: int, y: int, area: QRect) -> None:
        """The rows in sight; placeholders where they are not at hand."""
        painter.fillRect(area, theme().color("bg1"))
        painter.setFont(theme().mono_font())
        marker = self.rows.query.marker()
        for place in range(first, last + 1):
            line = QRect(0, y + (place - first) * self.row_height, self.viewport().width(), self.row_height)
            self._paint_ground(painter, place, line)
            row = self.rows.row(place)
            if row is None:
                self._paint_placeholder(painter, line)
            else:
                self._paint_row(painter, row, line, marker)
        gutter = QRect(self._number_width(), area.top(), 1, area.height())
        painter.fillRect(gutter, theme().color("line"))
        # Columns before the text come and go with the format as well.
        if self.horizontalScrollBar().maximum() != max(0, self.content_width() - self.page_width()):
            self.sync_sideways()

    def _paint_ground(self, painter: QPainter, place: int, line: QRect) -> None:
        if self._selected(place):
            chosen_row(painter, line, focused=place == self._cursor and self.hasFocus())

    def _paint_placeholder(self, painter: QPainter, line: QRect) -> None:
        height = theme().scaled(8)
        bar = QRect(
            self._text_left(), line.top() + (line.height() - height) // 2, theme().scaled(220), height
        )
        painter.fillRect(bar, theme().color("bg2"))

    def _paint_row(self, painter: QPainter, row: LogRow, line: QRect, marker: re.Pattern[str] | None) -> None:
        left = self._number_width()
        painter.setPen(theme().color("faint"))
        number = QRect(0, line.top(), left - theme().scaled(8), line.height())
        painter.drawText(number, _RIGHT, f"{row.line:,}" if row.line else "")
        clip = QRect(left + 1, line.top(), line.width() - left, line.height())
        painter.save()
        painter.setClipRect(clip)
        painter.translate(-self.horizontalScrollBar().value(), 0)
        left += theme().scaled(10)
        if row.start:
            painter.setPen(theme().color("dim"))
            painter.drawText(QRect(left, line.top(), self._time_width(), line.height()), _LEFT, row.time[:32])
            left += self._time_width()
            self._paint_level(painter, row, QRect(left, line.top(), self._level_width(), line.height()))
        self._paint_text(painter, row, line, marker)
        painter.restore()

    def _paint_level(self, painter: QPainter, row: LogRow, area: QRect) -> None:
        if not row.level:
            return
        painter.setPen(theme().color(TOKENS[row.level]))
        if row.level == "critical":
            painter.setFont(theme().mono_font(1.0, 700))
        painter.drawText(area, _LEFT, (row.word or row.level).upper()[:8])
        painter.setFont(theme().mono_font())

    def _paint_text(
        self, painter: QPainter, row: LogRow, line: QRect, marker: re.Pattern[str] | None
    ) -> None:
        left = self._text_left()
        text = shown_text(row)
        advance = self._advance()
        if row.start and row.logger:
            logger = row.logger + " "
            painter.setPen(theme().color("dim"))
            painter.drawText(QRect(left, line.top(), advance * len(logger), line.height()), _LEFT, logger)
            left += self._metrics().horizontalAdvance(logger)
        elif not row.start and row.level:
            rule = QRect(self._text_left() - theme().scaled(8), line.top(), 1, line.height())
            painter.fillRect(rule, theme().color(TOKENS[row.level]))
        width = self._metrics().horizontalAdvance(text)
        self._width = max(self._width, left - self._text_left() + width)
        area = QRect(left, line.top(), width + advance, line.height())
        if marker is not None:
            _paint_marks(painter, text, area, marker)
        painter.setPen(theme().color("text" if row.start else "dim"))
        painter.drawText(area, _LEFT, text)
        if row.cut or len(text) >= MOST_SHOWN:
            painter.setPen(theme().color("faint"))
            painter.drawText(
                area.right(), line.top(), advance * 24, line.height(), _LEFT, f" … {row.bytes:,} bytes"
            )


def _paint_marks(painter: QPainter, text: str, area: QRect, marker: re.Pattern[str]) -> None:
    metrics = QFontMetrics(painter.font())
    for number, found in enumerate(marker.finditer(text[:2000])):
        if number > 50:
            return
        start = metrics.horizontalAdvance(text[: found.start()])
        width = metrics.horizontalAdvance(text[: found.end()]) - start
        mark = QRect(
            area.left() + start, area.top() + theme().scaled(3), width, area.height() - theme().scaled(6)
        )
        painter.fillRect(mark, theme().color("match"))
