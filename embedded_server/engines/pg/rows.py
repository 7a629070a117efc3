"""From libpq's results to cells: the server's own text, bytes for bytea, long values cut."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from psycopg import pq
from psycopg.adapt import Transformer
from psycopg.pq.abc import PGresult

from embedded_server.engines.support.cells import all_within, shorten, text_prefix, tolerant
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell, RowBlock, Truncated

from .grammar import CUT_MARK
from .placeholders import BYTEA

_TEXT = 25
# Results of these types are short; all others are measured.
_FIXED = frozenset(
    {16, 18, 20, 21, 23, 26, 27, 28, 29, 700, 701, 790, 829, 1082, 1083, 1114, 1184, 1266, 2950}
)
_SIZE_BYTES = 8
_CUT = re.compile(r"([A-Za-z0-9+/=\n]+):(\d+)")


class Types(Protocol):
    """Names of result types, of which libpq only tells numbers."""

    def columns(self, names: Sequence[str], types: Sequence[tuple[int, int]]) -> list[Column]:
        """Columns with type and kind from pairs of type number and modifier."""
        ...


class Decoder:
    """Turns the results of one statement into rows and finishes blocks of them.

    It converts everything as text except bytea. This is its own business: were such converters
    registered on the connection, SQLAlchemy's reflection over it would silently read wrong facts.
    """

    def __init__(self, result: PGresult, types: Types, *, lenient: bool, limit: int | None) -> None:
        self._width = result.nfields
        self._oids = [result.ftype(place) for place in range(self._width)]
        names = [(result.fname(place) or b"").decode("utf-8", "replace") for place in range(self._width)]
        self._lenient = lenient
        # Whether rows may hold marks for text that is none.
        self._marked = lenient
        self._transformer = Transformer()
        self._transformer.set_pgresult(result, set_loaders=False)
        loaders = [BYTEA if oid == BYTEA else _TEXT for oid in self._oids]
        self._transformer.set_loader_types(loaders, pq.Format.TEXT)
        self._finishers = self._how_to_finish(names, limit)
        shown = ["" if name.startswith(CUT_MARK) else name for name in names]
        pairs = [(oid, result.fmod(place)) for place, oid in enumerate(self._oids)]
        self.columns = types.columns(shown, pairs)

    def _how_to_finish(self, names: Sequence[str], limit: int | None) -> list[tuple[int, Finisher]]:
        found: list[tuple[int, Finisher]] = []
        for place, (name, oid) in enumerate(zip(names, self._oids, strict=True)):
            if name.startswith(CUT_MARK):
                found.append((place, restoring(int(name.removeprefix(CUT_MARK)))))
            elif limit is not None and oid not in _FIXED:
                found.append((place, shortening(limit)))
        return found

    def rows(self, result: PGresult) -> Sequence[Sequence[Any]]:
        """All rows of one result of the statement."""
        if not self._lenient:
            self._transformer.set_pgresult(result, set_loaders=False)
            try:
                return self._transformer.load_rows(0, result.ntuples, tuple)
            except UnicodeDecodeError:
                self._marked = True  # one bad value must not hide all others
        places = range(self._width)
        return [[self._cell(result, row, place) for place in places] for row in range(result.ntuples)]

    def _cell(self, result: PGresult, row: int, place: int) -> Cell:
        raw = result.get_value(row, place)
        if raw is None:
            return None
        return _unescaped(raw) if self._oids[place] == BYTEA else tolerant(raw)

    def empty(self) -> list[list[Cell]]:
        """Columns to collect rows in."""
        return [[] for _ in range(self._width)]

    def add(self, columns: list[list[Cell]], rows: Sequence[Sequence[Cell]]) -> None:
        """Collect rows. A few at a time: a great many tuples alive at once would keep the garbage
        collector busy, their texts do not."""
        for column, cells in zip(columns, zip(*rows, strict=True), strict=bool(rows)):
            column += cells

    def block(self, columns: list[list[Cell]]) -> RowBlock:
        """What was collected, with marks for values that are too long."""
        found: list[Sequence[Cell]] = list(columns)
        plain = not self._marked
        for place, finish in self._finishers:
            found[place] = finish(columns[place])
            plain = plain and found[place] is columns[place]
        return RowBlock(found, plain=plain)


Finisher = Callable[[Sequence[Cell]], Sequence[Cell]]


def _unescaped(raw: bytes) -> bytes:
    return bytes.fromhex(raw[2:].decode("ascii")) if raw.startswith(b"\\x") else raw


def shortening(limit: int) -> Finisher:
    """Cut whole values that are longer than `limit` bytes."""

    def finish(column: Sequence[Cell]) -> Sequence[Cell]:
        if all_within(column, limit // 4):
            return column
        return [shorten(cell, limit) for cell in column]

    return finish


def restoring(limit: int) -> Finisher:
    """Undo what `PostgresGrammar.cell` did to long values: they alone are longer than the limit, except
    that of JSON and arrays some longer ones come whole, whose text always holds brackets or quotes."""

    def restore(cell: Cell) -> Cell:
        if isinstance(cell, bytes) and len(cell) > limit:
            return Truncated(cell[:-_SIZE_BYTES], int.from_bytes(cell[-_SIZE_BYTES:]))
        if isinstance(cell, str) and len(cell) > limit and cell.isascii():
            cut = _CUT.fullmatch(cell)
            if cut is None:
                return shorten(cell, limit)
            raw = base64.b64decode(cut[1])
            return Truncated(text_prefix(raw, len(raw)), int(cut[2]))
        return cell

    def finish(column: Sequence[Cell]) -> Sequence[Cell]:
        return column if all_within(column, limit) else [restore(cell) for cell in column]

    return finish
