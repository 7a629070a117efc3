"""Staged edits of every table, shared by all its tabs, each table's in a journal of its own."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import msgspec
from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.kit.flow import Turns
from desktop.kit.journal import Journal, json_text
from embedded_server.wire.edits import Conflict, Refused
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import TableRef

from .staged import Staged, Step, Swap, real_swaps

# A journal grows with every step; when all is applied it is emptied.
_FOLDER = "edits"
# So many rows are written out before somebody else may have a turn.
_AT_ONCE = 200


class Prepared(NamedTuple):
    """A step, and as it will stand in the journal."""

    step: Step
    text: str


class Edits(QObject):
    """What is staged for one table. `changed`: something was staged, taken back, applied or refused.
    `written`: the database has other rows now. `failed(Problem)`: the journal cannot be written; what is
    staged stays in memory."""

    changed = Signal()
    written = Signal()
    failed = Signal(Problem)

    def __init__(self, folder: Path, table: tuple[str, str, str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder, self._table = folder, table
        self.staged = Staged()
        if not folder.is_dir():
            return
        try:
            self.staged.replay(self._journal.replay())
        except ProblemError as error:
            self.failed.emit(error.problem)

    @cached_property
    def _journal(self) -> Journal:
        """Its file is named by the table, whose own name may be no file's."""
        from uuid import NAMESPACE_URL, uuid5  # noqa: PLC0415  # lazy: loads OpenSSL, 5 ms of a start

        return Journal(self._folder / f"{uuid5(NAMESPACE_URL, chr(0).join(self._table)).hex}.journal")

    def do(self, title: str, swaps: list[Swap]) -> bool:
        """Stage a step; false if it changes nothing."""
        step = self.staged.do(title, swaps)
        if step is None:
            return False
        self._write({"do": msgspec.to_builtins(step), "keys": self.staged.key_columns})
        return True

    async def prepared(self, title: str, swaps: list[Swap]) -> Prepared | None:
        """A step of very many rows for `take`, made in slices; null if it changes nothing."""
        turns = Turns()
        real: list[Swap] = []
        texts: list[str] = []
        for start in range(0, len(swaps), _AT_ONCE):
            some = real_swaps(swaps[start : start + _AT_ONCE])
            if some:
                texts.append(json_text(msgspec.to_builtins(some))[1:-1])
            real += some
            if start + _AT_ONCE < len(swaps):
                await turns.rest()
        text = f'{{"title":{json_text(title)},"swaps":[{",".join(texts)}]}}'
        return Prepared(Step(title, real), text) if real else None

    def take(self, prepared: Prepared) -> None:
        """Stage it; its rows must still be as they were when it was made."""
        self.staged.take(prepared.step)
        self._write(f'{{"do":{prepared.text},"keys":{json_text(self.staged.key_columns)}}}')

    def undo(self) -> Step | None:
        """Take the last step back."""
        return self._noted(self.staged.undo(), "undo")

    def redo(self) -> Step | None:
        """Do again what was taken back last."""
        return self._noted(self.staged.redo(), "redo")

    def applying(self, now: bool) -> None:
        """They are about to be written, or that ended without it: a crash in between leaves a doubt."""
        self._write({"applying": now})

    def object_to(self, conflicts: list[Conflict], refused: list[Refused]) -> None:
        """Nothing was written, and this is why."""
        self.staged.object_to(conflicts, refused)
        self.applying(False)

    def applied(self) -> None:
        """All is written."""
        self.staged.clear()
        self._write({"clear": True})
        self.written.emit()
        try:
            self._journal.compact([])
        except ProblemError as error:
            self.failed.emit(error.problem)

    def discard(self) -> bool:
        """Give everything up, as a step that undo takes back."""
        rows = self.staged.ordered()
        count = "1 edited row" if len(rows) == 1 else f"{len(rows):,} edited rows"
        return self.do(f"Discard {count}", [Swap(row, None) for row in rows])

    def close(self) -> None:
        """The window ends."""
        if "_journal" in vars(self):
            self._journal.close()

    def _noted(self, step: Step | None, word: str) -> Step | None:
        if step is not None:
            self._write({word: True})
        return step

    def _write(self, record: dict[str, object] | str) -> None:
        try:
            self._journal.append(record)
        except ProblemError as error:
            self.failed.emit(error.problem)
        self.changed.emit()


class EditBook(QObject):
    """The edits of every table that was opened since the window started."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = context.folder / _FOLDER
        self._known: dict[tuple[str, str, str], Edits] = {}

    def of(self, ref: TableRef, default_schema: str = "") -> Edits:
        """The edits of a table, with what an earlier run left."""
        schema = "" if ref.schema == default_schema else ref.schema
        key = (ref.connection, schema, ref.table)
        if key not in self._known:
            self._known[key] = Edits(self._folder, key, self)
        return self._known[key]
