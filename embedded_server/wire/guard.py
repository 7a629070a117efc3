"""What a script would destroy, before it runs."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from .connections import ConnectionClass
from .endpoint import Endpoint
from .sql.dangers import Danger

Counted = Literal["exact", "at least", "estimate", ""]


class GuardRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A script that is about to run; fields as in `console.run`.

    Rows are counted exactly up to `exact_limit` and for at most `budget_ms` in all; beyond that it is the
    database's estimate. `word` is what a person typed to say yes.
    """

    connection: str
    sql: str
    params: dict[str, Any] = {}
    single: bool = False
    allow_write: bool = False
    exact_limit: int = 10_000
    budget_ms: float = 400.0
    word: str = ""


class Hazard(msgspec.Struct, frozen=True, omit_defaults=True):
    """One statement: characters [start, end) of the text, what it does to which table.

    `text` says it in a few words ("DELETE without WHERE"). `whole`: nothing of the table is spared. `rows`
    are those it would hit, `counted` how that is known ("": it is not). `asks`: this statement is a reason
    for the question, on a connection of this class.
    """

    danger: Danger
    text: str
    start: int
    end: int
    line: int
    schema: str = ""
    table: str = ""
    whole: bool = False
    rows: int | None = None
    counted: Counted = ""
    asks: bool = False


class GuardResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Whether to ask before this runs, and what.

    `ask` "confirm" for a yes, "type" for typing `word`, "" for nothing. `reads_only`: by its text the whole
    script surely only reads. `read_only`: the database itself refuses writes here, so nothing is asked.
    `hazards` are at most 100, `unlisted` counts the others. `token` is there once the request's `word` is the
    right one: `console.run` takes it as `confirmed`, for this text on this connection and ten minutes.
    """

    ask: Literal["", "confirm", "type"]
    question: str = ""
    word: str = ""
    connection_class: ConnectionClass = "local"
    reads_only: bool = False
    read_only: bool = False
    hazards: list[Hazard] = []
    unlisted: int = 0
    elapsed_ms: float = 0.0
    token: str = ""


GUARD = Endpoint(
    "console.guard",
    "POST",
    "/api/console/guard",
    GuardRequest,
    GuardResponse,
    "What it would destroy",
    max_body=32 << 20,
)
