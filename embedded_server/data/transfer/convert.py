"""From what stands in a file to the cell a column takes: nothing is rounded or cut on the way.

A converter raises `Unfit` with the reason. Databases that would quietly round, cut or replace a value are
never given one that does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell

from .cell_texts import affinity, plain_text
from .quick_convert import TEXTS, quick
from .readers.base import Digits, Quoted
from .type_words import FLOATS, RANGES, TRUE, TRUTH, bits_of, places_of, words

_HEX = re.compile(r"\\x((?:[0-9a-fA-F]{2})*)", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?", re.ASCII)
_SPECIAL = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_FRACTION = re.compile(r":\d\d\.(\d+)", re.ASCII)
_TIME = re.compile(r"[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)", re.ASCII)
Convert = Callable[[Any], Cell]


class Unfit(ValueError):
    """Why a value does not fit."""


class Converter:
    """Values of one column of the file for one column of the table. `bare`: texts that did not stand in
    quotes may be numbers or bytes."""

    def __init__(self, column: Column, engine: str, *, bare: bool, in_text: bool) -> None:
        self._column = column
        self._one = _dynamic(column, bare, in_text) if engine == "sqlite" else _typed(column, engine)
        self._whole = quick(column, engine)

    def whole(self, values: Sequence[Any], *, texts: bool) -> Sequence[Cell] | None:
        """All cells at once, null where each must be looked at. `texts`: there is nothing but plain texts and
        NULL."""
        if self._whole is None or not (texts or TEXTS.issuperset(map(type, values))):
            return None
        return self._whole(values)

    def cells(self, values: Sequence[Any], failed: dict[int, str]) -> Sequence[Cell]:
        """The cells; for a value that does not fit NULL, and its reason in `failed` by row."""
        found: list[Cell] = []
        one = self._one
        for row, value in enumerate(values):
            try:
                found.append(None if value is None else one(value))
            except Unfit as error:
                found.append(None)
                failed.setdefault(row, str(error))
        return found


# --- SQLite: what a value is, its column's affinity does the rest ------------------------------------


def _dynamic(column: Column, bare: bool, in_text: bool) -> Convert:
    kind = affinity(column.type)

    def one(value: Any) -> Cell:
        if isinstance(value, Digits):
            return float(value)
        if isinstance(value, str):
            if not bare or isinstance(value, Quoted):
                return str(value)
            if kind == "text" and not in_text:
                return value
            return _bare(value, kind == "text")
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, int) and not -(2**63) <= value < 2**63:
            return str(value)
        return value  # type: ignore[no-any-return]

    return one


def _bare(text: str, only_bytes: bool) -> Cell:
    """A text that did not stand in quotes."""
    raw = _HEX.fullmatch(text)
    if raw is not None:
        return bytes.fromhex(raw[1])
    if only_bytes:
        return text
    if _INTEGER.fullmatch(text):
        number = int(text)
        return number if -(2**63) <= number < 2**63 else text
    if _NUMBER.fullmatch(text) or _SPECIAL.fullmatch(text):
        return float(text)
    return text


# --- typed databases ---------------------------------------------------------------------------------


def _typed(column: Column, engine: str) -> Convert:
    word, sizes = words(column)
    if word in ("money", "bit") and engine != "mysql":
        return _anything  # texts of the database's own
    if column.kind == "number":
        return _number(word, sizes, engine)
    if column.kind == "bool":
        return _boolean
    if column.kind == "binary":
        return _binary
    if column.kind == "time":
        return _moment(word, sizes[0], engine)
    return _anything


def _anything(value: Any) -> Cell:
    if isinstance(value, BadText):
        return value
    return str(value) if isinstance(value, str) else plain_text(value)


def _binary(value: Any) -> Cell:
    if isinstance(value, bytes):
        return value
    text = str(_anything(value))
    raw = _HEX.fullmatch(text)
    return bytes.fromhex(raw[1]) if raw is not None else text.encode()


def _boolean(value: Any) -> Cell:
    text = str(_anything(value)).strip().lower()
    if text not in TRUTH:
        raise Unfit("It is neither true nor false.")
    return text in TRUE


def _number(word: str, sizes: tuple[int | None, int | None], engine: str) -> Convert:
    unsigned = "unsigned" in word or (engine == "duckdb" and word.startswith("u") and word[1:] in RANGES)
    bits = RANGES.get(word.replace("unsigned", "").strip().removeprefix("u" if engine == "duckdb" else ""))
    if bits is not None:
        bits = bits_of(bits, engine)
        return _integer(0 if unsigned else -(2 ** (bits - 1)), 2 ** (bits if unsigned else bits - 1) - 1)
    if word.replace(" unsigned", "") in FLOATS:
        return _float
    digits, scale = sizes
    if word.startswith(("numeric", "decimal")) and digits is not None:
        return _decimal(scale or 0)
    return _float


def _text_of_number(value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    text = plain_text(value) if not isinstance(value, str) else str(value)
    return {"true": "1", "false": "0"}.get(text, text).strip()


def _integer(least: int, most: int) -> Convert:
    def one(value: Any) -> Cell:
        text = _text_of_number(value)
        if _INTEGER.fullmatch(text) is None:
            raise Unfit("It is no whole number.")
        if not least <= int(text) <= most:
            raise Unfit(f"It is not between {least} and {most}.")
        return int(text)

    return one


def _float(value: Any) -> Cell:
    if isinstance(value, float):
        return plain_text(value)
    text = _text_of_number(value)
    if _NUMBER.fullmatch(text) is None and _SPECIAL.fullmatch(text) is None:
        raise Unfit("It is no number.")
    return text


def _decimal(scale: int) -> Convert:
    def one(value: Any) -> Cell:
        text = _text_of_number(value)
        found = _NUMBER.fullmatch(text)
        if found is None:
            if _SPECIAL.fullmatch(text):
                return text
            raise Unfit("It is no number.")
        if scale < 0 and Decimal(text) % 10**-scale:
            raise Unfit(f"It is no multiple of {10**-scale}; the column would round it.")
        fraction = (found[1] or found[2] or "").rstrip("0")
        if len(fraction) - int(found[3] or 0) > max(scale, 0):
            raise Unfit(f"It has more than {scale} decimals; the column would round it.")
        return text

    return one


def _moment(word: str, digits: int | None, engine: str) -> Convert:
    places = places_of(word, digits, engine)

    def one(value: Any) -> Cell:
        text = str(_anything(value))
        fraction = _FRACTION.search(text)
        if fraction is not None and len(fraction[1].rstrip("0")) > places:
            raise Unfit(f"It has more than {places} decimals of a second; the column would round them.")
        if word == "date":
            time = _TIME.search(text)
            if time is not None and time[1].strip("0:.") != "":
                raise Unfit("It has a time of day; the column would drop it.")
            if time is not None:
                return text[: time.start()]
        return text

    return one
