"""The bar over everything: product word with the menu, connection, place, quick open, chips."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.context import ConnectionLook
from desktop.kit.theme import theme
from desktop.kit.widgets import Button, Chip, ElidedLabel, Surface, elided, key_text, rounded

SEARCH_TEXT = "Open a table, request, log line, migration…"


class MenuButton(Button):
    """The product's word; it opens the menu."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Backlight", parent=parent)
        self.setAccessibleName("Menu")
        self.setToolTip("Menu  F10")

    def text_font(self) -> QFont:
        """Bold."""
        return theme().ui_font(weight=700)

    def paint_box(self, painter: QPainter) -> None:
        """Only under the pointer or while the menu is open."""
        if self.underMouse() or self.isDown():
            rounded(painter, self.rect(), theme().color("bg3" if self.isDown() else "bg2"))

    def ink(self) -> tuple[QColor, QColor]:
        """The accent."""
        return theme().color("accent"), theme().color("accent")

    def _padding(self) -> int:
        return theme().scaled(7)


class SearchButton(Button):
    """Looks like a field; a click or its key opens quick open over it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(SEARCH_TEXT, "Ctrl+P", parent=parent)
        self.setAccessibleName("Open anything")
        self.setToolTip(f"Open anything  {key_text('Ctrl+P')}")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_key(self, key: str) -> None:
        """Another key opens it."""
        self.set_key(key)
        self.setToolTip(f"Open anything  {key_text(key)}".rstrip())

    def sizeHint(self) -> QSize:
        """The width of the design."""
        return QSize(theme().metric("search"), theme().metric("field"))

    def minimumSizeHint(self) -> QSize:
        """It may shrink to its key."""
        return QSize(theme().scaled(120), theme().metric("field"))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Field, hint, key."""
        painter = QPainter(self)
        line = "select_line" if self.hasFocus() else ("faint" if self.underMouse() else "line")
        rounded(painter, self.rect(), theme().color("bg2"), theme().color(line))
        painter.setFont(theme().ui_font())
        inner = self.rect().adjusted(theme().scaled(11), 0, -theme().scaled(11), 0)
        key = QFontMetrics(painter.font()).horizontalAdvance(self.key())
        painter.setPen(theme().color("dim"))
        elided(painter, inner.adjusted(0, 0, -key - theme().scaled(8), 0), self.text())
        painter.setPen(theme().color("faint"))
        elided(painter, QRect(inner.right() - key, 0, key + 2, self.height()), self.key())
        painter.end()


# With fewer letters than these there is nothing to be read of a place.
_TELLING = 7


class _Place(ElidedLabel):
    """Where the tab in front belongs; a letter or two of it tell nothing."""

    def shown(self) -> str:
        text = super().shown()
        return text if text == self.line() or len(text) >= _TELLING else ""


class TopBar(Surface):
    """The top bar; `class_` of the connection in use colours it."""

    menu_wanted = Signal()
    search_wanted = Signal()
    connection_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg0", "bottom", parent)
        self.menu = MenuButton()
        self.menu.clicked.connect(self.menu_wanted)
        self.connection = Chip()
        self.connection.clicked.connect(self.connection_wanted)
        self.connection.hide()
        self.place = _Place("", "dim")
        self.search = SearchButton()
        self.search.clicked.connect(self.search_wanted)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(8)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 10, 1)
        row.setSpacing(10)
        row.addWidget(self._left(), 35)
        row.addWidget(self.search, 30)
        row.addWidget(self._right(), 35)
        self.restyle()

    def restyle(self) -> None:
        """Height follows the font."""
        self.setFixedHeight(theme().metric("top"))
        self.search.setMaximumWidth(theme().metric("search"))
        super().restyle()

    def show_connection(self, name: str, look: ConnectionLook | None) -> None:
        """The connection in use; none hides the chip."""
        self.connection.setVisible(bool(name))
        if look is None:
            self.connection.show_text(name, line="line")
            return
        text = " · ".join(part for part in (look.name, look.detail) if part)
        line = "production" if look.class_ == "production" else "line"
        self.connection.show_text(text, look.class_, look.class_, line)

    def show_place(self, place: str) -> None:
        """Where the tab in front belongs."""
        self.place.set_middle("/" in place or "\\" in place)
        self.place.setText(place)

    def add_chip(self, chip: QWidget) -> None:
        """A chip at the right end."""
        self._chips.addWidget(chip)

    def _left(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.menu)
        row.addWidget(self.connection)
        row.addSpacing(6)
        row.addWidget(self.place, 1)
        # Both sides are equally wide whatever they hold, so quick open stays in the middle.
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        box.setMinimumWidth(theme().scaled(120))
        return box

    def _right(self) -> QWidget:
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addLayout(self._chips)
        box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return box
