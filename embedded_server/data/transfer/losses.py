"""What a format cannot carry: told before it happens, or the export ends there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from embedded_server.wire.data import Column
from embedded_server.wire.problem import problem
from embedded_server.wire.transfer import Loss
from embedded_server.wire.values import BadText, Cell

_SHOWN = 60


@dataclass
class _Kept:
    count: int
    row: int
    value: str


class Losses:
    """Losses by column and reason. Unless `tolerated`, the first one raises transfer.loss."""

    def __init__(self, columns: Sequence[Column], *, tolerated: bool) -> None:
        self._columns = columns
        self._tolerated = tolerated
        self._found: dict[tuple[int, str], _Kept] = {}
        # The number of the first row (from 1) of the block that is being written.
        self.first = 1

    def add(self, place: int, row: int, why: str, cell: Cell, count: int = 1) -> None:
        """A cell of the current block, by column and row in it, that will not come back as it is; `count`
        for several, of which this is the first."""
        kept = self._found.get((place, why))
        if kept is not None:
            kept.count += count
            return
        shown = _shown(cell)
        self._found[place, why] = _Kept(count, self.first + row, shown)
        if not self._tolerated:
            name = self._columns[place].name
            raise problem(
                "transfer.loss",
                detail=f"Row {self.first + row:,}, column {name}: {why} The value is {shown}",
                hint="Choose another format, or allow the loss. A dry run lists all of them.",
            )

    def listed(self) -> list[Loss]:
        """All of them, by column."""
        return [
            Loss(self._columns[place].name, why, kept.count, kept.row, kept.value)
            for (place, why), kept in sorted(self._found.items())
        ]


def _shown(cell: Cell) -> str:
    if isinstance(cell, BadText):
        cell = cell.shown()
    if isinstance(cell, bytes):
        return f"\\x{cell[:_SHOWN].hex()}" + ("…" if len(cell) > _SHOWN else "")
    text = repr(cell) if isinstance(cell, str) else str(cell)
    return text[:_SHOWN] + ("…" if len(text) > _SHOWN else "")
