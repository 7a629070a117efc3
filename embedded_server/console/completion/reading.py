"""The statement around the cursor as words, however broken it is.

Nothing here fails: what is unclosed left of the cursor hides it (a string, a comment), what is unclosed
right of it is read as if the cursor stood in good text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from embedded_server.wire.sql.dialect import DOLLAR_TAG, Dialect
from embedded_server.wire.sql.tokens import Token, tokens

# Of a longer text only this many characters before and behind the cursor are looked at.
REACH = 30_000
_BEGINNINGS = frozenset({"select", "insert", "update", "delete", "with", "create", "alter", "drop", "merge"})
_GOES_ON = frozenset(
    {
        "union",
        "all",
        "except",
        "intersect",
        "minus",
        "as",
        "distinct",
        "or",
        "explain",
        "analyze",
        "into",
        "do",
    }
)
_REST_OF_WORD = re.compile(r"[\w$]*")
_LITERALS = frozenset({"number", "string"})
CLOSED_BY = {'"': '"', "`": "`", "[": "]"}


class Word(NamedTuple):
    """A token that is no comment: its kind, its text, and that in lower case where case means nothing."""

    kind: str
    text: str
    low: str
    start: int
    end: int


@dataclass(frozen=True)
class Reading:
    """Words of the statement; `words[:at]` stand before what is being typed, the others behind it.

    `prefix` is the typed part without quotes, `quote` the sign that opened it, `path` the names before its
    dots. Characters [start, end) of the text are what a suggestion replaces.
    """

    words: list[Word]
    at: int
    prefix: str
    quote: str
    path: tuple[str, ...]
    start: int
    end: int


def read(sql: str, position: int, spoken: Dialect) -> Reading | None:
    """What is being typed at the position; null inside strings, comments and numbers."""
    position = len(sql) if position < 0 else min(position, len(sql))
    begin = _line_start(sql, position - REACH, position) if position > REACH else 0
    found = _read(sql[begin:position], sql[position : position + REACH], spoken)
    return found if found is None or not begin else _moved(found, begin)


def _line_start(sql: str, at: int, before: int) -> int:
    """Behind the next line end, if there is one before the cursor."""
    return sql.find("\n", at, before) + 1 or at


def _moved(found: Reading, by: int) -> Reading:
    words = [word._replace(start=word.start + by, end=word.end + by) for word in found.words]
    return Reading(words, found.at, found.prefix, found.quote, found.path, found.start + by, found.end + by)


def _read(before: str, behind: str, spoken: Dialect) -> Reading | None:
    if spoken.body == "psql" and before[before.rfind("\n") + 1 :].lstrip().startswith("\\"):
        return None
    left = list(tokens(before, spoken))
    last = left[-1] if left else None
    touching = last if last is not None and last.end == len(before) else None
    if touching is not None and touching.kind in ("string", "comment", "number", "param", "data"):
        text = before[touching.start :]
        if touching.kind == "string" and text.startswith("$") and not _closed(text, spoken):
            return _in_body(before, behind, touching.start, text, spoken)
        if touching.kind in ("number", "param") or not _closed(text, spoken):
            return None
        touching = None
    return _typed(before, behind, left, touching, spoken)


def _in_body(before: str, behind: str, start: int, text: str, spoken: Dialect) -> Reading | None:
    """Inside a routine's dollar quotes stands SQL like outside."""
    tag = DOLLAR_TAG.match(text)
    inside = start + (tag.end() if tag else 1)
    end = behind.find(tag[0]) if tag else -1
    found = _read(before[inside:], behind if end < 0 else behind[:end], spoken)
    return None if found is None else _moved(found, inside)


