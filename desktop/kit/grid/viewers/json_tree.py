"""A JSON value as a tree that is read as far as it is opened."""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from desktop.kit.grid.viewers.json_scan import PREVIEW, Node, NotJson, Pause, children, ended, root
from desktop.kit.items import Item, ItemModel
from desktop.kit.widgets.lists import Role, TreeView
from desktop.kit.widgets.text import ElidedLabel

BATCH = 200
_SLICE_SECONDS = 0.006
_NODE = Role.ICON + 100
_MORE = "more…"


class JsonTree(QWidget):
    """Shows a text as JSON. `scanned` after each batch of children; `trouble` says where it is no JSON."""

    scanned = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self.trouble = ""
        self._model = ItemModel(self)
        self.tree = _Tree("JSON", self)
        self.tree.setModel(self._model)
        self.note = ElidedLabel("", "error", parent=self)
        self.note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.note)
        column.addWidget(self.tree)
        self.tree.expanded.connect(self._expanded)
        self.tree.activated.connect(self._activated)
        self.tree.clicked.connect(self._activated)
        # Scans under way or waiting for "more", by where their container begins in the text.
        self._scans: dict[int, tuple[Item, Iterator[Node | Pause]]] = {}
        self._waiting: dict[int, Iterator[Node | Pause]] = {}
        self._work = QTimer(self, interval=0)
        self._work.timeout.connect(self._step)

    def show_text(self, text: str) -> None:
        """Show another text; its outermost level opens by itself."""
        self._text, self.trouble = text, ""
        self._scans.clear()
        self._waiting.clear()
        self._model.show_items(())
        self.note.hide()
        try:
            node = root(text)
        except NotJson as error:
            self._say(error)
            return
        item = self._item(node)
        self._model.show_items([item])
        if node.container:
            self.tree.expand(self._model.index_of(item))

    def scanning(self) -> bool:
        """Whether children are still being looked for."""
        return bool(self._scans)

    def _expanded(self, index: QModelIndex) -> None:
        item = self._model.item(index)
        node = item.get(_NODE) if item is not None else None
        if item is not None and isinstance(node, Node) and [one.get(_NODE) for one in item.below] == [None]:
            if item.below[0].text == _MORE:
                return
            item.remove(0)
            self._scan(node.start, item, children(self._text, node.start))

    def _activated(self, index: QModelIndex) -> None:
        """A "more" line loads the next batch."""
        item = self._model.item(index)
        parent = item.above if item is not None else None
        node = parent.get(_NODE) if parent is not None else None
        if item is None or parent is None or not isinstance(node, Node):
            return
        if item.text == _MORE and item.get(_NODE) is None:
            scan = self._waiting.pop(node.start, None)
            if scan is not None:
                parent.remove(item.row())
                self._scan(node.start, parent, scan)

    def _scan(self, start: int, item: Item, scan: Iterator[Node | Pause]) -> None:
        self._scans[start] = (item, scan)
        self._work.start()

    def _step(self) -> None:
        """Some milliseconds of the oldest scan."""
        if not self._scans:
            self._work.stop()
            return
        number, (item, scan) = next(iter(self._scans.items()))
        deadline = time.monotonic() + _SLICE_SECONDS
        found: list[Item] = []
        goal = BATCH - len(item.below) % BATCH
        try:
            while len(found) < goal:
                node = next(scan)
                if not isinstance(node, Pause):
                    found.append(self._item(node))
                if time.monotonic() > deadline:
                    break
            else:
                self._pause(number, item, scan, found)
                return
        except StopIteration as end:
            self._done(number, item, found, end.value)
            return
        except NotJson as error:
            self._say(error)
            self._done(number, item, found)
            return
        item.add(found)

    def _pause(self, number: int, item: Item, scan: Iterator[Node | Pause], found: list[Item]) -> None:
        """A batch is full: the rest waits until it is asked for."""
        del self._scans[number]
        self._waiting[number] = scan
        more = Item(_MORE)
        more.set(Role.DIM, True)
        item.add([*found, more])
        self.scanned.emit()

    def _done(self, number: int, item: Item, found: list[Item], end: int | None = None) -> None:
        del self._scans[number]
        item.add(found)
        if end is not None and item.above is self._model.top:
            try:
                ended(self._text, end)
            except NotJson as error:
                self._say(error)
        if isinstance(item.get(_NODE), Node):
            item.set(Role.DETAIL, _count(len(item.below)))
        self.scanned.emit()

    def _item(self, node: Node) -> Item:
        value = " ".join(node.text[:PREVIEW].split())
        if node.container:
            value = value or node.kind + "…"
        name = "" if node.key is None else f"{node.key}: "
        item = Item(name + value, value)
        item.set(_NODE, node)
        item.set(Role.MONO, True)
        if node.container:
            item.add([Item()])
        return item

    def _say(self, error: NotJson) -> None:
        self.trouble = f"This is {error}"
        self.note.setText(self.trouble)
        self.note.show()
        self.scanned.emit()


def _count(number: int) -> str:
    return f"{number:,} item" + ("" if number == 1 else "s")


class _Tree(TreeView):
    """Ctrl+C copies the line's value as it is written."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        node = self.currentIndex().data(_NODE)
        if event.matches(QKeySequence.StandardKey.Copy) and isinstance(node, Node):
            QApplication.clipboard().setText(node.text)
        else:
            super().keyPressEvent(event)
