"""Looks at a window as a picture: text cut without an ellipsis, texts over each other, weak contrast.

Also some habits of the design that can be counted: bars of one row with nothing cut off, one primary action.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QAbstractScrollArea, QLineEdit, QWidget

from desktop.kit.theme import DEFAULT_SIZE, theme
from desktop.kit.widgets import EmptyState, PrimaryButton, Toolbar

from .text_recorder import Painted, record_texts

TEXT_CONTRAST = 4.5
HINT_CONTRAST = 3.0
SLACK = 1.5
OVERLAP = 2.5


@dataclass(frozen=True)
class Fault:
    """`kind` is "clipped", "overlap", "contrast", "bar" or "primary"; `where` names what is around it."""

    kind: str
    text: str
    detail: str
    where: str

    def saved(self) -> dict[str, Any]:
        """As JSON values."""
        return {"kind": self.kind, "text": self.text, "detail": self.detail, "where": self.where}


def check_picture(root: QWidget, taken: QPixmap | None = None) -> list[Fault]:
    """Every fault in what the widget shows now; `taken` is a picture of just that, if there is one."""
    shown = [text for text in record_texts(root) if _in_sight(root, text)]
    image = (taken or root.grab()).toImage().convertToFormat(QImage.Format.Format_RGB32)
    return [
        *(fault for text in shown if (fault := _clipped(root, text))),
        *_overlaps(root, shown),
        *(fault for text in shown if (fault := _faint(root, text, image))),
        *(fault for bar in _seen(root, Toolbar) for fault in _bar_faults(root, bar)),
        *_primaries(root),
    ]


W = TypeVar("W", bound=QWidget)


def _seen(root: QWidget, kind: type[W]) -> list[W]:
    """The widgets of a kind that are in sight."""
    found = [one for one in root.findChildren(kind) if one.isVisibleTo(root) and not one.size().isEmpty()]
    return [one for one in found if not _covered(root, one, QPointF(one.mapTo(root, one.rect().center())))]


def _bar_faults(root: QWidget, bar: Toolbar) -> list[Fault]:
    """With the usual font a bar has one row, and with any its controls lie inside of it."""
    faults = []
    if bar.stacked() and theme().font_size <= DEFAULT_SIZE:
        faults.append(Fault("bar", "", "takes two rows", _path(root, bar)))
    for control in bar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if control.isVisibleTo(bar) and not bar.rect().contains(control.geometry()):
            faults.append(Fault("bar", _name(control), "is cut by the edge of its bar", _path(root, control)))
    return faults


def _primaries(root: QWidget) -> list[Fault]:
    """Where two buttons are the one to take, none is. A question that was asked may have one of its own."""
    usable = [one for one in _seen(root, PrimaryButton) if one.isEnabled() and _standing(one)]
    return [
        Fault("primary", one.text(), f"beside {usable[0].text()!r}", _path(root, one)) for one in usable[1:]
    ]


def _standing(button: PrimaryButton) -> bool:
    """Whether a button belongs to a bar or to an empty place, and not to something that was asked."""
    above = button.parentWidget()
    while above is not None and not isinstance(above, Toolbar | EmptyState):
        above = above.parentWidget()
    return above is not None


def _name(widget: QWidget) -> str:
    return widget.accessibleName() or type(widget).__name__


def contrast(one: QColor, other: QColor) -> float:
    """The contrast ratio of WCAG 2: 1 for equal colours, 21 for black on white."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: QColor) -> float:
    parts = []
    for part in (color.redF(), color.greenF(), color.blueF()):
        parts.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _in_sight(root: QWidget, text: Painted) -> bool:
    """Not scrolled away and not beneath an overlay."""
    if text.visible.width() < 1 or text.visible.height() < 1:
        return False
    return not _covered(root, text.widget, text.visible.center())


def _covered(root: QWidget, widget: QWidget, point: QPointF) -> bool:
    """Whether something that cannot be seen through lies over a widget at this point."""
    above: QWidget | None = root.childAt(point.toPoint()) or root
    while above is not None and above is not widget and not above.isAncestorOf(widget):
        if above.property("covers") or above.autoFillBackground() or isinstance(above, QAbstractScrollArea):
            return True
        above = above.parentWidget()
    return False


