"""Applying a table's staged edits: asking by the connection's class, sending, taking the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.kit.flow import Flow
from embedded_server.wire.edits import APPLY, ApplyRequest, ApplyResponse, Change
from embedded_server.wire.problem import Problem, problem
from embedded_server.wire.refs import ProposalRef, TableRef

from .change_words import done_words, otherwise_words
from .edit_journal import Edits
from .staged import StagedRow, Swap

if TYPE_CHECKING:
    from .edited_source import EditedSource


class Applying(QObject):
    """The way of one tab's edits into the database.

    `ask(text, name)`: confirm first; `name` is what must be typed, "" for a plain yes. `refused`: nothing
    was written, and the rows say why. `failed(Problem)`. `told(text)`: something to say in the tab.
    `changed`: an apply began or ended.
    """

    ask = Signal(str, str)
    refused = Signal()
    failed = Signal(Problem)
    told = Signal(str)
    changed = Signal()

    def __init__(self, context: Context, ref: TableRef, source: EditedSource, edits: Edits) -> None:
        super().__init__(source)
        self._context, self._ref = context, ref
        self._source, self._edits = source, edits
        self._flow: Flow | None = None

    def running(self) -> bool:
        """Whether edits are being written at the moment."""
        return self._flow is not None and not self._flow.done

    def dialect(self) -> str:
        """The engine's name."""
        return self._source.dialect()

    def start(self) -> None:
        """Apply, after asking where that is needed."""
        staged = self._edits.staged
        if staged.bad():
            self.refused.emit()
            return
        class_ = self._context.workbench.class_of(self._ref.connection)
        count = "1 row" if len(staged) == 1 else f"{len(staged):,} rows"
        about = f"Write {count} of {self._ref.table} on {self._ref.connection.rsplit('/', 1)[-1]}?"
        if staged.uncertain:
            about = (
                "Backlight ended while these edits were being applied: they may be stored already. "
                "Refresh and look before you write them again. " + about
            )
        if class_ == "production":
            self.ask.emit(f"{about} This is a production database: type its name.", self._ref.connection)
        elif class_ == "shared" or staged.uncertain:
            self.ask.emit(about, "")
        else:
            self.go("")

    def go(self, confirm: str) -> None:
        """Apply now."""
        if not self.running() and self._edits.staged.rows:
            self._edits.applying(True)
            self._flow = Flow(self, self._apply(confirm), self._failed)
            self.changed.emit()

    async def _apply(self, confirm: str) -> None:
        staged = self._edits.staged
        rows = staged.ordered()
        request = msgspec.structs.replace(self.request(rows), dry_run=False, confirm=confirm)
        answer = await self._context.api.call(APPLY, request)
        self._flow = None
        if answer.applied:
            self._applied(rows, answer)
        else:
            self._edits.object_to(answer.conflicts, answer.refused)
            self.refused.emit()
        self.changed.emit()

    def request(self, rows: list[StagedRow]) -> ApplyRequest:
        """A request that writes nothing: what would run for these rows."""
        return self._dry(self._edits.staged.changes(rows))

    def _dry(self, changes: list[Change]) -> ApplyRequest:
        return ApplyRequest(
            connection=self._ref.connection,
            table=self._ref.table,
            schema=self._ref.schema,
            changes=changes,
            key_columns=self._edits.staged.key_columns,
            dry_run=True,
        )

    async def proposal(self) -> ProposalRef:
        """The staged edits as a migration of data: what writes them, and what takes them back."""
        staged, ask = self._edits.staged, self._context.api.call
        forward = await ask(APPLY, self.request(staged.ordered()))
        back = await ask(APPLY, self._dry(staged.reversed()))
        found = forward.refused or forward.conflicts
        if found or not forward.statements:
            raise problem("data.unfit", "The edits cannot be written as they are")
        reverse = {statement.id: statement.shown_sql for statement in back.statements}
        operations = [
            {"op": "execute", "sql": statement.shown_sql, "reverse": reverse.get(statement.id, "")}
            for statement in forward.statements
        ]
        return ProposalRef(self._ref.connection, f"edit {self._ref.table}", operations)

    def _applied(self, rows: list[StagedRow], answer: ApplyResponse) -> None:
        self._source.settle(rows, answer.stored)
        self._edits.applied()
        self._context.notify.say(done_words(answer))
        otherwise = otherwise_words(answer)
        if otherwise:
            self.told.emit(otherwise)

    def _failed(self, problem: Problem) -> None:
        self._flow = None
        self._edits.applying(problem.code in ("connection.lost", "connection.timeout", "server.lost"))
        self.failed.emit(problem)
        self.changed.emit()

    # --- choices in a conflict -------------------------------------------------------------------------

    def take_theirs(self, row: StagedRow) -> None:
        """Give up the edits of a row."""
        self._edits.do("Take theirs", [Swap(row, None)])
        self._source.refresh()

    def keep_mine(self, row: StagedRow) -> None:
        """Stage the own values upon the row as it is now; a row that is gone is written anew."""
        conflict = self._edits.staged.conflicts.get(row.id)
        if conflict is None:
            return
        if conflict.kind == "columns":
            values = {name: value for name, value in row.values.items() if name not in conflict.missing}
            after = msgspec.structs.replace(row, values=values)
        elif conflict.kind == "gone":
            after = StagedRow(row.id, row.order, "insert", values={**row.base, **row.values})
        else:
            base = {
                **row.base,
                **{name: conflict.theirs[name] for name in row.base if name in conflict.theirs},
            }
            seen = {**row.seen, **conflict.seen}
            base = {name: value for name, value in base.items() if name not in seen}
            after = msgspec.structs.replace(row, base=base, seen=seen)
        self._edits.do("Keep mine", [Swap(row, after)])
        self._source.refresh()
