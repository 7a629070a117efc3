"""From what stands in a file to the cell a column takes: nothing is rounded or cut on the way.

A converter raises `Unfit` with the reason. Databases that would quietly round, cut or replace a value are
never given one that does not fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from embedded_server.wire.data import Column
from embedded_server.wire.values import BadText, Cell

from .cell_texts import affinity, plain_text
from .readers.base import Digits, Quoted

_HEX = re.compile(r"\\x((?:[0-9a-fA-F]{2})*)", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_INTEGERS = re.compile(r"[-+\d]*", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?", re.ASCII)
_SPECIAL = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_FRACTION = re.compile(r":\d\d\.(\d+)", re.ASCII)
_TIME = re.compile(r"[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)", re.ASCII)
_SIZED = re.compile(r"\((\d+)(?:,\s*(-?\d+))?\)")
_TRUTH = frozenset({"true", "false", "t", "f", "yes", "no", "y", "n", "on", "off", "1", "0"})
_TRUE = frozenset({"true", "t", "yes", "y", "on", "1"})
_RANGES = {
    "tinyint": 8, "smallint": 16, "int2": 16, "mediumint": 24, "integer": 32, "int": 32, "int4": 32,
    "bigint": 64, "int8": 64, "hugeint": 128,
}  # fmt: skip
_FLOATS = frozenset({"real", "float", "double", "double precision", "float4", "float8"})

Convert = Callable[[Any], Cell]


class Unfit(ValueError):
    """Why a value does not fit."""


class Converter:
    """Values of one column of the file for one column of the table. `bare`: texts that did not stand in
    quotes may be numbers or bytes."""

    def __init__(self, column: Column, engine: str, *, bare: bool, in_text: bool) -> None:
        self._column = column
        self._one = _dynamic(column, bare, in_text) if engine == "sqlite" else _typed(column, engine)
        self._whole = _quick(column, engine)

    def cells(self, values: Sequence[Any], failed: dict[int, str]) -> Sequence[Cell]:
        """The cells; for a value that does not fit NULL, and its reason in `failed` by row."""
        quick = self._whole(values) if self._whole is not None else None
        if quick is not None:
            return quick
        found: list[Cell] = []
        one = self._one
        for row, value in enumerate(values):
            try:
                found.append(None if value is None else one(value))
            except Unfit as error:
                found.append(None)
                failed.setdefault(row, str(error))
        return found


# So many digits make the same number whoever reads them.
_SURE_DIGITS, _SURE_INTEGER = 15, 18
_NUMERALS = re.compile(r"[-+.\deE]*", re.ASCII)
_TEXTS = frozenset({str, type(None)})
_Quick = Callable[[Sequence[Any]], Sequence[Cell] | None]


def _quick(column: Column, engine: str) -> _Quick | None:
    """All values of a column at once where that is the same; null where each must be looked at."""
    if engine == "sqlite":
        kept = affinity(column.type)
        by_affinity: dict[str, _Quick] = {
            "text": _quick_text,
            "integer": _passed_integers,
            "real": _quick_floats,
            "numeric": _passed_numbers,
        }
        return by_affinity.get(kept)
    if column.kind == "number":
        word, _ = _words(column)
        bits = _RANGES.get(word.removesuffix(" unsigned"))
        if bits is not None and "unsigned" not in word:
            return _QuickRange(_bits(bits, engine))
        return _passed_numbers if word in _FLOATS else None
    return _quick_text if column.kind in ("text", "json", "uuid", "array", "other") else None


def _joined(values: Sequence[Any]) -> str | None:
    """All texts in one; null where there is something else than texts and NULL."""
    return "".join(filter(None, values)) if _TEXTS.issuperset(map(type, values)) else None


def _quick_text(values: Sequence[Any]) -> Sequence[Cell] | None:
    joined = _joined(values)
    return None if joined is None or "\\x" in joined else values


def _passed_integers(values: Sequence[Any]) -> Sequence[Cell] | None:
    """Whole numbers as texts: the column's affinity makes numbers of them."""
    joined = _joined(values)
    if joined is None or _INTEGERS.fullmatch(joined) is None:
        return None
    longest = max(map(len, filter(None, values)), default=0)
    return values if longest <= _SURE_INTEGER and all(map(_is_whole, _odd(values, joined))) else None


