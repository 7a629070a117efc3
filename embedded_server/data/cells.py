"""One whole value, in ranges; and driver parameters as something that can be sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from embedded_server.lanes import Lease
from embedded_server.wire.data import CellRequest, CellResponse, Column
from embedded_server.wire.problem import problem
from embedded_server.wire.values import BadText, Cell, RowBlock, Truncated, from_json, to_json

from .order import find_column
from .structures import Table

MOST_LENGTH = 8 * 1024 * 1024


def part(lease: Lease, table: Table, request: CellRequest) -> CellResponse:
    """A range of one value. Raises data.no_key, data.no_row, data.unknown_column, request.invalid."""
    names = request.key_columns or table.row_key
    if not names:
        raise problem("data.no_key", detail=f"{request.table} has nothing that identifies one row.")
    if len(names) != len(request.key):
        raise problem("request.invalid", detail=f"The key has {len(names)} columns: {', '.join(names)}.")
    if request.offset < 0 or request.length < 1:
        raise problem("request.invalid", detail="offset must not be negative, length at least 1.")
    key = [
        (find_column(table.columns, name), _key(value))
        for name, value in zip(names, request.key, strict=True)
    ]
    length = min(request.length, MOST_LENGTH)
    found = _read(lease, table, find_column(table.columns, request.column), key, request.offset, length)
    end = request.offset + length
    return CellResponse(
        RowBlock([[found.value]]),
        found.size,
        found.unit,
        end if found.unit != "value" and end < found.size else None,
    )


def _read(
    lease: Lease, table: Table, column: Column, key: Sequence[tuple[Column, Cell]], offset: int, length: int
) -> Any:
    described = table.described
    found = lease.session.piece(lease.grammar, described.schema, described.table, column, key, offset, length)
    if found is None:
        raise problem("data.no_row", hint="It may have been deleted or its key changed; refresh the table.")
    return found


def _key(value: Any) -> Cell:
    try:
        cell = from_json(value)
    except ValueError as error:
        raise problem("request.invalid", detail=str(error)) from error
    if isinstance(cell, Truncated):
        raise problem("request.invalid", detail="A key cell was cut to fit a page.")
    return cell


def sendable(params: Sequence[object]) -> list[Any]:
    """Parameters as a driver got them, in JSON form; what is no cell goes as its text."""
    return [
        to_json(param)
        if param is None or isinstance(param, str | int | float | bytes | BadText)
        else str(param)
        for param in params
    ]
