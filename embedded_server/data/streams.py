"""All rows of a table by one statement, in blocks: what reads everything needs no pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from embedded_server.engines.base import Fragment, Reading
from embedded_server.jobs import Call
from embedded_server.lanes import Lease
from embedded_server.wire.rows import RowsBlock, RowsRequest
from embedded_server.wire.values import LineBlock, RowBlock

from . import blame, structures, tokens
from .keyset import Part
from .pager import MOST_SKIPPED, Pager
from .reader import bytes_of
from .shape import Shape, shape_of
from .structures import Table
from .window import Window

# Half a page: the window takes each block in at one go, and its timers wait meanwhile.
BLOCK_BYTES = 128 * 1024
_SAMPLE = 200
_MOST_ROWS = 20_000
# So often the usual size of a row is looked at again.
_BLOCKS_ALIKE = 32

Started = tuple[Pager, Window, Reading]


def blocks(request: RowsRequest, call: Call, lease: Lease) -> Iterator[RowsBlock]:
    """The first block names the columns; the one with `last` is the end."""
    pager, window, reading = structures.reading(
        lease, request.schema, request.table, lambda table: _begin(request, lease, table)
    )
    named = list(pager.shape.columns)
    left = MOST_SKIPPED if request.limit is None else request.limit
    for place, part in enumerate(window.parts):
        with reading if place == 0 else _read(pager, window, part, left) as rows:
            for block in _pieces(rows):
                call.check()
                left -= len(block)
                yield RowsBlock(columns=named, rows=lease.grammar.decode(pager.shape.columns, block))
                named = []
        if left <= 0:
            break
    yield RowsBlock(columns=named, rows=RowBlock([[] for _ in pager.shape.columns]), last=True)


def _begin(request: RowsRequest, lease: Lease, table: Table) -> Started:
    """The first statement is under way: from now on a changed table is told, not read anew."""
    shape = shape_of(table, lease.grammar, request.columns, request.order_by, request.filters, request.where)
    pager = Pager(lease, _bare(lease, shape))
    if request.after is not None:
        token = tokens.decode(request.after, shape.fingerprint, len(shape.order))
        window = pager.behind_token(token, MOST_SKIPPED)
    else:
        # Without a wish the table's own order will do: it costs nothing.
        window = Window(shape.order if request.order_by or request.keyed else [], edge=True)
    with blame.on_filter(lease, shape):
        count = MOST_SKIPPED if request.limit is None else request.limit
        return pager, window, _read(pager, window, window.parts[0], count)


def _bare(lease: Lease, shape: Shape) -> Shape:
    """Where no value is long now, the columns as they are: to ask every value for its length costs more than
    to cut one that has become long meanwhile."""
    described, grammar = shape.table.described, lease.grammar
    if shape.filtered or not lease.session.only_short_values(described.schema, described.table):
        return shape
    names = ", ".join(grammar.name(column.name) for column in shape.columns)
    return replace(shape, select=Fragment(f"SELECT {names} FROM {shape.source}"))


def _read(pager: Pager, window: Window, part: Part, count: int) -> Reading:
    sql, params = pager.statement(window, part, count)
    shape = pager.shape
    return pager.lease.session.execute_for_all(sql, params, shape.columns, cell_bytes=shape.limit_cells)


def _pieces(reading: Reading) -> Iterator[RowBlock]:
    """Blocks of about `BLOCK_BYTES`."""
    size, number = _SAMPLE, 0
    while True:
        block = reading.block(size)
        if len(block):
            yield block
        if len(block) < size:
            return
        if number % _BLOCKS_ALIKE == 0:
            weight = _size(block) / len(block)
            size = max(1, min(_MOST_ROWS, int(BLOCK_BYTES / max(weight, 1.0))))
        number += 1


def _size(block: RowBlock) -> int:
    """About its bytes on the way to the window."""
    return block.size if isinstance(block, LineBlock) else sum(map(bytes_of, block.columns))
