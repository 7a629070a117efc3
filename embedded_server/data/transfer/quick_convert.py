"""All values of a column at once, where that is surely the same as looking at each: what stays a text here
becomes in the database exactly what `convert` would have made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from types import NoneType
from typing import Any

from embedded_server.wire.data import Column
from embedded_server.wire.values import Cell

from .cell_texts import affinity
from .type_words import FLOATS, RANGES, TRUE, TRUTH, bits_of, places_of, words

# What the values handed over are.
TEXTS = frozenset({str, NoneType})
# So many digits make the same number whoever reads them.
_SURE_DIGITS, _SURE_INTEGER = 15, 18
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_INTEGERS = re.compile(r"[-+\d]*", re.ASCII)
_NUMERALS = re.compile(r"[-+.\deE]*", re.ASCII)
_PLAIN_NUMERALS = re.compile(r"[-+.\d\n]*", re.ASCII)
_TIME_OF_DAY = re.compile(r"[ T]\d\d:\d\d", re.ASCII)
_BOOLEANS: dict[str | None, bool | None] = {None: None} | {word: word in TRUE for word in TRUTH}
Quick = Callable[[Sequence[Any]], Sequence[Cell] | None]


def quick(column: Column, engine: str) -> Quick | None:
    """The way for a column, null where each value must be looked at. It takes texts and NULL, and gives null
    where it would not be sure."""
    if engine == "sqlite":
        by_affinity: dict[str, Quick] = {
            "text": _without_bytes,
            "integer": _passed_integers,
            "real": _floats,
            "numeric": _short_numbers,
        }
        return by_affinity.get(affinity(column.type))
    word, (digits, scale) = words(column)
    if column.kind == "number":
        return _number(word, digits, scale, engine)
    if column.kind == "bool" and word != "bit":
        return _booleans
    if column.kind == "time" and word not in ("money", "bit"):
        return _Moments(places_of(word, digits, engine), dates=word == "date")
    return _passed if column.kind in ("text", "json", "uuid", "array", "other") else None


def _number(word: str, digits: int | None, scale: int | None, engine: str) -> Quick | None:
    bits = RANGES.get(word)
    if bits is not None:
        return _Integers(bits_of(bits, engine), engine)
    if word in FLOATS:
        return _numbers
    sure = word in ("numeric", "decimal") and digits is not None and (scale or 0) >= 0
    return _Decimals(scale or 0) if sure and (scale or 0) >= 0 else None


def _joined(values: Sequence[Any]) -> str:
    """All texts in one."""
    try:
        return "".join(values)
    except TypeError:
        return "".join(filter(None, values))


def _passed(values: Sequence[Any]) -> Sequence[Cell]:
    return values


def _without_bytes(values: Sequence[Any]) -> Sequence[Cell] | None:
    return None if "\\x" in _joined(values) else values


def _passed_integers(values: Sequence[Any]) -> Sequence[Cell] | None:
    """Whole numbers as texts: the column's affinity makes numbers of them."""
    joined = _joined(values)
    if _INTEGERS.fullmatch(joined) is None or _longest(values) > _SURE_INTEGER:
        return None
    if joined.isdigit():
        return values
    return values if all(_INTEGER.fullmatch(value) for value in values if value is not None) else None


def _longest(values: Sequence[Any]) -> int:
    return max(map(len, filter(None, values)), default=0)


def _short_numbers(values: Sequence[Any]) -> Sequence[Cell] | None:
    """Numbers as texts, as long as they are short enough to be the same number for everybody."""
    if _NUMERALS.fullmatch(_joined(values)) is None:
        return None
    there = list(filter(None, values))
    return values if max(map(len, there), default=0) <= _SURE_DIGITS and _all_floats(there) else None


def _all_floats(texts: Sequence[str]) -> bool:
    try:
        list(map(float, texts))
    except ValueError:
        return False
    return True


def _floats(values: Sequence[Any]) -> Sequence[Cell] | None:
    if _NUMERALS.fullmatch(_joined(values)) is None:
        return None
    try:
        return [None if value is None else float(value) for value in values]
    except ValueError:
        return None


def _numbers(values: Sequence[Any]) -> Sequence[Cell] | None:
    """Numbers as texts, read by the database."""
    there = [value for value in values if value is not None]
    return values if _NUMERALS.fullmatch("".join(there)) and _all_floats(there) else None


def _booleans(values: Sequence[Any]) -> Sequence[Cell] | None:
    try:
        return [_BOOLEANS[value] for value in values]
    except KeyError:
        return None


class _Integers:
    """Integers of so many bits: as texts where the database takes all of them as they are."""

    def __init__(self, bits: int, engine: str) -> None:
        self._limit = 2 ** (bits - 1)
        self._digits = len(str(self._limit)) - 1
        self._as_texts = engine in ("postgresql", "duckdb")

    def __call__(self, values: Sequence[Any]) -> Sequence[Cell] | None:
        joined = _joined(values)
        if _INTEGERS.fullmatch(joined) is None:
            return None
        if self._as_texts and joined.isdigit() and "" not in values and _longest(values) <= self._digits:
            return values
        try:
            found = [None if value is None else int(value) for value in values]
        except ValueError:
            return None
        there = [number for number in found if number is not None]
        fits = not there or (min(there) >= -self._limit and max(there) < self._limit)
        return found if fits else None


class _Decimals:
    """Numbers of at most so many decimals, as texts."""

    def __init__(self, scale: int) -> None:
        self._too_many = re.compile(rf"\.\d{{{scale + 1}}}", re.ASCII)

    def __call__(self, values: Sequence[Any]) -> Sequence[Cell] | None:
        there = [value for value in values if value is not None]
        joined = "\n".join(there)
        if _PLAIN_NUMERALS.fullmatch(joined) is None or self._too_many.search(joined) is not None:
            return None
        return values if _all_floats(there) else None


class _Moments:
    """Times of at most so many decimals of a second; dates without a time of day."""

    def __init__(self, places: int, *, dates: bool) -> None:
        self._too_many = re.compile(rf":\d\d\.\d{{{places + 1}}}", re.ASCII)
        self._dates = dates

    def __call__(self, values: Sequence[Any]) -> Sequence[Cell] | None:
        joined = "\n".join([value for value in values if value is not None])
        if self._too_many.search(joined) is not None:
            return None
        return None if self._dates and _TIME_OF_DAY.search(joined) is not None else values
