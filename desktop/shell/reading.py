"""Tab goes to every control in the order in which one reads: left to right, line by line, part by part.

Qt's own order is that in which widgets came into the window, and it takes a tab with a focus proxy for that
proxy: parts that are made late stand at its end, and bars above what has the focus first are left out.
"""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollArea,
    QTabBar,
    QWidget,
)

# What they are made of is theirs.
_WHOLE = (QAbstractItemView, QAbstractSpinBox, QComboBox, QTabBar)


def move_focus(root: QWidget, forward: bool) -> bool:
    """Give the focus to the next or previous control in `root`; at an end it goes on at the other."""
    order = list(controls(root))
    before = QApplication.focusWidget()
    at = _place(order, before)
    if at < 0:
        order = order if forward else order[::-1]
    elif forward:
        order = order[at + 1 :] + order[:at]
    else:
        order = order[:at][::-1] + order[at + 1 :][::-1]
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    for control in order:
        control.setFocus(reason)
        # One may hand the focus back to where it came from.
        if QApplication.focusWidget() is not before:
            _bring_into_sight(control, root)
            return True
    return False


def controls(part: QWidget) -> Iterator[QWidget]:
    """What takes the keyboard by Tab, in reading order."""
    for child in _in_rows(part):
        if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isEnabled():
            yield child
        if not isinstance(child, _WHOLE):
            yield from controls(child)


def _in_rows(part: QWidget) -> list[QWidget]:
    """The children that are seen, row by row: a row is what begins above the middle of its first one."""
    children = [
        child
        for child in part.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if child.isVisible() and not child.isWindow() and not child.size().isEmpty()
    ]
    rest = sorted(children, key=_top)
    ordered: list[QWidget] = []
    while rest:
        lowest = rest[0].geometry()
        row = [child for child in rest if _begins_beside(child.geometry(), lowest)]
        ordered += sorted(row, key=_left)
        rest = [child for child in rest if child not in row]
    return ordered


def _begins_beside(area: QRect, first: QRect) -> bool:
    return area.top() <= first.top() + min(first.height(), area.height()) / 2


def _top(child: QWidget) -> int:
    return child.y()


def _left(child: QWidget) -> tuple[int, int]:
    return child.x(), child.y()


def _place(order: list[QWidget], focused: QWidget | None) -> int:
    """Where the focus is: at a control, or inside one."""
    inside = -1
    for at, control in enumerate(order):
        if control is focused:
            return at
        if focused is not None and control.isAncestorOf(focused):
            inside = at
    return inside


def _bring_into_sight(control: QWidget, root: QWidget) -> None:
    parent = control.parentWidget()
    while parent is not None and parent is not root:
        if isinstance(parent, QScrollArea) and parent.isAncestorOf(control):
            parent.ensureWidgetVisible(control)
        parent = parent.parentWidget()
