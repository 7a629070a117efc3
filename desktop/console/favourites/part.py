"""The part "Saved" of the SQL page: the form, the tree, what was deleted with its undo."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.widgets import EmptyState, InlineProblem, Message, MessagePlace, Offer, no_match
from embedded_server.wire.favourites import Favourite
from embedded_server.wire.problem import Problem

from .form import FavouriteForm
from .shelf import Shelf
from .tree import FavouriteTree, Thing

_MENU = (
    "console.favourite_use",
    "console.favourite_open",
    "",
    "console.favourite_edit",
    "console.favourite_delete",
    "",
    "console.favourites_export",
    "console.favourites_import",
)


class FavouritesPart(QWidget):
    """`used(Favourite, new)`: put it into the script in front, or into a new one."""

    used = Signal(object, bool)

    def __init__(self, context: Context, shelf: Shelf, save: Offer, clear: Callable[[], object]) -> None:
        super().__init__()
        self._context, self.shelf = context, shelf
        self._words: list[str] = []
        self._saved = ""
        self.form = FavouriteForm()
        self.tree = FavouriteTree()
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._empty = EmptyState(
            "Nothing is saved yet",
            "Statements you want again stand here, in folders, with their parameters.",
            "save",
            (save,),
        )
        self._none = no_match(clear)
        self._stack = QStackedWidget()
        for widget in (self._empty, self._none, self.tree):
            self._stack.addWidget(widget)
        self.place = MessagePlace()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.place)
        column.addWidget(self.form)
        column.addWidget(self._stack, 1)
        self._connect()
        self._fill()

    def _connect(self) -> None:
        self.shelf.changed.connect(self._fill)
        self.shelf.saved.connect(self._was_saved)
        self.shelf.deleted.connect(self._were_deleted)
        self.shelf.failed.connect(self.show_problem)
        self.form.given.connect(self.shelf.save)
        self.form.renamed.connect(self.shelf.move_folder)
        self.form.left.connect(self.tree.setFocus)
        self.tree.used.connect(self.used)
        self.tree.edited.connect(self.edit)
        self.tree.deleted.connect(self.delete)
        self.tree.moved.connect(self.put_into)
        self.tree.customContextMenuRequested.connect(self._menu)

    # --- showing -----------------------------------------------------------------------------------

    def set_filter(self, text: str) -> None:
        """Show only what holds every word."""
        self._words = text.casefold().split()
        self._fill()

    def shown(self) -> list[Favourite]:
        """What passes the filter."""
        return [one for one in self.shelf.favourites if all(word in _text(one) for word in self._words)]

    def hidden(self) -> int:
        """How many do not pass it."""
        return len(self.shelf.favourites) - len(self.shown())

    def _fill(self) -> None:
        shown = self.shown()
        self.tree.show_favourites(shown, self._saved)
        self._saved = ""
        self._stack.setCurrentWidget(self.tree if shown else self._none if self._words else self._empty)

    def _was_saved(self, one: Favourite) -> None:
        self._saved = one.id
        self._fill()

    def _were_deleted(self, gone: list[Favourite]) -> None:
        what = f"“{gone[0].name}”" if len(gone) == 1 else f"{len(gone)} saved statements"
        undo = _Undo(self, gone)
        self.place.show_message(Message(f"Deleted {what}", tone="info", offers=(Offer("Undo", undo.act),)))

    def show_problem(self, problem: Problem) -> None:
        """Above the tree."""
        self.place.show_message(InlineProblem(problem))

    # --- acting ------------------------------------------------------------------------------------

    def ask(self, one: Favourite, connection: str) -> None:
        """Ask for name and folder of something to save."""
        self.form.ask(one, connection, self.shelf.folders())

    def edit(self, thing: Thing) -> None:
        """Another name, folder, description."""
        if isinstance(thing, Favourite):
            self.ask(thing, self._context.workbench.connection())
        else:
            self.form.ask_folder(thing)

    def delete(self, things: list[Thing]) -> None:
        """These and what lies in these folders."""
        gone: dict[str, Favourite] = {}
        for thing in things:
            found = [thing] if isinstance(thing, Favourite) else self.shelf.within(thing)
            gone |= {one.id: one for one in found}
        if gone:
            self.shelf.delete(list(gone.values()))

    def put_into(self, things: list[Thing], to: str) -> None:
        """Into a folder."""
        ids = [thing.id for thing in things if isinstance(thing, Favourite)]
        if ids:
            self.shelf.move(ids, to)
        for thing in things:
            if isinstance(thing, str):
                name = thing.rpartition("/")[2]
                self.shelf.move_folder(thing, f"{to}/{name}" if to else name)

    def _menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for verb_id in _MENU:
            if not verb_id:
                menu.addSeparator()
                continue
            verb = self._context.verbs.get(verb_id)
            action = menu.addAction(verb.title, verb.run)
            action.setEnabled(not verb.when())
        menu.popup(self.tree.viewport().mapToGlobal(place))


class _Undo(QWidget):
    """Brings back what was deleted."""

    def __init__(self, part: FavouritesPart, gone: list[Favourite]) -> None:
        super().__init__(part)
        self.hide()
        self._part, self._gone = part, gone

    def act(self) -> None:
        """Once."""
        self._part.place.show_message(None)
        self._part.shelf.restore(self._gone)
        self.deleteLater()


def _text(one: Favourite) -> str:
    return "\n".join((one.folder, one.name, one.description, one.sql)).casefold()
