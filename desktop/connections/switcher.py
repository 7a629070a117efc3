"""The menu below the connection's chip: every connection that is known, the one in use marked."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop.context import Context
from desktop.kit.names import short_name
from desktop.kit.theme import theme
from desktop.kit.turns import unturned

from .book import Book

_VERBS = ("connection.new", "connection.open_file", "connection.edit")


class Switcher(QObject):
    """`choose(name)` is called with the connection that was chosen."""

    def __init__(
        self, context: Context, book: Book, choose: Callable[[str], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._context, self._book, self._choose = context, book, choose
        context.workbench.connection_wanted.connect(self.show_below)

    def names(self) -> list[str]:
        """Those of open tabs, those of this session, the saved ones; each once."""
        bench = self._context.workbench
        saved = [profile.name for profile in self._book.profiles()]
        found = [bench.connection(), *bench.connections(), *self._book.opened(), *saved]
        return list(dict.fromkeys(filter(None, found)))

    def why_not(self) -> str:
        """Why there is nothing to choose from."""
        return "" if self.names() else "No connection is known yet"

    def show_below(self, chip: QWidget) -> None:
        """Ask below the connection's chip."""
        menu = QMenu(chip.window())
        menu.setAccessibleName("Connections")
        menu.setFont(theme().ui_font())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.triggered.connect(self._triggered)
        used = self._context.workbench.connection()
        for name in self.names():
            action = menu.addAction(self._line(name).replace("&", "&&"))
            action.setToolTip(unturned(name))
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(name == used)
        menu.setToolTipsVisible(True)
        menu.addSeparator()
        for verb_id in _VERBS:
            verb = self._context.verbs.get(verb_id)
            action = menu.addAction(verb.title)
            action.setData(("verb", verb_id))
            action.setEnabled(not verb.when())
        menu.popup(chip.mapToGlobal(chip.rect().bottomLeft()))

    def _line(self, name: str) -> str:
        look = self._book.look(name)
        word = look.class_ if look is not None else ""
        return unturned(f"{short_name(name)} · {word}" if word else short_name(name))

    def _triggered(self, action: QAction) -> None:
        data = action.data()
        if isinstance(data, str):
            self._choose(data)
        elif data:
            self._context.verbs.run(data[1])
