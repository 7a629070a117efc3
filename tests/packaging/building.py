"""How the packaged program is built for the tests; also by the runner, beside the tests that come before."""

from __future__ import annotations

import os
import sys
from pathlib import Path

READY = "BACKLIGHT_DIST"  # a dist folder made before


def command(folder: Path) -> list[str]:
    """Build into ``folder/dist``; run it at the project's root."""
    places = ["--distpath", str(folder / "dist"), "--workpath", str(folder / "work")]
    return [sys.executable, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", *places, "build.spec"]


def environment(folder: Path) -> dict[str, str]:
    """What makes two builds of the same source equal and keeps the builder's own cache out of the home."""
    fixed = {"SOURCE_DATE_EPOCH": "0", "PYTHONHASHSEED": "1"}
    return os.environ | fixed | {"PYINSTALLER_CONFIG_DIR": str(folder / "cache")}
