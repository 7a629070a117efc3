"""What takes most room: a line each, its size at the right end."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.kit.items import Item, ItemModel
from desktop.kit.theme import theme
from desktop.kit.widgets import ListView, Role, RowDelegate
from embedded_server.wire.health import Sized

from .words import bytes_text, plural

_THING = Qt.ItemDataRole.UserRole
# The size stands near enough to its name to be read with it.
_WIDEST = 704


class Sizes(ListView):
    """As high as its lines. `opened(Sized)`: Enter or a double click on one."""

    opened = Signal(object)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name, parent)
        self._items = ItemModel(self)
        self.setModel(self._items)
        self.setItemDelegate(RowDelegate(self, padding=14))
        self.setTabKeyNavigation(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.activated.connect(self._open)
        self._fit()

    def show_sizes(self, sizes: Sequence[Sized], whole: str) -> None:
        """Show these; `whole` is what a table's size is of."""
        self._items.show_items([_item(one, whole) for one in sizes])
        self._fit()

    def names(self) -> list[str]:
        """What is listed."""
        return [item.text for item in self._items.top.below]

    def restyle(self) -> None:
        """Colours, fonts or sizes are others now."""
        super().restyle()
        self._fit()

    def _open(self, index: QModelIndex) -> None:
        self.opened.emit(index.data(_THING))

    def _fit(self) -> None:
        self.setMaximumWidth(theme().scaled(_WIDEST) + 2 * theme().scaled(14))
        self.setFixedHeight(len(self._items.top.below) * theme().metric("row"))


def _item(one: Sized, whole: str) -> Item:
    name = f"{one.schema}.{one.name}" if one.schema not in ("", "public") else one.name
    rows = f"~{plural(one.rows, 'row')}" if one.rows is not None and one.rows >= 0 else ""
    about = f"index of {one.table}" if one.kind == "index" else whole
    size = bytes_text(one.bytes) if one.bytes else ""
    note = " · ".join(filter(None, (about, rows)))
    item = Item(name, f"{name}: {' · '.join(filter(None, (size, note)))}")
    item.set(_THING, one)
    item.set(Role.ICON, "index" if one.kind == "index" else "table")
    item.set(Role.NOTE, note)
    item.set(Role.DETAIL, size)
    item.set(Qt.ItemDataRole.AccessibleTextRole, f"{name}, {note}, {size}")
    return item
