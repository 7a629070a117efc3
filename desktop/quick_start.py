"""A faster start: imported before anything else of the window.

PySide replaces Python's import function with one that reads the source of every module imported later,
to support `from __feature__ import ...`. Nothing here uses that, so Python's own function is put back:
about a tenth of the time to the first frame.
"""

import builtins

_own = builtins.__import__

import PySide6.QtWidgets  # noqa: E402, F401

builtins.__import__ = _own
