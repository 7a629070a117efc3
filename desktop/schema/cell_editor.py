"""Typing into a cell, with names that fit listed below it. The keyboard stays in the cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QStringListModel, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListView, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.widgets import slim_bars
from embedded_server.wire.fuzzy import positions

_EDITOR = """
QLineEdit { border: 2px solid @select_line; background: @bg2; color: @text; padding: 0 @5px;
            selection-background-color: @select_line; selection-color: @bg1; }
"""
_LIST = """
QListView { background: @bg2; color: @text; border: 1px solid @faint; outline: 0; }
QListView::item { padding: 0 @6px; }
QListView::item:selected { background: @select; color: @text; }
"""
MOST = 10
_LAST = re.compile(r"[^,]*$")


class CellEditor(QLineEdit):
    """What stands behind the last comma is completed: Down and Up choose, Esc closes the list."""

    def __init__(self, name: str, words: Sequence[str], parent: QWidget, view: QWidget) -> None:
        super().__init__(parent)
        self._words = list(words)
        self._view = view
        self.setAccessibleName(name)
        self.setFont(theme().mono_font())
        styled(self, _EDITOR)
        self._list = QListView(view.window())
        self._list.setAccessibleName(f"{name}: suggestions")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setFont(theme().mono_font())
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._model = QStringListModel(self)
        self._list.setModel(self._model)
        slim_bars(self._list, "bg2")
        styled(self._list, _LIST)
        self._list.hide()
        self._list.clicked.connect(self._take)
        self.textEdited.connect(self._offer)
        self.destroyed.connect(self._list.deleteLater)

    def suggestions(self) -> list[str]:
        """What is listed."""
        return self._model.stringList() if self._list.isVisible() else []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The list's keys first. Enter ends the cell and goes no further."""
        key, listed = event.key(), self._list.isVisible()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up) and (listed or self._words):
            self._move(1 if key == Qt.Key.Key_Down else -1)
        elif listed and key == Qt.Key.Key_Escape:
            self._list.hide()
        else:
            super().keyPressEvent(event)
            if key not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                return
        event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The list goes with the keyboard."""
        super().focusOutEvent(event)
        self._list.hide()

    def hideEvent(self, _: object) -> None:
        """As above."""
        self._list.hide()

    def _move(self, way: int) -> None:
        if not self._list.isVisible():
            self._offer(self.text(), every=True)
        count = self._model.rowCount()
        if count:
            row = self._list.currentIndex().row() + way
            self._list.setCurrentIndex(self._model.index(row % count, 0))
            self._put(str(self._list.currentIndex().data()))

    def _take(self) -> None:
        self._put(str(self._list.currentIndex().data()))
        self._list.hide()

    def _put(self, word: str) -> None:
        """In the place of what is being typed."""
        text = self.text()
        match = _LAST.search(text)
        start = match.start() if match else 0
        self.setText(text[:start] + (" " if start else "") + word)

    def _offer(self, text: str, *, every: bool = False) -> None:
        match = _LAST.search(text)
        typed = match[0].strip() if match else ""
        found = [word for word in self._words if every or (typed and positions(typed, word) is not None)]
        found = [word for word in found if word != typed or every]
        found.sort(key=lambda word: (not word.lower().startswith(typed.lower()), len(word)))
        self._model.setStringList(found[:200])
        if not found:
            self._list.hide()
            return
        rows = min(len(found), MOST)
        place = self.mapTo(self._view.window(), QPoint(0, self.height()))
        high = rows * theme().metric("row") + 4
        if place.y() + high > self._view.window().height():
            place.setY(place.y() - high - self.height())
        width = max(self.width(), theme().scaled(240))
        self._list.setGeometry(place.x(), place.y(), width, high)
        self._list.show()
        self._list.raise_()
