"""Moments as seconds since 1970, and back, for every year: the library's calendar ends at 1 and 9999."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

DAY = 86400
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ZONE = r"(?:\s*(?:(?P<utc>Z|UTC)|(?P<sign>[+-])(?P<zh>\d\d)(?::?(?P<zm>\d\d)(?::?(?P<zs>\d\d))?)?))?"
_CLOCK = r"(?P<hour>\d{1,3}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?P<fraction>\.\d+)?)?"
_DATE = r"(?P<year>\d{1,6})-(?P<month>\d\d)-(?P<day>\d\d)"
_MOMENT = re.compile(rf"{_DATE}(?:[ T]{_CLOCK}{_ZONE})?(?P<bc> BC)?", re.ASCII)
_TIME = re.compile(rf"(?P<minus>-)?{_CLOCK}{_ZONE}", re.ASCII)
_LOOKS = re.compile(r"\d{4,6}-\d\d-\d\d(?:[ T]\d\d:\d\d|$)", re.ASCII)
_ENDS = {"infinity": float("inf"), "-infinity": float("-inf")}


class Moment(NamedTuple):
    """Seconds since 1970 in UTC; without a stored zone as if it were UTC. Infinite for the ends of time."""

    seconds: float
    zoned: bool


def looks_like_moment(text: str) -> bool:
    """Whether a text of a column without a type is meant as a date or a time stamp."""
    return _LOOKS.match(text) is not None and read_moment(text) is not None


def read_moment(text: str) -> Moment | None:
    """The moment, or the time of day as a moment of 1970-01-01; null if it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return _odd(text.strip())
    zoned = found.tzinfo is not None
    if not zoned:
        found = found.replace(tzinfo=UTC)
    return Moment((found - EPOCH).total_seconds(), zoned)


def _odd(text: str) -> Moment | None:
    """What the library cannot hold: infinity, years beyond its calendar, times of day."""
    end = _ENDS.get(text.lower())
    if end is not None:
        return Moment(end, False)
    found = _MOMENT.fullmatch(text)
    if found is None:
        found = _TIME.fullmatch(text)
        return None if found is None else _of_day(found)
    year, month, day = int(found["year"]), int(found["month"]), int(found["day"])
    if found["bc"]:
        year = 1 - year
    if not (1 <= month <= 12 and 1 <= day <= 31) or (year == 0 and not found["bc"]):
        return None
    clock = _clock(found)
    return Moment(days_of(year, month, day) * DAY + clock - _offset(found), _has_zone(found))


def _of_day(found: re.Match[str]) -> Moment:
    clock = _clock(found)
    return Moment((-clock if found["minus"] else clock) - _offset(found), _has_zone(found))


def _clock(found: re.Match[str]) -> float:
    parts = [int(found[name] or 0) for name in ("hour", "minute", "second")]
    return parts[0] * 3600 + parts[1] * 60 + parts[2] + float(found["fraction"] or 0)


def _offset(found: re.Match[str]) -> int:
    seconds = int(found["zh"] or 0) * 3600 + int(found["zm"] or 0) * 60 + int(found["zs"] or 0)
    return -seconds if found["sign"] == "-" else seconds


def _has_zone(found: re.Match[str]) -> bool:
    return bool(found["utc"] or found["sign"])


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of the proleptic Gregorian calendar; year 0 is 1 BC."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468


def date_of(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 1970-01-01."""
    days += 719468
    era = days // 146097
    of_era = days - era * 146097
    year = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 400 + (month <= 2), month, day


def date_text(days: int) -> str:
    """`2026-11-23`, `0044-03-15 BC`."""
    year, month, day = date_of(days)
    if year <= 0:
        return f"{1 - year:04d}-{month:02d}-{day:02d} BC"
    return f"{year:04d}-{month:02d}-{day:02d}"


def moment_text(seconds: float) -> str:
    """A position on a time axis in words; exact values are shown as they are stored, not by this."""
    whole = int(seconds // 1)
    days, rest = divmod(whole, DAY)
    date = date_text(days)
    fraction = round((seconds - whole) * 1000)
    if not rest and not fraction:
        return date
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    head, _, bc = date.partition(" ")
    return f"{head} {clock}" + (f".{fraction:03d}" if 0 < fraction < 1000 else "") + (f" {bc}" if bc else "")
