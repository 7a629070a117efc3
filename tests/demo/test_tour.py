"""Every page on the demo, in all themes and large: no step fails, no picture has a fault."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.runner.changes import ROOT

# Every theme and both sizes, for themes differ in colours alone; with BACKLIGHT_TOURS=all each with each.
ALL = os.environ.get("BACKLIGHT_TOURS") == "all"
LOOKS = [("dark,light,contrast", "13,20")] if ALL else [("dark,contrast", "13"), ("light", "20")]


@pytest.mark.process
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("themes", "fonts"), LOOKS)
def test_the_tour_reaches_its_end_and_its_pictures_have_no_fault(generated, tmp_path, themes, fonts):
    command = [sys.executable, "main.py", "tour", "--out", tmp_path, "--database", generated[0]]
    command += ["--themes", themes, "--fonts", fonts]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    pictures = len(themes.split(",")) * len(fonts.split(","))
    steps = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["steps"]
    assert len(steps) > 20 and all(len(step["pictures"]) == pictures for step in steps)
    assert all((tmp_path / picture["file"]).exists() for step in steps for picture in step["pictures"])
