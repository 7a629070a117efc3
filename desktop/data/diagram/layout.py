"""Places for the boxes of a diagram: layers from children on the left to parents on the right."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping

from .graph import Edge, Graph, Name

Size = tuple[float, float]
Place = tuple[float, float]
SWEEPS = 4


def layers(graph: Graph) -> dict[Name, int]:
    """Each table's layer: 0 for the centre, one more for what one refers to, one less for who refers to it.

    A table is where the shortest way from the centre puts it; whoever no way leads to stands with the centre.
    """
    near: dict[Name, list[tuple[Name, int]]] = defaultdict(list)
    for edge in graph.edges:
        near[edge.child].append((edge.parent, 1))
        near[edge.parent].append((edge.child, -1))
    found = {graph.centre: 0} if graph.centre in graph.boxes else {}
    waiting = deque(found)
    while waiting:
        name = waiting.popleft()
        for other, step in near[name]:
            if other not in found:
                found[other] = found[name] + step
                waiting.append(other)
    return found | {name: 0 for name in graph.boxes if name not in found}


def arrange(graph: Graph, sizes: Mapping[Name, Size], across: float, down: float) -> dict[Name, Place]:
    """The top left corner of each box, so that none overlaps another.

    Boxes of a layer stand below each other, ordered by where their neighbours are, each layer centred.
    `across` and `down` are the gaps between layers and between boxes.
    """
    if not graph.boxes:
        return {}
    columns = _ordered(graph)
    heights = {
        layer: sum(sizes[name][1] for name in names) + down * (len(names) - 1)
        for layer, names in columns.items()
    }
    tallest = max(heights.values())
    places: dict[Name, Place] = {}
    left = 0.0
    for layer in sorted(columns):
        top = (tallest - heights[layer]) / 2
        for name in columns[layer]:
            places[name] = (left, top)
            top += sizes[name][1] + down
        left += max(sizes[name][0] for name in columns[layer]) + across
    return places


def _ordered(graph: Graph) -> dict[int, list[Name]]:
    columns: dict[int, list[Name]] = defaultdict(list)
    for name, layer in layers(graph).items():
        columns[layer].append(name)
    for names in columns.values():
        names.sort()
    # The centre stands in the middle of its layer at first, so that its neighbours gather around it.
    rank = {name: float(at) for names in columns.values() for at, name in enumerate(names)}
    for sweep in range(SWEEPS):
        for layer in sorted(columns, reverse=bool(sweep % 2)):
            wanted = {name: _middle(name, graph.edges, rank) for name in columns[layer]}
            columns[layer].sort(key=lambda name, wanted=wanted: (wanted[name], name))  # type: ignore[misc]
            rank |= {name: float(at) for at, name in enumerate(columns[layer])}
    return columns


def _middle(name: Name, edges: list[Edge], rank: Mapping[Name, float]) -> float:
    """Where a box's neighbours are, in the middle; its own place when it has none."""
    near = [rank[edge.parent] for edge in edges if edge.child == name and edge.parent != name]
    near += [rank[edge.child] for edge in edges if edge.parent == name and edge.child != name]
    return sum(near) / len(near) if near else rank[name]
