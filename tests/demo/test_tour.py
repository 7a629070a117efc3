"""Every page on the demo, in all themes and font sizes: no step fails, no picture has a fault."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.runner.changes import ROOT

LOOKS = 6  # three themes, two font sizes


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timing
@pytest.mark.timeout(300)
def test_the_tour_reaches_its_end_and_its_pictures_have_no_fault(generated, tmp_path):
    command = [sys.executable, "main.py", "tour", "--out", tmp_path, "--database", generated[0]]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    steps = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["steps"]
    assert len(steps) > 20 and all(len(step["pictures"]) == LOOKS for step in steps)
    assert all((tmp_path / picture["file"]).exists() for step in steps for picture in step["pictures"])
