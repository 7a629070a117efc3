"""Points in time of the generated data. They never depend on the day the generator runs."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import accumulate
from random import Random

# All instants are UTC; the writer adds the zone where the engine keeps one.
OPENED = datetime(2023, 9, 1)
UNTIL = datetime(2026, 11, 23, 21, 0)

DAY = 86_400_000_000  # microseconds
SPAN = (UNTIL - OPENED) // timedelta(microseconds=1)

# People shop in the evening: weight of each hour.
HOURS = (2, 1, 1, 1, 1, 2, 4, 6, 8, 9, 10, 11, 12, 12, 11, 11, 12, 14, 16, 18, 19, 16, 10, 5)


def at(microseconds: int) -> datetime:
    """The instant so many microseconds after the opening."""
    return OPENED + timedelta(microseconds=microseconds)


def since_opening(moment: datetime) -> int:
    """Microseconds from the opening to this instant."""
    return (moment - OPENED) // timedelta(microseconds=1)


def chances(weights: Iterable[float]) -> tuple[float, ...]:
    """Upper bounds for ``bisect`` with a random number below 1, proportional to the weights."""
    sums = tuple(accumulate(weights))
    return tuple(bound / sums[-1] for bound in sums)


def busy_times(rng: Random, count: int, growth: float = 0.75, start: int = 0) -> list[int]:
    """Sorted, distinct instants in microseconds after the opening.

    ``growth`` below 1 makes later days busier; every day follows HOURS.
    """
    span, random = SPAN - start, rng.random
    hours = rng.choices(range(24), HOURS, k=count)
    times: set[int] = set()
    for hour in hours:
        day = int(start + span * random() ** growth) // DAY
        time = day * DAY + hour * 3_600_000_000 + int(random() * 3_600_000_000)
        while not start <= time < SPAN or time in times:
            time = start + int(random() * span)
        times.add(time)
    return sorted(times)
