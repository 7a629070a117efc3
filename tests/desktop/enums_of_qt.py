"""Prints all that can be seen of every enumeration of Qt, a line each; `test_quick_enums` compares two ways.

Run as ``python -m tests.desktop.enums_of_qt plain`` or ``quick``.
"""

from __future__ import annotations

import copy
import enum
import pickle
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from itertools import product
from typing import Any

MODULES = ("QtCore", "QtGui", "QtWidgets", "QtNetwork", "QtSvg")
UNKNOWN = (1 << 40, -1, "x", None)


def enumerations(holder: Any, path: str, depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every enumeration under a module, by its path; each is made by the look at it."""
    for name in dir(holder):
        held = getattr(holder, name, None)
        if isinstance(held, enum.EnumType) and held.__module__.startswith("PySide6"):
            yield f"{path}.{name}", held
        elif isinstance(held, type) and depth < 2:
            yield from enumerations(held, f"{path}.{name}", depth + 1)


def seen(made: Any) -> list[Any]:
    """What a class of members holds and how it and they behave."""
    members = list(made.__members__.values())
    return [
        sorted((name, _told(held)) for name, held in vars(made).items()),
        [made.__bases__, made.__module__, made.__qualname__, made.__doc__, len(made)],
        [_tried(lambda: [repr(member) for member in made])],
        [_member(made, member) for member in members],
        [_tried(partial(made, value)) for value in UNKNOWN],
        [_pair(one, other) for one, other in product(members[:4], members[-4:])],
    ]


def _told(held: Any) -> Any:
    if isinstance(held, dict):
        return [(key, member._name_, vars(member).get("_sort_order_")) for key, member in held.items()]
    if callable(held) or isinstance(held, (staticmethod, classmethod)):
        return repr(getattr(held, "__func__", held)).split(" at 0x")[0]
    return repr(held)


def _member(made: Any, member: Any) -> list[Any]:
    return [
        repr(member),
        str(member),
        f"{member}",
        member.value,
        bool(member),
        sorted(vars(member)),
        member.__objclass__ is made,
        _tried(lambda: made(member.value) is member),
        _tried(lambda: made[member.name] is member),
        _tried(lambda: copy.deepcopy(member) is member),
        _tried(lambda: pickle.loads(pickle.dumps(member)) is member),
    ]


def _pair(one: Any, other: Any) -> list[str]:
    return [
        _tried(lambda: one | other),
        _tried(lambda: one & other),
        _tried(lambda: one ^ other),
        _tried(lambda: ~one),
        _tried(lambda: [repr(part) for part in one | other]),
        _tried(lambda: one in other),
        _tried(lambda: (one | other).name),
        _tried(lambda: one < other),
        _tried(lambda: one == other),
    ]


def _tried(step: Callable[[], Any]) -> str:
    try:
        return repr(step())
    except Exception as error:
        return repr(error)


def main(way: str) -> None:
    if way == "quick":
        from desktop.quick_enums import install  # noqa: PLC0415  # lazy: the other way is without it

        install()
    told = set()
    for module in MODULES:
        for path, made in enumerations(import_module(f"PySide6.{module}"), module):
            if made not in told:  # a class shows those of its bases too
                told.add(made)
                print(path, seen(made))


if __name__ == "__main__":
    main(sys.argv[1])
