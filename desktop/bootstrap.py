"""The environment this program runs in: made on the first start, checked in a few milliseconds on every other.

How to call it, before anything that is not in the standard library is imported::

    from desktop.bootstrap import display_kind, ensure

    ensure(Path(__file__).resolve().parent, dev=False, gui=True, argv=sys.argv)

``argv`` is what follows the interpreter on the command line (``sys.argv`` for a script, ``["-m", "tests",
...]`` for a module). ``ensure`` returns when this process already runs in the right environment, or in a
frozen build. Otherwise it prepares ``.venv`` and starts the same command line in it: it does not return then.
``gui=True`` also checks once that Qt's system libraries are there. It ends the process with code 3 and one
exact line when something is missing that it may not install, with 130 on Ctrl-C.

``display_kind()`` answers "display" or "none" and must be asked before a QApplication exists, since Qt aborts
the whole process where there is none.  A frozen program has to hand the word ``probe-display`` through to
``ensure``, which answers it.

Only the standard library is imported here, the rare modules late, and the syntax is that of Python 3.6, so
that an old interpreter gets a sentence and not a traceback. The caller must keep to that syntax as well.
"""

import os
import sys

MINIMUM = (3, 11)
ENVIRONMENT = ".venv"
STAMP = "backlight-stamp"
MISSING = 3
INTERRUPTED = 130
# What PySide6 needs to be imported and to draw without a display, and what its X11 plugin adds to that.
QT_PACKAGES = "libgl1 libegl1 libxkbcommon0 libdbus-1-3 libfontconfig1 libglib2.0-0"
XCB_PACKAGES = "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxkbcommon-x11-0 libxcb-shape0"

PROBE_QT = """
import ctypes, os, sys
from PySide6 import QtWidgets
from PySide6.QtCore import QLibraryInfo
plugins = QLibraryInfo.path(QLibraryInfo.LibraryPath.PluginsPath)
if sys.platform == "linux":
    ctypes.CDLL(os.path.join(plugins, "platforms", "libq%s.so" % sys.argv[1]))
"""
PROBE_DISPLAY = "from PySide6.QtGui import QGuiApplication; QGuiApplication(['probe'])"


def ensure(root, dev, gui, argv):  # type: (os.PathLike[str], bool, bool, list[str]) -> None
    """Return inside the right environment, else make it and start ``argv`` again in it."""
    if getattr(sys, "frozen", False):
        if argv[1:2] == ["probe-display"]:
            _probe_display_here()
        return
    if sys.version_info[:2] < MINIMUM:
        _leave("Backlight needs Python %d.%d or newer; this is %s." % (MINIMUM + (sys.version.split()[0],)))
    base = os.fspath(root)
    home = os.path.join(base, ENVIRONMENT)
    wanted = _wanted(base, dev, gui)
    if not _satisfied(home, wanted):
        _prepare(base, home, dev, gui, wanted)
    if os.path.realpath(sys.prefix) != os.path.realpath(home):
        _restart(home, argv)
