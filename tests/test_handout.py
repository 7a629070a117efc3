"""Workers of a whole run: one that dies costs its test, and the run still comes to its end."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from embedded_server.wire.child_env import child_env
from tests.runner.changes import ROOT

# What was told of the test before is on its way when the worker dies.
DIES = "import os, time\n\ndef test_before(): pass\n\n"
DIES += "def test_dies():\n    time.sleep(0.5)\n    os._exit(1)\n"
AFTER = "\ndef test_after(): pass\n"


@pytest.mark.parametrize(
    ("dying", "passed"), [({"test_z.py": DIES}, 13), ({"test_0.py": DIES + AFTER, "test_z.py": DIES}, 15)]
)
def test_a_dead_worker_costs_its_test_alone(tmp_path: Path, dying: dict[str, str], passed: int) -> None:
    for number in range(1, 7):
        (tmp_path / f"test_{number}.py").write_text("def test_a(): pass\n\ndef test_b(): pass\n", "utf-8")
    for name, text in dying.items():
        (tmp_path / name).write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.runner.handout", "-n", "2"]
    command += ["--dist", "loadfile", "--no-loadscope-reorder", "-p", "no:cacheprovider", "."]
    environment = child_env() | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True, timeout=90, check=False
    )
    assert re.search(rf"{len(dying)} failed, {passed} passed", done.stdout), done.stdout
