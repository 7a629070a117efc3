"""One moment in three zones: as it is stored, in UTC, in this machine's zone.

Every digit of the fraction stays as it was sent; what the calendar of the standard library cannot hold
(infinity, BC, years beyond 9999) is shown as stored only, and said so.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import NamedTuple

from embedded_server.wire.values import Cell

_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?\s*"
    r"(?:(Z)|([+-])(\d\d)(?::?(\d\d)(?::?(\d\d))?)?)?\Z",
    re.ASCII,
)
_EPOCHS = ((10**8, 1, "seconds"), (10**11, 10**3, "ms"), (10**14, 10**6, "µs"), (10**17, 10**9, "ns"))
_HIGHEST = 42 * 10**8


class Reading(NamedTuple):
    """A line of the viewer."""

    label: str
    text: str


def readings(cell: Cell) -> list[Reading]:
    """The moment a cell is, in three zones; nothing if it is none."""
    if isinstance(cell, int) and not isinstance(cell, bool):
        return _from_number(cell)
    if not isinstance(cell, str):
        return []
    match = _MOMENT.match(cell.strip())
    if match is None:
        return []
    fraction = match[7] or ""
    stored = Reading("as stored", cell.strip())
    try:
        year, month, day, hour, minute, second = (int(match[group] or 0) for group in range(1, 7))
        naive = datetime(year, month, day, hour, minute, second)
        zone = _zone(match)
        if zone is None:
            local = naive.replace(tzinfo=UTC).astimezone()
            return [
                stored,
                Reading("zone", "none stored"),
                Reading("local, if it is UTC", _text(local, fraction)),
            ]
        moment = naive.replace(tzinfo=zone)
        return [
            stored,
            Reading("UTC", _text(moment.astimezone(UTC), fraction)),
            Reading("local", _text(moment.astimezone(), fraction)),
        ]
    except (ValueError, OverflowError):
        return [stored, Reading("UTC", "cannot be converted: outside the calendar's range")]


def _zone(match: re.Match[str]) -> timezone | None:
    if match[8]:
        return UTC
    if not match[9]:
        return None
    offset = timedelta(hours=int(match[10]), minutes=int(match[11] or 0), seconds=int(match[12] or 0))
    return timezone(-offset if match[9] == "-" else offset)


def _from_number(number: int) -> list[Reading]:
    """A number that could be Unix time."""
    for lowest, unit, name in _EPOCHS:
        if lowest <= number < _HIGHEST * unit:
            seconds, rest = divmod(number, unit)
            digits = len(str(unit)) - 1
            fraction = f".{rest:0{digits}d}" if digits else ""
            moment = datetime.fromtimestamp(seconds, UTC)
            return [
                Reading("as stored", str(number)),
                Reading(f"UTC, if Unix {name}", _text(moment, fraction)),
                Reading(f"local, if Unix {name}", _text(moment.astimezone(), fraction)),
            ]
    return []


def _text(moment: datetime, fraction: str) -> str:
    offset = moment.strftime("%z")
    shown = offset[:3] if offset[3:] == "00" else f"{offset[:3]}:{offset[3:5]}"
    name = moment.tzname() or ""
    place = f" {name}" if name and not name.startswith(("+", "-", "UTC+", "UTC-")) else ""
    # strftime drops leading zeros of early years on some systems.
    return f"{moment.isoformat(' ', 'seconds')[:19]}{fraction}{shown}{place}"
