"""The lines of a drawn history: which strokes cross which row."""

from __future__ import annotations

from dataclasses import dataclass

from embedded_server.wire.migrations import Revision


@dataclass(frozen=True)
class Stroke:
    """From (lane, height) to (lane, height); heights 0 top, 1 middle, 2 bottom of a row."""

    start: tuple[int, int]
    end: tuple[int, int]
    dashed: bool = False


def strokes(revisions: list[Revision]) -> list[list[Stroke]]:
    """For each row what is drawn in it. Parents stand below their children."""
    place = {one.revision: row for row, one in enumerate(revisions)}
    found: list[list[Stroke]] = [[] for _ in revisions]
    for row, child in enumerate(revisions):
        for number, parent in enumerate([*child.down, *child.depends_on]):
            below = place.get(parent)
            if below is None or below <= row:
                continue
            lane = revisions[below].lane
            dashed = number >= len(child.down)
            _edge(found, (row, child.lane), (below, lane), first=number == 0, dashed=dashed)
    return found


def _edge(
    found: list[list[Stroke]], child: tuple[int, int], parent: tuple[int, int], *, first: bool, dashed: bool
) -> None:
    """A first parent is reached in the child's lane, a further one in its own."""
    (row, lane), (below, other) = child, parent
    way = lane if first else other
    found[row].append(Stroke((lane, 1), (way, 2), dashed))
    for between in range(row + 1, below):
        found[between].append(Stroke((way, 0), (way, 2), dashed))
    found[below].append(Stroke((way, 0), (other, 1), dashed))
