"""Saved statements as a tree of folders; dragging moves them, and so do Ctrl+X and Ctrl+V."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import (
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from desktop.kit.items import Item, ItemModel
from desktop.kit.names import short_name
from desktop.kit.widgets import Role, TreeView
from embedded_server.wire.favourites import Favourite

AnyIndex = QModelIndex | QPersistentModelIndex
_THING = Qt.ItemDataRole.UserRole
# A folder's path or a favourite.
Thing = str | Favourite


class FavouriteTree(TreeView):
    """`used(Favourite, new)`: Enter, a double click; `new` with Ctrl. `edited(Thing)`: F2. `deleted(list)`.
    `moved(list, folder)`: favourites and folders that are to go into another folder."""

    used = Signal(object, bool)
    edited = Signal(object)
    deleted = Signal(object)
    moved = Signal(object, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Saved statements", parent)
        self._model = ItemModel(self)
        self.setModel(self._model)
        self._closed: set[str] = set()
        self._cut: list[Thing] = []
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.setExpandsOnDoubleClick(False)
        self.collapsed.connect(self._collapsed)
        self.expanded.connect(self._expanded)

    # --- showing -----------------------------------------------------------------------------------

    def show_favourites(self, favourites: list[Favourite], current: str = "") -> None:
        """These; the cursor stays, or goes to the favourite `current`."""
        wanted = current or _key(self.thing())
        top = Item()
        folders = {"": top}
        for one in favourites:
            _folder(folders, one.folder)
        for one in favourites:
            folders[one.folder].add([_item(one)])
        self._model.show_items(top.below)
        self._open_folders(QModelIndex())
        self._go_to(QModelIndex(), wanted)

    def things(self) -> list[Thing]:
        """What is selected."""
        return [index.data(_THING) for index in self.selectedIndexes()]

    def thing(self) -> Thing | None:
        """What the cursor is on."""
        found: Thing | None = self.currentIndex().data(_THING)
        return found

    def folder(self) -> str:
        """The folder the cursor is in, or on."""
        thing = self.thing()
        return thing.folder if isinstance(thing, Favourite) else thing or ""

    def names(self) -> list[str]:
        """Everything from top to bottom, indented: what a reader sees."""
        return _names(self._model.top, "")

    def choose(self, name: str) -> None:
        """Put the cursor on the first thing of this name."""
        found = next((item for item in self._model.top.walk() if item.text == name), self._model.top)
        self._take(self._model.index_of(found))

    # --- acting ------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Use, edit, delete, cut, paste."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._use(new=control)
        elif event.key() == Qt.Key.Key_F2 and self.thing() is not None:
            self.edited.emit(self.thing())
        elif event.key() == Qt.Key.Key_Delete and self.things():
            self.deleted.emit(self.things())
        elif event.matches(QKeySequence.StandardKey.Cut):
            self._cut = self.things()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self._paste()
        else:
            super().keyPressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Use it; a folder opens or closes."""
        self._use(new=False)

    def dropEvent(self, event: QDropEvent) -> None:
        """What is dragged goes into the folder it is dropped on."""
        target = self.indexAt(event.position().toPoint()).data(_THING)
        to = target.folder if isinstance(target, Favourite) else target or ""
        if event.source() is self:
            self._move(self.things(), to)
        event.setDropAction(Qt.DropAction.IgnoreAction)
        event.accept()

    def _use(self, *, new: bool) -> None:
        thing = self.thing()
        if isinstance(thing, Favourite):
            self.used.emit(thing, new)
        elif thing is not None:
            self.setExpanded(self.currentIndex(), not self.isExpanded(self.currentIndex()))

    def _paste(self) -> None:
        things, self._cut = self._cut, []
        self._move(things, self.folder())

    def _move(self, things: list[Thing], to: str) -> None:
        going = [thing for thing in things if _place(thing) != to]
        if going:
            self.moved.emit(going, to)

    # --- what is open ------------------------------------------------------------------------------

    def _collapsed(self, index: QModelIndex) -> None:
        self._closed.add(str(index.data(_THING)))

    def _expanded(self, index: QModelIndex) -> None:
        self._closed.discard(str(index.data(_THING)))

    def _open_folders(self, parent: AnyIndex) -> None:
        for row in range(self._model.rowCount(parent)):
            index = self._model.index(row, 0, parent)
            if isinstance(index.data(_THING), str):
                self.setExpanded(index, index.data(_THING) not in self._closed)
                self._open_folders(index)

    def _go_to(self, parent: AnyIndex, wanted: str) -> None:
        for row in range(self._model.rowCount(parent)):
            index = self._model.index(row, 0, parent)
            if wanted and _key(index.data(_THING)) == wanted:
                self._take(index)
                return
            self._go_to(index, wanted)

    def _take(self, index: AnyIndex) -> None:
        """This alone, whatever keys are held."""
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)


def _key(thing: Thing | None) -> str:
    return thing.id if isinstance(thing, Favourite) else thing or ""


def _place(thing: Thing) -> str:
    """The folder in which it lies."""
    return thing.folder if isinstance(thing, Favourite) else thing.rpartition("/")[0]


def _folder(known: dict[str, Item], path: str) -> Item:
    if path in known:
        return known[path]
    above, _, name = path.rpartition("/")
    item = Item(name, path)
    item.set(_THING, path)
    item.set(Role.ICON, "folder")
    _folder(known, above).add([item])
    known[path] = item
    return item


def _item(one: Favourite) -> Item:
    shown = one.sql if len(one.sql) < 2000 else one.sql[:2000] + "…"
    tip = "\n".join(part for part in (one.description, shown) if part)
    item = Item(one.name, tip, drops=False)
    item.set(_THING, one)
    item.set(Role.ICON, "script")
    item.set(Role.NOTE, one.description.split("\n", 1)[0])
    item.set(Role.DETAIL, short_name(one.connection))
    return item


def _names(parent: Item, indent: str) -> list[str]:
    found: list[str] = []
    for item in parent.below:
        found += [indent + item.text, *_names(item, indent + "  ")]
    return found
