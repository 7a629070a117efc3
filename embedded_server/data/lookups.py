"""Rows by value: what a foreign key points to, and who points here."""

from __future__ import annotations

import re

from embedded_server.lanes import Lease
from embedded_server.wire.data import Column, Filter, LookupRequest, LookupResponse
from embedded_server.wire.problem import problem

from .pager import Pager
from .shape import Shape, shape_of
from .structures import Table

MOST_COUNTED = 1_000
MOST_LOOKED_UP = 200
# Names that read as a title, the best first.
_TITLES = (
    "name",
    "full_name",
    "fullname",
    "title",
    "label",
    "display_name",
    "username",
    "login",
    "email",
    "code",
    "sku",
    "slug",
    "number",
    "subject",
    "description",
)


def find(lease: Lease, table: Table, request: LookupRequest) -> LookupResponse:
    """Rows whose columns hold the values. Raises data.unknown_column, data.bad_filter, request.invalid."""
    if not request.columns or len(request.columns) != len(request.values):
        raise problem("request.invalid", detail="Give as many values as columns, at least one.")
    filters = [Filter(name, "=", value) for name, value in zip(request.columns, request.values, strict=True)]
    shape = shape_of(table, lease.grammar, None, [], filters, "")
    limit = max(1, min(request.limit, MOST_LOOKED_UP))
    page = Pager(lease, shape).first(limit)
    count = len(page.block)
    if request.count and page.next is not None:
        count = _count(lease, shape)
    return LookupResponse(
        shape.columns,
        page.block,
        label(table.visible),
        min(count, MOST_COUNTED) if request.count else None,
        request.count and count > MOST_COUNTED,
    )


def _count(lease: Lease, shape: Shape) -> int:
    """How many rows match, counting no further than one beyond the limit."""
    inner = f"SELECT 1 AS one FROM {shape.source} WHERE {shape.condition.sql}"
    sql = f"SELECT count(*) FROM ({inner}{lease.grammar.limit(MOST_COUNTED + 1)}) matching"
    with lease.session.execute(sql, list(shape.condition.params)) as reading:
        return int(str(reading.block(1).columns[0][0]))


def label(columns: list[Column]) -> str:
    """The column that reads best as the title of a row: a telling name, else the first text, else ""."""
    texts = [column for column in columns if column.kind == "text"]
    by_name = {column.name.lower(): column.name for column in reversed(texts)}
    for title in _TITLES:
        if title in by_name:
            return by_name[title]
    for title in _TITLES[:5]:
        for column in texts:
            if re.search(rf"(?:^|_){title}$", column.name.lower()):
                return column.name
    return next((column.name for column in texts if not column.key), texts[0].name if texts else "")
