"""The filter of the request list: words that must all hold.

`orders status:5xx sql>20 -method:GET mark:N+1 "two words"`
"""

from __future__ import annotations

import re
from typing import NamedTuple

from embedded_server.store.conditions import Condition
from embedded_server.wire.problem import ProblemError, problem

_NUMBERS = {
    "sql": "statements",
    "shapes": "shapes",
    "slow": "duration_ms",
    "ms": "duration_ms",
    "sqlms": "sql_ms",
    "logs": "logs",
    "status": "status",
}
_EXACT = {"method": "method", "source": "source", "origin": "origin", "id": "id"}
_PARTS = {"route": "route", "app": "app", "host": "host", "path": "target"}
_MARKS = {
    mark.lower(): mark for mark in ("N+1", "duplicates", "error", "writes", "leak", "truncated", "re-encoded")
}
_NEGATED = {"=": "!=", "!=": "=", ">": "<=", ">=": "<", "<": ">=", "<=": ">", "contains": "lacks"}
_NEGATED |= {"lacks": "contains", "within": "outside", "outside": "within"}
_NEGATED |= {"hundred": "not hundred", "not hundred": "hundred"}
_WORD = re.compile(r'(-?)(?:([a-z]+)(:|>=|<=|>|<|!=|=))?(?:"([^"]*)"|(\S*))')
_CLASS = re.compile(r"([1-5])xx", re.IGNORECASE)
HINT = "Words: path, status:5xx, sql>20, slow>200, method:POST, route:.., mark:N+1, app:.., run:.., origin:.."


class _Word(NamedTuple):
    key: str
    op: str
    value: str
    position: int


def parse(text: str) -> list[Condition]:
    """The conditions of a filter text. Raises trace.bad_filter with the position of the word."""
    found: list[Condition] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = _WORD.match(text, position)
        if match is None or match.end() == position:
            raise _bad("A quote is not closed", position)
        minus, key, op, quoted, plain = match.groups()
        value = quoted if quoted is not None else plain
        if quoted is None and plain.startswith('"'):
            raise _bad("A quote is not closed", position)
        condition = _condition(_Word(key or "", op or "", value, position))
        found.append(_turned(condition) if minus else condition)
        position = match.end()
    return found


def _turned(condition: Condition) -> Condition:
    return condition._replace(op=_NEGATED[condition.op])


def _condition(word: _Word) -> Condition:
    if not word.key:
        return Condition("target", "contains", word.value)
    if not word.value:
        raise _bad(f"{word.key}{word.op} needs a value", word.position)
    if word.key == "status" and (kind := _CLASS.fullmatch(word.value)):
        condition = Condition("status", "hundred", int(kind.group(1)) * 100)
    elif word.key in _NUMBERS:
        return Condition(_NUMBERS[word.key], word.op.replace(":", "="), _number(word))
    else:
        condition = _text(word)
    if word.op not in (":", "=", "!="):
        raise _bad(f"{word.key} {word.value} cannot be compared with {word.op}", word.position)
    return _turned(condition) if word.op == "!=" else condition


def _text(word: _Word) -> Condition:
    if word.key in _EXACT:
        value = word.value.upper() if word.key == "method" else word.value
        return Condition(_EXACT[word.key], "=", value)
    if word.key in _PARTS:
        return Condition(_PARTS[word.key], "contains", word.value)
    if word.key == "run":
        return Condition("run", "within", word.value)
    if word.key == "pinned":
        return Condition("pinned", "=", float(word.value.lower() in ("yes", "true", "1")))
    if word.key == "mark":
        if word.value.lower() not in _MARKS:
            raise _bad(
                f"There is no mark {word.value}; marks are {', '.join(_MARKS.values())}", word.position
            )
        return Condition("marks", "contains", f'"{_MARKS[word.value.lower()]}"')
    raise _bad(f"There is no word {word.key}{word.op}", word.position)


def _number(word: _Word) -> float:
    try:
        return float(word.value)
    except ValueError as error:
        raise _bad(f"{word.value} is not a number", word.position) from error


def _bad(detail: str, position: int) -> ProblemError:
    return problem("trace.bad_filter", detail=detail, hint=HINT, position=position)
