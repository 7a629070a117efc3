"""A script on disk: every edit reaches a journal within half a second and is there after a crash.

The journal holds whole texts and changes of lines; lines, because they need no counting of characters
and repair themselves: what one record got wrong the next whole text puts right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QTextDocument

from desktop.kit.journal import Journal, Record
from embedded_server.wire.problem import ProblemError

FLUSH_MILLISECONDS = 350
SPARE_BYTES = 256 * 1024


@dataclass
class Script:
    """What a journal tells: the text, and what else belongs to the tab (cursor, connection, ...)."""

    text: str = ""
    about: dict[str, Any] = field(default_factory=dict)


def replay(records: list[Record]) -> Script:
    """The state after all records; a record that makes no sense is left out."""
    lines = [""]
    script = Script()
    for record in records:
        if isinstance(record.get("text"), str):
            lines = record["text"].split("\n")
        elif isinstance(record.get("lines"), list):
            at, old = int(record.get("at", 0)), int(record.get("old", 0))
            lines[at : at + old] = [str(line) for line in record["lines"]]
        if isinstance(record.get("about"), dict):
            script.about |= record["about"]
    script.text = "\n".join(lines)
    return script


@dataclass
class _Changed:
    """Lines first..first+now of the document stand for `before` lines of what the journal has."""

    first: int
    before: int
    now: int

    def merge(self, first: int, removed: int, added: int) -> None:
        """Another edit: `removed` lines from `first` became `added`."""
        start = min(self.first, first)
        end = max(self.first + self.now, first + removed)
        self.before += (end - start) - self.now
        self.now = (end - start) + added - removed
        self.first = start


class ScriptJournal(QObject):
    """Follows a document. `failed(Problem)` once when the disk refuses, `recovered` when it takes again."""

    failed = Signal(object)
    recovered = Signal()

    def __init__(self, path: Path, document: QTextDocument, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._journal = Journal(path)
        self._document = document
        self._lines = document.blockCount()
        self._changed: _Changed | None = None
        self._about: dict[str, Any] = {}
        self._saved_about: dict[str, Any] = {}
        self._refused = False
        self._following = True
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(FLUSH_MILLISECONDS)
        self._timer.timeout.connect(self.flush)
        document.contentsChange.connect(self._edited)

    @property
    def path(self) -> Path:
        """The journal's file."""
        return self._journal.path

    def load(self) -> Script:
        """What was there at the end of the last run. Raises ProblemError(file.unreadable)."""
        script = replay(self._journal.replay())
        self._about = self._saved_about = dict(script.about)
        return script

    def loaded(self) -> None:
        """The document holds the journal's text now: nothing is to be written of it."""
        self._changed = None
        self._lines = self._document.blockCount()
        if not self._dirty():
            self._timer.stop()

    def set_about(self, about: dict[str, Any]) -> None:
        """What else is to be remembered; written soon if it is something else."""
        self._about = about
        if self._about != self._saved_about:
            self._later()

    def flush(self) -> None:
        """Write what changed, now."""
        self._timer.stop()
        if not self._dirty():
            return
        try:
            self._write()
        except ProblemError as error:
            if not self._refused:
                self._refused = True
                self.failed.emit(error.problem)
            self._timer.start()
            return
        self._changed = None
        self._saved_about = dict(self._about)
        if self._refused:
            self._refused = False
            self.recovered.emit()

    def close(self) -> None:
        """Write the rest and give the file back; an empty script leaves nothing behind."""
        self.flush()
        self._following = False
        self._timer.stop()
        if self._document.isEmpty() and not self._about.get("path"):
            self._journal.delete()
        else:
            self._journal.close()

    def _dirty(self) -> bool:
        return self._changed is not None or self._about != self._saved_about

    def _later(self) -> None:
        if self._following and not self._timer.isActive():
            self._timer.start()

    def _edited(self, position: int, _: int, added: int) -> None:
        document = self._document
        count = document.blockCount()
        first = max(0, document.findBlock(position).blockNumber())
        last = document.findBlock(position + added)
        now = (last.blockNumber() if last.isValid() else count - 1) - first + 1
        before = now - (count - self._lines)
        self._lines = count
        if self._changed is None:
            self._changed = _Changed(first, before, now)
        else:
            self._changed.merge(first, before, now)
        self._later()

    def _write(self) -> None:
        whole = self._changed is not None and self._changed.now >= max(64, self._lines // 2)
        size = self._journal.size()
        if size and (whole or size > SPARE_BYTES + 4 * self._document.characterCount()):
            self._journal.compact([self._whole()])
            return
        record: Record = {}
        if self._changed is not None:
            if whole or not size:
                record = {"text": self._text()}
            else:
                first, before = self._changed.first, self._changed.before
                record = {"at": first, "old": before, "lines": self._new_lines(self._changed)}
        # Only what is new: the cursor moves often, the rest can be long.
        about = {key: value for key, value in self._about.items() if self._saved_about.get(key) != value}
        if about:
            record["about"] = about
        self._journal.append(record)

    def _whole(self) -> Record:
        return {"text": self._text(), "about": self._about}

    def _text(self) -> str:
        return self._document.toRawText().replace("\u2029", "\n")

    def _new_lines(self, changed: _Changed) -> list[str]:
        lines = []
        block = self._document.findBlockByNumber(changed.first)
        for _ in range(changed.now):
            lines.append(block.text())
            block = block.next()
        return lines
