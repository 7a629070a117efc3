"""Past statements: what is remembered, and the filter language of the history."""

from __future__ import annotations

import re
import shlex

from embedded_server.services import Services
from embedded_server.store.conditions import Condition
from embedded_server.wire.problem import problem

LONGEST_TEXT = 100_000

_NUMBER = re.compile(r"(slow|rows)(>=|<=|>|<|=)(\d+(?:\.\d+)?)\Z")
_NAMED = re.compile(r"(status|connection|origin|date):(.*)\Z", re.S)
_FIELDS = {"slow": "elapsed_ms", "rows": "count"}


def remember(
    services: Services,
    connection: str,
    sql: str,
    elapsed_ms: float,
    count: int | None,
    error: str,
    origin: str,
) -> None:
    """Append a statement whose passwords are already cut; a very long text is stored by its beginning."""
    text = sql if len(sql) <= LONGEST_TEXT else sql[:LONGEST_TEXT] + "\n..."
    services.store.history.add(
        connection, text, round(elapsed_ms, 3), count=count, error=error, origin=origin or "console"
    )


def conditions(query: str) -> list[Condition]:
    """Filter text as conditions, all of which must hold. Raises request.invalid for a word it cannot read."""
    return [_condition(word) for word in words(query)]


def words(query: str) -> list[str]:
    """Filter text as words; what stands in double quotes is one."""
    lexer = shlex.shlex(query, posix=True)
    lexer.whitespace_split = True
    lexer.quotes = '"'
    lexer.escape = lexer.commenters = ""
    try:
        return list(lexer)
    except ValueError:
        # An unclosed quote is what a query looks like while it is being typed.
        return query.replace('"', " ").split()


def _condition(word: str) -> Condition:
    number = _NUMBER.match(word)
    if number is not None:
        return Condition(_FIELDS[number[1]], number[2], float(number[3]))
    named = _NAMED.match(word)
    if named is None:
        negated = word.startswith("-") and len(word) > 1
        return Condition("sql", "lacks" if negated else "contains", word[1:] if negated else word)
    name, value = named[1], named[2]
    if name == "status":
        if value not in ("ok", "error"):
            raise problem("request.invalid", "The status is ok or error", word)
        return Condition("error", "=" if value == "ok" else "!=", "")
    return Condition("at", "starts", value) if name == "date" else Condition(name, "=", value)
