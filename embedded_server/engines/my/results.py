"""From raw cells to cells: the server's own text, bytes for binary values, long values cut."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any

from pymysql.constants import FIELD_TYPE, FLAG

from embedded_server.engines.support.cells import shorten, text_prefix, tolerant
from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell, RowBlock, Truncated

from . import types
from .grammar import CUT_MARK, SINGLE_MARK
from .packets import RawRow, raw_columns

_BINARY_CHARSET = 63
_SIZE_BYTES = 8
_BLOBS = {FIELD_TYPE.TINY_BLOB: "tiny", FIELD_TYPE.MEDIUM_BLOB: "medium", FIELD_TYPE.LONG_BLOB: "long"}
_STRINGS = frozenset({FIELD_TYPE.VAR_STRING, FIELD_TYPE.VARCHAR, FIELD_TYPE.STRING})
_ALWAYS_BINARY = frozenset({FIELD_TYPE.BIT, FIELD_TYPE.GEOMETRY})
_TIMES = {
    FIELD_TYPE.TIMESTAMP: ("timestamp", 19),
    FIELD_TYPE.DATETIME: ("datetime", 19),
    FIELD_TYPE.TIME: ("time", 10),
}
_NAMES = {
    FIELD_TYPE.TINY: "tinyint",
    FIELD_TYPE.SHORT: "smallint",
    FIELD_TYPE.INT24: "mediumint",
    FIELD_TYPE.LONG: "int",
    FIELD_TYPE.LONGLONG: "bigint",
    FIELD_TYPE.FLOAT: "float",
    FIELD_TYPE.DOUBLE: "double",
    FIELD_TYPE.DATE: "date",
    FIELD_TYPE.NEWDATE: "date",
    FIELD_TYPE.YEAR: "year",
    FIELD_TYPE.JSON: "json",
    FIELD_TYPE.GEOMETRY: "geometry",
    FIELD_TYPE.ENUM: "enum",
    FIELD_TYPE.SET: "set",
    FIELD_TYPE.NULL: "null",
}
_BLOB_SIZES = {255: "tiny", 65_535: "", 16_777_215: "medium"}
_CHARACTER_BYTES = 4

Finisher = Callable[[Sequence[bytes | None]], Sequence[Cell]]


def column_of(field: Any) -> Column:
    """A result's column: its type in SQL's words, as far as the protocol tells it."""
    name = "" if field.name in (SINGLE_MARK,) or field.name.startswith(CUT_MARK) else field.name
    type_name = _type_name(field)
    kind = "json" if field.type_code == FIELD_TYPE.JSON else types.kind_of(type_name)
    return Column(name, type_name, kind)


def _type_name(field: Any) -> str:
    code, length = field.type_code, field.length
    if code in (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL):
        digits = length - (field.scale > 0) - (not field.flags & FLAG.UNSIGNED)
        return f"decimal({digits},{field.scale})"
    if code in _TIMES:
        word, plain = _TIMES[code]
        return f"{word}({field.scale})" if 0 < field.scale < 7 and length > plain else word
    if code == FIELD_TYPE.BIT:
        return f"bit({length})"
    if field.flags & FLAG.ENUM:
        return "enum"
    if field.flags & FLAG.SET:
        return "set"
    if code in _STRINGS:
        return _string_type(field)
    if code == FIELD_TYPE.BLOB or code in _BLOBS:
        return _blob_type(field)
    unsigned = (
        " unsigned" if field.flags & FLAG.UNSIGNED and code in _NAMES and code != FIELD_TYPE.YEAR else ""
    )
    return _NAMES.get(code, f"type {code}") + unsigned


def _string_type(field: Any) -> str:
    fixed = field.type_code == FIELD_TYPE.STRING
    if field.charsetnr == _BINARY_CHARSET:
        return f"{'' if fixed else 'var'}binary({field.length})"
    return f"{'' if fixed else 'var'}char({field.length // _CHARACTER_BYTES})"


def _blob_type(field: Any) -> str:
    if field.charsetnr == _BINARY_CHARSET:
        return f"{_BLOB_SIZES.get(field.length, 'long')}blob"
    size = _BLOB_SIZES.get(field.length // _CHARACTER_BYTES)
    if size is None:
        size = _BLOB_SIZES.get(field.length, "long")
    return f"{size}text"


def _is_binary(field: Any) -> bool:
    if field.type_code in _ALWAYS_BINARY:
        return True
    stringy = field.type_code in _STRINGS or field.type_code == FIELD_TYPE.BLOB or field.type_code in _BLOBS
    return stringy and field.charsetnr == _BINARY_CHARSET


class Decoder:
    """Turns raw rows of one result into blocks."""

    def __init__(self, fields: Sequence[Any], limit: int | None) -> None:
        self.columns = [column_of(field) for field in fields]
        self._finishers = [_finisher(field, limit) for field in fields]

    def block(self, rows: Sequence[RawRow]) -> RowBlock:
        """The rows column by column."""
        columns = raw_columns(rows, len(self.columns))
        return RowBlock([finish(column) for finish, column in zip(self._finishers, columns, strict=True)])


def _finisher(field: Any, limit: int | None) -> Finisher:
    if field.name == SINGLE_MARK:
        return _singles
    is_binary = _is_binary(field)
    if field.name.startswith(CUT_MARK):
        cut = int(field.name.removeprefix(CUT_MARK))
        return _with(_restored_bytes if is_binary else _restored_text, cut)
    if is_binary:
        return _bytes if limit is None else _with(_shortened, limit)
    return _texts if limit is None or field.length <= limit else _with(_shortened_text, limit)


def _with(finish: Callable[[Sequence[bytes | None], int], Sequence[Cell]], limit: int) -> Finisher:
    def finisher(column: Sequence[bytes | None]) -> Sequence[Cell]:
        return finish(column, limit)

    return finisher


def _bytes(column: Sequence[bytes | None]) -> Sequence[Cell]:
    return column


def _texts(column: Sequence[bytes | None]) -> Sequence[Cell]:
    try:
        return [None if cell is None else cell.decode() for cell in column]
    except UnicodeDecodeError:
        return [None if cell is None else tolerant(cell) for cell in column]


def _singles(column: Sequence[bytes | None]) -> Sequence[Cell]:
    return [None if cell is None else types.shortest_single(cell.decode()) for cell in column]


def _longest(column: Sequence[bytes | None]) -> int:
    return max(map(len, filter(None, column)), default=0)


def _shortened(column: Sequence[bytes | None], limit: int) -> Sequence[Cell]:
    return column if _longest(column) <= limit else [shorten(cell, limit) for cell in column]


def _shortened_text(column: Sequence[bytes | None], limit: int) -> Sequence[Cell]:
    cells = _texts(column)
    return cells if _longest(column) <= limit else [shorten(cell, limit) for cell in cells]


def _restored_bytes(column: Sequence[bytes | None], limit: int) -> Sequence[Cell]:
    if _longest(column) <= limit:
        return column
    return [_cut_bytes(cell) if cell is not None and len(cell) > limit else cell for cell in column]


def _cut_bytes(cell: bytes) -> Truncated:
    return Truncated(cell[:-_SIZE_BYTES], int.from_bytes(cell[-_SIZE_BYTES:]))


def _restored_text(column: Sequence[bytes | None], limit: int) -> Sequence[Cell]:
    """Undo what `MysqlGrammar.cell` did to long values: they alone are longer than the limit."""
    cells = _texts(column)
    if _longest(column) <= limit:
        return cells
    return [
        _cut(raw) if raw is not None and len(raw) > limit else cell
        for raw, cell in zip(column, cells, strict=True)
    ]


def _cut(raw: bytes) -> Truncated:
    head, _, size = raw.rpartition(b":")
    decoded = base64.b64decode(head)
    return Truncated(text_prefix(decoded, len(decoded)), int(size))
