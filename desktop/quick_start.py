"""A faster start: imported before anything else of the window.

PySide replaces Python's import function with one that reads the source of every module imported later,
to support `from __feature__ import ...`. Nothing here uses that, so Python's own function is put back:
about a tenth of the time to the first frame.

It also compiles, at every start, what tells the signatures of its functions and words the errors of wrong
arguments. Those modules are made when somebody first looks into one (`_Later`). Should another version keep
them elsewhere, only these milliseconds are lost again.

The enumerations of Qt are made in a sixth of the time (`quick_enums`).

Garbage is looked for a hundred times less often than Python would: modules, widgets and rows come in tens of
thousands, none of them is garbage, and each look walks through all of them, in the middle of a frame.
"""

import builtins
import gc
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from threading import RLock
from types import ModuleType
from typing import Any

from desktop.quick_enums import install

# Not `mapping`: the bindings look into that one's dictionary themselves.
_LATER = {
    "shibokensupport.signature": {"errorhandler", "layout", "parser"},
    "shibokensupport.signature.lib": {"enum_sig", "pyi_generator", "tool"},
}

gc.set_threshold(100_000, 20, 100)
_own = builtins.__import__


class _Later(ModuleType):
    """A module that is loaded by the first look at what it holds."""

    def __init__(self, spec: ModuleSpec) -> None:
        super().__init__(spec.name)
        self.__spec__, self.__loader__, self.__package__ = spec, spec.loader, spec.parent
        self.__dict__["_lock"] = RLock()

    def __getattr__(self, name: str) -> Any:
        # Whether it is a package is asked of every module that is imported from.
        if name.startswith("__"):
            raise AttributeError(name)
        with self._lock:
            if type(self) is _Later and not self.__dict__.get("_loading"):
                self._loading = True
                self._load()
        return ModuleType.__getattribute__(self, name)

    def _load(self) -> None:
        spec: Any = self.__spec__
        # PySide shows its modules under a second name, by which they are not found.
        shown, spec.name = spec.name, self.__name__
        try:
            spec.loader.exec_module(self)
        finally:
            spec.name = shown
        self.__class__ = ModuleType  # type: ignore[assignment]


def _import(
    name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
) -> ModuleType:
    for part in _LATER.get(name, set()) & set(fromlist or ()):
        full = f"{name}.{part}"
        if full not in sys.modules and (spec := find_spec(full)) is not None:
            sys.modules[full] = _Later(spec)
    return _own(name, globals, locals, fromlist, level)


install()
builtins.__import__ = _import

import PySide6.QtWidgets  # noqa: E402, F401

builtins.__import__ = _own
