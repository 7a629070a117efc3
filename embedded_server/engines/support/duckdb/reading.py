"""Reading a result exactly: DuckDB writes as text what Python's values would lose, and cuts what is long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from embedded_server.engines.base import Reading
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell, RowBlock, Truncated

from .types import EXACT, duckdb_kind, text_of

_CELLS = (int, float, str, bytes, bool, type(None), Truncated)


class Plan(NamedTuple):
    """What is run instead of the statement: `cut` maps a column to its place in the list of sizes."""

    sql: str
    shift: int
    columns: list[Column]
    cut: dict[int, int]


def plan(sql: str, described: Sequence[tuple[str, str]], limit: int | None) -> Plan:
    """Wrap a query whose columns have these names and types."""
    columns = [Column(name, type_, duckdb_kind(type_)) for name, type_ in described]
    if all(column.type in EXACT for column in columns):
        return Plan(sql, 0, columns, {})
    inner: list[str] = []
    outer: list[str] = []
    sizes: list[str] = []
    cut: dict[int, int] = {}
    for place, column in enumerate(columns):
        name = f"c{place}"
        as_is = column.type in EXACT or column.type in ("VARCHAR", "BLOB")
        inner.append(name if as_is else f"{text_of(name, column.type)} AS {name}")
        if column.type in EXACT or limit is None:
            outer.append(name)
            continue
        size, part = f"strlen({name})", f"left({name}, {limit})"
        if column.type == "BLOB":
            size, part = f"octet_length({name})", f"array_slice({name}, 1, {limit})"
        outer.append(f"CASE WHEN {size} > {limit} THEN {part} ELSE {name} END")
        cut[place] = len(sizes)
        sizes.append(size)
    if sizes:
        long = " OR ".join(f"{size} > {limit}" for size in sizes)
        outer.append(f"CASE WHEN {long} THEN [{', '.join(sizes)}] END")
    names = ", ".join(f"c{place}" for place in range(len(columns)))
    text = (
        f"SELECT {', '.join(outer)} FROM (SELECT {', '.join(inner)} FROM (\n"
        f"{sql.rstrip().rstrip(';')}\n) AS q({names})) AS r"
    )
    return Plan(text, 1, columns, cut)


class DuckdbReading(Reading):
    """Rows of an executed statement. `guard` runs a call so that it can be interrupted; `finish` is
    called once at the end."""

    def __init__(
        self,
        cursor: Any,
        made: Plan,
        limit: int | None,
        guard: Callable[[Callable[[], Any]], Any],
        finish: Callable[[], None],
    ) -> None:
        self._cursor = cursor
        self._plan = made
        self._limit = limit
        self._guard, self._finish = guard, finish
        self._done = not made.columns
        self.columns = made.columns
        self.affected = None
        self.read = 0
        if self._done:
            finish()

    def block(self, rows: int) -> RowBlock:
        found = self._guard(lambda: self._cursor.fetchmany(rows)) if not self._done else []
        self.read += len(found)
        if len(found) < rows:
            self.close()
        width = len(self.columns)
        if self._plan.cut:
            found = [row[:-1] if row[-1] is None else self._cut(row) for row in found]
        columns = RowBlock.from_rows(found, width).columns
        return RowBlock([self._cells(column) for column in columns])

    def _cut(self, row: Sequence[Any]) -> list[Cell]:
        sizes, cells = row[-1], list(row[:-1])
        limit = self._limit or 0
        for place, at in self._plan.cut.items():
            size = sizes[at]
            if size is not None and size > limit:
                cells[place] = Truncated(_prefix(cells[place], limit), size)
        return cells

    def _cells(self, column: Sequence[Any]) -> Sequence[Cell]:
        # Only results that could not be wrapped (RETURNING, SHOW, CALL) hold anything else.
        if all(isinstance(cell, _CELLS) for cell in column):
            return column
        return [cell if isinstance(cell, _CELLS) else str(cell) for cell in column]

    def close(self) -> None:
        if not self._done:
            self._done = True
            self._finish()


def _prefix(value: str | bytes, limit: int) -> str | bytes:
    if isinstance(value, bytes):
        return value[:limit]
    return value.encode()[:limit].decode("utf-8", "ignore")
