"""What a person typed for a column as the cell it means, or why it cannot be one: nothing is rounded or cut.

Used by the window while typing and by the server again before anything is written. `dialect` is the
engine's name. Databases themselves are more lenient: they round numbers, cut texts, drop a zone silently.
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from uuid import UUID

from .data import Column
from .values import BadText, Cell, Truncated

_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_SPECIAL = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_BYTES = re.compile(r"(?:x'(?P<quoted>[0-9a-f]*)'|(?:0x|\\x)(?P<bare>[0-9a-f]*))", re.ASCII | re.IGNORECASE)
_SIZE = re.compile(r"\((\d+)(?:\s*,\s*(-?\d+))?\)")
_LABEL = re.compile(r"'((?:[^']|'')*)'")
_DATE = r"(?P<year>\d{4,6})-(?P<month>\d\d)-(?P<day>\d\d)"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.(?P<fraction>\d+))?)?"
_ZONE = r"(?P<zone>\s*(?:[+-]\d\d(?::?\d\d(?::\d\d)?)?|Z|UTC))?"
_MOMENT = re.compile(rf"{_DATE}(?:[ T]{_CLOCK}{_ZONE})?(?P<bc> BC)?", re.ASCII)
_TIME = re.compile(rf"{_CLOCK}{_ZONE}", re.ASCII)
_ENDLESS = ("infinity", "-infinity")
TRUTH = {
    "true": True,
    "t": True,
    "yes": True,
    "1": True,
    "false": False,
    "f": False,
    "no": False,
    "0": False,
}
_BITS = {
    "tinyint": 8, "smallint": 16, "smallserial": 16, "mediumint": 24, "int": 32, "integer": 32, "serial": 32,
    "bigint": 64, "bigserial": 64, "hugeint": 128, "utinyint": 8, "usmallint": 16, "uinteger": 32,
    "ubigint": 64, "uhugeint": 128, "oid": 32,
}  # fmt: skip
# Engines whose rows come as the server's own text.
_TEXTUAL = ("postgresql", "mysql")
_UNSIGNED = ("utinyint", "usmallint", "uinteger", "ubigint", "uhugeint", "oid")
_SINGLE = ("real", "float", "float4")
# Fractions of a second that a type keeps unless it says otherwise.
_FRACTIONS = {"timestamp_s": 0, "timestamp_ms": 3, "timestamp_ns": 9, "time_ns": 9}


class Unfit(ValueError):
    """The text is no value of this column; the message is a sentence for the person who typed it."""


def fit(column: Column, cell: Cell, dialect: str, like: Cell = None) -> Cell:
    """The cell that will be written, as the database's own reader would show it. Raises Unfit.

    `like` is the cell that stands there: where a column takes values of any type, it tells which is meant.
    """
    if column.generated:
        raise Unfit(f"{column.name} is computed by the database.")
    if cell is None:
        if column.nullable is False:
            raise Unfit(f"{column.name} does not take NULL.")
        return None
    if isinstance(cell, Truncated):
        raise Unfit("Only the beginning of this value is known.")
    if isinstance(cell, BadText):
        return cell
    if isinstance(cell, bool):
        cell = "true" if cell else "false"
    if dialect == "sqlite":
        return _fit_sqlite(column, cell, like)
    return _RULES.get(column.kind, _other)(column, cell, dialect)


def _base(column: Column) -> str:
    return re.split(r"[ (]", column.type, maxsplit=1)[0].lower()


def _size(column: Column) -> tuple[int, int] | None:
    found = _SIZE.search(column.type)
    return (int(found[1]), int(found[2] or 0)) if found else None


def _text_of(cell: Cell) -> str:
    if isinstance(cell, bytes):
        raise Unfit("These are bytes; the column takes none.")
    return repr(cell) if isinstance(cell, float) else str(cell)


# --- numbers ---------------------------------------------------------------------------------------


def _number(column: Column, cell: Cell, dialect: str) -> Cell:
    text, base = _text_of(cell).strip(), _base(column)
    if base in _BITS:
        return _as_cell(_whole(column, text, base, dialect), dialect)
    if base in ("numeric", "decimal", "dec", "fixed"):
        return _decimal(column, text, dialect)
    if base in ("bignum", "money"):
        return text
    return _floating(column, text, base, dialect)


def _as_cell(number: int, dialect: str) -> Cell:
    return str(number) if dialect in _TEXTUAL else number


def _whole(column: Column, text: str, base: str, dialect: str) -> int:
    if dialect == "mysql" and base == "tinyint" and text in ("true", "false"):
        text = "1" if text == "true" else "0"
    if not _INTEGER.fullmatch(text):
        raise Unfit(f"{text!r} is not a whole number.")
    number, bits = int(text), _BITS[base]
    unsigned = base in _UNSIGNED or "unsigned" in column.type.lower()
    low, high = (0, 2**bits - 1) if unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    if not low <= number <= high:
        raise Unfit(f"{column.type} holds {low} to {high}.")
    return number


def _exact(text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise Unfit(f"{text!r} is not a number.")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Unfit(f"{text!r} is not a number.") from None


def _decimal(column: Column, text: str, dialect: str) -> str:
    if dialect == "postgresql" and _SPECIAL.fullmatch(text):
        return text
    number, size = _exact(text), _size(column)
    if size is not None:
        whole, scale = size[0] - size[1], size[1]
        tiny = number.as_tuple()
        assert isinstance(tiny.exponent, int)
        digits = "".join(map(str, tiny.digits)).rstrip("0") or "0"
        places = max(0, -tiny.exponent - (len(tiny.digits) - len(digits))) if number else 0
        if places > max(scale, 0):
            raise Unfit(f"{text} has {places} decimals; {column.type} keeps {max(scale, 0)}.")
        if scale < 0 and number % 10**-scale:
            raise Unfit(f"{text} is no multiple of {10**-scale}; {column.type} would round it.")
        if number and number.adjusted() + 1 > whole:
            raise Unfit(f"{text} is too large for {column.type}.")
    return text.removeprefix("+")


def _floating(column: Column, text: str, base: str, dialect: str) -> Cell:
    if _SPECIAL.fullmatch(text):
        if dialect == "mysql":
            raise Unfit(f"{text!r} is not a number that this database can hold.")
        return text if dialect == "postgresql" or base == "float" else float(text)
    exact, number = _exact(text), float(text)
    single = base in _SINGLE and not (dialect == "mysql" and base == "real")
    if base == "float" and dialect == "mysql" and (size := _size(column)) and size[0] > 24:
        single = False
    kept = _single(number) if single else repr(number)
    if math.isinf(float(kept)) or Decimal(kept) != exact:
        raise Unfit(f"{column.type} cannot hold {text} exactly; it would become {kept}.")
    if dialect in _TEXTUAL or (dialect == "duckdb" and single):
        return text.removeprefix("+")
    return number


def _single(number: float) -> str:
    """The shortest text that a number of four bytes is read from."""
    try:
        stored = struct.unpack("f", struct.pack("f", number))[0]
    except OverflowError:
        return "inf" if number > 0 else "-inf"
    for digits in range(1, 10):
        text = f"{stored:.{digits}g}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == stored:
            return text
    return repr(stored)


def _bool(column: Column, cell: Cell, dialect: str) -> Cell:
    truth = TRUTH.get(_text_of(cell).strip().lower())
    if truth is None:
        raise Unfit(f"{cell!r} is neither true nor false.")
    return ("t" if truth else "f") if dialect == "postgresql" else truth


# --- texts -----------------------------------------------------------------------------------------


def _text(column: Column, cell: Cell, dialect: str) -> Cell:
    text, size = _text_of(cell), _size(column)
    base = _base(column)
    if dialect == "postgresql" and "\0" in text:
        raise Unfit("PostgreSQL's texts hold no NUL character.")
    if base in ("enum", "set"):
        labels = [label.replace("''", "'") for label in _LABEL.findall(column.type)]
        for part in [text] if base == "enum" else filter(None, text.split(",")):
            if part not in labels:
                raise Unfit(f"{part!r} is none of {', '.join(labels)}.")
    elif size is not None and dialect != "duckdb" and len(text) > size[0]:
        raise Unfit(f"The text has {len(text)} characters; {column.type} holds {size[0]}.")
    return text


def _json(column: Column, cell: Cell, dialect: str) -> Cell:
    text = _text_of(cell)
    if column.type.upper().startswith(("STRUCT", "MAP", "UNION", "VARIANT", "HSTORE")):
        return text
    try:
        json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise Unfit(f"This is no valid JSON: {error}.") from None
    return text


def _no_json(name: str) -> None:
    raise ValueError(f"{name} is none")


def _uuid(column: Column, cell: Cell, dialect: str) -> Cell:
    text = _text_of(cell).strip()
    try:
        return str(UUID(text))
    except ValueError:
        raise Unfit(f"{text!r} is no UUID.") from None


def _binary(column: Column, cell: Cell, dialect: str) -> Cell:
    raw = cell if isinstance(cell, bytes) else read_bytes(_text_of(cell).strip())
    if raw is None and _base(column) == "bit" and _INTEGER.fullmatch(str(cell)):
        number = int(str(cell))
        raw = number.to_bytes(max(1, (number.bit_length() + 7) // 8)) if number >= 0 else None
    if raw is None:
        raise Unfit("This is no binary value: write x'00ff', or load a file.")
    size = _size(column)
    if size is not None and _base(column) in ("binary", "varbinary") and len(raw) > size[0]:
        raise Unfit(f"These are {len(raw)} bytes; {column.type} holds {size[0]}.")
    return raw


def read_bytes(text: str) -> bytes | None:
    """The bytes that x'00ff', 0x00ff or \\x00ff means; null for any other text."""
    match = _BYTES.fullmatch(text)
    digits = "" if match is None else match["quoted"] if match["quoted"] is not None else match["bare"]
    return bytes.fromhex(digits) if match is not None and len(digits) % 2 == 0 else None


def _other(column: Column, cell: Cell, dialect: str) -> Cell:
    return cell if isinstance(cell, bytes) else _text_of(cell)


# --- times -----------------------------------------------------------------------------------------


def _time(column: Column, cell: Cell, dialect: str) -> Cell:
    text, base = _text_of(cell).strip(), _base(column)
    if base in ("interval", "year"):
        return text
    if text.lower() in _ENDLESS and dialect != "mysql" and base != "time":
        return text
    if base == "time" and dialect == "mysql" and re.fullmatch(r"-?\d{1,3}:[0-5]\d(:[0-5]\d(\.\d+)?)?", text):
        return _short_enough(column, text, text.partition(".")[2], dialect)
    found = (_TIME if base.startswith("time") and "stamp" not in base else _MOMENT).fullmatch(text)
    if found is None:
        shape = "12:30:00" if base.startswith("time") and "stamp" not in base else "2026-01-31 12:30:00"
        raise Unfit(f"{text!r} is no {base}; write it like {shape[:10] if base == 'date' else shape}.")
    _check_day(found, text)
    _check_clock(found, text, base, dialect)
    if found["zone"] and not _keeps_zone(column, dialect):
        raise Unfit(f"{column.type} keeps no zone; {found['zone'].strip()} would be dropped.")
    return _short_enough(column, text, found["fraction"] or "", dialect)


def _keeps_zone(column: Column, dialect: str) -> bool:
    name = column.type.lower()
    return dialect != "mysql" and ("with time zone" in name or name.startswith(("timestamptz", "timetz")))


def _check_day(found: re.Match[str], text: str) -> None:
    parts = found.groupdict()
    if parts.get("year") is None:
        return
    year = int(parts["year"])
    try:
        # Years that Python cannot count have the same days as one 400 years apart.
        date(2000 + year % 400, int(parts["month"]), int(parts["day"]))
    except ValueError:
        raise Unfit(f"{text!r} names a day that does not exist.") from None
    if year == 0:
        raise Unfit("There is no year 0.")


def _check_clock(found: re.Match[str], text: str, base: str, dialect: str) -> None:
    if found["hour"] is None:
        return
    if base == "date":
        raise Unfit("A date keeps no time of day.")
    hour, minute, second = int(found["hour"]), int(found["minute"]), int(found["second"] or 0)
    ends = (hour, minute, second) == (24, 0, 0) and base == "time" and dialect == "postgresql"
    if (hour > 23 and not ends) or minute > 59 or second > 59:
        raise Unfit(f"{text!r} names a time that does not exist.")


def _short_enough(column: Column, text: str, fraction: str, dialect: str) -> str:
    base, size = _base(column), _size(column)
    keeps = size[0] if size is not None else _FRACTIONS.get(base, 0 if dialect == "mysql" else 6)
    if len(fraction.rstrip("0")) > keeps:
        raise Unfit(f"{column.type} keeps {keeps} digits of a second; {text} has {len(fraction)}.")
    return text


_RULES: dict[str, Callable[[Column, Cell, str], Cell]] = {
    "number": _number,
    "bool": _bool,
    "text": _text,
    "json": _json,
    "uuid": _uuid,
    "binary": _binary,
    "time": _time,
}


# --- SQLite: any column holds values of any type -----------------------------------------------------


def _fit_sqlite(column: Column, cell: Cell, like: Cell) -> Cell:
    if isinstance(cell, int) and not -(2**63) <= cell < 2**63:
        raise Unfit("SQLite's whole numbers have 64 bits.")
    if isinstance(cell, float) and math.isnan(cell):
        raise Unfit("SQLite stores NULL for NaN.")
    if not isinstance(cell, str):
        return cell
    if column.kind == "bool" and cell.strip().lower() in TRUTH:
        return int(TRUTH[cell.strip().lower()])
    if column.kind in ("number", "bool"):
        return _sqlite_number(column, cell.strip())
    if column.kind == "json":
        return _json(column, cell, "sqlite")
    return _sqlite_any(column, cell, like)


def _sqlite_any(column: Column, cell: str, like: Cell) -> Cell:
    if column.kind in ("binary", "other") and (raw := read_bytes(cell.strip())) is not None:
        return raw
    if column.kind == "binary" and not isinstance(like, str):
        raise Unfit("This is no binary value: write x'00ff', or load a file.")
    if isinstance(like, int | float) and _NUMBER.fullmatch(cell.strip()):
        return _sqlite_number(column, cell.strip())
    return cell


def _sqlite_number(column: Column, text: str) -> Cell:
    if _INTEGER.fullmatch(text):
        number = int(text)
        if not -(2**63) <= number < 2**63:
            raise Unfit("SQLite's whole numbers have 64 bits.")
        return number
    if "INT" in column.type.upper():
        raise Unfit(f"{text!r} is not a whole number.")
    exact, real = _exact(text), float(text)
    if math.isinf(real) or Decimal(repr(real)) != exact:
        raise Unfit(f"SQLite cannot hold {text} exactly; it would become {real!r}.")
    return real
