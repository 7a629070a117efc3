"""Two results compared row by row: by the columns that identify a row, else by place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell, RowBlock, Truncated

# Of longer results only so many rows are compared.
MOST_ROWS = 50_000
CHANGED, ADDED, REMOVED, EQUAL = "changed", "added", "removed", "equal"
ARROW = " → "


@dataclass(frozen=True)
class Rows:
    """A result as it is compared: columns, and cells column by column."""

    columns: Sequence[Column]
    cells: Sequence[Sequence[Cell]]

    def __len__(self) -> int:
        return len(self.cells[0]) if self.cells else 0

    def place(self, name: str) -> int:
        """Where a column stands."""
        return next(number for number, column in enumerate(self.columns) if column.name == name)


@dataclass
class Comparison:
    """What differs. `key` are the columns that identify a row, empty when rows were taken by their place;
    `repeated` counts rows whose key is not theirs alone: they are compared in their order."""

    key: list[str]
    columns: list[Column] = field(default_factory=list)
    rows: list[list[Cell]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    only_before: list[str] = field(default_factory=list)
    only_after: list[str] = field(default_factory=list)
    repeated: int = 0
    cut: bool = False

    def block(self) -> RowBlock:
        """The rows for a grid."""
        return RowBlock.from_rows(self.rows, len(self.columns))

    def text(self) -> str:
        """`12 changed · 3 added · 1 removed · 984 equal`."""
        parts = [f"{self.counts[word]:,} {word}" for word in (CHANGED, ADDED, REMOVED, EQUAL)]
        if self.only_before or self.only_after:
            parts.append(f"columns in one only: {', '.join(self.only_before + self.only_after)}")
        parts += [f"{self.repeated:,} rows share their key"] if self.repeated else []
        parts += [f"the first {MOST_ROWS:,} rows"] if self.cut else []
        return " · ".join(parts)


def candidates(before: Rows, after: Rows) -> list[list[str]]:
    """Keys that fit: single columns whose values are unique and there in both, then pairs of the first
    columns."""
    shared = _shared(before, after)
    found = [[name] for name in shared if _unique(before, [name]) and _unique(after, [name])]
    if not found:
        first = shared[:4]
        pairs = [[a, b] for at, a in enumerate(first) for b in first[at + 1 :]]
        found = [pair for pair in pairs if _unique(before, pair) and _unique(after, pair)]
    return found


def compare(before: Rows, after: Rows, key: Sequence[str], *, equal_rows: bool = False) -> Comparison:
    """The rows that differ, in the order of the later result, those removed last."""
    cut = max(len(before), len(after)) > MOST_ROWS
    shared = _shared(before, after)
    left = [column.name for column in before.columns if column.name not in shared]
    right = [column.name for column in after.columns if column.name not in shared]
    found = Comparison(list(key), only_before=left, only_after=right, cut=cut)
    found.columns = [Column("difference", kind="text"), *(_column(after, name) for name in shared)]
    found.counts = dict.fromkeys((CHANGED, ADDED, REMOVED, EQUAL), 0)
    older, newer = _records(before, shared), _records(after, shared)
    places = [shared.index(name) for name in key]
    keyed: dict[object, list[int]] = {}
    for number, row in enumerate(older):
        keyed.setdefault(_key(row, places, number), []).append(number)
    found.repeated = sum(len(rows) for rows in keyed.values() if len(rows) > 1)
    gone = set(range(len(older)))
    for number, row in enumerate(newer):
        matching = keyed.get(_key(row, places, number))
        if not matching:
            _add(found, ADDED, row)
            continue
        place = matching.pop(0)
        gone.discard(place)
        _matched(found, older[place], row, equal_rows=equal_rows)
    for place in sorted(gone):
        _add(found, REMOVED, older[place])
    return found


def _matched(found: Comparison, older: Sequence[Cell], newer: Sequence[Cell], *, equal_rows: bool) -> None:
    same = [identity(a) == identity(b) for a, b in zip(older, newer, strict=True)]
    if all(same):
        found.counts[EQUAL] += 1
        if equal_rows:
            found.rows.append([EQUAL, *newer])
        return
    cells = [
        b if equal else f"{_shown(a)}{ARROW}{_shown(b)}"
        for a, b, equal in zip(older, newer, same, strict=True)
    ]
    found.counts[CHANGED] += 1
    found.rows.append([CHANGED, *cells])


def _add(found: Comparison, word: str, row: Sequence[Cell]) -> None:
    found.counts[word] += 1
    found.rows.append([word, *row])


def identity(cell: Cell) -> object:
    """What makes two cells the same: their type too, so that 1 is not 1.0, and NaN is NaN."""
    if isinstance(cell, float):
        return "float", repr(cell)
    if isinstance(cell, Truncated):
        return "cut", cell.prefix, cell.size
    if isinstance(cell, BadText):
        return "bad text", repr(cell)
    return type(cell).__name__, cell


def _shared(before: Rows, after: Rows) -> list[str]:
    """Columns of the same name that each result has once, in the later one's order."""
    left = [column.name for column in before.columns]
    right = [column.name for column in after.columns]
    return [name for name in right if left.count(name) == right.count(name) == 1]


def _column(rows: Rows, name: str) -> Column:
    column = rows.columns[rows.place(name)]
    # A changed cell is a text of both values.
    return Column(name, type=column.type, kind="other", key=column.key)


def _unique(rows: Rows, names: Sequence[str]) -> bool:
    columns = [rows.cells[rows.place(name)][:MOST_ROWS] for name in names] if rows.cells else []
    keys = [tuple(identity(cell) for cell in row) for row in zip(*columns, strict=True)]
    nulls = any(cell is None for column in columns for cell in column)
    return not nulls and len(set(keys)) == len(keys)


def _records(rows: Rows, names: Sequence[str]) -> list[tuple[Cell, ...]]:
    if not rows.cells or not names:
        return [() for _ in range(min(len(rows), MOST_ROWS))]
    columns = [rows.cells[rows.place(name)][:MOST_ROWS] for name in names]
    return list(zip(*columns, strict=True))


def _key(row: Sequence[Cell], places: Sequence[int], number: int) -> object:
    return tuple(identity(row[place]) for place in places) if places else number


def _shown(cell: Cell) -> str:
    if cell is None:
        return "NULL"
    if isinstance(cell, str):
        return cell if cell.strip() else f'"{cell}"'
    if isinstance(cell, bytes):
        return f"0x{cell[:16].hex()}{'…' if len(cell) > 16 else ''}"
    return str(cell.prefix) + "…" if isinstance(cell, Truncated) else str(cell)
