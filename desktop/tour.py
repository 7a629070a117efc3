"""The mode `tour`: every page on the demo, a picture of each, in any theme and font size.

Also what the demo does where there is no display: the same window, driven offscreen, with a report.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from embedded_server.wire.scratch import Scratch

THEMES = ("dark", "light", "contrast")


@dataclass(frozen=True)
class Plan:
    """What to picture and where: `looks` are pairs of theme and font size.

    `way` takes the way from a slow request to a proven cure instead of showing every page, on a copy of the
    database that stays in `out` with the project beside it.
    """

    out: Path
    looks: tuple[tuple[str, int], ...] = (("dark", 13),)
    database: str = ""
    way: bool = False


def main(words: list[str]) -> int:
    """Entry of the mode; exit 1 when a step did not happen or a picture has a fault."""
    parser = argparse.ArgumentParser(prog="main.py tour")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument(
        "--themes", default="dark,light,contrast", help="comma-separated: dark, light, contrast"
    )
    parser.add_argument("--fonts", default="13,20", help="comma-separated sizes in pixels")
    parser.add_argument("--database", default="", help="a demo database made before")
    given = parser.parse_args(words)
    themes = given.themes.split(",")
    if not set(themes) <= set(THEMES):
        parser.error(f"themes are {', '.join(THEMES)}")
    looks = tuple((name, int(size)) for size in given.fonts.split(",") for name in themes)
    return picture(Plan(given.out, looks, given.database))


def picture(plan: Plan) -> int:
    """Run the tour once per theme and font size in a profile of its own."""
    # Decided before Qt is loaded: without a display Qt ends the process instead of raising.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    os.environ.setdefault("QT_ACCESSIBILITY", "1")
    from desktop.chatter import no_chatter  # noqa: PLC0415  # lazy: see above
    from desktop.shell.app import make_app  # noqa: PLC0415  # lazy: see above

    from .touring import Run  # noqa: PLC0415  # lazy: see above

    plan.out.mkdir(parents=True, exist_ok=True)
    app = make_app()
    with Scratch("tour") as folder, no_chatter():
        run = Run(app, plan, folder, _say)
        run.start()
        app.exec()
    return run.finish(
        {"version": run.version, "python": platform.python_version(), "system": platform.system()}
    )


def _say(text: str) -> None:
    print(text, flush=True, file=sys.stderr if text.startswith("!") else sys.stdout)


Say = Callable[[str], None]
