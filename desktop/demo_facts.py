"""What tours and the demo's way have to know of the demo application, read from its own folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "demo"
LOG_NAME = "demo.log"


class DemoFacts(msgspec.Struct, frozen=True):
    """`pages` worth a visit in order; `slow` the page whose cure the way shows, on `route`; `listing` answers
    JSON with `items`, of which some page `failing` (with `{id}`) ends in an exception."""

    name: str
    pages: list[str]
    slow: str
    route: str
    listing: str
    items: str
    failing: str


@cache
def facts() -> DemoFacts:
    """The facts."""
    return msgspec.json.decode((FOLDER / "tour" / "tour.json").read_bytes(), type=DemoFacts)
