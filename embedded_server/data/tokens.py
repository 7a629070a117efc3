"""The opaque `next` and `prev` of a page: which row it ended at, in which order, and that row's number."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from types import NoneType

import msgspec

from embedded_server.wire.problem import problem
from embedded_server.wire.values import BadText, Cell, RowBlock, Truncated, encode_msgpack, msgpack_decoder

VERSION = 1


class Token(msgspec.Struct, frozen=True, array_like=True):
    """A place between two rows.

    The rows behind it (`back`: before it) are asked for. `cells` are the sort cells of the row it stands
    at, which belongs to the answer if `inclusive`; without cells the place is only known by number.
    `row` is that row's number, a guess unless `exact`. `order` is the fingerprint of table, order, filter.
    `run`: so many rows up to here are known to be equal in the first sort cell.
    """

    version: int
    order: bytes
    back: bool
    inclusive: bool
    row: int
    exact: bool
    cells: RowBlock | None = None
    run: int = 0

    def key(self) -> list[Cell] | None:
        """The sort cells, or null for a place known by number."""
        return [column[0] for column in self.cells.columns] if self.cells is not None else None


_decoder = msgpack_decoder(Token)


def block_of(cells: Sequence[Cell]) -> RowBlock:
    """One row of cells as a block, the form in which cells travel."""
    return RowBlock([[cell] for cell in cells])


def run_of(cells: Sequence[Cell]) -> int:
    """How many cells from the first on are equal."""
    first = cells[0]
    if cells[-1] == first and all(cell == first for cell in cells):
        return len(cells)
    return next(place for place, cell in enumerate(cells) if cell != first)


def encode(token: Token) -> str:
    """The token as text that is safe in URLs."""
    return base64.urlsafe_b64encode(encode_msgpack(token)).decode().rstrip("=")


def decode(text: str, order: bytes, width: int) -> Token:
    """The token behind `text`, checked against the order it is used with.

    `width` is the number of sort columns. Raises data.bad_key.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
        token = _decoder.decode(raw)
    except (ValueError, TypeError, binascii.Error, msgspec.DecodeError) as error:
        raise problem("data.bad_key", detail="It is not a page key.", hint=_HINT) from error
    assert isinstance(token, Token)
    whole = token.cells is None or _is_one_row(token.cells.columns, width)
    if token.version != VERSION or token.order != order or not whole or token.row < -1:
        raise problem("data.bad_key", detail="It belongs to another table, order or filter.", hint=_HINT)
    return token


def _is_one_row(columns: object, width: int) -> bool:
    """Whether what came from outside is a block of one row of cells."""
    return (
        isinstance(columns, list)
        and len(columns) == width
        and all(isinstance(column, list) and len(column) == 1 for column in columns)
        and all(isinstance(column[0], _CELLS) for column in columns)
    )


_CELLS = (NoneType, bool, int, float, str, bytes, BadText, Truncated)
_HINT = "Ask for the first page again and use the `next` and `prev` that come with it."
