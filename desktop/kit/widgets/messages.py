"""Messages that stand where something happened: empty states, problems, banners with their actions."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from desktop.kit.theme import styled, theme
from embedded_server.wire.problem import Problem

from .buttons import Button, IconButton, LinkButton, PrimaryButton
from .paint import Themed, rounded
from .scroll import slim_bars
from .text import Paragraph

# A title, its picture and the margins want as much beside the buttons.
_LEAST_TITLE = 240
_MOST_LINES = 12
_PICTURE, _GAP = 16, 8
_TONES = {"error": "error", "warn": "warn", "info": "info", "ok": "ok"}


class Offer(msgspec.Struct, frozen=True):
    """A button of a message: its text and what it does; `primary` is the one to take."""

    text: str
    run: Callable[[], object]
    primary: bool = False
    key: str = ""


class Picture(Themed):
    """An icon as a widget."""

    def __init__(self, icon: str, size: int = 16, token: str = "dim", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon, self._size, self._token = icon, size, token
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """The icon's size at this font size."""
        return QSize(theme().scaled(self._size), theme().scaled(self._size))

    def paintEvent(self, _: QPaintEvent) -> None:
        """The icon."""
        painter = QPainter(self)
        painter.drawPixmap(0, 0, theme().pixmap(self._icon, self._size, self._token))
        painter.end()


