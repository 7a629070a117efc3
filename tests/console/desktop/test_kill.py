"""kill -9 of the window while a script is typed: the next start has everything but the last second."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time

import pytest

from tests.runner.changes import ROOT

TYPIST = [sys.executable, "-m", "tests.console.desktop.typist"]
ENVIRONMENT = os.environ | {"QT_QPA_PLATFORM": "offscreen"}


@pytest.mark.process
@pytest.mark.parametrize("words", [150, 270, 400])
def test_the_window_is_killed_while_typing(tmp_path, words):
    process = subprocess.Popen([*TYPIST, "type", tmp_path], cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE)
    assert process.stdout is not None
    # When each number was typed, to know which of them are older than a second.
    typed: list[float] = []
    while len(typed) < words or time.monotonic() - typed[0] < 1.5:  # some must be older than the last second
        assert process.stdout.readline(), "the window ended by itself"
        typed.append(time.monotonic())
    process.kill()
    process.wait()
    process.stdout.close()
    killed = time.monotonic()
    done = subprocess.run(
        [*TYPIST, "tell", tmp_path], cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    text, line, title = done.stdout.strip().splitlines()[-1].split("|")
    found = ast.literal_eval(text)
    assert found == [str(number) for number in range(1, len(found) + 1)]
    surely = sum(killed - moment > 1.0 for moment in typed)
    assert len(found) >= surely > 0
    assert abs(int(line) - len(found) // 20) <= 1 and title == "SQL 1"
