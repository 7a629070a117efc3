"""The file behind a script tab."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from PySide6.QtCore import QObject, QTimer

from desktop.context import Context
from desktop.kit.ask_file import ask_target
from desktop.kit.journal import Journal
from desktop.kit.widgets import InlineProblem, Message, Offer
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import ScriptRef

from .file_diff import FileDiff
from .files import Stamp, read, stamp_of, write

if TYPE_CHECKING:
    from .tab import ScriptTab

FILTER = "SQL scripts (*.sql);;All files (*)"
# How often a file that is looked at is looked after: its time and size only.
WATCH_MILLISECONDS = 2000
_NOTHING, _GONE = Stamp(-1, -1), Stamp(-1, 0)


class ScriptFile(QObject):
    """Opens and saves; asks before it writes over what somebody else wrote, and keeps that too."""

    def __init__(self, context: Context, tab: ScriptTab) -> None:
        super().__init__(tab)
        self._context, self._tab = context, tab
        self.path = ""
        self._stamp: Stamp | None = None
        # What was seen on the disk when it was last asked about.
        self._asked = _NOTHING
        self._newline, self._encoding = "\n", "utf-8"
        self._watch = QTimer(self)
        self._watch.setInterval(WATCH_MILLISECONDS)
        self._watch.timeout.connect(self.look)

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
            "encoding": self._encoding,
            "modified": self.modified(),
        }

    def restore(self, about: dict[str, Any], path: str) -> None:
        """Take up a file: as the journal left it, else from the disk. A missing file keeps what is typed."""
        self.path = str(about.get("path") or path)
        if not self.path:
            return
        stamp = about.get("stamp")
        self._newline = str(about.get("newline", "\n"))
        self._encoding = str(about.get("encoding") or ("utf-8-sig" if about.get("bom") else "utf-8"))
        self._stamp = Stamp(*stamp) if isinstance(stamp, list) and len(stamp) == 2 else None
        document = self._tab.editor.document()
        document.setModified(bool(about.get("modified", False)))
        if not about.get("path"):
            self.reload()
        else:
            self.look()

    # --- what others do to it --------------------------------------------------------------------------

    def watched(self, on: bool) -> None:
        """Look after the file while it is looked at."""
        if on and self.path:
            self.look()
            self._watch.start()
        else:
            self._watch.stop()

    def changed_on_disk(self) -> bool:
        """Whether the file is another one than the text was read from."""
        return stamp_of(Path(self.path)) != self._stamp

    def look(self) -> None:
        """Notice what others did to the file: take it if nothing is typed here, else ask, once."""
        now = stamp_of(Path(self.path)) or _GONE if self.path else None
        if now in (None, self._stamp, self._asked):
            return
        if now is _GONE:
            self._asked = _GONE
            title, text = "The file is gone", "What you have stays here; saving writes it again."
            self._tab.results.show_message(Message(title, f"{self.path}\n{text}", tone="warn"))
        elif self.modified():
            self._ask(now, "What you typed here is not saved in it.")
        else:
            self.reload()
            self._context.notify.say(f"{self.title()} was changed on the disk and read again.")

    def reload(self) -> None:
        """Take the file's text, as one undo step."""
        try:
            loaded = read(Path(self.path))
        except ProblemError as error:
            self._tab.show_problem(error.problem)
            return
        self._newline, self._encoding, self._stamp = loaded.newline, loaded.encoding, loaded.stamp
        if loaded.text != self._tab.editor.sql():
            self._tab.editor.set_sql(loaded.text)
        self._tab.editor.document().setModified(False)
        self._tab.results.close_message()
        self._tab.remember()
        if loaded.mixed:
            self._context.notify.say("The file ends its lines in several ways; saving makes them one.")
        elif not loaded.encoding.startswith("utf-8"):
            self._context.notify.say(f"Read and saved as {loaded.encoding}.")

    def keep_mine(self) -> None:
        """Go on with what is here; the file's text goes into a script of its own before it is overwritten."""
        self._asked = stamp_of(Path(self.path)) or _GONE
        self._tab.results.close_message()

    def differences(self) -> None:
        """What differs between the file and what is here."""
        try:
            theirs = read(Path(self.path)).text
        except ProblemError as error:
            self._tab.show_problem(error.problem)
            return
        self._tab.results.show_aside(FileDiff(self.title(), theirs, self._tab.editor.sql()))

    # --- saving ----------------------------------------------------------------------------------------

    def save(self) -> None:
        """Save to the file; without one ask for it."""
        now = stamp_of(Path(self.path)) if self.path else None
        if not self.path:
            self.save_as()
        elif self._stamp is not None and now is not None and now != self._stamp:
            self._ask(now, "Saving would overwrite what it wrote.")
        else:
            self.overwrite()

    def overwrite(self) -> None:
        """Save whatever the file holds now; what somebody else wrote into it becomes a script."""
        path = Path(self.path)
        try:
            kept = self._keep_theirs(path)
            self._stamp = write(path, self._tab.editor.sql(), self._newline, self._encoding)
        except ProblemError as error:
            self._refused(error.problem)
            return
        self._tab.editor.document().setModified(False)
        self._tab.results.close_message()
        self._tab.remember()
        self._context.notify.say(f"Saved {self.path}{f'; the other text is “{kept}”' if kept else ''}")

    def _keep_theirs(self, path: Path) -> str:
        """Put a text that is about to be overwritten among the scripts; "" if it is ours or no text."""
        if self._stamp is None or stamp_of(path) in (None, self._stamp):
            return ""
        try:
            theirs = read(path).text
        except ProblemError:
            return ""
        name = f"{path.name}, overwritten {datetime.now():%d %b %H:%M}"
        journal = Journal(self._context.folder / "scripts" / f"{uuid4().hex}.journal")
        journal.append({"text": theirs, "about": {"name": name}})
        journal.close()
        return name

    def _refused(self, problem: Problem) -> None:
        offers: tuple[Offer, ...] = ()
        if problem.code == "file.encoding":
            offers = (Offer("Save as UTF-8", self._as_utf8),)
        self._tab.results.show_message(InlineProblem(problem, offers))

    def _as_utf8(self) -> None:
        self._encoding = "utf-8"
        self.overwrite()

    def save_as(self) -> None:
        """Ask for a file, then save."""
        ask_target("Save SQL script", self.path or f"{self._tab.name}.sql", FILTER, self.save_to, "sql")

    def save_to(self, path: str) -> None:
        """Save to another file from now on."""
        self.path, self._stamp = path, stamp_of(Path(path))
        self.overwrite()
        self.watched(self._tab.isVisible())

    def dropped(self, paths: list[str]) -> None:
        """Open dropped scripts in tabs of their own; other files go to whoever opens them."""
        for path in paths:
            if path.lower().endswith(".sql"):
                self._context.workbench.open(script_ref(path), keep=True)
            else:
                problem = Problem("file.unreadable", "Only .sql files open as scripts", path)
                self._tab.show_problem(problem)

    def _ask(self, now: Stamp, text: str) -> None:
        self._asked = now
        offers = (
            Offer("Load the file", self.reload),
            Offer("Keep mine", self.keep_mine),
            Offer("Differences", self.differences),
            Offer("Overwrite it", self.overwrite),
        )
        title = "Another program changed the file"
        self._tab.results.show_message(Message(title, f"{self.path}\n{text}", tone="warn", offers=offers))


def script_ref(path: str) -> ScriptRef:
    """The reference of a file: the same one for the same file, so that it is opened once."""
    absolute = str(Path(os.path.expanduser(path)).absolute())
    return ScriptRef("", uuid5(NAMESPACE_URL, absolute).hex, absolute)
