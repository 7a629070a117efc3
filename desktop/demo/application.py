"""Runs the demo application's own command in this process: also what a frozen build starts as itself."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "demo"


def main(words: list[str]) -> int:
    """Hand the words to the application's command (`generate`, `upgrade`, `serve`)."""
    sys.path.insert(0, str(FOLDER))
    result: int = import_module("run_demo").main(words)
    return result


def command(*words: str) -> list[str]:
    """The command line that runs it in a process of its own, frozen or not."""
    if getattr(sys, "frozen", False):
        return [sys.executable, "demo-app", *words]
    return [sys.executable, str(Path(__file__).resolve().parents[2] / "main.py"), "demo-app", *words]


def database(folder: Path) -> Path:
    """Where the demo's database lives in a workspace's neighbourhood."""
    return folder / "demo" / "demo.db"
