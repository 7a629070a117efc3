"""From what a person types into a header box to the cells it may mean in a column."""

from __future__ import annotations

import re
from uuid import UUID

from embedded_server.engines.base import Grammar
from embedded_server.wire.data import Column
from embedded_server.wire.typed import TRUTH
from embedded_server.wire.values import Cell

from .header_filter import Word, mistake

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(
    r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?(?:nan|inf|infinity)", re.ASCII | re.IGNORECASE
)
_BYTES = re.compile(r"(?:x'(?P<quoted>[0-9a-f]*)'|(?:0x|\\x)(?P<bare>[0-9a-f]*))", re.ASCII | re.IGNORECASE)


def number(text: str) -> int | str | None:
    """A whole number exactly, any other number as its text (no digit is lost), null if it is none."""
    if _INTEGER.fullmatch(text):
        return int(text)
    return text.lstrip("+") if _NUMBER.fullmatch(text) else None


def _bytes(text: str) -> bytes | None:
    match = _BYTES.fullmatch(text)
    if match is None:
        return None
    digits = match["quoted"] if match["quoted"] is not None else match["bare"]
    return bytes.fromhex(digits) if len(digits) % 2 == 0 else None


def finds_by_value(word: Word, column: Column, grammar: Grammar) -> bool:
    """Whether an unquoted word alone means equality in this column; otherwise it is searched for."""
    if column.kind == "number":
        return not (grammar.dynamic_types and number(word.text) is None)
    if column.kind == "bool":
        return not (grammar.dynamic_types and word.text.lower() not in TRUTH)
    if column.kind == "binary" or (column.kind == "other" and grammar.dynamic_types):
        return not (grammar.dynamic_types and _bytes(word.text) is None)
    return column.kind == "uuid" and not grammar.dynamic_types and _is_uuid(word.text)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def readings(word: Word, column: Column, grammar: Grammar) -> list[Cell]:
    """The cells a word may mean. More than one only where a column may hold values of any type:
    there `5` means the number and the text. Raises data.bad_filter when it fits nothing.
    """
    text = word.text
    if grammar.dynamic_types:
        return _dynamic_readings(text, column)
    if column.kind == "number":
        # Some databases keep truth in numbers.
        found: Cell = {"true": 1, "false": 0}.get(text.lower(), number(text))
    elif column.kind == "bool":
        found = TRUTH.get(text.lower())
    elif column.kind == "binary":
        found = _bytes(text)
    else:
        return [text]
    if found is None:
        raise mistake(word.start, f"{text!r} {_EXPECTED[column.kind]}")
    return [found]


_EXPECTED = {
    "number": "is not a number.",
    "bool": "is neither true nor false.",
    "binary": "is not a binary value; write x'00ff'.",
}


def _dynamic_readings(text: str, column: Column) -> list[Cell]:
    if column.kind == "text":
        return [text]
    if column.kind == "bool" and text.lower() in TRUTH:
        return [TRUTH[text.lower()], text]
    raw = _bytes(text)
    if raw is not None and column.kind in ("binary", "other"):
        return [raw, text]
    value = number(text)
    if value is None or column.kind in ("number", "time"):
        return [text if value is None else value]
    return [float(value) if isinstance(value, str) else value, text]


def bound(word: Word, column: Column, grammar: Grammar) -> Cell:
    """The one cell a word stands for as the bound of a range."""
    return readings(word, column, grammar)[0]
