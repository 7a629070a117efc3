"""How it stands with the remembered order of a table's rows: part of every page."""

from __future__ import annotations

from typing import Literal

import msgspec


class Snapshot(msgspec.Struct, frozen=True, omit_defaults=True):
    """The keys of all `rows` rows in the order asked for, as they were at `taken` (ISO 8601, UTC), `age_s`
    seconds ago: any row is reached by its number at once.

    `state`: "wanted" (there is none, sorting is slow, `data.snapshot` makes one), "ready", or "changed" (the
    table was written to since, so that rows may stand elsewhere by now). `asks`: the database is not local,
    so one that is wanted is to be offered, and made only for who takes the offer.
    """

    state: Literal["wanted", "ready", "changed"]
    rows: int = 0
    taken: str = ""
    age_s: float = 0.0
    asks: bool = False
