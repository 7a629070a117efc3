"""What may stand at the cursor of a half-typed script."""

from __future__ import annotations

from typing import Literal

import msgspec

from .endpoint import Endpoint

SuggestionKind = Literal[
    "keyword",
    "column",
    "columns",
    "table",
    "view",
    "query",
    "schema",
    "join",
    "condition",
    "function",
    "type",
    "alias",
]


class CompleteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What fits at `position` (characters from the start of `sql`; -1 is its end).

    `sql` may be a whole script: only the statement around the position is looked at, and of a long one only
    its surroundings. `dialect` without a connection suggests keywords alone. `schema` is where names without
    one are looked for, empty for the connection's default. `recent` are names taken lately, the last first.
    Names come from what the server remembers of the connection; what it has to read first is waited for at
    most `wait_ms`.
    """

    sql: str
    connection: str = ""
    position: int = -1
    dialect: str = ""
    schema: str = ""
    limit: int = 100
    recent: list[str] = []
    wait_ms: float = 5000.0


class Suggestion(msgspec.Struct, frozen=True, omit_defaults=True):
    """`text` is shown, `insert` (text if empty) replaces the typed part, quoted where it must be.

    `detail` says what it is: a column's type and table, the rows of a table. The cursor ends `back`
    characters before the end of what was inserted.
    """

    text: str
    kind: SuggestionKind
    insert: str = ""
    detail: str = ""
    back: int = 0


class CompleteResponse(msgspec.Struct, frozen=True):
    """Suggestions, the best first, for the characters [start, end) of the request's text.

    `certain` is false where a new name may be typed just as well (an alias), so that nothing should be
    taken by a mere Enter. `more`: there are more than `limit`. `loading`: names are still being read; ask
    again after the event `console.names`. `warning` says why names could not be read.
    """

    start: int
    end: int
    suggestions: list[Suggestion]
    certain: bool = True
    more: bool = False
    loading: bool = False
    warning: str = ""
    elapsed_ms: float = 0.0


COMPLETE = Endpoint(
    "console.complete",
    "POST",
    "/api/console/complete",
    CompleteRequest,
    CompleteResponse,
    "What fits here",
    max_body=32 << 20,
)
