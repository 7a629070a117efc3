"""Finds the capabilities: every package of the window that has `register(context)`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

import desktop
from desktop.context import Context


@dataclass(frozen=True)
class Capability:
    """A package with its place in the rail and its entry."""

    name: str
    order: int
    register: Callable[[Context], object]


def find_capabilities() -> list[Capability]:
    """All of them, by their ORDER (100 if they have none), then by name."""
    found = []
    for info in iter_modules(desktop.__path__):
        if not info.ispkg:
            continue
        module = import_module(f"desktop.{info.name}")
        register = getattr(module, "register", None)
        if register is not None:
            found.append(Capability(info.name, getattr(module, "ORDER", 100), register))
    return sorted(found, key=lambda capability: (capability.order, capability.name))