def _odd(values: Sequence[Any], joined: str) -> Sequence[str]:
    """The texts to look at one by one: none where there are only digits."""
    return [] if joined.isdigit() else [value for value in values if value is not None]


def _is_whole(text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None


def _passed_numbers(values: Sequence[Any]) -> Sequence[Cell] | None:
    """Numbers as texts, as long as they are short enough to be the same number for everybody."""
    joined = _joined(values)
    if joined is None or _NUMERALS.fullmatch(joined) is None:
        return None
    there = list(filter(None, values))
    if max(map(len, there), default=0) > _SURE_DIGITS:
        return None
    try:
        list(map(float, there))
    except ValueError:
        return None
    return values


def _quick_floats(values: Sequence[Any]) -> Sequence[Cell] | None:
    joined = _joined(values)
    if joined is None or _NUMERALS.fullmatch(joined) is None:
        return None
    try:
        return [None if value is None else float(value) for value in values]
    except ValueError:
        return None


def _quick_integers(values: Sequence[Any]) -> Sequence[Cell] | None:
    joined = _joined(values)
    if joined is None or _INTEGERS.fullmatch(joined) is None:
        return None
    try:
        return [None if value is None else int(value) for value in values]
    except ValueError:
        return None


class _QuickRange:
    """Integers of so many bits."""

    def __init__(self, bits: int) -> None:
        self._limit = 2 ** (bits - 1)

    def __call__(self, values: Sequence[Any]) -> Sequence[Cell] | None:
        found = _quick_integers(values)
        if found is None:
            return None
        numbers: list[Any] = [number for number in found if number is not None]
        fits = not numbers or (min(numbers) >= -self._limit and max(numbers) < self._limit)
        return found if fits else None


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


def _words(column: Column) -> tuple[str, tuple[int | None, int | None]]:
    """The type in lower case without its sizes, and the sizes."""
    name = column.type.lower()
    sized = _SIZED.search(name)
    sizes = (int(sized[1]), int(sized[2]) if sized[2] else None) if sized else (None, None)
    return " ".join(_SIZED.sub("", name).split()), sizes


def _typed(column: Column, engine: str) -> Convert:
    word, sizes = _words(column)
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
    if text not in _TRUTH:
        raise Unfit("It is neither true nor false.")
    return text in _TRUE


def _number(word: str, sizes: tuple[int | None, int | None], engine: str) -> Convert:
    unsigned = "unsigned" in word or (engine == "duckdb" and word.startswith("u") and word[1:] in _RANGES)
    bits = _RANGES.get(word.replace("unsigned", "").strip().removeprefix("u" if engine == "duckdb" else ""))
    if bits is not None:
        bits = _bits(bits, engine)
        return _integer(0 if unsigned else -(2 ** (bits - 1)), 2 ** (bits if unsigned else bits - 1) - 1)
    if word.replace(" unsigned", "") in _FLOATS:
        return _float
    digits, scale = sizes
    if word.startswith(("numeric", "decimal")) and digits is not None:
        return _decimal(scale or 0)
    return _float


def _bits(bits: int, engine: str) -> int:
    """Of a database that nothing is known of, the database itself says what is too large."""
    return bits if engine in _PLACES else 64


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
        fraction = (found[1] or found[2] or "").rstrip("0")
        if len(fraction) - int(found[3] or 0) > scale:
            raise Unfit(f"It has more than {scale} decimals; the column would round it.")
        return text

    return one


_PLACES = {"postgresql": 6, "mysql": 0, "duckdb": 6}


def _moment(word: str, digits: int | None, engine: str) -> Convert:
    places = digits if digits is not None else _PLACES.get(engine, 6)
    if engine == "duckdb":
        places = {"timestamp_s": 0, "timestamp_ms": 3, "timestamp_ns": 9, "time_ns": 9}.get(word, 6)

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
