"""Reading beside the view: rows for copying, whole values for viewers; neither touches the page cache."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from desktop.api.client import Client
from desktop.kit.flow import Flow, Waiter
from desktop.kit.long_column import LongColumn
from desktop.kit.rows import Progress
from embedded_server.wire.data import CELL, PAGE, CellRequest, CellResponse, PageRequest
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.rows import ROWS, RowsBlock, RowsRequest
from embedded_server.wire.values import BadText, Truncated

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

READ_ROWS = 10_000  # as many as a page holds
PART = 4 * 1024 * 1024


class RemoteValue:
    """A value too long for a page, read from the database in parts."""

    def __init__(self, owner: QObject, client: Client, request: CellRequest, cut: Truncated) -> None:
        self._owner = owner
        self._client = client
        self._request = request
        self.size = cut.size
        self.unit = "bytes" if isinstance(cut.prefix, bytes) else "characters"

    def read(self, offset: int, length: int) -> Waiter[str | bytes]:
        """A part; shorter than asked only at the end."""
        part: Waiter[str | bytes] = Waiter()

        def failed(problem: Problem) -> None:
            part.reject(ProblemError(problem))

        Flow(self._owner, self._read(part, offset, length), failed)
        return part

    async def _read(self, part: Waiter[str | bytes], offset: int, length: int) -> None:
        answer = await self._client.call(CELL, part_of(self._request, offset, length))
        part.resolve(content(answer))


def part_of(request: CellRequest, offset: int, length: int) -> CellRequest:
    """The request for another part of the same value."""
    return CellRequest(
        connection=request.connection,
        table=request.table,
        schema=request.schema,
        column=request.column,
        key=request.key,
        key_columns=request.key_columns,
        offset=offset,
        length=length,
    )


def content(answer: CellResponse) -> str | bytes:
    """The text or the bytes of a part."""
    cell = answer.value.columns[0][0]
    if isinstance(cell, BadText):
        return cell.raw
    return cell if isinstance(cell, str | bytes) else ""


async def whole_value(client: Client, request: CellRequest) -> str | bytes:
    """All parts of a value. Raises ProblemError."""
    answer = await client.call(CELL, part_of(request, 0, PART))
    parts = [content(answer)]
    while answer.next is not None:
        answer = await client.call(CELL, part_of(request, answer.next, PART))
        parts.append(content(answer))
    if all(isinstance(part, str) for part in parts):
        return "".join(part for part in parts if isinstance(part, str))
    return b"".join(part if isinstance(part, bytes) else part.encode() for part in parts)


# Fewer rows are a page or two.
STREAMED_ROWS = 2000


async def read_rows(
    client: Client,
    request: Callable[..., PageRequest],
    start: tuple[int, str | None],
    last: int,
    names: Sequence[str],
    progress: Progress,
) -> list[LongColumn]:
    """The cells of rows from `start` (a position and, if known, the key before it) to `last`.

    Pages follow each other by their keys, many rows come as one stream; the rows are those of one pass
    through the table.
    """
    row, after = start
    first = row
    read = [LongColumn() for _ in names]

    def onward(streamed: int) -> None:
        progress(row - first + streamed, last - first + 1)

    while row <= last:
        if (after is not None or not row) and last - row >= STREAMED_ROWS:
            page = request(columns=list(names), after=after)
            await _stream_rows(client, page, last - row + 1, read, onward)
            break
        limit = min(READ_ROWS, last - row + 1)
        place = {"after": after} if after is not None else ({"row": row} if row else {})
        answer = await client.call(PAGE, request(columns=list(names), limit=limit, view="", **place))
        named = {
            column.name: cells for column, cells in zip(answer.columns, answer.rows.columns, strict=True)
        }
        for into, name in zip(read, names, strict=True):
            into.add(named[name])
        row += len(answer.rows)
        onward(0)
        if answer.next is None or not len(answer.rows):
            break
        after = answer.next
    return read


async def _stream_rows(
    client: Client, page: PageRequest, count: int, read: list[LongColumn], progress: Callable[[int], None]
) -> None:
    """`count` rows from where the page would start, into `read`; `progress` is told how many there are."""
    names = page.columns or []
    places: list[int] = []
    streamed = 0

    def take(block: RowsBlock) -> None:
        nonlocal streamed
        if block.columns:
            found = [column.name for column in block.columns]
            places.extend(found.index(name) for name in names)
        for into, place in zip(read, places, strict=True):
            into.add(block.rows.columns[place])
        streamed += len(block.rows)
        progress(streamed)

    request = RowsRequest(
        connection=page.connection,
        table=page.table,
        schema=page.schema,
        columns=names,
        order_by=page.order_by,
        filters=page.filters,
        where=page.where,
        after=page.after,
        keyed=True,
        limit=count,
    )
    await client.frames(ROWS, request, take)
