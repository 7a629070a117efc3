"""Where in the application's own source something was called from."""

from __future__ import annotations

import os
import sys
import sysconfig
from types import FrameType, TracebackType
from typing import Any, Tuple

from .config import MOST_FRAMES

# (file, line, function)
Place = Tuple[str, int, str]
_PROBE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_LIBRARIES = tuple(
    os.path.abspath(path) + os.sep
    for path in {
        sysconfig.get_paths().get(name, "") for name in ("stdlib", "platstdlib", "purelib", "platlib")
    }
    if path
)
_PACKAGES = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)
_own: dict[str, bool] = {}
_roots: list[str] = []
_edges: list[Any] = [None]


def add_root(folder: str) -> None:
    """Source below this folder is the application's own, wherever it is installed."""
    folder = os.path.abspath(folder) + os.sep
    if folder not in _roots:
        _roots.append(folder)
        _own.clear()


def edge(function: Any) -> None:
    """What calls this function is the server's: nobody looks for callers beyond it."""
    _edges[0] = function.__code__


def is_own(file: str) -> bool:
    """Whether a source file belongs to the application and not to a library."""
    known = _own.get(file)
    if known is None:
        known = _own[file] = _decide(file)
    return known


def _decide(file: str) -> bool:
    if file.startswith("<"):
        return False
    path = os.path.abspath(file)
    if path.startswith(_PROBE):
        return False
    if path.startswith(tuple(_roots)):
        return True
    return not path.startswith(_LIBRARIES) and not any(part in path for part in _PACKAGES)


def callers(depth: int = 2) -> tuple[Place, ...]:
    """Up to four own places on the way here, innermost first."""
    frame: FrameType | None = sys._getframe(depth)
    found = []
    own, edge_code = _own, _edges[0]
    while frame is not None:
        code = frame.f_code
        if code is edge_code:
            break
        known = own.get(code.co_filename)
        if known or (known is None and is_own(code.co_filename)):
            found.append((code.co_filename, _line(frame), code.co_name))
            if len(found) == MOST_FRAMES:
                break
        frame = frame.f_back
    return tuple(found)


def _line(frame: FrameType) -> int:
    """The line in the source file; a compiled template knows its own."""
    line = frame.f_lineno or 0
    if frame.f_code.co_filename.endswith(".py"):
        return line
    return _template_line(frame.f_globals, line)


def _template_line(names: dict[str, Any], line: int) -> int:
    template = names.get("__jinja_template__")
    return template.get_corresponding_lineno(line) if template is not None else line


def of_traceback(trace: TracebackType | None, most: int = 40) -> list[tuple[Place, bool, FrameType]]:
    """The places of a traceback, innermost first: (place, own, frame)."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        line = _template_line(trace.tb_frame.f_globals, trace.tb_lineno or 0)
        found.append(((code.co_filename, line, code.co_name), is_own(code.co_filename), trace.tb_frame))
        trace = trace.tb_next
    return found[-most:][::-1]
