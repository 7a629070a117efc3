"""Toolbars, panes and splitters: one pixel lines, never boxes in boxes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QSizePolicy,
    QSpacerItem,
    QSplitter,
    QSplitterHandle,
    QVBoxLayout,
    QWidget,
)

from desktop.kit.theme import theme

from .buttons import Button, PrimaryButton
from .paint import Themed, rounded

_SIDE, _APART = 10, 4
# Hints that follow each other's changes settle in two; more would go round and round.
_ROUNDS = 4


class Surface(Themed):
    """A plain background in a token's colour, with an optional line at one side."""

    def __init__(self, token: str = "bg1", line: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # What lies below it cannot be seen; asked by the check of pictures.
        self.setProperty("covers", True)
        self._token, self._line = token, line

    def paintEvent(self, _: QPaintEvent) -> None:
        """Background and line."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color(self._token))
        area = {
            "top": QRect(0, 0, self.width(), 1),
            "bottom": QRect(0, self.height() - 1, self.width(), 1),
            "left": QRect(0, 0, 1, self.height()),
            "right": QRect(self.width() - 1, 0, 1, self.height()),
        }.get(self._line)
        if area is not None:
            painter.fillRect(area, theme().color("line"))
        painter.end()


class Panel(Themed):
    """A card: a rounded box with one pixel around it, on a ground that is a little darker."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("covers", True)

    def paintEvent(self, _: QPaintEvent) -> None:
        """The box."""
        painter = QPainter(self)
        rounded(painter, self.rect(), theme().color("bg1"), theme().color("line"))
        painter.end()


class Toolbar(Surface):
    """The row of controls over a view; `add` to the left, `add_right` to the right.

    It stays one row as long as it can: the keys of the ordinary buttons go first, then that of the
    primary one, then texts are cut. Only where not even that is enough the right ones take a second row.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg1", "bottom", parent)
        self._arranging = self._asked = False
        self._left, self._right = _row(), _row()
        # The groups never touch each other.
        self._left.addSpacerItem(QSpacerItem(_APART, 0, QSizePolicy.Policy.MinimumExpanding))
        self._left.setStretch(0, 1)
        self._right.insertStretch(0, 1)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._rows.setContentsMargins(_SIDE, 0, _SIDE, 0)
        self._rows.setSpacing(0)
        # The minimum is that of two rows, whatever the rows are now.
        self._rows.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        for row in (self._left, self._right):
            self._rows.addLayout(row)
            # In the middle of its share: a row of buttons alone would else be as low as they are.
            self._rows.setAlignment(row, Qt.AlignmentFlag.AlignVCenter)
        self.restyle()

    def restyle(self) -> None:
        """Height follows the font."""
        self._arrange()
        super().restyle()

    def add(self, widget: QWidget, space: int = 0) -> None:
        """Put a widget after the others on the left."""
        if space:
            self._left.insertSpacing(self._left.count() - 1, theme().scaled(space))
        self._left.insertWidget(self._left.count() - 1, widget)
        self._arrange()

    def add_right(self, widget: QWidget) -> None:
        """Put a widget after the others on the right."""
        self._right.addWidget(widget)
        self._arrange()

    def stacked(self) -> bool:
        """Whether the right controls stand in a row of their own."""
        return self._rows.direction() == QBoxLayout.Direction.TopToBottom

    def minimumSizeHint(self) -> QSize:
        """The wider of both groups."""
        width = max(_Need(self._left).least, _Need(self._right).least)
        return QSize(width + 2 * _SIDE, self.height())

    def event(self, event: QEvent) -> bool:
        """Arrange again when the size or a control in it changed; unseen, once it is to be seen."""
        kind = event.type()
        seen = self.isVisible() and kind in (QEvent.Type.Resize, QEvent.Type.LayoutRequest)
        if seen or kind == QEvent.Type.Show:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        """Until nothing changes: a row that is shed, stacked or resized asks to be arranged once more."""
        self._asked = True
        if self._arranging:
            return
        self._arranging = True
        try:
            for _ in range(_ROUNDS):
                if not self._asked:
                    break
                self._asked = False
                self._arrange_once()
        finally:
            self._arranging = False

    def _arrange_once(self) -> None:
        left, right = _Need(self._left), _Need(self._right)
        room = self.width() - 2 * _SIDE
        stacked = left.least + right.least > room and self._right.count() > 1
        if stacked:
            for need in (left, right):
                need.shed(need.wanted > room, need.wanted - need.ordinary > room)
        else:
            wanted = left.wanted + right.wanted
            bare = wanted - left.ordinary - right.ordinary
            for need in (left, right):
                need.shed(wanted > room, bare > room)
        direction = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._rows.direction() != direction:
            self._rows.setDirection(direction)
        for number in (0, 1):
            # Two rows share the height; side by side each takes the width it needs.
            self._rows.setStretch(number, int(stacked))
        height = theme().metric("toolbar") * (2 if stacked else 1)
        if self.height() != height or self.maximumHeight() != height:
            self.setFixedHeight(height)
        # Buttons that show more or less now stand at their places at once.
        self._rows.activate()


class _Need:
    """The width one group of a toolbar needs, whatever its buttons show at the moment."""

    def __init__(self, row: QHBoxLayout) -> None:
        widgets = [item.widget() for at in range(row.count()) if (item := row.itemAt(at)) is not None]
        keyed = [one for one in widgets if isinstance(one, Button) and not one.isHidden() and one.key_room()]
        self._primaries = [one for one in keyed if isinstance(one, PrimaryButton)]
        self._others = [one for one in keyed if not isinstance(one, PrimaryButton)]
        hidden = sum(one.key_room() for one in keyed if one.terse)
        shown = sum(one.key_room() for one in keyed if not one.terse)
        self.wanted = row.sizeHint().width() + hidden
        self.least = row.minimumSize().width() - shown
        self.ordinary = sum(one.key_room() for one in self._others)

    def shed(self, others: bool, primaries: bool = False) -> None:
        """Show or leave out the keys of ordinary and of primary buttons."""
        for one in self._others:
            one.set_terse(others)
        for one in self._primaries:
            one.set_terse(primaries)


def _row() -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(4)
    return row


class Splitter(QSplitter):
    """A splitter whose handle is a one pixel line that can be grabbed two pixels around it."""

    def __init__(self, vertical: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical if vertical else Qt.Orientation.Horizontal, parent)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)

    def createHandle(self) -> QSplitterHandle:
        """The line."""
        return _Handle(self.orientation(), self)


class _Handle(QSplitterHandle):
    # Qt masks a handle of one pixel to its middle and lets the mouse grab two more on each side.
    def sizeHint(self) -> QSize:
        return QSize(1, 1)

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().color("line"))
        painter.end()


def pane_head(bar: QWidget) -> QHBoxLayout:
    """The segments at the top of a page's left pane: at one place on every page."""
    row = QHBoxLayout()
    row.setContentsMargins(8, 7, 8, 0)
    row.addWidget(bar)
    row.addStretch(1)
    return row


def column(
    *widgets: QWidget,
    parent: QWidget | None = None,
    gap: int = 0,
    margins: tuple[int, int, int, int] = (0, 0, 0, 0),
) -> QWidget:
    """A widget that stacks others from top to bottom; the last one takes the rest."""
    box = QWidget(parent)
    layout = QVBoxLayout(box)
    layout.setContentsMargins(*margins)
    layout.setSpacing(gap)
    for number, widget in enumerate(widgets, 1):
        layout.addWidget(widget, 1 if number == len(widgets) else 0)
    return box
