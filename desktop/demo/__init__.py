"""The demo: makes the demo application's database on this machine and opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop.context import Context

# Before the connections: what `main.py demo` names is not a file.
ORDER = -10


def register(context: Context) -> None:
    """Offer the demo on the start page and in the palette."""
    from .capability import Demo  # noqa: PLC0415  # lazy: `main` decides about the display before Qt is loaded

    Demo(context)


def main(words: list[str]) -> int:
    """Entry of the mode `demo`."""
    from .command import run  # noqa: PLC0415  # lazy: see above

    code: int = run(words)
    return code
