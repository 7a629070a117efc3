"""Pages by a snapshot: the keys at the wanted row numbers, then the rows that carry them, as they are now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from embedded_server.data import tokens
from embedded_server.data.fragments import both
from embedded_server.data.reader import Rows, fitting
from embedded_server.data.window import Page, Window
from embedded_server.engines.base import Fragment, Grammar
from embedded_server.wire.data import Column, PageRequest
from embedded_server.wire.values import Cell, RowBlock

from .kept import Kept, Key
from .making import place_of

if TYPE_CHECKING:
    from embedded_server.data.pager import Pager

# So many rows are asked for first where it is not known how much they weigh.
_SAMPLE = 64
# So many rows are asked for at once where their keys have several columns: each adds to the condition.
_AT_ONCE = 300
_ALL = 1_000_000


class Range(NamedTuple):
    """Rows [first, end) of the snapshot; read from the end when something before a place is asked for."""

    first: int
    end: int
    back: bool = False


def page(pager: Pager, request: PageRequest, limit: int, kept: Kept) -> Page | None:
    """The page that the request names; null where the snapshot does not know its place, or is no longer
    certain and not needed."""
    kept.look(pager.lease, pager.shape)
    wanted = _wanted(pager, request, limit, kept)
    if wanted is None:
        return None
    if wanted.first >= wanted.end:
        return None
    found = _read(pager, wanted, kept)
    if not len(found.block):
        kept.close()  # all of them are gone: it tells nothing any more
        return None
    return found


def _wanted(pager: Pager, request: PageRequest, limit: int, kept: Kept) -> Range | None:
    if request.after is not None:
        return _behind(pager, request.after, limit, kept)
    if request.last or (request.row or 0) >= kept.rows:
        return Range(max(0, kept.rows - limit), kept.rows, back=True)
    first = request.row or 0
    # The first rows cost one sort, which is worth it as soon as others may have come to stand there.
    return Range(first, min(first + limit, kept.rows)) if first or kept.exact else None


def _behind(pager: Pager, after: str, limit: int, kept: Kept) -> Range | None:
    """The rows behind (or before) the row a page ended at, if that row has its number in the snapshot too;
    without a key a place has nothing but its number."""
    shape = pager.shape
    token = tokens.decode(after, shape.fingerprint, len(shape.order))
    if token.row < 0:
        return None
    cells = token.key()
    if cells is None:
        back = Range(max(0, token.row - limit), token.row, back=True)
        ahead = Range(token.row, min(token.row + limit, kept.rows))
        return None if shape.keyed or token.row > kept.rows else back if token.back else ahead
    at = {term.column.name: cell for term, cell in zip(shape.order, cells, strict=True)}
    here = kept.key.known([at[name] for name in kept.key.names])
    if list(kept.keys(token.row, token.row + 1)) != [here]:
        return None
    if token.back:
        end = token.row + token.inclusive
        return Range(max(0, end - limit), end, back=True)
    first = token.row + 1 - token.inclusive
    return Range(first, min(first + limit, kept.rows))


def _read(pager: Pager, wanted: Range, kept: Kept) -> Page:
    shape = pager.shape
    count = wanted.end - wanted.first
    rows = Rows(len(shape.columns), min(count, fitting(shape.row_bytes)))
    keys = kept.keys(wanted.first, wanted.end)
    if wanted.back:
        keys = keys[::-1]
    places: list[int] = []
    at = 0
    while at < len(keys) and rows.missing and not rows.more:
        most = _SAMPLE if not (shape.row_bytes or len(rows)) else len(keys)
        size = min(len(keys) - at, rows.missing, most if len(kept.key.columns) < 2 else min(most, _AT_ONCE))
        found = _rows_of(pager, keys[at : at + size], kept.key)
        places += [at + place for place in found.places]
        rows.add(found.block)
        at += size
    if len(rows):
        shape.row_bytes = rows.row_bytes
    # Where rows have vanished the next page begins behind the last key that was looked for.
    looked = places[len(rows)] if rows.more and len(rows) < len(places) else at
    kept.changed = kept.changed or len(places) < at
    del places[len(rows) :]
    if not wanted.back:
        numbers = [wanted.first + place for place in places]
        return _placed(pager, rows, numbers, Range(wanted.first, wanted.first + looked), kept)
    rows.block = RowBlock([column[::-1] for column in rows.block.columns], plain=rows.block.plain)
    numbers = [wanted.end - 1 - place for place in reversed(places)]
    return _placed(pager, rows, numbers, Range(wanted.end - looked, wanted.end), kept)


class _Found(NamedTuple):
    block: RowBlock
    places: list[int]


def _rows_of(pager: Pager, keys: Sequence[tuple[Cell, ...]], key: Key) -> _Found:
    """The rows of these keys that are still there, in this order, and which keys they are."""
    shape, grammar = pager.shape, pager.lease.grammar
    where = both(shape.condition, _among(keys, key, grammar))
    select = shape.select.sql
    if not key.columns:
        select = f"SELECT {key.sql(grammar)}, {select.removeprefix('SELECT ')}"
    sql, params = f"{select} WHERE {where.sql}", [*shape.select.params, *where.params]
    pager.sql, pager.params = sql, params
    with pager.lease.session.execute(sql, params, cell_bytes=shape.limit_cells) as reading:
        block = reading.block(_ALL)
    if key.columns:
        block = grammar.decode(shape.columns, block)
        names = [column.name for column in shape.columns]
        read = (block.columns[names.index(name)] for name in key.names)
        here = list(map(key.known, zip(*read, strict=True)))
    else:
        here = [place_of(*row) for row in zip(*block.columns[:2], strict=True)]
        block = grammar.decode(shape.columns, RowBlock(block.columns[2:], plain=block.plain))
    at = {one: row for row, one in enumerate(here)}
    places = [place for place, one in enumerate(keys) if one in at]
    order = [at[keys[place]] for place in places]
    return _Found(
        RowBlock([[cells[row] for row in order] for cells in block.columns], plain=block.plain), places
    )


def _among(keys: Sequence[tuple[Cell, ...]], key: Key, grammar: Grammar) -> Fragment:
    """The condition for these keys, in a form of which every engine makes look-ups."""
    if not key.columns:
        tids = dict.fromkeys(f"'({','.join(map(str, place))})'" for _, *place in keys)
        return Fragment(f"ctid IN ({', '.join(tids)})")
    names = [grammar.name(name) for name in key.names]
    rows = [
        [_literal(column, cell, grammar) for column, cell in zip(key.columns, row, strict=True)]
        for row in keys
    ]
    params = tuple(param for row in rows for one in row for param in one.params)
    if len(names) == 1:
        return Fragment(f"{names[0]} IN ({', '.join(one.sql for (one,) in rows)})", params)
    each = (" AND ".join(f"{name} = {one.sql}" for name, one in zip(names, row, strict=True)) for row in rows)
    return Fragment(f"({' OR '.join(f'({row})' for row in each)})", params)


def _literal(column: Column, cell: Cell, grammar: Grammar) -> Fragment:
    return Fragment(str(cell)) if isinstance(cell, int) else grammar.value(column, cell)


def _placed(pager: Pager, rows: Rows, numbers: Sequence[int], here: Range, kept: Kept) -> Page:
    """Keys of pages are those of any other way, so that reading goes on when the snapshot is gone."""
    exact = kept.exact and len(rows) == here.end - here.first
    window = Window(pager.shape.order, access="snapshot", learn=False)
    before = after = None
    if len(rows) and here.first > 0:
        before = pager.key_at(rows, 0, numbers[0], exact, True, window)
    if len(rows) and here.end < kept.rows:
        after = pager.key_at(rows, len(rows) - 1, numbers[-1], exact, False, window)
    return Page(rows.block, here.first, exact, after, before, "snapshot", pager.sql, pager.params)
