"""The way from slow to proven: its stations, which of them are behind a request, what comes next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from PySide6.QtCore import QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from desktop.kit.ages import age_text
from desktop.kit.theme import theme
from desktop.kit.widgets import Surface, focus_ring
from embedded_server.wire.refs import AnyRef, Ref
from embedded_server.wire.trace import Step


@dataclass(frozen=True)
class Station:
    """A step of the way: the kinds of steps that reach it, and what does so."""

    title: str
    kinds: tuple[str, ...]
    how: str


STATIONS = (
    Station("Captured", ("captured",), ""),
    Station("Explained", ("explained",), "Ctrl+E on a statement shows its plan"),
    Station("Index tried", ("index",), "Ctrl+I on a statement tries indexes for it"),
    Station("Migration", ("migration", "rehearsed"), "Ctrl+M writes an accepted index as a migration"),
    Station("Applied", ("applied",), "Applying the migration is the next step after it is checked"),
    Station("Replayed", ("replayed",), "Ctrl+Shift+R sends the request again"),
    Station("Verdict", ("verdict",), "The comparison of before and after gives the verdict"),
)


def last_steps(steps: Sequence[Step]) -> dict[str, Step]:
    """The newest step of each station, by its title."""
    return {station.title: step for step in steps for station in STATIONS if step.kind in station.kinds}


def ref_of(step: Step) -> Ref | None:
    """What a step opens, null if it opens nothing that this version knows."""
    if step.ref is None:
        return None
    try:
        found: Ref = msgspec.convert(step.ref, AnyRef)
    except msgspec.ValidationError:
        return None
    return found


class StationButton(QAbstractButton):
    """A station: a tick when it is behind the request, else its number; the next one in the accent."""

    def __init__(self, number: int, station: Station, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.number, self.station = number, station
        self.step: Step | None = None
        self.reached = self.next = self.stacked = False
        self.setText(station.title)
        self.setAccessibleName(station.title)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme().changed.connect(self.updateGeometry)

    def show_state(self, step: Step | None, reached: bool, is_next: bool) -> None:
        """Where the request stands."""
        self.step, self.reached, self.next = step, reached, is_next
        self.setCursor(Qt.CursorShape.PointingHandCursor if step is not None else Qt.CursorShape.ArrowCursor)
        words = "done" if reached else "next" if is_next else "not yet"
        detail = f"{step.text} · {age_text(step.at)}" if step is not None else self.station.how
        self.setAccessibleDescription(": ".join(part for part in (words, detail) if part))
        self.setToolTip(detail or self.station.title)
        self.update()

    def set_stacked(self, stacked: bool) -> None:
        """The title below the circle: for a bar that has no room for both side by side."""
        if stacked != self.stacked:
            self.stacked = stacked
            self.updateGeometry()
            self.update()

    def side_by_side(self) -> int:
        """The pixels of circle and title beside each other."""
        return self._circle() + theme().scaled(8) + self._title_room() + theme().scaled(6)

    def sizeHint(self) -> QSize:
        """Circle and title."""
        if self.stacked:
            width = max(self._circle(), self._title_room()) + theme().scaled(6)
            return QSize(width, self._circle() + theme().metric("line") + theme().scaled(2))
        return QSize(self.side_by_side(), theme().metric("button"))

    def minimumSizeHint(self) -> QSize:
        """The circle; the title is cut where there is no room."""
        return QSize(self._circle() + theme().scaled(4), self.sizeHint().height())

    def _title_room(self) -> int:
        return QFontMetrics(theme().ui_font()).horizontalAdvance(self.text())

    def paintEvent(self, _: QPaintEvent) -> None:
        """Circle, tick or number, title."""
        painter = QPainter(self)
        size = self._circle()
        circle = QRect(2, (self.height() - size) // 2, size, size)
        title = QRect(circle.right() + theme().scaled(8), 0, 0, self.height())
        title.setRight(self.width())
        place = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if self.stacked:
            circle.moveTo((self.width() - size) // 2, 1)
            title = QRect(0, circle.bottom(), self.width(), self.height() - circle.bottom())
            place = Qt.AlignmentFlag.AlignCenter
        fill, ink, word = self._inks()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawEllipse(circle)
        if self.reached:
            tick = theme().pixmap("check", 12, "bg1")
            inset = (size - theme().scaled(12)) // 2
            painter.drawPixmap(circle.left() + inset, circle.top() + inset, tick)
        else:
            painter.setFont(theme().ui_font(0.85, 600))
            painter.setPen(ink)
            painter.drawText(circle, int(Qt.AlignmentFlag.AlignCenter), str(self.number))
        font = theme().ui_font()
        painter.setFont(font)
        painter.setPen(word)
        shown = QFontMetrics(font).elidedText(self.text(), Qt.TextElideMode.ElideRight, title.width())
        painter.drawText(title, int(place), shown)
        if self.hasFocus():
            focus_ring(painter, self.rect())
        painter.end()

    def _inks(self) -> tuple[QColor, QColor, QColor]:
        color = theme().color
        if self.reached:
            return color("ok"), color("bg1"), color("text")
        if self.next:
            return color("accent"), color("accent_text"), color("text")
        return color("bg3"), color("text"), color("dim")

    @staticmethod
    def _circle() -> int:
        return theme().scaled(18)


class PathBar(Surface):
    """All stations in a row; `wanted(Ref)` when one that opens something is clicked."""

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("bg1", "bottom", parent)
        self.setAccessibleName("Path")
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        self.stations = [StationButton(number, station) for number, station in enumerate(STATIONS, 1)]
        for station in self.stations:
            station.clicked.connect(_Click(self, station).run)
            row.addWidget(station)
        row.addStretch(1)
        self.restyle()

    def restyle(self) -> None:
        """Height follows the font."""
        self.setFixedHeight(theme().metric("top") + theme().scaled(3))
        super().restyle()
        self._space()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little room the stations move together, then their titles go below, then are cut."""
        super().resizeEvent(event)
        self._space()

    def _space(self) -> None:
        wide, narrow = theme().scaled(16), theme().scaled(2)
        room = self.width() - 24 - len(self.stations) * narrow
        stacked = sum(station.side_by_side() for station in self.stations) > room
        for station in self.stations:
            station.set_stacked(stacked)
        room = self.width() - 24 - sum(station.sizeHint().width() for station in self.stations)
        self._row.setSpacing(max(narrow, min(wide, room // len(self.stations))))

    def show_steps(self, steps: Sequence[Step]) -> None:
        """Where a request stands; capturing it is behind it in any case."""
        found = last_steps(steps)
        reached = [at == 0 or station.title in found for at, station in enumerate(STATIONS)]
        following = max(at for at, done in enumerate(reached) if done) + 1
        for at, button in enumerate(self.stations):
            button.show_state(found.get(button.station.title), reached[at], at == following)


class _Click(QObject):
    """Opens what a station's step names; lives as long as its button."""

    def __init__(self, bar: PathBar, button: StationButton) -> None:
        super().__init__(button)
        self._emit: Callable[[object], None] = bar.wanted.emit
        self._button = button

    def run(self) -> None:
        """Open it."""
        step = self._button.step
        ref = ref_of(step) if step is not None else None
        if ref is not None:
            self._emit(ref)
