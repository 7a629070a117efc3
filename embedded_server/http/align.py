"""Which elements of two lists are the same: longest common subsequence, with what merely moved told apart."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

# Above this many elements between the common ends, equal ones are paired without looking for an order.
LONGEST = 1500


@dataclass
class Alignment:
    """What became of the elements, by their indexes. `paired` are those that stand in each other's place."""

    paired: list[tuple[int, int]] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    moved: list[tuple[int, int]] = field(default_factory=list)


def align(
    before: Sequence[Hashable], after: Sequence[Hashable], kinds: tuple[Sequence[str], Sequence[str]]
) -> Alignment:
    """Align two lists by their elements' digests; those of one kind may take each other's place."""
    begin = 0
    while begin < min(len(before), len(after)) and before[begin] == after[begin]:
        begin += 1
    end = 0
    rest = min(len(before), len(after)) - begin
    while end < rest and before[-1 - end] == after[-1 - end]:
        end += 1
    left = range(begin, len(before) - end)
    right = range(begin, len(after) - end)
    gaps = _gaps(before, after, left, right)
    found = Alignment()
    gaps = _without_moved(before, after, gaps, found)
    for lost, new in gaps:
        _pair(lost, new, kinds, found)
    return found


_Gap = tuple[list[int], list[int]]


def _gaps(before: Sequence[Hashable], after: Sequence[Hashable], left: range, right: range) -> list[_Gap]:
    if not left and not right:
        return []
    if max(len(left), len(right)) > LONGEST:
        return [(list(left), list(right))]
    matcher = SequenceMatcher(None, [before[i] for i in left], [after[i] for i in right], autojunk=False)
    return [
        ([left[i] for i in range(a, b)], [right[i] for i in range(c, d)])
        for tag, a, b, c, d in matcher.get_opcodes()
        if tag != "equal"
    ]


def _without_moved(
    before: Sequence[Hashable], after: Sequence[Hashable], gaps: list[_Gap], found: Alignment
) -> list[_Gap]:
    """Take out what left one place and came back in another."""
    lost: dict[Hashable, deque[int]] = defaultdict(deque)
    for removed, _ in gaps:
        for index in removed:
            lost[before[index]].append(index)
    gone: set[int] = set()
    come: set[int] = set()
    for _, added in gaps:
        for index in added:
            waiting = lost.get(after[index])
            if waiting:
                origin = waiting.popleft()
                gone.add(origin)
                come.add(index)
                found.moved.append((origin, index))
    if not gone:
        return gaps
    return [([i for i in a if i not in gone], [i for i in b if i not in come]) for a, b in gaps]


def _pair(
    lost: list[int], new: list[int], kinds: tuple[Sequence[str], Sequence[str]], found: Alignment
) -> None:
    at = 0
    for index in lost:
        place = next((i for i in range(at, len(new)) if kinds[1][new[i]] == kinds[0][index]), None)
        if place is None:
            found.removed.append(index)
            continue
        found.added += new[at:place]
        found.paired.append((index, new[place]))
        at = place + 1
    found.added += new[at:]
