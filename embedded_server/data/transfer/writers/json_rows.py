"""JSON: one array of objects, or one object a line. Numbers stand digit by digit as the database wrote them;
what JSON has no form for is tagged as everywhere in Backlight (see `wire/values.py`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from embedded_server.wire.data import Column
from embedded_server.wire.problem import problem
from embedded_server.wire.values import SAFE_INTEGER, BadText, Cell, RowBlock, to_json

from .base import Making, TextWriter

NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_TRUTH = {"t": True, "f": False}
_NATIVE = frozenset({str, bool, type(None)})
_encoder = msgspec.json.Encoder()


class JsonLinesWriter(TextWriter):
    """One object a line."""

    def __init__(self, making: Making) -> None:
        super().__init__(making)
        if making.options.encoding.lower() not in ("utf-8", "utf8"):
            raise problem("transfer.options", detail="JSON is always UTF-8.")
        self._names = unique([column.name for column in making.columns])
        typed = not making.grammar.dynamic_types
        self._convert = [_converter(column, typed) for column in making.columns]

    def begin(self) -> None:
        self.mark()

    def block(self, block: RowBlock) -> None:
        self.say(self.line_end.join(self.lines(block)) + self.line_end)

    def lines(self, block: RowBlock) -> list[str]:
        """One object for each row."""
        columns = [convert(column) for convert, column in zip(self._convert, block.columns, strict=True)]
        names = self._names
        rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
        return _encoder.encode_lines(rows).decode().removesuffix("\n").split("\n")

    def end(self) -> None:
        """Nothing stands behind the rows."""


class JsonWriter(JsonLinesWriter):
    """All objects in one array, one a line."""

    _any = False

    def begin(self) -> None:
        super().begin()
        self.say("[" + self.line_end)

    def block(self, block: RowBlock) -> None:
        before = "," + self.line_end if self._any else ""
        self._any = True
        self.say(before + ("," + self.line_end).join(self.lines(block)))

    def end(self) -> None:
        self.say((self.line_end if self._any else "") + "]" + self.line_end)


def unique(names: Sequence[str]) -> list[str]:
    """The names, those that were there before with a number behind them."""
    found: dict[str, None] = {}
    for name in names:
        number, made = 2, name
        while made in found:
            made, number = f"{name}_{number}", number + 1
        found[made] = None
    return list(found)


def _converter(column: Column, typed: bool) -> Callable[[Sequence[Cell]], Sequence[Any]]:
    if typed and column.kind == "number":
        return _numbers
    if typed and column.kind == "bool":
        return _booleans
    return _values


def _values(column: Sequence[Cell]) -> Sequence[Any]:
    return column if _NATIVE.issuperset(map(type, column)) else [_value(cell) for cell in column]


def _value(cell: Cell) -> Any:
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) > SAFE_INTEGER:
        return msgspec.Raw(str(cell).encode())
    return to_json(cell) if isinstance(cell, int | float | bytes | BadText) else cell


def _numbers(column: Sequence[Cell]) -> Sequence[Any]:
    return [_number(cell) if isinstance(cell, str) else _value(cell) for cell in column]


def _number(text: str) -> Any:
    return msgspec.Raw(text.encode()) if NUMBER.fullmatch(text) else text


def _booleans(column: Sequence[Cell]) -> Sequence[Any]:
    return [_TRUTH.get(cell, cell) if isinstance(cell, str) else _value(cell) for cell in column]
