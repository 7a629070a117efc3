"""Times as logs write them, in microseconds since 1970. A time without a zone counts as UTC: within one log
only order and distance matter, and what is shown is the text itself."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import ciso8601

_ZONE_NAME = re.compile(r" ?(?:[A-Z]{2,5})$")
_SHORT_ZONE = re.compile(r"^(.*\d) ?([+-]\d\d):?(\d\d)?$")


def micros(text: str, form: str) -> int | None:
    """A time written in `form` ("iso", or what strptime understands); null if it is none."""
    try:
        if form == "iso":
            return _iso(text)
        moment = datetime.strptime(text, form)
    except (ValueError, OverflowError):
        return None
    return _micros(moment)


def written(at: int, like: str = "") -> str:
    """The opposite of `micros`: an ISO text, with a space between date and time."""
    del like
    return datetime.fromtimestamp(at / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _iso(text: str) -> int | None:
    if len(text) > 4 and text[4] == "-":
        plain = text.replace(",", ".")
        if plain[-1].isalpha() and plain[-1] != "Z":
            plain = _ZONE_NAME.sub("", plain)
        zone = _SHORT_ZONE.match(plain) if len(plain) > 19 else None
        if zone is not None:
            plain = f"{zone[1]}{zone[2]}:{zone[3] or '00'}"
        return _micros(ciso8601.parse_datetime(plain))
    return _number(float(text))


def _number(value: float) -> int:
    """Seconds, milliseconds, microseconds or nanoseconds, told apart by size."""
    size = abs(value)
    for limit, factor in ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0)):
        if size < limit:
            return int(value * factor)
    return int(value / 1e3)


def _micros(moment: datetime) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1e6)
