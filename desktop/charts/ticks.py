"""Round numbers and round moments along an axis, with their labels. Without Qt."""

from __future__ import annotations

import math
from typing import NamedTuple

from .calendar import DAY, date_of, days_of, moment_text
from .spec import Role

MOST_TICKS = 60
_SECONDS = (
    1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
    3600, 7200, 10800, 21600, 43200, DAY, 2 * DAY, 7 * DAY,
)  # fmt: skip
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 2400, 6000, 12000, 24000, 60000, 120000)
_MONTH = 30.44 * DAY
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Tick(NamedTuple):
    """A mark on an axis; an empty `text` is a line alone."""

    at: float
    text: str


def nice_step(wanted: float) -> float:
    """1, 2 or 5 times a power of ten, not below what is wanted."""
    if not wanted > 0 or not math.isfinite(wanted):
        return 1.0
    power = 10.0 ** math.floor(math.log10(wanted))
    for factor in (1, 2, 5, 10):
        if factor * power >= wanted * (1 - 1e-9):
            return factor * power
    return 10 * power


def ticks(role: Role, low: float, high: float, room: int) -> list[Tick]:
    """At most about `room` of them between two positions."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or room < 1:
        return []
    return time_ticks(low, high, room) if role == "time" else number_ticks(low, high, room)


def number_ticks(low: float, high: float, room: int) -> list[Tick]:
    """`0`, `200`, `400`; with as many decimals as their distance has, or as powers of ten."""
    spread = high - low
    if not math.isfinite(spread):
        return [Tick(at, f"{at:.0e}") for at in (low, 0.0, high)]
    step = nice_step(spread / room)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last - first > MOST_TICKS or not math.isfinite(first * step):
        return []
    largest = max(abs(low), abs(high))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    found = []
    for number in range(first, last + 1):
        at = number * step
        if largest >= 1e15 or decimals > 9:
            digits = max(0, min(16, math.floor(math.log10(largest / step) + 1e-9)))
            text = f"{at:.{digits}e}" if at else "0"
        else:
            text = f"{at:,.{decimals}f}"
        found.append(Tick(at, text.replace("-", "−", 1) if text.startswith("-") else text))
    # Beyond the digits of a float neighbours read alike.
    return list({tick.text: tick for tick in found}.values())


def time_ticks(low: float, high: float, room: int) -> list[Tick]:
    """At full seconds, minutes, hours, days, months or years."""
    wanted = (high - low) / room
    for step in _SECONDS:
        if step >= wanted:
            return _by_seconds(low, high, step)
    for months in _MONTHS:
        if months * _MONTH >= wanted:
            return _by_months(low, high, months)
    return _by_months(low, high, round(nice_step(wanted / (12 * _MONTH))) * 12)


def _by_seconds(low: float, high: float, step: float) -> list[Tick]:
    # Weeks begin on Mondays, as the fourth day behind the beginning was one.
    start = 4 * DAY if step == 7 * DAY else 0
    first, last = math.ceil((low - start) / step - 1e-9), math.floor((high - start) / step + 1e-9)
    if last - first > MOST_TICKS:
        return []
    places = [start + number * step for number in range(first, last + 1)]
    return [Tick(at, _clock_text(at, step)) for at in places]


def _clock_text(at: float, step: float) -> str:
    days, rest = divmod(at, DAY)
    year, month, day = date_of(int(days))
    if step >= DAY or rest < step / 2:
        return f"{day} {_NAMES[month - 1]}" if (month, day) != (1, 1) else _year_text(year)
    seconds = rest
    clock = f"{int(seconds // 3600):02d}:{int(seconds // 60) % 60:02d}"
    if step >= 60:
        return clock
    if step >= 1 or abs(seconds - round(seconds)) < step / 2:
        seconds = round(seconds)
        return f"{clock}:{int(seconds) % 60:02d}"
    decimals = min(6, -math.floor(math.log10(step) + 1e-9))
    return f":{seconds % 60:0{3 + decimals}.{decimals}f}"


def _by_months(low: float, high: float, step: int) -> list[Tick]:
    year, month, _ = date_of(math.floor(low / DAY))
    number = math.ceil((year * 12 + month - 1) / step) * step
    found: list[Tick] = []
    while len(found) <= MOST_TICKS:
        year, month = divmod(number, 12)
        at = float(days_of(year, month + 1, 1) * DAY)
        if at > high:
            return found
        if at >= low:
            found.append(Tick(at, _year_text(year) if month == 0 else f"{_NAMES[month]} {_year_text(year)}"))
        number += step
    return []


def _year_text(year: int) -> str:
    return str(year) if year > 0 else f"{1 - year} BC"


def span_text(low: float, high: float) -> str:
    """`2026-11-01 – 2026-11-23`: which stretch a time axis shows."""
    return f"{moment_text(math.floor(low))} – {moment_text(math.ceil(high))}"
