"""Edits of one table that are not written yet: what changed in which row, with undo. Knows no Qt.

A row's state never changes; a step replaces states by others, so that undo and redo, and the journal
that brings both back after a crash, are the same few lines. Undo ends where edits were applied: what is
written is taken back by new edits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from embedded_server.wire.edits import Change, ChangeKind, Conflict, Refused, Seen
from embedded_server.wire.values import Cell, from_json

Record = dict[str, Any]


class Bad(msgspec.Struct, frozen=True):
    """What was typed into a cell and does not fit it, and why."""

    text: str
    reason: str


class StagedRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """One row's edits. `key` and `base` are as the page showed them (cells in JSON form, long ones in
    `seen`); `values` what they will become; `bad` what was typed in vain. `order` is when it began."""

    id: str
    order: int
    kind: ChangeKind
    key: list[Any] = []
    base: dict[str, Any] = {}
    seen: dict[str, Seen] = {}
    values: dict[str, Any] = {}
    bad: dict[str, Bad] = {}

    def empty(self) -> bool:
        """Whether nothing is left to write."""
        return self.kind == "update" and not self.values and not self.bad


class Swap(msgspec.Struct, frozen=True):
    """A row's state before and after a step; null where there was or is none."""

    before: StagedRow | None
    after: StagedRow | None


class Step(msgspec.Struct, frozen=True):
    """What one action of the user did; `title` names it for undo: `Set 3 cells`."""

    title: str
    swaps: list[Swap]


