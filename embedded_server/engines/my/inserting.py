"""Many rows at once into a table: statements whose literals are made a column at a time. Pure text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from types import NoneType

from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell, RowBlock

from . import types
from .grammar import MysqlGrammar
from .statement import sent

# About how long a statement may be: far from what a server takes at most.
_CHARACTERS = 1 << 20
_grammar = MysqlGrammar()
_TEXTS, _INTEGERS = frozenset({str, NoneType}), frozenset({int, NoneType})
_TEXT_KINDS = frozenset({"text", "json", "time", "uuid"})
_ROUNDED = frozenset({"float", "double", "real", "bit"})
_PLAIN_NUMBER = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)


def statements(table: str, columns: Sequence[Column], block: RowBlock) -> Iterator[str]:
    """Statements that insert the rows, in their order. `table` is quoted."""
    head = _head(table, columns)
    literals = [_literals(column, cells) for column, cells in zip(columns, block.columns, strict=True)]
    rows: list[str] = []
    length = 0
    for row in map(", ".join, zip(*literals, strict=True)):
        rows.append(f"({row})")
        length += len(row)
        if length > _CHARACTERS:
            yield head + ",".join(rows)
            rows, length = [], 0
    if rows:
        yield head + ",".join(rows)


def shown(table: str, columns: Sequence[Column]) -> str:
    """The same without the rows: values are nobody's business."""
    return _head(table, columns) + "…"


def _head(table: str, columns: Sequence[Column]) -> str:
    names = ", ".join(_grammar.name(column.name) for column in columns)
    return f"INSERT INTO {table} ({names}) VALUES "


def _literals(column: Column, cells: Sequence[Cell]) -> Sequence[str]:
    kinds = set(map(type, cells))
    if column.kind == "number" and kinds <= _INTEGERS and types.base(column.type) not in _ROUNDED:
        return ["NULL" if cell is None else str(cell) for cell in cells]
    if column.kind == "number" and kinds <= _TEXTS and types.base(column.type) not in _ROUNDED:
        return [_number(column, cell) for cell in cells]
    if column.kind in _TEXT_KINDS and kinds <= _TEXTS:
        joined = "".join(filter(None, cells))  # type: ignore[arg-type]
        if not any(mark in joined for mark in "'\\\0"):
            return ["NULL" if cell is None else f"'{cell!s}'" for cell in cells]
    return [_literal(column, cell) for cell in cells]


def _number(column: Column, cell: Cell) -> str:
    plain = isinstance(cell, str) and _PLAIN_NUMBER.fullmatch(cell) is not None
    return str(cell) if plain else _literal(column, cell)


def _literal(column: Column, cell: Cell) -> str:
    """As a statement with parameters would send it."""
    if cell is None:
        return "NULL"
    value = _grammar.value(column, cell)
    return value.sql.replace(_grammar.placeholder, sent(value.params[0]), 1)
