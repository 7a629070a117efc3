"""A faster start: imported before anything else of the window.

PySide replaces Python's import function with one that reads the source of every module imported later,
to support `from __feature__ import ...`. Nothing here uses that, so Python's own function is put back:
about a tenth of the time to the first frame.

It also compiles a generator of stub files at every start, which nothing calls: an empty module stands in for
it. Should another version keep it elsewhere, only these milliseconds are lost again.

Garbage is looked for a hundred times less often than Python would: modules, widgets and rows come in tens of
thousands, none of them is garbage, and each look walks through all of them, in the middle of a frame.
"""

import builtins
import gc
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec
from types import ModuleType
from typing import Any

_SUPPORT, _GENERATOR = "shibokensupport.signature.lib", "pyi_generator"

gc.set_threshold(100_000, 20, 100)
_own = builtins.__import__


def _import(
    name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
) -> ModuleType:
    if name == _SUPPORT and _GENERATOR in (fromlist or ()):
        full = f"{_SUPPORT}.{_GENERATOR}"
        sys.modules.setdefault(full, module_from_spec(ModuleSpec(full, None)))
    return _own(name, globals, locals, fromlist, level)


builtins.__import__ = _import

import PySide6.QtWidgets  # noqa: E402, F401

builtins.__import__ = _own
