"""Two JSON documents, compared as structures: objects by key, lists by the key of their elements."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from embedded_server.wire.replays import DifferenceKind

from . import paths
from .align import align

# Keys that usually name a thing, in the order they are tried; then whatever ends like one.
_NAMES = ("id", "uuid", "pk", "key", "code", "sku", "slug", "name", "number")
_ENDINGS = ("_id", "Id", "_key", "_no", "_uuid")

Found = tuple[DifferenceKind, str, Any, Any]
_encode = msgspec.json.Encoder().encode


def json_diff(before: Any, after: Any, path: str = "") -> Iterator[Found]:
    """Each place that differs: its kind, its path, and the two values (None where there is none)."""
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _lists(before, after, path)
    elif _kind(before) != _kind(after):
        yield "type", path, before, after
    elif before != after:
        yield "changed", path, before, after


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def _objects(before: dict[str, Any], after: dict[str, Any], path: str) -> Iterator[Found]:
    for key, value in before.items():
        here = f"{path}/{paths.escaped(key)}"
        if key not in after:
            yield "removed", here, value, None
        else:
            other = after[key]
            if value is not other and (type(value) is not type(other) or _differs(value, other)):
                yield from json_diff(value, other, here)
    for key, value in after.items():
        if key not in before:
            yield "added", f"{path}/{paths.escaped(key)}", None, value


def _differs(value: Any, other: Any) -> bool:
    # Python takes True for 1; what is written tells them apart, in C.
    return bool(value != other) or (isinstance(value, dict | list) and _encode(value) != _encode(other))


def _lists(before: list[Any], after: list[Any], path: str) -> Iterator[Found]:
    key = common_key(before, after)
    if key is None:
        yield from _by_place(before, after, path)
        return
    left = {element[key]: element for element in before}
    right = {element[key]: element for element in after}
    for value, element in left.items():
        other = right.get(value)
        if other is None:
            yield "removed", f"{path}/{paths.keyed(key, value)}", element, None
        elif _differs(element, other):
            yield from json_diff(element, other, f"{path}/{paths.keyed(key, value)}")
    for value, element in right.items():
        if value not in left:
            yield "added", f"{path}/{paths.keyed(key, value)}", None, element
    yield from _order([v for v in left if v in right], [v for v in right if v in left], path)


def _order(before: list[Any], after: list[Any], path: str) -> Iterator[Found]:
    if before != after:
        first = next(i for i, (one, other) in enumerate(zip(before, after, strict=True)) if one != other)
        yield "order", path, before[first : first + 5], after[first : first + 5]


def _by_place(before: list[Any], after: list[Any], path: str) -> Iterator[Found]:
    digests = [_encode(element) for element in before], [_encode(element) for element in after]
    found = align(*digests, ([""] * len(before), [""] * len(after)))
    for one, other in found.paired:
        yield from json_diff(before[one], after[other], f"{path}/{other}")
    for index in found.removed:
        yield "removed", f"{path}/{index}", before[index], None
    for index in found.added:
        yield "added", f"{path}/{index}", None, after[index]
    if found.moved:
        moved = found.moved[:5]
        yield "order", path, [before[i] for i, _ in moved], [after[j] for _, j in sorted(moved, key=_second)]


def _second(pair: tuple[int, int]) -> int:
    return pair[1]


def common_key(before: list[Any], after: list[Any]) -> str | None:
    """The key that names the elements of both lists, None where there is none.

    Every element is an object that has it, its values are text or whole numbers and unique on each side,
    and most of them occur on both.
    """
    if not before or not after or not all(type(element) is dict for element in (*before, *after)):
        return None
    best: tuple[float, str] | None = None
    for key in _candidates(before[0]):
        share = _shared(before, after, key)
        if share >= 0.5 and (key in _NAMES or key.endswith(_ENDINGS)):
            return key
        if share >= 0.5 and (best is None or share > best[0]):
            best = share, key
    return best[1] if best else None


def _candidates(element: dict[str, Any]) -> list[str]:
    known = [name for name in _NAMES if name in element]
    named = [name for name in element if name.endswith(_ENDINGS) and name not in known]
    return known + named + [name for name in element if name not in known and name not in named]


def _shared(before: list[dict[str, Any]], after: list[dict[str, Any]], key: str) -> float:
    sides: list[set[Any]] = []
    for elements in (before, after):
        try:
            values = [element[key] for element in elements]
        except KeyError:
            return 0.0
        kinds = set(map(type, values))
        if len(kinds) != 1 or not kinds <= {str, int}:
            return 0.0
        unique = set(values)
        if len(unique) != len(values):
            return 0.0
        sides.append(unique)
    return len(sides[0] & sides[1]) / min(map(len, sides))
