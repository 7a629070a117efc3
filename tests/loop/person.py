"""A person at the window: finds things by accessible names, acts by mouse and keys, waits for what shows.

It knows no view, verb or model: what it cannot find by name, a screen reader cannot find either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

PATIENCE = 60_000
VIEWS = {QAccessible.Role.List, QAccessible.Role.Tree, QAccessible.Role.Table, QAccessible.Role.PageTabList}


class Person:
    """Acts on whatever windows the application shows; ``wait(condition, timeout)`` is qtbot's waitUntil."""

    def __init__(self, wait: Callable[..., None]) -> None:
        self._wait = wait

    # --- seeing ----------------------------------------------------------------------------------

    def named(self, pattern: str) -> list[QWidget]:
        """Visible widgets whose accessible name matches, in the order of the window."""
        wanted = re.compile(pattern)
        return [widget for widget in self._widgets() if wanted.search(name_of(widget))]

    def sees(self, pattern: str) -> bool:
        """Whether something visible has a name, a value or a text that matches."""
        wanted = re.compile(pattern)
        return any(wanted.search(text) for widget in self._widgets() for text in texts_of(widget))

    def wait_for(self, pattern: str, timeout: int = PATIENCE) -> None:
        """Until it is seen."""
        self.until(lambda: self.sees(pattern), f"{pattern!r} to be seen", timeout)

    def until(self, cause: Callable[[], object], what: str, timeout: int = PATIENCE) -> None:
        """Until a cause holds; says what was waited for, and all that is seen instead."""
        try:
            self._wait(lambda: bool(cause()), timeout=timeout)
        except Exception as error:
            raise AssertionError(f"waited in vain for {what}; seen: {self.inventory()}") from error

    def inventory(self) -> list[str]:
        """Every name in the windows, for messages."""
        return sorted({text for widget in self._widgets() for text in texts_of(widget) if text})

    def _widgets(self) -> Iterator[QWidget]:
        for top in QApplication.topLevelWidgets():
            if top.isVisible():
                yield top
                yield from (child for child in top.findChildren(QWidget) if child.isVisible())

    # --- acting ----------------------------------------------------------------------------------

    def one(self, pattern: str, timeout: int = PATIENCE) -> QWidget:
        """The first visible widget of that name, once there is one."""
        self.until(lambda: self.named(pattern), f"something named {pattern!r}", timeout)
        return self.named(pattern)[0]

    def click(self, pattern: str, *, double: bool = False, timeout: int = PATIENCE) -> None:
        """Click the middle of an enabled widget."""
        self.until(
            lambda: any(widget.isEnabled() for widget in self.named(pattern)), f"{pattern!r} enabled", timeout
        )
        widget = next(widget for widget in self.named(pattern) if widget.isEnabled())
        _click(widget, widget.rect().center(), double)

    def click_item(self, view: str, pattern: str, *, double: bool = False, timeout: int = PATIENCE) -> None:
        """Click an item, by its accessible name, inside a list, table or tree of that name."""
        self.until(lambda: self._item(view, pattern), f"an item {pattern!r} in {view!r}", timeout)
        found = self._item(view, pattern)
        assert found is not None
        widget, at = found
        _click(widget, at, double)

    def _item(self, view: str, pattern: str) -> tuple[QWidget, QPoint] | None:
        wanted = re.compile(pattern)
        for widget in self.named(view):
            interface = QAccessible.queryAccessibleInterface(widget)
            if interface.role() not in VIEWS:
                continue
            for item in items_of(interface):
                if wanted.search(item.text(QAccessible.Text.Name)) and not item.rect().isEmpty():
                    inside = widget.viewport() if hasattr(widget, "viewport") else widget
                    return inside, inside.mapFromGlobal(item.rect().center())
        return None

    def press(self, keys: str) -> None:
        """A key or a combination, to whatever has the focus."""
        target = QApplication.focusWidget() or QApplication.activeWindow() or next(self._widgets())
        QTest.keySequence(target, QKeySequence(keys))

    def write(self, text: str, into: str = "") -> None:
        """Type, after clicking a field of that name if one is given."""
        if into:
            self.click(into)
        QTest.keyClicks(QApplication.focusWidget(), text)


def _click(widget: QWidget, at: QPoint, double: bool) -> None:
    """As a hand does it: a double click begins with a click."""
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    if double:
        QTest.mouseDClick(widget, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)


def name_of(widget: QWidget) -> str:
    """The name a screen reader says."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None and interface.isValid() else ""


def texts_of(widget: QWidget) -> list[str]:
    """Name, value and description of a widget, and the names of its items."""
    interface = QAccessible.queryAccessibleInterface(widget)
    if interface is None or not interface.isValid():
        return []
    kinds = (QAccessible.Text.Name, QAccessible.Text.Value, QAccessible.Text.Description)
    texts = [interface.text(kind) for kind in kinds]
    if interface.role() in VIEWS:
        texts += [item.text(QAccessible.Text.Name) for item in items_of(interface)]
    return texts


def items_of(interface: QAccessibleInterface, limit: int = 500) -> Iterator[QAccessibleInterface]:
    """Children of a view that are no widgets: rows, cells, nodes."""
    for index in range(min(interface.childCount(), limit)):
        child = interface.child(index)
        if child is not None and child.isValid():
            yield child
