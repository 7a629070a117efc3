"""Which capability a file belongs to, and which of them differ from the last commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def capability_of(path: Path) -> str:
    """The folder of a test below tests/; "house" for the files directly in it."""
    parts = path.relative_to(ROOT).parts if path.is_absolute() else path.parts
    return parts[1] if parts[0] == "tests" and len(parts) > 2 else "house"


def changed_capabilities() -> set[str]:
    """The test folders that belong to files which differ from HEAD, new files included."""
    listed = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=all", "--no-renames"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    paths = [Path(line[3:].strip('"')) for line in listed.stdout.splitlines()]
    return {name for path in paths for name in _touched(path)}


def _touched(path: Path) -> set[str]:
    """Test folders named like a part of the path: desktop/data/x.py, embedded_server/wire/data.py -> data."""
    words = {*path.parent.parts, path.stem}
    return {word for word in words if (ROOT / "tests" / word).is_dir()}
