"""Reading rows as SQLite stores them.

The common case costs nothing extra: SQLite itself refuses a value longer than a page may carry, and
the driver text that is not valid UTF-8. Only when that happens is the statement run again, with care.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from embedded_server.engines.base import Params, Reading
from embedded_server.engines.support.cells import shorten, text_prefix, tolerant
from embedded_server.engines.support.hearing import SILENT, Telling
from embedded_server.engines.support.statement import is_plain_query, keyword
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell, RowBlock, Truncated

from .grammar import SIZE_COLUMN, cut, marked

# A cursor, and who is to be told when its rows were read.
Begun = tuple[sqlite3.Cursor, Telling]
_UNLIMITED = 1_000_000_000
_MOST_COLUMNS = 2000


def repeatable(sql: str) -> bool:
    """Whether running the statement a second time surely changes nothing."""
    word = keyword(sql)
    return word in ("SELECT", "VALUES") or (word == "WITH" and is_plain_query(sql))


class SqliteReading(Reading):
    """Rows of one statement.

    `run` executes a statement on the session with a length limit and a text factory; it is called
    again when a value turns out to be too long or not UTF-8.
    """

    def __init__(
        self,
        run: Callable[[str, Params, int, Any], Begun],
        guard: Callable[[Callable[[], Any]], Any],
        sql: str,
        params: Params,
        cell_bytes: int | None,
        encoding: str,
    ) -> None:
        self._run, self._guard = run, guard
        self._sql, self._params = sql, params
        self._limit = cell_bytes
        self._encoding = encoding
        self._delivered = 0
        self._sizes: frozenset[int] = frozenset()
        self._careful = not repeatable(sql)
        self._cursor: sqlite3.Cursor | None = None
        self._done = False
        self._told = SILENT
        self._start()
        description = self._cursor.description if self._cursor else None
        self.columns = [Column(name) for name in self._names(description)]
        self.affected = self._affected()

    def _names(self, description: Any) -> list[str]:
        names = [item[0] for item in description or ()]
        if not self._sizes:
            return names
        return [
            names[place + 1].removeprefix(SIZE_COLUMN) if place + 1 in self._sizes else name
            for place, name in enumerate(names)
            if place not in self._sizes
        ]

    def _affected(self) -> int | None:
        cursor = self._cursor
        return cursor.rowcount if cursor is not None and cursor.rowcount >= 0 else None

    def _start(self) -> None:
        if self._careful:
            self._run_carefully()
            return
        try:
            self._cursor = self._begin(self._sql, self._limit or _UNLIMITED, str)
        except sqlite3.Error as error:
            if not self._needs_care(error):
                raise
            self._careful = True
            self._run_carefully()

    def _begin(self, sql: str, limit: int, factory: Any) -> sqlite3.Cursor:
        self._tell()
        cursor, self._told = self._run(sql, self._params, limit, factory)
        return cursor

    def _tell(self) -> None:
        self._told.rows(self._delivered)
        self._told.end()

    def _needs_care(self, error: sqlite3.Error) -> bool:
        if isinstance(error, sqlite3.DataError):
            return self._limit is not None and getattr(error, "sqlite_errorname", "") == "SQLITE_TOOBIG"
        return "Could not decode to UTF-8" in str(error)

    def _run_carefully(self) -> None:
        sql, count = self._sql, marked(self._sql)
        if self._limit is not None and 0 < count * 2 <= _MOST_COLUMNS:
            sql = cut(sql)
        self._cursor = self._begin(sql, _UNLIMITED, tolerant)
        names = [item[0] for item in self._cursor.description or ()]
        self._sizes = frozenset(place for place, name in enumerate(names) if name.startswith(SIZE_COLUMN))
        for _ in range(self._delivered):
            self._cursor.fetchone()

    def block(self, rows: int) -> RowBlock:
        found: list[Sequence[Cell]] = self._guard(lambda: self._fetch(rows)) if not self._done else []
        self._delivered += len(found)
        if len(found) < rows:
            self.close()
        # Without care there is nothing but what SQLite stores: 64 bit integers, whole texts, valid UTF-8.
        return RowBlock.from_rows(found, len(self.columns), plain=not self._careful)

    def _fetch(self, rows: int) -> list[Sequence[Cell]]:
        assert self._cursor is not None
        if not self._careful:
            try:
                return self._cursor.fetchmany(rows)
            except sqlite3.Error as error:
                if not self._needs_care(error):
                    raise
                self._careful = True
                self._run_carefully()
        return self._fetch_carefully(rows)

    def _fetch_carefully(self, rows: int) -> list[Sequence[Cell]]:
        assert self._cursor is not None
        if self._limit is None:
            return self._cursor.fetchmany(rows)
        found: list[Sequence[Cell]] = []
        while len(found) < rows:
            row = self._cursor.fetchone()
            if row is None:
                break
            found.append(self._cut_row(row, self._limit))
        return found

    def _cut_row(self, row: Sequence[Any], limit: int) -> Sequence[Cell]:
        if not self._sizes:
            return [shorten(cell, limit) for cell in row]
        cells: list[Cell] = []
        for place, cell in enumerate(row):
            if place not in self._sizes:
                size = row[place + 1] if place + 1 in self._sizes else None
                cells.append(self._restore(cell, size, limit))
        return cells

    def _restore(self, cell: Any, size: int | None, limit: int) -> Cell:
        if size is None or abs(size) <= limit:
            return shorten(cell, limit)
        if size > 0:
            return Truncated(cell, size)
        return Truncated(text_prefix(cell, limit, self._encoding), -size)

    def close(self) -> None:
        self._done = True
        self._tell()
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            cursor.close()
