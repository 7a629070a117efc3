"""How to get to row number N without reading what lies before it, where that is possible. Pure decisions."""

from __future__ import annotations

from typing import Literal, NamedTuple

from .ladder import Rung

# Up to here counting rows off is as quick as anything cleverer.
NEAR = 10_000
# Where keys turn out to be spread unevenly, rows are counted off after all, up to this many.
COUNTED_OFF = 20_000_000
# How much denser or thinner than on the whole the keys may lie where a guess landed.
_UNEVEN = 8.0

JumpKind = Literal["start", "below", "above", "end", "guess", "last"]


class Count(NamedTuple):
    """How many rows there are, and whether that was counted (recently) or is a guess."""

    rows: int
    exact: bool


class Jump(NamedTuple):
    """Where to start and how many rows to count off from there.

    `start`: forwards from the first row. `below`/`above`: from a known row, forwards or backwards.
    `end`: backwards from the last row. `guess`: at the key that should be there. `last`: row N does not
    exist, show the last ones. Backwards, `skip` rows lie between the start and the wanted row.
    """

    kind: JumpKind
    skip: int = 0
    exact: bool = True
    rung: Rung | None = None

    @property
    def backwards(self) -> bool:
        """Whether rows are counted off against the order."""
        return self.kind in ("above", "end")


def jump(
    row: int, *, keyed: bool, below: Rung | None, above: Rung | None, count: Count | None, guessable: bool
) -> Jump:
    """The cheapest way to row `row`. Without `keyed` only counting off from the start is sound."""
    ways = [Jump("start", row)]
    if keyed:
        if count is not None and count.exact and row >= count.rows:
            return Jump("last")
        if below is not None:
            ways.append(Jump("below", row - below.row, below.fresh, below))
        if above is not None:
            ways.append(Jump("above", above.row - row - 1, above.fresh, above))
        if count is not None and count.exact:
            ways.append(Jump("end", count.rows - row - 1))
    best = min(ways, key=_effort)
    return Jump("guess") if best.skip > NEAR and guessable else best


def _effort(way: Jump) -> tuple[int, bool]:
    # Going backwards takes a step more; a stale number is worth it only if it saves work.
    return way.skip + (way.backwards and NEAR // 10), not way.exact


class Span(NamedTuple):
    """The first and last integer key in the order of reading (`first` > `last` when descending)."""

    first: int
    last: int

    @property
    def length(self) -> int:
        """How many keys there could be."""
        return abs(self.last - self.first) + 1


def guess(row: int, span: Span, count: Count | None) -> tuple[int, bool]:
    """The key of row `row`, and whether that is certain because no key is missing."""
    step = 1 if span.last >= span.first else -1
    total = count.rows if count is not None and count.rows > 0 else span.length
    if total == span.length:
        ahead = row
    else:
        ahead = row * (span.length - 1) // max(total - 1, 1)
    sure = count is not None and count.exact and total == span.length
    return span.first + step * min(max(ahead, 0), span.length - 1), sure


def uneven(first: int, last: int, rows: int, span: Span, count: Count | None) -> bool:
    """Whether keys `first`..`last` of `rows` rows lie so unlike the whole that a guess means nothing."""
    total = count.rows if count is not None and count.rows > 1 else span.length
    if rows < 2 or total < 2 or span.length < 2:
        return False
    here = abs(last - first) / (rows - 1)
    whole = (span.length - 1) / (total - 1)
    return not whole / _UNEVEN <= here <= whole * _UNEVEN
