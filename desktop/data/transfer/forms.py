"""Pieces of the two forms: a page that scrolls, lines of label and control."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.kit.theme import theme
from desktop.kit.widgets import Choice, Message, MessagePlace, Surface, slim_bars

WIDTH = 860
LABEL, CHOICE = 128, 250
# So long a layout may take to come to rest.
FOLLOWED_MS = 500


def page(owner: QWidget) -> QVBoxLayout:
    """A scrolling page that fills `owner`; what is laid out in it keeps a readable width."""
    area = QScrollArea()
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    slim_bars(area)
    area.viewport().setAutoFillBackground(False)
    inner = Surface("bg1")
    inner.setMaximumWidth(theme().scaled(WIDTH))
    rows = QVBoxLayout(inner)
    rows.setContentsMargins(32, 24, 32, 24)
    rows.setSpacing(theme().scaled(10))
    area.setWidget(inner)
    area.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    outer = QVBoxLayout(owner)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(area)
    return rows


class Answers(MessagePlace):
    """The place of a page's messages: it is scrolled to a new one, and to those of `below` that are shown."""

    def __init__(self, owner: QWidget, *below: QWidget) -> None:
        super().__init__()
        self._below = below
        self._reveal = Reveal(owner, self._shown)

    def show_message(self, message: Message | None) -> None:
        """This one, or none."""
        super().show_message(message)
        if message is not None:
            self._reveal.start()

    def _shown(self) -> list[QWidget]:
        message: list[QWidget] = [self.message] if self.message is not None else []
        return message + [widget for widget in self._below if not widget.isHidden()]


class Reveal(QObject):
    """Scrolls a page to what has just appeared on it, and after it until it has its last place and height.

    `shown` says what there is to be seen now, the most important first. A moment later the page is the
    user's again: what changes above then must not take it away from where it is being filled in.
    """

    def __init__(self, owner: QWidget, shown: Callable[[], Sequence[QWidget]]) -> None:
        super().__init__(owner)
        self._owner, self._shown = owner, shown
        self._soon, self._following = QTimer(self), QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._scroll)
        self._following.setSingleShot(True)
        self._following.setInterval(FOLLOWED_MS)

    def start(self) -> None:
        """Something appeared."""
        for widget in self._shown():
            # A second time changes nothing.
            widget.installEventFilter(self)
        self._soon.start()
        self._following.start()

    def following(self) -> bool:
        """Whether it still moves the page."""
        return self._following.isActive()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Its text wrapped, or what is above it grew: it is somewhere else now."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and self.following():
            self._soon.start()
        return False

    def _scroll(self) -> None:
        area = self._owner.findChild(QScrollArea)
        if area is not None:
            aside = area.horizontalScrollBar()
            place = aside.value()
            for widget in reversed(self._shown()):
                area.ensureWidgetVisible(widget)
            aside.setValue(place)


def form() -> QFormLayout:
    """Labels at the left."""
    made = QFormLayout()
    made.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    made.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    made.setHorizontalSpacing(theme().scaled(20))
    made.setVerticalSpacing(theme().scaled(8))
    return made


def add(layout: QFormLayout, text: str, field: QWidget, *beside: QWidget) -> QWidget:
    """A line: label, control, and what stands beside it. Returns what to hide it by."""
    whole = field
    if beside:
        whole = QWidget()
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(field, 1)
        for other in beside:
            row.addWidget(other)
    label = QLabel(text)
    label.setBuddy(field)
    # The same in all forms of a page, so that their fields stand below each other.
    label.setMinimumWidth(theme().scaled(LABEL))
    if isinstance(field, Choice):
        field.setMinimumWidth(theme().scaled(CHOICE))
    layout.addRow(label, whole)
    return whole


def side_by_side(*widgets: QWidget) -> QWidget:
    """Widgets in a row, at the left."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme().scaled(14))
    for widget in widgets:
        row.addWidget(widget)
    row.addStretch(1)
    return box


@contextmanager
def keyboard_kept(form: QWidget, cancel: QWidget) -> Iterator[None]:
    """The controls of a form are switched off meanwhile: the keyboard is on Cancel, then where it was.

    Qt would give it to the first control of the window.
    """
    before = QApplication.focusWidget()
    inside = before is not None and form.isAncestorOf(before)
    if inside:
        cancel.setFocus()
    try:
        yield
    finally:
        if inside and before is not None and QApplication.focusWidget() is cancel:
            before.setFocus()
