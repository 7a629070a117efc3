"""Where the time of one exchange went, painted as a bar."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Themed, elided
from embedded_server.wire.replays import Phases

from .words import ms_text

_NAMES = (
    ("lookup", "dns_ms", "number"),
    ("connect", "connect_ms", "info"),
    ("TLS", "tls_ms", "warn"),
    ("send", "send_ms", "number"),
    ("wait", "wait_ms", "accent"),
    ("receive", "receive_ms", "ok"),
)


class PhasesBar(Themed):
    """Phases of a hundredth of the time at least are named below their part of the bar."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._phases = Phases()
        self.setAccessibleName("Timing")
        self.restyle()

    def show_phases(self, phases: Phases) -> None:
        """Show these."""
        self._phases = phases
        text = ", ".join(f"{name} {ms_text(ms)}" for name, ms, _ in self.parts())
        self.setAccessibleDescription(text)
        self.setToolTip(text)
        self.update()

    def parts(self) -> list[tuple[str, float, str]]:
        """Name, milliseconds and colour of every phase that took time."""
        found = [(name, getattr(self._phases, field), token) for name, field, token in _NAMES]
        total = sum(ms for _, ms, _ in found)
        return [(name, ms, token) for name, ms, token in found if total and ms / total >= 0.01]

    def restyle(self) -> None:
        """Height follows the font."""
        self.setFixedHeight(theme().scaled(30))
        super().restyle()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(theme().scaled(260), theme().scaled(30))

    def paintEvent(self, _: QPaintEvent) -> None:
        """The bar, names below."""
        painter = QPainter(self)
        parts = self.parts()
        total = sum(ms for _, ms, _ in parts) or 1.0
        x, high = 0.0, theme().scaled(6)
        painter.setFont(theme().ui_font(0.85))
        metrics = QFontMetrics(painter.font())
        free = 0
        for name, ms, token in parts:
            width = self.width() * ms / total
            area = QRect(round(x), theme().scaled(3), max(1, round(width) - 1), high)
            painter.fillRect(area, theme().color(token))
            label = f"{name} {ms_text(ms)}"
            if x >= free and metrics.horizontalAdvance(label) <= self.width() - x:
                painter.setPen(theme().color("dim"))
                place = QRect(round(x), high + theme().scaled(4), self.width() - round(x), metrics.height())
                free = (
                    round(x) + elided(painter, place, label, Qt.AlignmentFlag.AlignLeft) + theme().scaled(10)
                )
            x += width
        painter.end()
