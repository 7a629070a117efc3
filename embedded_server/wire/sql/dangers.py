"""Statements that change or remove many rows or whole objects, seen in their text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .classify import CONTROL, Classified
from .dialect import Dialect
from .tokens import Token, tokens

Danger = Literal["delete", "update", "truncate", "drop", "alter", "write"]

_SKIPPED = frozenset(
    {"low_priority", "quick", "ignore", "only", "concurrently", "table", "from", "if", "exists", "temporary"}
    | {"or", "rollback", "abort", "replace", "fail", "public", "online"}
)
_ENDS_CONDITION = frozenset({"returning", "order", "limit", "option"})
_SEVERAL = frozenset({"using", "join", "inner", "left", "right", "cross", "natural"})
# What else ALTER TABLE can drop.
_NO_COLUMN = frozenset(
    {"constraint", "default", "not", "primary", "foreign", "index", "key", "check", "expression", "identity"}
    | {"partition"}
)
# Kinds of objects whose rows go with them.
_WITH_ROWS = frozenset({"table", "schema", "database", "foreign table", "materialized view"})
_SESSION = """
    SET RESET USE SHOW DESCRIBE DESC EXPLAIN ANALYZE PRAGMA LISTEN UNLISTEN DISCARD FETCH CLOSE DEALLOCATE
    DECLARE CHECKPOINT PREPARE SUMMARIZE HELP