class EmptyState(QWidget):
    """Says what will appear here and offers the one action that makes it appear."""

    def __init__(
        self,
        title: str,
        text: str = "",
        icon: str = "",
        offers: tuple[Offer, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(theme().scaled(10))
        column.addStretch(2)
        if icon:
            column.addWidget(Picture(icon, 32, "faint"), alignment=Qt.AlignmentFlag.AlignHCenter)
        self.title = _centred(title, "text")
        self.text = _centred(text, "dim")
        column.addWidget(self.title)
        column.addWidget(self.text)
        self.text.setVisible(bool(text))
        row = self._row = QHBoxLayout()
        row.addStretch(1)
        for offer in offers:
            row.addWidget(_button(offer))
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)

    def add(self, button: QWidget) -> None:
        """A button that knows by itself whether it can be used, behind those that are offered."""
        self._row.insertWidget(self._row.count() - 1, button)

    def show_text(self, title: str, text: str = "") -> None:
        """Say something else."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))


def no_match(clear: Callable[[], object], what: str = "Nothing") -> EmptyState:
    """In the place of a list whose filter lets nothing through: all of it is one click away."""
    return EmptyState(f"{what} passes the filter", "", "filter", (Offer("Clear filter", clear),))


class Message(Themed):
    """Title, text, an expandable detail and buttons on a tinted box.

    `closed` is emitted when the user puts it away (the cross, or any button).
    """

    closed = Signal()

    def __init__(
        self,
        title: str,
        text: str = "",
        detail: str = "",
        tone: str = "error",
        offers: tuple[Offer, ...] = (),
        *,
        closable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._token = _TONES[tone]
        # Not at most its hint: that is as high as the text would be in a wider box.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setAccessibleName(f"{tone}: {title}")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, 8, 8, 8)
        rows.setSpacing(6)
        self._head = QHBoxLayout()
        self._head.addWidget(Picture("info" if tone in ("info", "ok") else "warning", _PICTURE, self._token))
        self.title = Paragraph(title, "text")
        wide = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        # Without it a title of one line is given the height it would have in a narrow box.
        wide.setHeightForWidth(True)
        self.title.setSizePolicy(wide)
        self._head.addWidget(self.title, 1)
        self._acts = QWidget()
        self._buttons = QHBoxLayout(self._acts)
        self._buttons.setContentsMargins(0, 0, 0, 0)
        self._buttons.setSpacing(8)
        self._head.addWidget(self._acts)
        rows.addLayout(self._head)
        self.text = self._add_text(rows, text)
        self.detail = self._add_detail(rows, detail)
        self._below = QHBoxLayout()
        self._below.addStretch(1)
        rows.addLayout(self._below)
        for offer in offers:
            button = _button(offer)
            button.clicked.connect(self.closed)
            self._buttons.addWidget(button)
        if closable:
            close = IconButton("close", "Close message")
            close.clicked.connect(self.closed)
            self._head.addWidget(close)
        self.restyle()

    def restyle(self) -> None:
        """Text and buttons begin below the title, whatever the font: right of the picture and its gap."""
        picture, gap = theme().scaled(_PICTURE), theme().scaled(_GAP)
        self._head.setSpacing(gap)
        self.text.setContentsMargins(picture + gap, 0, 0, 0)
        self._below.setContentsMargins(picture + gap, 0, 0, 0)
        super().restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow place the buttons stand below what they are about, which else would be squeezed."""
        super().resizeEvent(event)
        stacked = self.width() < self._acts.sizeHint().width() + theme().scaled(_LEAST_TITLE)
        if stacked != (self._below.indexOf(self._acts) >= 0):
            if stacked:
                self._head.removeWidget(self._acts)
                self._below.insertWidget(0, self._acts)
            else:
                self._below.removeWidget(self._acts)
                self._head.insertWidget(2, self._acts)

    def paintEvent(self, _: QPaintEvent) -> None:
        """A tinted box with a bar in the tone's colour."""
        painter = QPainter(self)
        rounded(
            painter,
            self.rect(),
            theme().blend(self._token, "bg1", 0.12),
            theme().blend(self._token, "bg1", 0.45),
        )
        painter.end()

    def _add_text(self, rows: QVBoxLayout, text: str) -> Paragraph:
        paragraph = Paragraph(text, "dim")
        rows.addWidget(paragraph)
        # Shown before it has a parent it would open a window of its own for a moment and take the focus.
        paragraph.setVisible(bool(text))
        return paragraph

    def _add_detail(self, rows: QVBoxLayout, text: str) -> Detail:
        detail = Detail(text)
        detail.setVisible(False)
        if text:
            self._toggle = LinkButton("Details")
            self._toggle.setAccessibleName("Show details")
            self._toggle.clicked.connect(self._show_detail)
            self._buttons.addWidget(self._toggle)
        rows.addWidget(detail)
        return detail

    def _show_detail(self) -> None:
        self.detail.setVisible(self.detail.isHidden())
        self._toggle.setText("Details" if self.detail.isHidden() else "Hide details")


class Detail(QPlainTextEdit):
    """A long technical text to read and copy; as high as it is, or what is left where it `grows`."""

    def __init__(self, text: str, parent: QWidget | None = None, *, grows: bool = False) -> None:
        super().__init__(text, parent)
        self._grows = grows
        self.setReadOnly(True)
        self.setAccessibleName("Details")
        self.setTabChangesFocus(True)
        slim_bars(self)
        styled(
            self, "QPlainTextEdit { background: @bg1; color: @text; border: 1px solid @line; padding: @4px; }"
        )
        self.restyle()
        theme().changed.connect(self.restyle)

    def restyle(self) -> None:
        """Take font and height from the theme: at most twelve lines, then it scrolls."""
        self.setFont(theme().mono_font())
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width wraps the text at other places."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._grows:
            return
        spacing = self.fontMetrics().lineSpacing()
        most, wanted = _MOST_LINES * spacing, 0.0
        block = self.document().firstBlock()
        while block.isValid() and wanted < most:
            wanted += self.document().documentLayout().blockBoundingRect(block).height()
            block = block.next()
        height = math.ceil(min(max(wanted, spacing), most)) + theme().scaled(18)
        if height != self.height() or height != self.maximumHeight():
            self.setFixedHeight(height)


class InlineProblem(Message):
    """A problem inside a view: what went wrong, the database's words, what to do."""

    def __init__(
        self,
        problem: Problem,
        offers: tuple[Offer, ...] = (),
        *,
        closable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        detail, text = problem.detail, problem.hint
        # Short words of the database are shown at once; only long ones are folded away.
        if detail and len(detail) <= 200 and "\n" not in detail.strip():
            text = f"{detail}\n{problem.hint}" if problem.hint else detail
            detail = ""
        super().__init__(
            problem.title, text, detail.strip(), "error", offers, closable=closable, parent=parent
        )
        self.problem = problem


def _button(offer: Offer) -> Button:
    button = PrimaryButton(offer.text, offer.key) if offer.primary else Button(offer.text, offer.key)
    button.clicked.connect(_Press(offer, button).run)
    return button


class _Press(QObject):
    """Holds what a button does as long as the button lives: a signal alone would not."""

    def __init__(self, offer: Offer, button: Button) -> None:
        super().__init__(button)
        self._offer = offer

    def run(self) -> None:
        self._offer.run()


def _centred(text: str, token: str) -> QLabel:
    label = Paragraph(text, token)
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    return label


class MessagePlace(QVBoxLayout):
    """The place of one message: another one takes it, and closing it leaves it empty.

    `side` and `room` are kept free around the message; where there is none, nothing is.
    """

    def __init__(self, side: int = 0, room: int = 0) -> None:
        super().__init__()
        self.message: Message | None = None
        self._side, self._room = side, room

    def show_message(self, message: Message | None) -> None:
        """This one, or none."""
        old, self.message = self.message, message
        if old is not None:
            self.removeWidget(old)
            old.hide()
            old.deleteLater()
        if self._side or self._room:
            room = self._room if message is not None else 0
            self.setContentsMargins(self._side, room, self._side, room)
        if message is not None:
            message.closed.connect(self._drop)
            self.addWidget(message)

    def _drop(self) -> None:
        self.show_message(None)
