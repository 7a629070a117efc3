"""The bar at the bottom: server, the tab's own words, running work with Cancel, transaction, zone."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Chip, ElidedLabel, LinkButton, Surface, Themed, dot, elided, key_text

SAID_MILLISECONDS = 6000
RATIO = 0.9
NO_OFFER = "Nothing is offered"


class ServerState(Themed):
    """A dot and a word for the server: `● server 0.4 ms`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._token = "", "faint"
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_state("server starting", "warn")

    def show_state(self, text: str, token: str, tip: str = "") -> None:
        """Another state."""
        self._text, self._token = text, token
        self.setToolTip(tip or text)
        self.setAccessibleName(text)
        self.restyle()

    def text(self) -> str:
        """What is shown."""
        return self._text

    def sizeHint(self) -> QSize:
        """Dot and text; room for changing digits, so that nothing beside it moves."""
        metrics = QFontMetrics(theme().ui_font(RATIO, figures=True))
        wide = max(metrics.horizontalAdvance(self._text), metrics.horizontalAdvance("server 00.0 ms"))
        return QSize(wide + theme().scaled(16), theme().metric("line"))

    def paintEvent(self, _: QPaintEvent) -> None:
        """Dot and text."""
        painter = QPainter(self)
        dot(painter, 0, self.height() / 2, theme().color(self._token), theme().scaled(8))
        painter.setFont(theme().ui_font(RATIO, figures=True))
        painter.setPen(theme().color("dim"))
        elided(painter, self.rect().adjusted(theme().scaled(14), 0, 2, 0), self._text)
        painter.end()


class StatusBar(Surface):
    """Everything that goes on, in one line; it never asks and never blinks."""

    cancel_wanted = Signal()
    commands_wanted = Signal()
    zone_wanted = Signal()
    server_wanted = Signal()
    offer_taken = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg0", "top", parent)
        self.server = ServerState()
        self.tab = ElidedLabel("", "dim", ratio=RATIO, figures=True)
        self.offer = LinkButton("", token="link", ratio=RATIO)
        self.offer.clicked.connect(self.offer_taken)
        self.offer.setAccessibleName(NO_OFFER)
        # Taking it leaves the keyboard where it was.
        self.offer.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.work = ElidedLabel("", "text", ratio=RATIO, figures=True)
        self.cancel = LinkButton("Cancel", token="text", ratio=RATIO)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.said = ElidedLabel("", "text", ratio=RATIO)
        self.auto = ElidedLabel("", "dim", ratio=RATIO)
        self.transaction = Chip(line="warn", small=True)
        self.zone = LinkButton("", token="dim", quiet=True, ratio=RATIO)
        self.zone.clicked.connect(self.zone_wanted)
        self.commands = LinkButton("", token="dim", quiet=True, ratio=RATIO)
        self.commands.clicked.connect(self.commands_wanted)
        self._fresh = False
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.timeout.connect(self._hush)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 1, 10, 0)
        row.setSpacing(14)
        work = QHBoxLayout()
        work.setSpacing(4)
        work.addWidget(self.work)
        work.addWidget(self.cancel)
        row.addWidget(self.server)
        row.addWidget(self.tab)
        row.addWidget(self.offer)
        row.addLayout(work)
        row.addWidget(self.said)
        row.addStretch(1)
        for right in (self.auto, self.transaction, self.zone, self.commands):
            row.addWidget(right)
        for hidden in (self.tab, self.offer, self.work, self.cancel, self.said, self.auto, self.transaction):
            hidden.hide()
        self.show_zone("as stored")
        self.show_commands_key("Ctrl+Shift+P")
        self.restyle()

    def restyle(self) -> None:
        """Height follows the font."""
        self.setFixedHeight(theme().metric("status"))
        super().restyle()

    def say(self, text: str) -> None:
        """A message for some seconds, or until one turns to another tab."""
        self.said.setText(_without_stop(text))
        self.said.show()
        self._quiet.start(SAID_MILLISECONDS)
        # What is opened in the same turn is what it was said of.
        self._fresh = True
        QTimer.singleShot(0, self._stale)

    def turn(self) -> None:
        """Another tab is in front: what was said of the one before is not about it."""
        if not self._fresh:
            self._hush()

    def show_tab(self, texts: list[str], offer: tuple[str, str], transaction: str) -> None:
        """What the tab in front tells and offers."""
        self.tab.setText("    ".join(texts))
        self.tab.setVisible(bool(texts))
        text, why = offer
        if text != self.offer.text():
            self.offer.setText(text)
            self.offer.setAccessibleName(text or NO_OFFER)
            self.offer.updateGeometry()
        self.offer.setToolTip(why)
        self.offer.setVisible(bool(text))
        open_one = transaction not in ("", "AUTO")
        self.transaction.setVisible(open_one)
        tone = _tone(transaction)
        self.transaction.show_text(transaction, tone, line=tone)
        self.auto.setVisible(transaction == "AUTO")
        self.auto.setText(transaction)

    def show_work(self, text: str, cancellable: bool) -> None:
        """Running work; "" when there is none."""
        self.work.setText(text)
        self.work.setVisible(bool(text))
        self.cancel.setVisible(bool(text) and cancellable)

    def show_zone(self, zone: str) -> None:
        """The time zone in which timestamps are explained."""
        self.zone.setText(f"zone: {zone}")

    def show_commands_key(self, key: str) -> None:
        """The key of the palette."""
        self.commands.setText(f"{key_text(key)} commands".strip())

    def _stale(self) -> None:
        self._fresh = False

    def _hush(self) -> None:
        self._quiet.stop()
        self.said.hide()
        self.said.setText("")


def _without_stop(text: str) -> str:
    """A single sentence has no full stop here, wherever it comes from."""
    return text[:-1] if text.endswith(".") and not text.endswith("..") and ". " not in text else text


def _tone(transaction: str) -> str:
    """Amber while a transaction is open and nothing runs in it: it may hold locks others wait for."""
    if " lost" in transaction or " failed" in transaction:
        return "error"
    return "accent" if transaction.endswith(" running") else "warn"
