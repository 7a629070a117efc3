"""Makes a snapshot, in a process of its own: sorts once, writes the keys as 64-bit integers."""

from __future__ import annotations

import contextlib
import time
from array import array
from collections.abc import Callable, Generator, Iterator
from typing import BinaryIO

import msgspec

from embedded_server.data import blame, structures
from embedded_server.data.shape import Shape, shape_of
from embedded_server.data.transfer.output import disk_problem
from embedded_server.engines.base import CsvLayout
from embedded_server.lanes import Lease
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.snapshots import SnapshotRequest
from embedded_server.wire.values import Cell, RowBlock

from .kept import Key, key_of
from .packing import MOST_TEXT_BYTES

_BLOCK_ROWS = 10_000
TELL_SECONDS = 0.25
# What stands between the numbers of a line that the database wrote.
_BETWEEN = bytes.maketrans(b',"()', b"    ")


class Made(msgspec.Struct, frozen=True):
    """How far it is; `mark` and `at` are of the moment before the statement was sent."""

    rows: int
    mark: str
    at: float
    done: bool = False


def make(
    request: SnapshotRequest, path: str, lease: Lease, heed: Callable[[], None]
) -> Generator[Made, None, None]:
    """Do it on a session that cannot write. Raises data.snapshot and what reading raises."""
    table = structures.fetch(lease, request.schema, request.table)
    shape = shape_of(table, lease.grammar, None, request.order_by, request.filters, request.where)
    mark, at = lease.session.change_mark(table.described.schema, table.described.table), time.time()
    rows, told = 0, time.monotonic()
    key = key_of(shape, lease)
    if key is None:
        raise no_key()
    with (
        blame.on_filter(lease, shape),
        _opened(path) as file,
        contextlib.closing(_keys(lease, shape, key)) as pieces,  # type: ignore[type-var]
    ):
        yield Made(0, mark, at)
        for piece in pieces:
            heed()
            file.write(piece.tobytes())
            rows += len(piece) // key.width
            if rows > key.most:
                raise too_many(key)
            if time.monotonic() - told > TELL_SECONDS:
                told = time.monotonic()
                yield Made(rows, mark, at)
    yield Made(rows, mark, at, done=True)


@contextlib.contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """A new file. Raises file.disk when there is no room for what is written into it."""
    try:
        with open(path, "wb") as file:
            yield file
    except OSError as error:
        raise disk_problem(error, path) from error


def no_key() -> ProblemError:
    """Rows cannot be found again."""
    detail = "No columns of whole numbers, UUIDs or short texts identify a row."
    return problem("data.snapshot", detail=detail)


def too_many(key: Key) -> ProblemError:
    """More rows than a snapshot may have."""
    return problem("data.snapshot", detail=f"There are more than {key.most:,} rows.", hint="Filter them.")


def _keys(lease: Lease, shape: Shape, key: Key) -> Iterator[array[int]]:
    """Keys in order, in pieces."""
    grammar, session = lease.grammar, lease.session
    where = f" WHERE {shape.condition.sql}" if shape.condition.sql else ""
    sort = ", ".join(term.sql(grammar) for term in shape.order)
    sql = f"SELECT {key.sql(grammar)} FROM {shape.source}{where} ORDER BY {sort}"
    sql += grammar.limit(key.most + 1)
    params = list(shape.condition.params)
    # A condition is spelled for a statement with parameters, even where it has none.
    copied = session.copy_out(sql, CsvLayout(header=False)) if key.whole and not shape.filtered else None
    try:
        if copied is not None:
            for data, _ in copied:
                yield array("q", map(int, data.translate(_BETWEEN).split()))
            return
        with session.execute(sql, params) as reading:
            while len(block := reading.block(_BLOCK_ROWS)):
                yield _numbers(key, block)
    except (TypeError, ValueError, OverflowError) as error:
        fit = f"whole numbers of 64 bits, UUIDs, or texts of {MOST_TEXT_BYTES} bytes"
        detail = f"{', '.join(key.names)}: not {fit} alone: {error}"
        raise problem("data.snapshot", detail=detail) from error


def _numbers(key: Key, block: RowBlock) -> array[int]:
    if not key.columns:
        return array("q", (number for row in block.rows() for number in place_of(*row)))
    return key.packed(block.columns)


def place_of(table: Cell, place: Cell) -> tuple[int, ...]:
    """Where a row lies, from what the database says: `16384` and `(page,number)`."""
    return int(str(table)), *map(int, str(place)[1:-1].split(","))