"""
_HARMLESS = CONTROL | frozenset(_SESSION.split())


# What an EXPLAIN explains begins with one of these.
_EXPLAINED = frozenset({"update", "delete", "with", "select", "insert", "merge", "values", "table"})
_SUSPECT = re.compile(r"\b(?:delete|update|truncate|drop|alter)\b", re.I)


class _Word(NamedTuple):
    kind: str
    text: str
    low: str
    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Found:
    """A dangerous part of a statement. `path` names the table; `source` and `condition` are [start, end) of
    the statement's text: the table as it is written with its alias, and what stands behind WHERE, if rows
    can be counted by them."""

    danger: Danger
    text: str
    path: tuple[str, ...] = ()
    whole: bool = False
    source: tuple[int, int] | None = None
    condition: tuple[int, int] | None = None


def dangers(sql: str, spoken: Dialect) -> list[Found]:
    """Every dangerous part of one statement, those inside WITH too."""
    words = [_word(sql, token, spoken) for token in tokens(sql, spoken) if token.kind != "comment"]
    found: list[Found] = []
    for number in _heads(words):
        low = words[number].low
        if low in ("update", "delete"):
            found.append(_changing(words, number))
        elif low == "truncate":
            found += _truncating(words, number)
        elif low == "drop":
            found += _dropping(words, number)
        elif low == "alter":
            found += _altering(words, number)
    return found


def asks(part: Found, class_: str) -> bool:
    """Whether a connection of this class is asked for it: a local one only for whole tables, a shared one for
    whatever is dropped too, production always."""
    if class_ == "production":
        return True
    if class_ == "shared":
        return part.whole or part.danger in ("drop", "alter", "truncate")
    return part.whole and part.danger != "alter"


def suspect(sql: str, class_: str) -> bool:
    """A quick look: false if the script surely asks for nothing."""
    return class_ == "production" or _SUSPECT.search(sql) is not None


def may_write(what: Classified) -> bool:
    """Whether a statement is one that writes: never a query, whatever functions it calls."""
    if what.runs_write or not what.kind:
        # Without a word it is a comment; one that does not surely only read is run by the server.
        return not what.reads_only
    return not (what.reads_only or what.waits or what.kind in _HARMLESS)


def _word(sql: str, token: Token, spoken: Dialect) -> _Word:
    text = sql[token.start : token.end]
    low = text.lower() if token.kind in ("word", "punct", "op") else ""
    name = text
    if token.kind == "word":
        name = low if spoken.name == "postgresql" else text
    elif token.kind in ("name", "string") and len(text) > 1:
        name = text[1:-1].replace(text[-1] * 2, text[-1])
    return _Word(token.kind, text, low, name, token.start, token.end)


def _heads(words: list[_Word]) -> Iterator[int]:
    """Words that begin a statement or one inside a WITH query."""
    number = 0
    if words and words[0].low == "explain":
        analyzes = any(word.low in ("analyze", "analyse") for word in words[1:6])
        if not analyzes:
            return
        while number < len(words) and words[number].low not in _EXPLAINED:
            number += 1
    begin = number
    queries = number < len(words) and words[number].low == "with"
    depth = 0
    while number < len(words):
        word, before = words[number], words[number - 1] if number else None
        depth += (word.text == "(" and word.kind == "punct") - (word.text == ")" and word.kind == "punct")
        inside = queries and before is not None and before.text in ("(", ")")
        if number == begin or (inside and word.low in ("update", "delete")):
            yield number
        number += 1


def _level_end(words: list[_Word], number: int) -> int:
    """Where the parentheses close in which a word stands."""
    depth = 0
    while number < len(words):
        text = words[number].text if words[number].kind == "punct" else ""
        depth += (text == "(") - (text == ")")
        if depth < 0 or text == ";":
            return number
        number += 1
    return number


def _on_level(words: list[_Word], begin: int, end: int) -> Iterator[int]:
    depth = 0
    for number in range(begin, end):
        text = words[number].text if words[number].kind == "punct" else ""
        depth -= text == ")"
        if not depth:
            yield number
        depth += text == "("


def _path(words: list[_Word], number: int, end: int) -> tuple[tuple[str, ...], int]:
    """A name with its qualifiers, and the word behind it."""
    while number < end and words[number].low in _SKIPPED and words[number].kind == "word":
        number += 1
    path: list[str] = []
    while number < end and words[number].kind in ("word", "name", "string"):
        path.append(words[number].name)
        if number + 1 < end and words[number + 1].text == ".":
            number += 2
        else:
            return tuple(path), number + 1
    return tuple(path), number


def _changing(words: list[_Word], number: int) -> Found:
    """UPDATE or DELETE."""
    verb = words[number].low
    end = _level_end(words, number)
    level = list(_on_level(words, number, end))
    where = next((at for at in level if words[at].low == "where"), None)
    path, behind = _path(words, number + 1, end)
    stop = next((at for at in level if at > (where or number) and words[at].low in _ENDS_CONDITION), end)
    limited = any(words[at].low == "limit" for at in level)
    danger: Danger = "update" if verb == "update" else "delete"
    name = verb.upper()
    source = _source(words, number, behind, level)
    if where is None:
        return Found(danger, f"{name} without WHERE", path, not limited, source)
    if _is_always(words[where + 1 : stop]):
        return Found(danger, f"{name} with a WHERE that spares nothing", path, not limited, source)
    if source is None or limited or stop == where + 1:
        return Found(danger, name, path)
    return Found(danger, name, path, False, source, (words[where + 1].start, words[stop - 1].end))


def _source(words: list[_Word], number: int, behind: int, level: list[int]) -> tuple[int, int] | None:
    """The table with its alias, null where several tables take part."""
    ends = ("set",) if words[number].low == "update" else ("where", "returning", "order", "limit")
    last = next((at for at in level if at >= behind and words[at].low in ends), level[-1] + 1)
    taking_part = [words[at] for at in level if at > number]
    if any(word.low in _SEVERAL or word.text == "," for word in taking_part[: last - number]):
        return None
    if words[number].low == "update" and any(
        word.low == "from" for word in taking_part if word.kind == "word"
    ):
        return None
    first = number + 1
    while first < last and words[first].kind == "word" and words[first].low in _SKIPPED - {"only"}:
        first += 1
    return (words[first].start, words[last - 1].end) if first < last else None


def _is_always(condition: list[_Word]) -> bool:
    """`true`, `1`, `1 = 1`: what is written by habit and holds for every row."""
    texts = [word.low or word.text for word in condition if word.text not in ("(", ")")]
    if len(texts) == 1:
        return texts[0] == "true" or (texts[0].isdigit() and texts[0] != "0")
    literal = len(texts) == 3 and condition[0].kind in ("number", "string")
    return literal and texts[1] in ("=", "==") and texts[0] == texts[2]


def _names(words: list[_Word], number: int) -> list[tuple[tuple[str, ...], tuple[int, int]]]:
    """Names apart by commas, with where they stand."""
    found = []
    end = _level_end(words, number)
    while number < end:
        path, behind = _path(words, number, end)
        if not path:
            break
        first = behind - 2 * len(path) + 1
        found.append((path, (words[first].start, words[behind - 1].end)))
        if behind >= end or words[behind].text != ",":
            break
        number = behind + 1
    return found


def _truncating(words: list[_Word], number: int) -> list[Found]:
    return [Found("truncate", "TRUNCATE", path, True, where) for path, where in _names(words, number + 1)]


def _dropping(words: list[_Word], number: int) -> list[Found]:
    at = number + 1
    kind = words[at].low if at < len(words) else ""
    if kind in ("temporary", "materialized", "foreign") and at + 1 < len(words):
        at += 1
        kind = f"{kind} {words[at].low}".removeprefix("temporary ")
    whole = kind in _WITH_ROWS
    return [
        Found("drop", f"DROP {kind.upper()}", path, whole, where) for path, where in _names(words, at + 1)
    ]


def _altering(words: list[_Word], number: int) -> list[Found]:
    """ALTER TABLE ... DROP COLUMN: the values of a whole column go."""
    if number + 1 >= len(words) or words[number + 1].low != "table":
        return []
    path, behind = _path(words, number + 2, len(words))
    found = []
    for at in range(behind, len(words) - 1):
        following = words[at + 1].low
        if words[at].low != "drop" or words[at - 1].text == "." or following in _NO_COLUMN:
            continue
        names = _names(words, at + 2 if following == "column" else at + 1)
        found += [Found("alter", f"DROP COLUMN {name[-1]}", path, True) for name, _ in names[:1]]
    return found
