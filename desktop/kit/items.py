"""Rows of a list or tree as plain Python objects, and the model that shows them.

Qt's own items are recorded one by one by the bindings, which crashed now and then when a model with many of
them was thrown away.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

AnyIndex = QModelIndex | QPersistentModelIndex
_numbers = itertools.count(1)
_DISPLAY, _TIP = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole


class Item:
    """A row: its `text`, a `tip`, what else is known of it by role, the rows `below` it.

    Change what hangs in a model through `add`, `remove` and `set` alone. `drops`: whether something may be
    dropped on it.
    """

    __slots__ = ("_at", "_roles", "above", "below", "drops", "model", "number", "text")

    def __init__(self, text: str = "", tip: str = "", *, drops: bool = True) -> None:
        self.text, self.drops = text, drops
        self.number = next(_numbers)
        self.above: Item | None = None
        self.below: list[Item] = []
        self.model: ItemModel | None = None
        self._at = 0
        self._roles: dict[int, object] = {_TIP: tip} if tip else {}

    def get(self, role: int) -> object:
        """What is known under a role, null if nothing."""
        return self.text if role == _DISPLAY else self._roles.get(role)

    def set(self, role: int, value: object) -> None:
        """Know something under a role."""
        self._roles[role] = value
        if self.model is not None:
            index = self.model.index_of(self)
            self.model.dataChanged.emit(index, index, [role])

    def row(self) -> int:
        """Its place among those beside it."""
        beside = self.above.below if self.above is not None else [self]
        if self._at >= len(beside) or beside[self._at] is not self:
            self._at = beside.index(self)
        return self._at

    def add(self, items: Iterable[Item]) -> None:
        """Append rows below it."""
        new = list(items)
        if self.model is not None and new:
            self.model.insert(self, new)
        else:
            self.take(new)

    def take(self, new: list[Item]) -> None:
        """As `add`, with nobody told: for the model."""
        for at, item in enumerate(new, len(self.below)):
            item.above, item._at = self, at
        self.below += new

    def remove(self, row: int) -> None:
        """Take a row below it away."""
        if self.model is not None:
            self.model.drop(self, row)
        else:
            del self.below[row]

    def walk(self) -> Iterator[Item]:
        """All rows below, from top to bottom."""
        for item in self.below:
            yield item
            yield from item.walk()


class ItemModel(QAbstractItemModel):
    """Shows the rows below `top`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.top = Item()
        self._known: dict[int, Item] = {}
        self._hang(self.top)

    def show_items(self, items: Iterable[Item]) -> None:
        """These instead of those before."""
        self.beginResetModel()
        self.top, self._known = Item(), {}
        self.top.take(list(items))
        self._hang(self.top)
        self.endResetModel()

    def item(self, index: AnyIndex) -> Item | None:
        """The row at an index, null for none."""
        return self._known.get(index.internalId()) if index.isValid() else None

    def index_of(self, item: Item) -> QModelIndex:
        """Where a row stands."""
        return QModelIndex() if item is self.top else self.createIndex(item.row(), 0, item.number)

    def insert(self, above: Item, new: list[Item]) -> None:
        """Append rows below one; called by `Item.add`."""
        first = len(above.below)
        self.beginInsertRows(self.index_of(above), first, first + len(new) - 1)
        above.take(new)
        for item in new:
            self._hang(item)
        self.endInsertRows()

    def drop(self, above: Item, row: int) -> None:
        """Take a row away; called by `Item.remove`."""
        self.beginRemoveRows(self.index_of(above), row, row)
        gone = above.below.pop(row)
        for item in (gone, *gone.walk()):
            self._known.pop(item.number, None)
            item.model = None
        self.endRemoveRows()

    def _hang(self, item: Item) -> None:
        for one in (item, *item.walk()):
            one.model = self
            self._known[one.number] = one

    # --- what views ask --------------------------------------------------------------------------------

    def index(self, row: int, column: int = 0, parent: AnyIndex = QModelIndex()) -> QModelIndex:  # noqa: B008
        above = self.item(parent) or self.top
        if column != 0 or not 0 <= row < len(above.below):
            return QModelIndex()
        return self.createIndex(row, 0, above.below[row].number)

    def parent(self, index: AnyIndex) -> QModelIndex:  # type: ignore[override]
        item = self.item(index)
        return QModelIndex() if item is None or item.above is None else self.index_of(item.above)

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return len((self.item(parent) or self.top).below)

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 1

    def data(self, index: AnyIndex, role: int = _DISPLAY) -> object:
        item = self.item(index)
        return item.get(role) if item is not None else None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        item = self.item(index)
        if item is None:
            return Qt.ItemFlag.ItemIsDropEnabled
        found = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled
        return found | Qt.ItemFlag.ItemIsDropEnabled if item.drops else found
