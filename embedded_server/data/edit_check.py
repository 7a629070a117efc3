"""Whether a row is still as somebody saw it, bit for bit; and what is different if not."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from embedded_server.wire.data import Column
from embedded_server.wire.edits import Conflict, Difference, Seen, digest_of
from embedded_server.wire.values import BadText, Cell, Truncated, to_json

from .edit_rows import Row

# Longer cells travel and are kept as digests.
LONG = 1024


def same(one: Cell, other: Cell) -> bool:
    """Bit for bit: 1 is not 1.0, 0.0 is not -0.0, NaN is NaN."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float) and isinstance(other, float):
        return struct.pack("d", one) == struct.pack("d", other)
    if isinstance(one, Truncated) and isinstance(other, Truncated):
        short = min(len(one.prefix), len(other.prefix))
        return one.size == other.size and one.prefix[:short] == other.prefix[:short]
    return one == other


def as_seen(cell: Cell, seen: Seen) -> bool:
    """Whether a whole value is the one that was seen as a digest."""
    if isinstance(cell, str):
        part: Cell = cell if seen.length is None else cell[: seen.length]
        sizes = {len(cell), len(cell.encode("utf-8", "surrogatepass"))}
    elif isinstance(cell, bytes):
        part, sizes = cell if seen.length is None else cell[: seen.length], {len(cell)}
    elif isinstance(cell, BadText):
        part = cell if seen.length is None else BadText(cell.raw[: seen.length])
        sizes = {len(cell.raw)}
    else:
        return False
    return seen.size in sizes and digest_of(part) == seen.digest


def conflict(row: Row, now: Mapping[str, Cell] | None) -> Conflict | None:
    """What is different in a row as it is now (null: it is gone), or null if nothing is."""
    if now is None:
        return Conflict(row.id, "gone")
    mine = {column.name: cell for column, cell in row.values}
    differences = []
    for name, cell in now.items():
        if name in row.change.seen:
            seen = row.change.seen[name]
            base: Cell = Truncated("", seen.size, seen.unit)
            if as_seen(cell, seen):
                continue
        elif name in row.base:
            base = row.base[name]
            if same(base, cell):
                continue
        else:
            continue
        wanted = to_json(mine[name]) if name in mine else to_json(base)
        differences.append(Difference(name, to_json(base), to_json(short(cell)), wanted, name in mine))
    if not differences:
        return None
    theirs, seen_now = packed(now)
    return Conflict(row.id, "changed", differences, theirs=theirs, seen=seen_now)


def packed(cells: Mapping[str, Cell]) -> tuple[dict[str, Any], dict[str, Seen]]:
    """Cells to send: short ones as they are, long ones as their digests."""
    shown: dict[str, Any] = {}
    seen: dict[str, Seen] = {}
    for name, cell in cells.items():
        if isinstance(cell, str | bytes) and len(cell) > LONG:
            unit = "bytes" if isinstance(cell, bytes) else "characters"
            seen[name] = Seen(digest_of(cell), len(cell), unit)  # type: ignore[arg-type]
        else:
            shown[name] = to_json(cell)
    return shown, seen


def short(cell: Cell) -> Cell:
    """A cell as a page would carry it at most: the beginning of a long one."""
    if isinstance(cell, str | bytes) and len(cell) > LONG:
        return Truncated(cell[:LONG], len(cell), "bytes" if isinstance(cell, bytes) else "characters")
    return cell


def means(column: Column, asked: Cell, stored: Cell) -> bool:
    """Whether a stored value is the asked one, spelled otherwise (1.10 and 1.1 of a number)."""
    if same(asked, stored):
        return True
    if asked is None or stored is None or isinstance(asked, Truncated | BadText):
        return False
    if isinstance(stored, Truncated):
        return isinstance(asked, str | bytes) and asked[: len(stored.prefix)] == stored.prefix
    if column.kind == "number":
        return _number(asked) == _number(stored)
    if column.kind == "json" and isinstance(asked, str) and isinstance(stored, str):
        return bool(_json(asked) == _json(stored))
    if column.kind == "text" and isinstance(asked, str) and isinstance(stored, str):
        return column.type.lower().startswith(("char(", "character(")) and asked.rstrip() == stored.rstrip()
    if column.kind == "binary" and isinstance(asked, bytes) and isinstance(stored, bytes):
        return asked.rstrip(b"\0") == stored.rstrip(b"\0") or asked.lstrip(b"\0") == stored.lstrip(b"\0")
    return column.kind == "bool" and bool(asked) == bool(stored) and not isinstance(asked, str)


def _number(cell: Cell) -> Decimal | str:
    text = repr(cell) if isinstance(cell, float) else str(cell)
    try:
        return Decimal(text)
    except InvalidOperation:
        return text.lower()


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
