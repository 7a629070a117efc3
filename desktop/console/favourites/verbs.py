"""What can be done with saved statements."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from desktop.context import Context
from desktop.kit.ask_file import ask_folder
from desktop.kit.verb import Verb
from embedded_server.wire.favourites import Favourite

if TYPE_CHECKING:
    from desktop.console.capability import Console

MENU = "SQL"


def add_verbs(context: Context, console: Console) -> None:
    """Register them."""
    acts = _Acts(console)
    one, some = acts.why_no_favourite, acts.why_nothing
    context.verbs.add(
        Verb(
            "console.favourite",
            "Save statement for later…",
            console.ask_favourite,
            ("Ctrl+Alt+U",),
            "save",
            MENU,
            console.why_no_favourite,
            "The selection, the outlined statement or the script, with its parameters, in a folder",
        ),
        Verb("console.favourites", "Saved statements", console.show_saved, ("Ctrl+Alt+V",), "save", "View"),
        Verb("console.favourite_use", "Insert saved statement", acts.use, (), "sql", "", one),
        Verb("console.favourite_open", "Open saved statement", acts.open, (), "script", "", one),
        Verb("console.favourite_edit", "Rename or move…", acts.edit, (), "edit", "", some),
        Verb("console.favourite_delete", "Delete saved statement", acts.delete, (), "trash", "", some),
        Verb("console.favourites_export", "Saved statements to files…", acts.export, (), "export", MENU),
        Verb("console.favourites_import", "Saved statements from files…", acts.take, (), "import", MENU),
    )


class _Acts:
    def __init__(self, console: Console) -> None:
        self._console = console

    def why_no_favourite(self) -> str:
        """Whether the cursor is on a saved statement."""
        chosen = isinstance(self._console.pane.saved.tree.thing(), Favourite)
        return "" if chosen else "Select a saved statement first"

    def why_nothing(self) -> str:
        """Whether anything is selected."""
        return "" if self._console.pane.saved.tree.things() else "Select a saved statement first"

    def use(self) -> None:
        """Into the script in front."""
        self._with(new=False)

    def open(self) -> None:
        """Into a script of its own."""
        self._with(new=True)

    def _with(self, *, new: bool) -> None:
        thing = self._console.pane.saved.tree.thing()
        if isinstance(thing, Favourite):
            self._console.use_favourite(thing, new)

    def edit(self) -> None:
        """Another name, folder or description."""
        thing = self._console.pane.saved.tree.thing()
        if thing is not None:
            self._console.pane.saved.edit(thing)

    def delete(self) -> None:
        """What is selected."""
        self._console.pane.saved.delete(self._console.pane.saved.tree.things())

    def export(self) -> None:
        """The folder of the cursor, or everything."""
        folder = self._console.pane.saved.tree.folder()
        ask_folder("Save statements as files in", partial(self._export, folder))

    def take(self) -> None:
        """Into the folder of the cursor."""
        folder = self._console.pane.saved.tree.folder()
        ask_folder("Take statements from the files of", partial(self._take, folder))

    def _export(self, folder: str, path: str) -> None:
        self._console.shelf.export(path, folder)

    def _take(self, folder: str, path: str) -> None:
        self._console.shelf.take(path, folder)
