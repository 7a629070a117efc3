"""The environment of every program that is not ours.

A packaged program runs with LD_LIBRARY_PATH pointing at its own libraries; the user's programs would
load those instead of the system's.
"""

from __future__ import annotations

import os
import sys

_OURS = ("QT_PLUGIN_PATH", "QML2_IMPORT_PATH", "QT_QPA_PLATFORM_PLUGIN_PATH")
_RESTORED = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH")


def child_env() -> dict[str, str]:
    """This process's environment without what packaging added; unchanged when not packaged."""
    environment = dict(os.environ)
    if not getattr(sys, "frozen", False):
        return environment
    for name in _RESTORED:
        original = environment.pop(f"{name}_ORIG", None)
        environment.pop(name, None)
        if original:
            environment[name] = original
    for name in [*environment]:
        if name in _OURS or name.startswith(("_PYI", "_MEI", "PYSIDE6_OPTION_")):
            del environment[name]
    return environment
