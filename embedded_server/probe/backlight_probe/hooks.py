"""Notices when Flask, SQLAlchemy, Jinja, redis or the HTTP client are imported, and attaches to them then.

Light on purpose: with `main.py run` this is loaded by every Python process that the command starts.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, Callable, Sequence


def _part(name: str) -> Any:
    """A module of the probe, imported when it is needed: every Python process of a command loads this one."""
    return importlib.import_module("." + name, __package__)


def _sqlalchemy(module: ModuleType) -> None:
    activate()
    _part("sql").install(module)


def _flask(module: ModuleType) -> None:
    activate()
    _part("flask_hooks").install(module)


def _jinja(module: ModuleType) -> None:
    _part("spans").install_jinja(module)


def _redis(module: ModuleType) -> None:
    _part("spans").install_redis(module)


def _http(module: ModuleType) -> None:
    _part("spans").install_http(module)


def _pytest(module: ModuleType) -> None:
    _part("testing").install()


# What to attach once the module has been executed.
TARGETS: dict[str, Callable[[ModuleType], None]] = {
    "flask": _flask,
    "sqlalchemy": _sqlalchemy,
    "jinja2.environment": _jinja,
    "redis": _redis,
    "http.client": _http,
    "_pytest.runner": _pytest,
}


class _Flask:
    """Flask's application class, without importing Flask."""

    def classes(self) -> tuple[type[Any], ...]:
        """The class in a tuple, empty while Flask is not imported."""
        module = sys.modules.get("flask")
        return (module.Flask,) if module is not None and hasattr(module, "Flask") else ()


FLASK = _Flask()


class Finder:
    """Stands before the other finders, finds nothing itself, and attaches to what they find."""

    def __init__(self) -> None:
        self._looking: set = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the others find, its loader told to call back."""
        if name not in TARGETS or name in self._looking:
            return None
        self._looking.add(name)
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError, AttributeError):
            return None
        finally:
            self._looking.discard(name)
        if spec is not None and spec.loader is not None:
            _call_back(spec.loader, name)
        return spec


def _call_back(loader: Any, name: str) -> None:
    execute = getattr(loader, "exec_module", None)
    if execute is None:
        return

    def exec_module(module: ModuleType) -> None:
        execute(module)
        attach(name, module)

    try:
        loader.exec_module = exec_module
    except AttributeError:
        return


def attach(name: str, module: ModuleType) -> None:
    """Attach to an imported module; a failure is the probe's own and hurts nobody."""
    hook = TARGETS.get(name)
    done = getattr(module, "__backlight__", False)
    if hook is None or done:
        return
    try:
        module.__backlight__ = True  # type: ignore[attr-defined]
        hook(module)
    except Exception as error:
        _part("config").say_once(f"cannot attach to {name}: {type(error).__name__}: {error}")


_watching = False
_active = False


def watch() -> None:
    """Attach to what is imported from now on, and to what is there already."""
    global _watching
    if _watching:
        return
    _watching = True
    sys.meta_path.insert(0, Finder())  # type: ignore[arg-type]
    for name in TARGETS:
        module = sys.modules.get(name)
        if module is not None:
            attach(name, module)


def activate() -> None:
    """This process serves requests or runs statements: start to listen and to send."""
    global _active
    watch()
    if _active:
        return
    _active = True
    _part("logs").install()
    _part("sender").install()
