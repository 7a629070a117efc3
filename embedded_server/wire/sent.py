"""What Backlight itself sent to databases: browsing, the tree, counts, health, suggestions."""

from __future__ import annotations

import msgspec

from .endpoint import Done, Endpoint, Nothing, Scope


class SentRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Statements, the one sent last first.

    `after` the `number` of an earlier answer: only what is another one since. `query` is filter text: words
    that all occur in the statement, its purpose, connection or session, `-word` that does not, `"two words"`,
    `slow>20` (milliseconds), `rows>100`, `status:error`, `purpose:data.page`, `session:3`. `connection`
    "" for every one.
    """

    connection: str = ""
    query: str = ""
    after: int = 0
    limit: int = 500


class SentStatement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A statement and why it was sent.

    `sql` has the driver's placeholders, secrets cut; `params` say of what kind the values were, never what
    they were. `purpose` is the endpoint for whose call it was sent ("" for opening and keeping a session),
    `title` the same in words, `call` the call's id. `at` is UTC ISO 8601, `elapsed_ms` until its end was
    received, `rows` how many were read. `times` counts repetitions one soon after the other; elapsed and rows
    are their sums. `id` stays when they grow.
    """

    id: int
    at: str
    connection: str
    sql: str
    engine: str = ""
    session: str = ""
    purpose: str = ""
    title: str = ""
    call: str = ""
    params: list[str] = []
    elapsed_ms: float = 0.0
    rows: int | None = None
    times: int = 1
    error: str = ""


class SentResponse(msgspec.Struct, frozen=True, kw_only=True):
    """Entries; `number` is the `after` of the next question, `lost` how many fell out of the ring (it holds
    2,000). `more`: the limit left some out."""

    statements: list[SentStatement]
    number: int
    lost: int = 0
    more: bool = False


SENT = Endpoint(
    "console.sent", "POST", "/api/console/sent", SentRequest, SentResponse, "What Backlight itself ran"
)
CLEAR_SENT = Endpoint(
    "console.forget_sent",
    "POST",
    "/api/console/forget_sent",
    Nothing,
    Done,
    "Forget what Backlight itself ran",
    Scope.WRITE,
)
