"""Reading all rows of a table as one stream."""

from __future__ import annotations

import msgspec

from .data import Column, Filter, Order
from .endpoint import Endpoint
from .values import RowBlock


class RowsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """All rows of a table, or those of a filter: read as one stream in the background lane.

    `after` is a page's `next`: the rows behind it. Else the first rows: without `order_by` in the table's own
    order, which costs nothing, or with `keyed` in that of its pages. `limit` is how many at the most,
    null: all. Other fields, columns and cells are as in `PageRequest`.
    """

    connection: str
    table: str
    schema: str = ""
    columns: list[str] | None = None
    order_by: list[Order | str] = []
    filters: list[Filter] = []
    where: str = ""
    after: str | None = None
    keyed: bool = False
    limit: int | None = None
    allow_write: bool = False


class RowsBlock(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Some rows, about 128 KiB. `columns` are named in the first block only; `last` ends the stream."""

    rows: RowBlock
    columns: list[Column] = []
    last: bool = False


ROWS = Endpoint(
    "data.rows", "POST", "/api/data/rows", RowsRequest, RowsBlock, "All rows, in blocks", stream=True
)
