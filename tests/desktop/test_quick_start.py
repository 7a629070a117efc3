"""What the quick start leaves for later is there when it is looked for, as in a plain start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.runner.changes import ROOT

LATER = """
import sys
later = [name for name, module in sys.modules.items() if type(module).__name__ == "_Later"]
print(len(later), file=sys.stderr)
"""
LOOKS = """
from PySide6.QtCore import QObject, QRect, QTimer
from PySide6.support import signature
from PySide6.support.signature.lib import tool
from PySide6.support.signature.lib.pyi_generator import generate_pyi

def refused(step):
    try:
        step()
    except TypeError as error:
        print(error)

refused(lambda: QRect("a", 2, 3))
refused(lambda: QObject.setObjectName(3))
refused(lambda: QTimer().start("soon"))
print(signature.get_signature(QRect.moveTo))
print(signature.layout.__spec__.name, signature.parser.__name__, signature.parser.type_map["int"])
print(signature.errorhandler.__file__, hasattr(signature.layout, "__path__"), hasattr(tool, "nothing"))
print(tool.build_brace_pattern(1, ","), generate_pyi.__name__)
"""


def run(script: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.process
def test_what_is_left_for_later_is_as_ever_when_it_is_looked_at():
    quick = run("import desktop.quick_start\n" + LATER + LOOKS)
    assert int(quick.stderr) == 2 * 6  # under two names each
    assert quick.stdout == run("import PySide6.QtWidgets\n" + LOOKS).stdout
    assert "Supported signatures" in quick.stdout


@pytest.mark.process
def test_threads_that_look_at_the_same_time_find_all_of_it():
    threads = """
import desktop.quick_start, threading
from PySide6.support import signature
found, gate = [], threading.Barrier(8)
def look():
    gate.wait()
    found.append(signature.parser.type_map["int"])
all_of_them = [threading.Thread(target=look) for _ in range(8)]
[one.start() for one in all_of_them]
[one.join() for one in all_of_them]
print(len(found))
"""
    assert run(threads).stdout.strip() == "8"
