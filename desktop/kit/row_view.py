"""A scroll area over rows of one height, positioned in whole rows plus pixels into the first one.

Qt's own item views measure their length in pixels of a C int and show wrong rows, or hang, above
89,478,485 rows. Here a position is a Python integer; only the scroll bar knows a bounded number: rows
as long as they fit, a share of the whole beyond.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QAbstractSlider, QFrame, QWidget

from desktop.kit.rows import LONG
from desktop.kit.theme import theme
from desktop.kit.widgets.scroll import Corner, SlimBar

BAR_MAXIMUM = 2**31 - 1
WHEEL_ROWS = 3
# Rows that stay in sight above and below the one that is kept there.
CONTEXT = 2
_NOTCH = 120

_STEPS = QAbstractSlider.SliderAction


class _Bar(SlimBar):
    """Leaves the wheel to the view, whose steps are rows also where the bar's are not."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class RowView(QAbstractScrollArea):
    """Base of the grid and of every long list. Subclasses give the total and paint rows.

    `scrolled(top)` follows every change of position, `showing` every change of what `visible` says.
    """

    scrolled = Signal(LONG)
    showing = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._top = 0
        self._offset = 0
        self._syncing = False
        self._shown = (0, -1)
        # The viewport's height that the position was made for: a hidden view hears of another one late.
        self._settled = 0
        self._wheel_rest = QPoint()
        # One made by Qt would be unknown to Python, which then loads every kind of widget to tell its class.
        self.setViewport(QWidget(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(_Bar(Qt.Orientation.Vertical, parent=self))
        self.setHorizontalScrollBar(SlimBar(Qt.Orientation.Horizontal, parent=self))
        self.setCornerWidget(Corner("bg1", self))
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._bar_moved)
        bar.actionTriggered.connect(self._bar_action)
        self._row_height = theme().metric("row")
        theme().changed.connect(self.restyle)

    # --- for subclasses ----------------------------------------------------------------------------

    def total_rows(self) -> int:
        """How many rows there are; call `rows_changed` whenever this answer changes."""
        return 0

    def content_width(self) -> int:
        """The width in pixels of what scrolls sideways."""
        return 0

    def page_width(self) -> int:
        """The width in pixels in which it scrolls."""
        return self.viewport().width()

    def paint_rows(self, painter: QPainter, first: int, last: int, y: int, area: QRect) -> None:
        """Paint rows first..last, the first one's upper edge at `y`; `area` is what needs painting.

        Everything in `area` must be covered: the background too, also below the last row.
        """

    def focusInEvent(self, event: QFocusEvent) -> None:
        """What shows where keys go is painted anew."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keys go elsewhere now."""
        super().focusOutEvent(event)
        self.viewport().update()

    def kept_row(self) -> int:
        """The row that stays in sight, if it was, when the view or its rows get another height; -1: none."""
        return -1

    def restyle(self) -> None:
        """Fonts or colours changed."""
        kept, height = self._kept(), theme().metric("row")
        again = height != self._row_height
        self._row_height = height
        self._relaid(kept if again else -1)

    # --- position ----------------------------------------------------------------------------------

    @property
    def row_height(self) -> int:
        """Pixels of one row."""
        return self._row_height

    def top(self) -> int:
        """The first row of which something is visible."""
        return self._top

    def offset(self) -> int:
        """How many pixels of it are hidden above the upper edge."""
        return self._offset

    def page_rows(self) -> int:
        """Whole rows that fit, at least one."""
        return max(1, self.viewport().height() // self._row_height)

    def visible(self) -> tuple[int, int]:
        """The first and the last row of which something is visible; last < first if there is none."""
        below = self._offset + self.viewport().height() - 1
        return self._top, min(self._top + below // self._row_height, self.total_rows() - 1)

    def row_at(self, y: int) -> int:
        """The row at a viewport coordinate; it may lie outside the rows there are."""
        return self._top + (y + self._offset) // self._row_height

    def row_y(self, row: int) -> int:
        """The upper edge of a row in the viewport, clipped to a few screens beyond it."""
        y = (row - self._top) * self._row_height - self._offset
        return max(-(1 << 20), min(y, 1 << 20))

    def scroll_to(self, row: int, offset: int = 0) -> None:
        """Bring a row (and pixels into it) to the upper edge, as far as the end allows."""
        top, offset = self._normal(row * self._row_height + offset)
        if (top, offset) == (self._top, self._offset):
            self._sync_bar()
            return
        moved = (top - self._top) * self._row_height + offset - self._offset
        self._top, self._offset = top, offset
        self._sync_bar()
        self._scroll_pixels(moved)
        self.scrolled.emit(top)
        self._tell_shown()

    def scroll_pixels_by(self, pixels: int) -> None:
        """Move down by pixels (up if negative)."""
        self.scroll_to(self._top, self._offset + pixels)

    def ensure_row(self, row: int, context: int = 0) -> None:
        """Scroll as little as needed to show a row wholly, with as many rows around it if they fit."""
        context = min(context, (self.page_rows() - 1) // 2)
        y = (row - self._top) * self._row_height - self._offset
        height, around = self.viewport().height(), context * self._row_height
        if y - around < 0 or self._row_height > height:
            self.scroll_to(row - context)
        elif y + self._row_height + around > height:
            self.scroll_to(row + context + 1, -height)

    def center_row(self, row: int) -> None:
        """Scroll so that a row stands in the middle, unless it is visible already."""
        first, last = self.visible()
        if not first < row < last:
            self.scroll_to(row - self.page_rows() // 2)

    def shift(self, delta: int) -> None:
        """The same rows have other numbers now: keep the picture, change the position."""
        self._top = max(0, self._top + delta)
        self._sync_bar()
        self.viewport().update()
        self._tell_shown()

    def rows_changed(self) -> None:
        """The total or the height of rows changed: keep the position as far as it exists."""
        self._top, self._offset = self._normal(self._top * self._row_height + self._offset)
        self._sync_bar()
        self.viewport().update()
        self._tell_shown()

    def update_rows(self, first: int, last: int) -> None:
        """Repaint the visible ones of these rows."""
        top, bottom = self.visible()
        first, last = max(first, top), min(last, bottom)
        if first <= last:
            y = self.row_y(first)
            height = (last - first + 1) * self._row_height
            self.viewport().update(0, y, self.viewport().width(), height)

    # --- inside ------------------------------------------------------------------------------------

    def _tell_shown(self) -> None:
        shown = self.visible()
        if shown != self._shown:
            self._shown = shown
            self.showing.emit()

    def _kept(self) -> int:
        """The row to be kept in sight, if anything of it was before what happens now; else -1."""
        row = self.kept_row()
        y = (row - self._top) * self._row_height - self._offset
        return row if -self._row_height < y < self._settled else -1

    def _relaid(self, kept: int) -> None:
        """Heights are others: the position, and the kept row where it can be seen."""
        self.rows_changed()
        if kept >= 0:
            self.ensure_row(kept, CONTEXT)

    def _end(self) -> int:
        """The position of the end, in pixels from the very beginning (an unbounded integer)."""
        return max(0, self.total_rows() * self._row_height - self.viewport().height())

    def _normal(self, pixels: int) -> tuple[int, int]:
        return divmod(max(0, min(pixels, self._end())), self._row_height)

    def _scroll_pixels(self, pixels: int) -> None:
        view = self.viewport()
        # Shifting the picture is exact only where a logical pixel is a whole number of device pixels.
        if abs(pixels) < view.height() and view.devicePixelRatio().is_integer():
            view.scroll(0, -pixels, view.rect())
        else:
            view.update()

    def _bar_span(self) -> tuple[int, int]:
        """The last row that can be on top, and the bar's maximum."""
        top, offset = divmod(self._end(), self._row_height)
        last = top + (1 if offset else 0)
        return last, min(last, BAR_MAXIMUM)

    def _bar_value(self) -> int:
        last, maximum = self._bar_span()
        if last == 0:
            return 0
        if self._top * self._row_height + self._offset >= self._end():
            return maximum
        return self._top if last == maximum else self._top * maximum // last

    def _sync_bar(self) -> None:
        bar = self.verticalScrollBar()
        self._syncing = True
        bar.setRange(0, self._bar_span()[1])
        bar.setPageStep(self.page_rows())
        bar.setValue(self._bar_value())
        self._syncing = False

    def _bar_moved(self, value: int) -> None:
        if self._syncing or value == self._bar_value():
            return
        last, maximum = self._bar_span()
        self.scroll_to(value if last == maximum else value * last // maximum)

    def _bar_action(self, action: int) -> None:
        rows = {
            _STEPS.SliderSingleStepAdd.value: 1,
            _STEPS.SliderSingleStepSub.value: -1,
            _STEPS.SliderPageStepAdd.value: self.page_rows(),
            _STEPS.SliderPageStepSub.value: -self.page_rows(),
        }.get(action)
        if rows is not None:
            self.scroll_pixels_by(rows * self._row_height)
            self.verticalScrollBar().setSliderPosition(self._bar_value())

    def sync_sideways(self) -> None:
        """The content's or the view's width changed."""
        bar = self.horizontalScrollBar()
        bar.setRange(0, max(0, self.content_width() - self.page_width()))
        bar.setPageStep(max(1, self.page_width()))
        bar.setSingleStep(theme().scaled(24))

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        # The vertical position is ours; a sideways move repaints, since frozen parts stay in place.
        if dx:
            self.viewport().update()

    # --- events ------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        kept = self._kept() if self.viewport().height() != self._settled else -1
        self._settled = self.viewport().height()
        self.sync_sideways()
        self._relaid(kept)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.ignore()
            return
        move = self._wheel_pixels(event)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and not move.x():
            move = QPoint(move.y(), 0)
        if move.y():
            self.scroll_pixels_by(-move.y())
        if move.x():
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - move.x())
        event.accept()

    def _wheel_pixels(self, event: QWheelEvent) -> QPoint:
        """Pixels to move by: a touch pad's own, else notches of three rows, fractions saved up."""
        if not event.pixelDelta().isNull():
            return event.pixelDelta()
        angle = event.angleDelta()
        rest = self._wheel_rest + angle * (WHEEL_ROWS * self._row_height)
        move = QPoint(int(rest.x() / _NOTCH), int(rest.y() / _NOTCH))
        self._wheel_rest = rest - move * _NOTCH
        return move

    def paintEvent(self, event: QPaintEvent) -> None:
        area = event.rect()
        first = max(0, self.row_at(area.top()))
        last = min(self.row_at(area.bottom()), self.total_rows() - 1)
        painter = QPainter(self.viewport())
        self.paint_rows(painter, first, last, self.row_y(first), area)
        painter.end()