def _clipped(root: QWidget, text: Painted) -> Fault | None:
    if text.text.rstrip().endswith("…"):
        return None
    sideways, down = _scrolls(text.widget)
    lost = text.area.width() - text.visible.width()
    lost_down = text.area.height() - text.visible.height()
    # The line box is higher than the letters; cutting its last pixels cuts nothing.
    if lost > SLACK and not sideways:
        return Fault("clipped", text.text, f"{lost:.0f} px missing in width", _path(root, text.widget))
    if lost_down > 4 and not down:
        return Fault("clipped", text.text, f"{lost_down:.0f} px missing in height", _path(root, text.widget))
    return None


def _scrolls(widget: QWidget) -> tuple[bool, bool]:
    """Whether text may be cut because it can be scrolled into view: sideways, down."""
    sideways = isinstance(widget, QLineEdit) and bool(widget.text()) and not widget.isReadOnly()
    down = False
    above: QWidget | None = widget
    while above is not None:
        if isinstance(above, QAbstractScrollArea):
            across, along = above.horizontalScrollBar(), above.verticalScrollBar()
            sideways = sideways or across.maximum() > across.minimum()
            # The last row of a list may be cut by the edge even if there is nothing below it to scroll.
            down = down or along.maximum() > along.minimum() or above.viewport() is widget
        above = above.parentWidget()
    return sideways, down


def _overlaps(root: QWidget, texts: list[Painted]) -> list[Fault]:
    faults = []
    ordered = sorted(texts, key=lambda text: text.visible.top())
    for number, one in enumerate(ordered):
        for other in ordered[number + 1 :]:
            if other.visible.top() > one.visible.bottom() - OVERLAP:
                break
            if _collide(root, one, other):
                detail = f"over {other.text!r}"
                faults.append(Fault("overlap", one.text, detail, _path(root, one.widget)))
    return faults


def _collide(root: QWidget, one: Painted, other: Painted) -> bool:
    shared = one.visible.intersected(other.visible)
    if shared.width() <= OVERLAP or shared.height() <= one.visible.height() / 3:
        return False
    if any(_covered(root, text.widget, shared.center()) for text in (one, other)):
        return False
    # Marked letters are painted once more exactly over themselves.
    again = one.text in other.text or other.text in one.text
    return not (again and one.widget is other.widget)


def _faint(root: QWidget, text: Painted, image: QImage) -> Fault | None:
    ground = _ground(image, text.visible)
    if ground is None:
        return None
    ratio = contrast(text.color, ground)
    hint = text.color == theme().color("faint") or not text.widget.isEnabled()
    needed = HINT_CONTRAST if hint else TEXT_CONTRAST
    if ratio >= needed:
        return None
    detail = f"{ratio:.1f}:1, {text.color.name()} on {ground.name()}"
    return Fault("contrast", text.text, detail, _path(root, text.widget))


def _ground(image: QImage, area: QRectF) -> QColor | None:
    """The colour that most of the area has: text covers less than half of its box. The image is RGB32."""
    ratio = image.devicePixelRatio()
    box = QRect(
        QPoint(int(area.left() * ratio), int(area.top() * ratio)),
        QPoint(int(area.right() * ratio), int(area.bottom() * ratio)),
    ).intersected(image.rect())
    if box.isEmpty():
        return None
    step_x, step_y = max(1, box.width() // 60), max(1, box.height() // 12)
    pixels, line = memoryview(image.constBits()).cast("I"), image.bytesPerLine() // 4
    colors: Counter[int] = Counter()
    for y in range(box.top(), box.bottom() + 1, step_y):
        colors.update(pixels[y * line + box.left() : y * line + box.right() + 1 : step_x])
    return QColor(colors.most_common(1)[0][0])


def _path(root: QWidget, widget: QWidget) -> str:
    names = []
    above: QWidget | None = widget
    while above is not None and above is not root:
        names.append(_name(above))
        above = above.parentWidget()
    return " > ".join(reversed(names))