class Staged:
    """The staged rows of a table, in the order in which they were begun."""

    def __init__(self) -> None:
        self.rows: dict[str, StagedRow] = {}
        self.key_columns: list[str] = []
        self.version = 0
        self.conflicts: dict[str, Conflict] = {}
        self.refused: dict[str, list[Refused]] = {}
        self._by_key: dict[tuple[Cell, ...], str] = {}
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._inserted: tuple[int, Sequence[StagedRow]] = (0, ())
        self._next = 1
        # The program ended while these edits were being applied: they may be stored already.
        self.uncertain = False

    def __len__(self) -> int:
        return len(self.rows)

    # --- asking --------------------------------------------------------------------------------------

    def ordered(self) -> list[StagedRow]:
        """All rows, the first begun first."""
        return sorted(self.rows.values(), key=_order)

    def inserted(self) -> Sequence[StagedRow]:
        """New rows, the first begun first. Sought once for each version: every row that is painted asks."""
        if self._inserted[0] != self.version:
            self._inserted = (self.version, [row for row in self.ordered() if row.kind == "insert"])
        return self._inserted[1]

    def by_key(self, key: Sequence[Cell]) -> StagedRow | None:
        """The edits of the row with this key, as it was when they began."""
        found = self._by_key.get(tuple(key))
        return self.rows.get(found) if found is not None else None

    def counts(self) -> dict[str, int]:
        """How many rows are updated, inserted, deleted."""
        kinds = [row.kind for row in self.rows.values()]
        return {kind: kinds.count(kind) for kind in ("update", "insert", "delete") if kind in kinds}

    def bad(self) -> int:
        """How many cells hold what does not fit."""
        return sum(len(row.bad) for row in self.rows.values())

    def undo_title(self) -> str:
        """What undo would take back, "" if nothing."""
        return self._done[-1].title if self._done else ""

    def redo_title(self) -> str:
        """What redo would do again, "" if nothing."""
        return self._undone[-1].title if self._undone else ""

    def changes(self, rows: Iterable[StagedRow] | None = None) -> list[Change]:
        """What `data.apply` is asked to write."""
        return [
            Change(kind=row.kind, id=row.id, key=row.key, base=row.base, seen=row.seen, values=row.values)
            if row.kind != "delete"
            else Change(kind="delete", id=row.id, key=row.key, base=row.base, seen=row.seen)
            for row in (self.ordered() if rows is None else rows)
        ]

    def reversed(self) -> list[Change]:
        """What would take the changes back once they are written, the last one first; a row whose key is
        not known, or that was not seen whole, is left out."""
        found = [_back(row, self.key_columns) for row in reversed(self.ordered())]
        return [change for change in found if change is not None]

    # --- acting --------------------------------------------------------------------------------------

    def fresh(self) -> tuple[str, int]:
        """Identity and order for a row about to be staged."""
        number, self._next = self._next, self._next + 1
        return f"r{number}", number

    def do(self, title: str, swaps: Sequence[Swap]) -> Step | None:
        """Take a step; null if it changes nothing."""
        real = real_swaps(swaps)
        return self.take(Step(title, real)) if real else None

    def take(self, step: Step) -> Step:
        """Take a step that changes something in each of its rows."""
        self._done.append(step)
        self._undone.clear()
        self._go(step, forward=True)
        return step

    def undo(self) -> Step | None:
        """Take the last step back."""
        if not self._done:
            return None
        step = self._done.pop()
        self._undone.append(step)
        self._go(step, forward=False)
        return step

    def redo(self) -> Step | None:
        """Do again what was taken back last."""
        if not self._undone:
            return None
        step = self._undone.pop()
        self._done.append(step)
        self._go(step, forward=True)
        return step

    def clear(self) -> None:
        """All is written: nothing is staged, and nothing of it can be undone."""
        self.rows, self._by_key = {}, {}
        self.conflicts, self.refused = {}, {}
        self._done, self._undone = [], []
        self.uncertain = False
        self.version += 1

    def object_to(self, conflicts: Iterable[Conflict], refused: Iterable[Refused]) -> None:
        """What speaks against rows, as the last attempt to apply told."""
        self.uncertain = False
        self.conflicts = {one.id: one for one in conflicts if one.id in self.rows}
        self.refused = {}
        for one in refused:
            self.refused.setdefault(one.id, []).append(one)
        self.version += 1

    def _go(self, step: Step, *, forward: bool) -> None:
        self.version += 1
        for swap in step.swaps if forward else reversed(step.swaps):
            old, new = (swap.before, swap.after) if forward else (swap.after, swap.before)
            if old is not None:
                self._drop(old)
            if new is not None:
                self.rows[new.id] = new
                self._next = max(self._next, new.order + 1)
                if new.kind != "insert":
                    self._by_key[_key(new)] = new.id

    def _drop(self, row: StagedRow) -> None:
        self.rows.pop(row.id, None)
        self.conflicts.pop(row.id, None)
        self.refused.pop(row.id, None)
        if row.kind != "insert":
            self._by_key.pop(_key(row), None)

    # --- the journal ---------------------------------------------------------------------------------

    def replay(self, records: Iterable[Record]) -> None:
        """Take up what an earlier run staged; records that make no sense are left out."""
        for record in records:
            try:
                self._replay(record)
            except (msgspec.ValidationError, ValueError):
                continue

    def _replay(self, record: Record) -> None:
        if "do" in record:
            self.take(msgspec.convert(record["do"], Step))
            self.key_columns = [str(name) for name in record.get("keys", self.key_columns)]
        elif "undo" in record:
            self.undo()
        elif "redo" in record:
            self.redo()
        elif "clear" in record:
            self.clear()
        elif "applying" in record:
            self.uncertain = bool(record["applying"])


def _back(row: StagedRow, keys: Sequence[str]) -> Change | None:
    if row.kind == "delete":
        return None if row.seen else Change(kind="insert", id=row.id, values=row.base)
    key = [row.values.get(name, old) for name, old in zip(keys, row.key or [None] * len(keys), strict=True)]
    if row.kind == "insert":
        known = bool(keys) and all(name in row.values for name in keys)
        return Change(kind="delete", id=row.id, key=key) if known else None
    values = {name: row.base[name] for name in row.values if name in row.base}
    whole = values.keys() == row.values.keys()
    return Change(kind="update", id=row.id, key=key, values=values) if whole else None


def _order(row: StagedRow) -> int:
    return row.order


def _key(row: StagedRow) -> tuple[Cell, ...]:
    return tuple(from_json(value) for value in row.key)


def real_swaps(swaps: Iterable[Swap]) -> list[Swap]:
    """Those that change something, without states that have nothing left to write."""
    settled = map(_settled, swaps)
    return [swap for swap in settled if swap.before != swap.after]


def _settled(swap: Swap) -> Swap:
    """Without a state that has nothing left to write."""
    if swap.after is not None and swap.after.empty():
        return Swap(swap.before, None)
    return swap
