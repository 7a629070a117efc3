"""A capability is its folders and nothing else: without them the rest starts and works.

Its messages (embedded_server/wire/) stay: engines, store and kit speak in some of them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runner.changes import ROOT
from tests.runner.sources import project_files
from tests.test_arrows import capabilities


@pytest.mark.process
@pytest.mark.parametrize("capability", sorted(capabilities()))
def test_the_rest_starts_without(capability: str, tmp_path: Path) -> None:
    gone = [
        f"desktop/{capability}",
        f"embedded_server/{capability}",
        "tests",
    ]
    for path in project_files():
        if not any(path.is_relative_to(folder) for folder in gone):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    (tmp_path / ".venv").symlink_to(sys.prefix)

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "main.py", *words], cwd=tmp_path, env=os.environ, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
        return done.stdout

    assert json.loads(run("call", "server.info", "{}"))["engines"]
    assert json.loads(run("selftest", "window"))["checks"]["window"]["ok"]
