"""Where tests and benchmarks keep what is dear to make: the cache folder of the user, never of a test."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "BACKLIGHT_TEST_CACHE"


def cache_folder() -> Path:
    """The folder, which may not exist yet. The first answer holds for this process and all its children,
    so that it stays the same when the tests point HOME somewhere else."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    return Path(os.environ.setdefault(VARIABLE, str(home / "backlight-tests")))
