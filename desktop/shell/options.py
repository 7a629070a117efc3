"""What the command line says to the window. Read by hand: argparse would cost every start 9 ms."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

import msgspec
from PySide6.QtCore import QStandardPaths

from desktop.context import Launch

NAME = "backlight"
USAGE = """usage: main.py [FILE | URL] [-t TABLE] [--workspace DIR] [--profile DIR]

  FILE | URL        a database file or URL to open
  -t, --table       a table of it to open at once
  --workspace       the folder of connections, history and open tabs
  --profile         a folder for everything, settings included
"""
_NAMES = {"-t": "table", "--table": "table", "--workspace": "workspace", "--profile": "profile"}


class Options(msgspec.Struct, frozen=True):
    """What the command line says. `profile` holds settings, `workspace` everything else."""

    profile: Path
    workspace: Path
    launch: Launch | None = None
    argv: list[str] = msgspec.field(default_factory=list)


def parse(words: list[str]) -> Options:
    """Read the words after `main.py`; exits with a usage line when they make no sense."""
    given = _given(words)
    profile = Path(given["profile"]).absolute() if "profile" in given else _config() / NAME
    if "workspace" in given:
        workspace = Path(given["workspace"]).absolute()
    else:
        workspace = profile / "workspace" if "profile" in given else default_workspace()
    target = given.get("target", "")
    launch = Launch(target, given.get("table", ""), os.getcwd()) if target else None
    return Options(profile, workspace, launch, words)


def default_workspace() -> Path:
    """The same folder the server takes when it is started alone."""
    named = os.environ.get("BACKLIGHT_WORKSPACE")
    place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(named) if named else Path(place) / NAME / "workspace"


def _config() -> Path:
    return Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation))


def _given(words: list[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    left = iter(words)
    for word in left:
        name, sign, value = word.partition("=")
        if name in _NAMES:
            value = value if sign else next(left, "")
            if not value:
                _refuse(f"{name} needs a value")
            given[_NAMES[name]] = value
        elif word in ("-h", "--help"):
            print(USAGE)
            sys.exit(0)
        elif word.startswith("-"):
            _refuse(f"no option is called {name}")
        elif "target" in given:
            _refuse(f"one database is opened at a time, not {given['target']} and {word}")
        else:
            given["target"] = word
    return given


def _refuse(why: str) -> NoReturn:
    print(f"{USAGE}\nmain.py: {why}", file=sys.stderr)
    sys.exit(2)
