"""`main.py demo`: the window on the demo; without a display the same window offscreen, with a report."""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop.bootstrap import display_kind
from desktop.tour import Plan, picture


def run(words: list[str]) -> int:
    """Decide by the display (or `--out`), before Qt is loaded."""
    parser = argparse.ArgumentParser(prog="main.py demo")
    parser.add_argument("--out", type=Path, metavar="DIR", help="take the way offscreen, leave pictures here")
    parser.add_argument("--database", default="", help="with --out: a demo database made before")
    given, rest = parser.parse_known_args(words)
    if given.out is not None:
        return picture(Plan(given.out, database=given.database, way=True))
    if display_kind() == "none":
        return without_display()
    from desktop.shell.app import run_window  # noqa: PLC0415  # lazy: needs a display
    from desktop.shell.options import parse  # noqa: PLC0415  # lazy: see above

    return run_window(parse(["demo:", *rest]))


def without_display() -> int:
    """Say so, and show on paper what the window does."""
    out = Path("backlight-demo")
    print(f"No display found: driving the demo offscreen; pictures and report.html go to {out}/", flush=True)
    return picture(Plan(out, way=True))