def _closed(text: str, spoken: Dialect) -> bool:
    """Whether a string or comment that reaches the cursor has ended there."""
    if text.startswith("/*"):
        return len(text) > 3 and text.endswith("*/")
    if text.startswith(("--", "#")):
        return False
    tag = DOLLAR_TAG.match(text)
    if tag is not None:
        return len(text) >= 2 * len(tag[0]) and text.endswith(tag[0])
    body = text
    quote = body[1] if body[0] in "eE" else body[0]
    if body[0] in "eE" or quote in spoken.escapes:
        body = re.sub(r"\\[\s\S]?", "", body)
    return body.count(quote) % 2 == 0


def _typed(
    before: str, behind: str, left: list[Token], touching: Token | None, spoken: Dialect
) -> Reading | None:
    prefix = quote = ""
    start = end = len(before)
    if touching is not None and touching.kind == "name":
        text = before[touching.start :]
        if text[0] not in CLOSED_BY:
            return None
        closing = CLOSED_BY[text[0]]
        closed = len(text) > 1 and text.count(closing) % 2 == (1 if closing == "]" else 0)
        quote, start = text[0], touching.start
        prefix = text[1:-1] if closed else text[1:]
        if not closed:
            line = behind.partition("\n")[0]
            end += line.find(closing) + 1 if closing in line and not line.startswith(" ") else 0
    elif touching is not None and touching.kind == "word":
        prefix, start = before[touching.start :], touching.start
        end += _REST_OF_WORD.match(behind).end()  # type: ignore[union-attr]
    if start < len(before):
        left = left[:-1]
    words = _words(before, left, 0)
    path: list[str] = []
    while len(words) > 1 and words[-1].text == "." and words[-2].kind in ("word", "name"):
        path.insert(0, bare(words[-2]))
        del words[-2:]
    words = words[_statement_start(words, before) :]
    rest = behind[end - len(before) :]
    right = _words(rest, list(tokens(rest, spoken)), end)
    return Reading(
        [*words, *right[: _statement_end(right, rest, end)]],
        len(words),
        prefix,
        quote,
        tuple(path),
        start,
        end,
    )


def bare(word: Word) -> str:
    """A name without its quotes."""
    text = word.text
    if word.kind != "name" or text[0] not in CLOSED_BY:
        return text
    closing = CLOSED_BY[text[0]]
    inner = text[1:-1] if len(text) > 1 and text.endswith(closing) else text[1:]
    return inner.replace(closing * 2, closing)


def _words(text: str, found: list[Token], shift: int) -> list[Word]:
    """Words without comments; of a list of literals only the first one, for such lists can be long."""
    words: list[Word] = []
    for kind, start, end in found:
        if kind == "comment":
            continue
        literal = kind in _LITERALS
        if literal and len(words) > 1 and words[-1].text == "," and words[-2].kind in _LITERALS:
            words.pop()
            continue
        piece = text[start:end]
        low = piece.lower() if kind in ("word", "punct", "op") else ""
        words.append(Word(kind, piece, low, start + shift, end + shift))
    return words


def _statement_start(words: list[Word], text: str) -> int:
    """Behind the last semicolon, or where a statement obviously begins without one before it."""
    for number in range(len(words) - 1, -1, -1):
        if words[number].text == ";":
            return number + 1
        if number and _begins(words, number, text, 0):
            return number
    return 0


def _statement_end(words: list[Word], text: str, shift: int) -> int:
    for number, word in enumerate(words):
        if word.text == ";" or _begins(words, number, text, shift):
            return number
    return len(words)


def _begins(words: list[Word], number: int, text: str, shift: int) -> bool:
    """A word that opens statements, at a line's start, behind a blank line, and behind nothing that it
    could continue."""
    word = words[number]
    if word.low not in _BEGINNINGS:
        return False
    at = word.start - shift
    blank = text[:at].rsplit("\n", 2)
    if len(blank) < 3 or blank[-1] or blank[-2].strip():
        return False
    if not number:
        return True
    before = words[number - 1]
    # What follows a parenthesis may be the query of a WITH.
    return before.low not in _GOES_ON and before.text not in ("(", ")", ",")
