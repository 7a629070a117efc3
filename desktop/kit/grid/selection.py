"""What is selected: rectangles of rows and places, one current cell, one anchor to extend from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

ALL_PLACES = 1 << 30


class Spot(NamedTuple):
    """A cell by row position and place."""

    row: int
    place: int


class Area(NamedTuple):
    """A rectangle, edges included; `right` of `ALL_PLACES` means whole rows."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, place: int) -> bool:
        """Whether a cell lies inside."""
        return self.top <= row <= self.bottom and self.left <= place <= self.right

    def meets(self, other: Area) -> bool:
        """Whether two rectangles share a cell."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    def minus(self, hole: Area) -> Iterator[Area]:
        """What is left when `hole` is cut out: at most four rectangles."""
        if not self.meets(hole):
            yield self
            return
        if self.top < hole.top:
            yield self._replace(bottom=hole.top - 1)
        top, bottom = max(self.top, hole.top), min(self.bottom, hole.bottom)
        if self.left < hole.left:
            yield Area(top, self.left, bottom, hole.left - 1)
        if hole.right < self.right:
            yield Area(top, hole.right + 1, bottom, self.right)
        if hole.bottom < self.bottom:
            yield self._replace(top=hole.bottom + 1)


def between(one: Spot, other: Spot) -> Area:
    """The rectangle with these two corners."""
    return Area(
        min(one.row, other.row),
        min(one.place, other.place),
        max(one.row, other.row),
        max(one.place, other.place),
    )


class Selection:
    """Rectangles that never overlap; `changed` is called after every change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self.areas: list[Area] = []
        self.current: Spot | None = None
        self.anchor: Spot | None = None
        self._whole = ""
        self._kept: list[Area] = []

    # --- asking ------------------------------------------------------------------------------------

    def __contains__(self, spot: Spot) -> bool:
        return any(area.holds(spot.row, spot.place) for area in self.areas)

    def cell_count(self, places: int) -> int:
        """How many cells are selected when `places` columns are shown."""
        return sum(
            (area.bottom - area.top + 1) * (min(area.right, places - 1) - area.left + 1)
            for area in self.areas
            if area.left < places
        )

    def row_count(self) -> int:
        """How many rows have a selected cell."""
        rows, reached = 0, -1
        for area in sorted(self.areas):
            rows += max(0, area.bottom - max(reached, area.top - 1))
            reached = max(reached, area.bottom)
        return rows

    def bounds(self, places: int) -> Area | None:
        """The smallest rectangle around everything selected."""
        if not self.areas:
            return None
        return Area(
            min(area.top for area in self.areas),
            min(area.left for area in self.areas),
            max(area.bottom for area in self.areas),
            min(max(area.right for area in self.areas), places - 1),
        )

    def row_selected(self, row: int) -> bool:
        """Whether a row is selected as a whole."""
        return any(area.top <= row <= area.bottom and area.right == ALL_PLACES for area in self.areas)

    def place_selected(self, place: int, rows: int) -> bool:
        """Whether every cell of a place is selected."""
        return any(
            area.top == 0 and area.bottom >= rows - 1 and area.left <= place <= area.right
            for area in self.areas
        )

    # --- selecting ---------------------------------------------------------------------------------

    def clear(self) -> None:
        """Nothing selected, no current cell."""
        self._settle([])
        self.current = self.anchor = None
        self._changed()

    def set(self, spot: Spot) -> None:
        """This cell alone."""
        self._start([], spot, "")

    def toggle(self, spot: Spot) -> None:
        """Add a cell, or take it out of the selection."""
        if spot in self:
            self._cut(Area(spot.row, spot.place, spot.row, spot.place))
            self.current = self.anchor = spot
            self._changed()
        else:
            self._start(self.areas, spot, "")

    def rows(self, row: int, place: int, *, add: bool = False) -> None:
        """A whole row; `add` keeps the rest, or takes the row out when it is selected."""
        if add and self.row_selected(row):
            self._cut(Area(row, 0, row, ALL_PLACES), "rows")
            self.current = self.anchor = Spot(row, place)
            self._changed()
            return
        self._start(self.areas if add else [], Spot(row, place), "rows")

    def column(self, place: int, row: int, last_row: int, *, add: bool = False) -> None:
        """A whole column; `row` becomes the current one."""
        if add and self.place_selected(place, last_row + 1):
            self._cut(Area(0, place, last_row, place), "columns")
            self.current = self.anchor = Spot(row, place)
            self._changed()
            return
        self._start(self.areas if add else [], Spot(row, place), "columns", last_row)

    def all(self, last_row: int, current: Spot) -> None:
        """Every cell."""
        self._settle([Area(0, 0, last_row, ALL_PLACES)])
        self._kept = []
        self.current = self.anchor = current
        self._changed()

    def extend(self, spot: Spot, last_row: int = 0) -> None:
        """Stretch the newest rectangle from the anchor to this cell, keeping its kind."""
        anchor = self.anchor or spot
        area = self._grown(between(anchor, spot), self._whole, last_row)
        self.areas = [rest for other in self._kept for rest in other.minus(area)] + [area]
        self.anchor = anchor
        self.current = spot
        self._changed()

    def extend_rows(self, row: int, place: int) -> None:
        """Stretch to a row, whole rows from now on."""
        self._whole = "rows"
        self.extend(Spot(row, place))

    def extend_columns(self, place: int, row: int, last_row: int) -> None:
        """Stretch to a column, whole columns from now on."""
        self._whole = "columns"
        self.extend(Spot(row, place), last_row)

    def only_current(self) -> None:
        """Drop everything but the current cell."""
        if self.current is not None:
            self.set(self.current)

    # --- when things move --------------------------------------------------------------------------

    def shift(self, delta: int) -> None:
        """The rows have other numbers now."""
        areas = [
            area._replace(top=max(0, area.top + delta), bottom=area.bottom + delta)
            for area in self.areas
            if area.bottom + delta >= 0
        ]
        self._settle(areas, keep_last=True)
        self.current = _shifted(self.current, delta)
        self.anchor = _shifted(self.anchor, delta)

    def rearrange(self, old: list[int], new: list[int]) -> None:
        """The columns at places `old` stand as `new` now: the same cells stay selected."""
        moved = {column: place for place, column in enumerate(new)}
        areas: list[Area] = []
        for area in self.areas:
            if area.right == ALL_PLACES:
                areas.append(area)
                continue
            columns = old[area.left : area.right + 1]
            areas += [
                area._replace(left=left, right=right)
                for left, right in runs(moved[column] for column in columns if column in moved)
            ]
        self._settle(areas)
        for name in ("current", "anchor"):
            spot: Spot | None = getattr(self, name)
            if spot is not None:
                place = moved.get(old[spot.place], min(spot.place, len(new) - 1))
                setattr(self, name, Spot(spot.row, max(0, place)))
        self._changed()

    def clip(self, rows: int) -> None:
        """There are only so many rows: forget what lies beyond."""
        areas = [area._replace(bottom=min(area.bottom, rows - 1)) for area in self.areas if area.top < rows]
        self._settle(areas, keep_last=True)
        if self.current is not None and self.current.row >= rows:
            self.current = Spot(rows - 1, self.current.place) if rows else None
            self.anchor = self.current
        self._changed()

    # --- inside ------------------------------------------------------------------------------------

    def _start(self, kept: list[Area], spot: Spot, whole: str, last_row: int = 0) -> None:
        area = self._grown(Area(spot.row, spot.place, spot.row, spot.place), whole, last_row)
        self.areas = [rest for other in kept for rest in other.minus(area)] + [area]
        self.current = self.anchor = spot
        self._kept, self._whole = list(kept), whole
        self._changed()

    def _settle(self, areas: list[Area], *, keep_last: bool = False, whole: str = "") -> None:
        """These areas, of which none (or, with `keep_last`, only the last) still grows with the anchor."""
        if keep_last:
            self.areas, self._kept = areas, areas[:-1]
        else:
            self.areas, self._kept, self._whole = areas, list(areas), whole

    def _cut(self, hole: Area, whole: str = "") -> None:
        self._settle([rest for area in self.areas for rest in area.minus(hole)], whole=whole)

    @staticmethod
    def _grown(area: Area, whole: str, last_row: int) -> Area:
        if whole == "rows":
            return area._replace(left=0, right=ALL_PLACES)
        if whole == "columns":
            return area._replace(top=0, bottom=last_row)
        return area


def _shifted(spot: Spot | None, delta: int) -> Spot | None:
    return None if spot is None else Spot(max(0, spot.row + delta), spot.place)


def runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Consecutive numbers as (first, last) pairs."""
    for _, group in groupby(enumerate(sorted(numbers)), lambda pair: pair[1] - pair[0]):
        members = [number for _, number in group]
        yield members[0], members[-1]
