"""Finds the capabilities: every package of the window that has `register(context)`."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pkgutil import iter_modules

import msgspec

import desktop
from desktop.context import Context, RailEntry


class Capability(msgspec.Struct, frozen=True):
    """A package: its entry, and what is known of it before it registers.

    `page` is its place in the rail, `opens` are the kinds of references it has openers for.
    """

    name: str
    order: int
    register: Callable[[Context], object]
    page: RailEntry | None = None
    opens: tuple[str, ...] = ()


def find_capabilities() -> list[Capability]:
    """All of them, by their ORDER (100 if they have none), then by name."""
    found = []
    for info in iter_modules(desktop.__path__):
        if not info.ispkg:
            continue
        module = import_module(f"desktop.{info.name}")
        register = getattr(module, "register", None)
        if register is not None:
            page, opens = getattr(module, "PAGE", None), getattr(module, "OPENS", ())
            found.append(Capability(info.name, getattr(module, "ORDER", 100), register, page, opens))
    return sorted(found, key=lambda capability: (capability.order, capability.name))
