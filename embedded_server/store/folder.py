"""Where the workspace is; apart from the rest so that starting an application imports no database library."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def default_folder() -> Path:
    """The user's workspace: BACKLIGHT_WORKSPACE, else the platform's data folder."""
    named = os.environ.get("BACKLIGHT_WORKSPACE")
    return (
        Path(named) if named else Path(platformdirs.user_data_dir("backlight", appauthor=False)) / "workspace"
    )
