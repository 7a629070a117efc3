"""Placeholders of a statement, in whichever style its author wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .dialect import Dialect
from .keywords import EXPECT_OPERAND
from .tokens import Token, tokens


class Placeholder(NamedTuple):
    """Characters [start, end) of the statement, the text as written, and the key of its value.

    The key is the name, the number as text, or for an anonymous one its place among them ("1", "2"...).
    """

    start: int
    end: int
    text: str
    key: str


_ROUTINES = frozenset({"function", "procedure", "trigger", "event", "rule", "package"})
_OPENING = frozenset("([{,;")


def placeholders(sql: str, spoken: Dialect, already: int = 0) -> list[Placeholder]:
    """Every placeholder in order of appearance; `already` anonymous ones came before this statement.

    `:name`, `$1`, `$name`, `?`, `?1`, `%s`, `%(name)s`, and `@name` where that is no variable. Marks inside
    strings, comments, casts (`::type`) and routine bodies are none; a `?` or `%s` that stands where an
    operator must stand (JSON's `data ? 'key'`, `a %s`) is none either.
    """
    found: list[Placeholder] = []
    for token in _marks(sql, spoken):
        text = sql[token.start : token.end]
        if text in ("?", "%s"):
            already += 1
        found.append(Placeholder(token.start, token.end, text, _key(text, already)))
    return found


def _key(text: str, number: int) -> str:
    if text in ("?", "%s"):
        return str(number)
    return text[2:-2] if text.startswith("%(") else text[1:]


def _marks(sql: str, spoken: Dialect) -> Iterator[Token]:
    before = ""
    words: list[str] = []
    operand = True
    for token in tokens(sql, spoken):
        if token.kind == "comment":
            continue
        text = sql[token.start : token.end]
        if _is_mark(token, text, operand, spoken) and not _is_glued(sql, token, spoken):
            yield token
            operand = False
        else:
            operand = _operand_follows(token, text, before)
        before = text
        if token.kind == "word" and len(words) < 8:
            words.append(text.lower())
            if words[0] in ("create", "alter") and words[-1] in _ROUTINES:
                return


def _is_mark(token: Token, text: str, operand: bool, spoken: Dialect) -> bool:
    if text.startswith("?") and token.kind == "op" and not text.startswith(("?|", "?&")):
        return operand or spoken.name in ("sqlite", "mysql", "duckdb")
    if token.kind != "param":
        return False
    if text.startswith("%"):
        return operand
    # A dollar sign opens nothing in MySQL, and a bare name behind it is SQLite's style only.
    return not text.startswith("$") or text[1:].isdigit() or spoken.name == "sqlite"


def _is_glued(sql: str, token: Token, spoken: Dialect) -> bool:
    """Whether the mark is the end of an operator, as in PostgreSQL's `path ^? array`. (What is written `id=?`
    is one for the server too, but nobody means that.)"""
    return spoken.name == "postgresql" and sql[token.start - 1 : token.start] == "^"


def _operand_follows(token: Token, text: str, before: str) -> bool:
    if token.kind == "op":
        return True
    if token.kind == "punct":
        return text in _OPENING
    return token.kind == "word" and before != "." and text.lower() in EXPECT_OPERAND
