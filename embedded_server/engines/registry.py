"""Finds the engines of this package and the one that serves a URL."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

import embedded_server.engines as package
from embedded_server.wire.problem import problem

from .base import Engine

_NOT_ENGINES = frozenset({"base", "registry"})


@cache
def engines() -> dict[str, Engine]:
    """Every engine by name: each module of this package that defines `ENGINE`, in name order.

    The engine without schemes serves whatever no other one claims.
    """
    found: dict[str, Engine] = {}
    for module_info in iter_modules(package.__path__):
        if module_info.name in _NOT_ENGINES or module_info.ispkg:
            continue
        engine = getattr(import_module(f"{package.__name__}.{module_info.name}"), "ENGINE", None)
        if isinstance(engine, Engine):
            found[engine.name] = engine
    return found


def engine_for(url: str) -> Engine:
    """The engine for a SQLAlchemy URL by its scheme (the part before `+` or `:`).

    Raises connection.invalid when the text is no URL and connection.driver when nothing serves it.
    """
    scheme, separator, _ = url.partition("://")
    if not separator or not scheme:
        raise problem(
            "connection.invalid",
            detail=url,
            hint="Give a file path or a URL such as postgresql://user@host/db.",
        )
    backend = scheme.split("+", 1)[0].lower()
    fallback = None
    for engine in engines().values():
        if backend in engine.schemes:
            return engine
        if not engine.schemes:
            fallback = engine
    if fallback is None:
        raise problem("connection.driver", detail=f"nothing here speaks {backend}")
    return fallback
