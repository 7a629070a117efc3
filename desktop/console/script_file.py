"""The file behind a script tab."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from PySide6.QtCore import QObject

from desktop.context import Context
from desktop.kit.ask_file import ask_target
from desktop.kit.widgets import Message, Offer
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import ScriptRef

from .files import Stamp, read, stamp_of, write

if TYPE_CHECKING:
    from .tab import ScriptTab

FILTER = "SQL scripts (*.sql);;All files (*)"


class ScriptFile(QObject):
    """Opens and saves; asks before it writes over what somebody else wrote."""

    def __init__(self, context: Context, tab: ScriptTab) -> None:
        super().__init__(tab)
        self._context, self._tab = context, tab
        self.path = ""
        self._stamp: Stamp | None = None
        self._newline, self._bom = "\n", False

    def title(self) -> str:
        """The file's name, "" without a file."""
        return Path(self.path).name if self.path else ""

    def modified(self) -> bool:
        """Whether the text differs from what was saved."""
        return self._tab.editor.document().isModified()

    def about(self) -> dict[str, Any]:
        """What the journal remembers of it."""
        if not self.path:
            return {}
        stamp = [self._stamp.time, self._stamp.size] if self._stamp is not None else []
        return {
            "path": self.path,
            "stamp": stamp,
            "newline": self._newline,
            "bom": self._bom,
            "modified": self.modified(),
        }

    def restore(self, about: dict[str, Any], path: str) -> None:
        """Take up a file: as the journal left it, else from the disk. A missing file keeps what is typed."""
        self.path = str(about.get("path") or path)
        if not self.path:
            return
        stamp = about.get("stamp")
        self._newline, self._bom = str(about.get("newline", "\n")), bool(about.get("bom", False))
        self._stamp = Stamp(*stamp) if isinstance(stamp, list) and len(stamp) == 2 else None
        document = self._tab.editor.document()
        document.setModified(bool(about.get("modified", False)))
        if not about.get("path") or (not self.modified() and self.changed_on_disk()):
            self.reload()
        elif self.changed_on_disk():
            self._ask("Another program changed the file", "What you typed here is not saved in it.")

    def changed_on_disk(self) -> bool:
        """Whether the file is another one than the text was read from."""
        return stamp_of(Path(self.path)) != self._stamp

    def reload(self) -> None:
        """Take the file's text, as one undo step."""
        try:
            loaded = read(Path(self.path))
        except ProblemError as error:
            self._tab.show_problem(error.problem)
            return
        self._newline, self._bom, self._stamp = loaded.newline, loaded.bom, loaded.stamp
        if loaded.text != self._tab.editor.sql():
            self._tab.editor.set_sql(loaded.text)
        self._tab.editor.document().setModified(False)
        self._tab.remember()

    def save(self) -> None:
        """Save to the file; without one ask for it."""
        if not self.path:
            self.save_as()
        elif self._stamp is not None and stamp_of(Path(self.path)) not in (None, self._stamp):
            self._ask("Another program changed the file", "Saving would overwrite what it wrote.")
        else:
            self.overwrite()

    def overwrite(self) -> None:
        """Save whatever the file holds now."""
        try:
            text = self._tab.editor.sql()
            self._stamp = write(Path(self.path), text, self._newline, bom=self._bom)
        except ProblemError as error:
            self._tab.show_problem(error.problem)
            return
        self._tab.editor.document().setModified(False)
        self._tab.remember()
        self._context.notify.say(f"Saved {self.path}")

    def save_as(self) -> None:
        """Ask for a file, then save."""
        ask_target("Save SQL script", self.path or f"{self._tab.name}.sql", FILTER, self.save_to, "sql")

    def save_to(self, path: str) -> None:
        """Save to another file from now on."""
        self.path, self._stamp = path, stamp_of(Path(path))
        self.overwrite()

    def dropped(self, paths: list[str]) -> None:
        """Open dropped scripts in tabs of their own; other files go to whoever opens them."""
        for path in paths:
            if path.lower().endswith(".sql"):
                self._context.workbench.open(script_ref(path), keep=True)
            else:
                problem = Problem("file.unreadable", "Only .sql files open as scripts", path)
                self._tab.show_problem(problem)

    def _ask(self, title: str, text: str) -> None:
        offers = (Offer("Load the file", self.reload), Offer("Overwrite it", self.overwrite))
        self._tab.results.show_message(Message(title, f"{self.path}\n{text}", tone="warn", offers=offers))


def script_ref(path: str) -> ScriptRef:
    """The reference of a file: the same one for the same file, so that it is opened once."""
    absolute = str(Path(os.path.expanduser(path)).absolute())
    return ScriptRef("", uuid5(NAMESPACE_URL, absolute).hex, absolute)
