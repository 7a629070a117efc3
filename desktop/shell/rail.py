"""The rail: one icon with its label per registered page."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Surface, focus_ring, rounded

_LABEL = 0.82


class RailButton(QAbstractButton):
    """An icon over its label."""

    def __init__(self, page_id: str, title: str, icon: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page_id = page_id
        self._icon = icon
        self.setText(title)
        self.setCheckable(True)
        self.setAccessibleName(f"{title} page")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def sizeHint(self) -> QSize:
        """As wide as the rail, high enough for both lines."""
        label = QFontMetrics(theme().ui_font(_LABEL)).height()
        return QSize(theme().metric("rail") - 1, theme().scaled(16) + label + theme().scaled(13))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Box when it is the page shown, icon, label."""
        painter = QPainter(self)
        on = self.isChecked()
        box = self.rect().adjusted(theme().scaled(3), 1, -theme().scaled(3), -1)
        if on or self.underMouse():
            # Not quite bg3: the accent's label must be readable on it in the light theme too.
            rounded(painter, box, theme().blend("bg3", "bg0", 0.8) if on else theme().color("bg2"))
        token = "accent" if on else "dim"
        size = theme().scaled(16)
        top = box.top() + theme().scaled(5)
        painter.drawPixmap((self.width() - size) // 2, top, theme().pixmap(self._icon, 16, token))
        painter.setFont(theme().ui_font(_LABEL))
        painter.setPen(theme().color(token))
        label = QRect(0, top + size + 1, self.width(), self.height() - top - size - 3)
        painter.drawText(label, int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop), self.text())
        if self.hasFocus():
            focus_ring(painter, box)
        painter.end()


class Rail(Surface):
    """The pages of the application. Up and Down move while the rail has the focus."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg0", "right", parent)
        self.setAccessibleName("Pages")
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self._clicked)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 7, 1, 7)
        self._column.setSpacing(2)
        self._column.addStretch(1)
        self.buttons: list[RailButton] = []
        self.restyle()

    def restyle(self) -> None:
        """As wide as the labels need."""
        labels = QFontMetrics(theme().ui_font(_LABEL))
        widest = max((labels.horizontalAdvance(button.text()) for button in self.buttons), default=0)
        self.setFixedWidth(max(theme().metric("rail"), widest + theme().scaled(10)))
        super().restyle()

    def add(self, page_id: str, title: str, icon: str) -> None:
        """Add a page at the end."""
        button = RailButton(page_id, title, icon, self)
        self._group.addButton(button, len(self.buttons))
        self._column.insertWidget(len(self.buttons), button)
        self.buttons.append(button)
        self.restyle()

    def show_page(self, page_id: str) -> None:
        """Mark the page shown."""
        for button in self.buttons:
            button.setChecked(button.page_id == page_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down walk through the pages."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        at = next((n for n, button in enumerate(self.buttons) if button.hasFocus()), -1)
        if step is None or at < 0:
            super().keyPressEvent(event)
            return
        button = self.buttons[(at + step) % len(self.buttons)]
        button.setFocus(Qt.FocusReason.TabFocusReason)
        button.click()

    def _clicked(self, number: int) -> None:
        self.chosen.emit(self.buttons[number].page_id)
