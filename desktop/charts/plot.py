"""A chart as numbers: what a painter, a screen reader and a test look at. Without Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from embedded_server.wire.values import Cell

from .pieces import Bools, Floats, Held, Ints
from .spec import Role, Spec

Number = int | float


@dataclass
class Axis:
    """What is measured along a side: a column with its role; `zone` is said of time axes."""

    name: str
    role: Role
    zone: str = ""

    def title(self) -> str:
        """`created_at (UTC)`"""
        return f"{self.name} ({self.zone})" if self.zone else self.name


@dataclass
class Series:
    """Points in the order of their x. `rows` are their rows, `broken` marks those before which rows without
    a value stand, so that no line leads to them."""

    name: str
    xs: Floats
    ys: Floats
    rows: Ints
    broken: Bools

    def __len__(self) -> int:
        return len(self.xs)


@dataclass
class Bars:
    """`values[group][bar]`, exact as far as the cells are; `counts` the rows behind each. `rest` is how many
    values the last bar stands for together, 0 if every bar is one value."""

    names: list[str]
    groups: list[str]
    values: list[list[Cell]]
    heights: list[list[float]]
    counts: list[list[int]]
    rest: int = 0


@dataclass
class Bins:
    """Rows counted between `edges`; the last bin holds its upper edge as well."""

    edges: Floats
    counts: Ints


@dataclass
class Plot:
    """`notes` say what is not drawn and why; `summary` is the picture in words."""

    spec: Spec
    x: Axis
    y: Axis
    held: Held
    series: list[Series] = field(default_factory=list)
    bars: Bars | None = None
    bins: Bins | None = None
    notes: list[str] = field(default_factory=list)
    drawn: int = 0
    summary: str = ""

    def empty(self) -> bool:
        """Whether there is nothing to see."""
        return self.drawn == 0

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of what is drawn; never without extent."""
        if self.bars is not None:
            heights = [height for group in self.bars.heights for height in group]
            return (-0.5, len(self.bars.names) - 0.5, min(0.0, *heights, 0.0), max(0.0, *heights, 0.0))
        if self.bins is not None:
            return float(self.bins.edges[0]), float(self.bins.edges[-1]), 0.0, float(self.bins.counts.max())
        full = [one for one in self.series if len(one)]
        if not full:
            return 0.0, 1.0, 0.0, 1.0
        return (
            min(float(one.xs[0]) for one in full),
            max(float(one.xs[-1]) for one in full),
            min(float(one.ys.min()) for one in full),
            max(float(one.ys.max()) for one in full),
        )


def rows_text(count: int) -> str:
    """`1 row`, `104,117 rows`"""
    return f"{count:,} row" + ("" if count == 1 else "s")
