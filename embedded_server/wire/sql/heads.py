"""What a statement's first words say about the semicolons inside it.

Only routines, triggers and blocks hold semicolons that end nothing. Each product has its own rule, taken
from its own client: psql's for PostgreSQL, `sqlite3_complete` for SQLite, BEGIN..END depth elsewhere.
"""

from __future__ import annotations

from typing import Literal

Body = Literal["", "psql", "sqlite", "mysql", "tsql", "other"]
Words = tuple[str, ...]

PLAIN = "plain"
_ROUTINES = frozenset({"procedure", "proc", "function", "trigger", "event", "package"})
_OTHER_THINGS = (
    "table index view database schema user role server sequence temporary unique fulltext spatial"
    " tablespace logfile undo type login materialized column set"
)
_NOT_ROUTINES = frozenset(_OTHER_THINGS.split())


def route(body: Body, words: Words, delimiter: str) -> str:
    """The mode for a statement that begins with these words; "" while they do not decide it."""
    if delimiter != ";" or body == "":
        return PLAIN
    if body == "psql":
        return _route_psql(words)
    if body == "sqlite":
        return _route_sqlite(words)
    return _route_routine(body, words)


def _route_psql(words: Words) -> str:
    if words[0] == "copy":
        return "copy"
    if words[0] != "create":
        return PLAIN
    rest = words[3:] if words[1:3] == ("or", "replace") else words[1:]
    if not rest or rest == ("or",):
        return ""
    return {"function": "sql body", "procedure": "sql body", "rule": "rule"}.get(rest[0], PLAIN)


def _route_sqlite(words: Words) -> str:
    rest = tuple(word for word in words if word not in ("explain", "query", "plan", "temp", "temporary"))
    if not rest:
        return ""
    if rest[0] != "create":
        return PLAIN
    return "" if len(rest) == 1 else "trigger" if rest[1] == "trigger" else PLAIN


def _route_routine(body: Body, words: Words) -> str:
    # In dialects nobody described here the piece is only made safe ("chunk"); sqlparse cuts it further.
    routine = "chunk" if body == "other" else "routine"
    if words[0] == "begin":
        return _route_begin(body, words, routine)
    if words[0] == "declare" and body == "other":
        return routine
    if words[0] == "if" and body == "tsql":
        return routine
    if words[0] not in ("create", "alter"):
        return PLAIN
    word = words[-1]
    return routine if word in _ROUTINES else PLAIN if word in _NOT_ROUTINES else ""


def _route_begin(body: Body, words: Words, routine: str) -> str:
    """BEGIN opens a transaction, or a block in the dialects that have anonymous ones."""
    if body == "mysql":
        if words == ("begin", "not", "atomic"):
            return routine
        return "" if words in (("begin",), ("begin", "not")) else PLAIN
    if len(words) == 1:
        return ""
    return (
        PLAIN
        if words[1] in ("tran", "transaction", "work", "isolation", "deferred", "immediate")
        else routine
    )
