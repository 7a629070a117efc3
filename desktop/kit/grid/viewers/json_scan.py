"""Reads the outline of a JSON text without parsing all of it.

A container's children are found by skipping over them; what they contain is read when they are opened.
The scan is a generator that pauses after a bounded amount of work, so that ten megabytes on one line
never hold up the window. Numbers, duplicate keys and the order of keys stay as they are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator
from typing import NamedTuple

PREVIEW = 300
_STEPS = 4000

_BLANK = re.compile(r"[ \t\r\n]*+")
# Possessive: a string of megabytes is matched without remembering a way back for every character.
_STRING = re.compile(r'"(?>(?:[^"\\]++|\\.)*)"', re.S)
_SCALAR = re.compile(r"(?:true|false|null|-?\d++(?>(?:\.\d++)?)(?>(?:[eE][+-]?\d++)?))(?=[\s,\]}]|\Z)")
_NEXT = re.compile(r'[^"{}\[\]]*+([{}\[\]]|"(?>(?:[^"\\]++|\\.)*)")', re.S)


class NotJson(ValueError):
    """The text is no JSON; `position` is where that shows."""

    def __init__(self, position: int) -> None:
        super().__init__(f"not JSON at character {position + 1:,}")
        self.position = position


class Node(NamedTuple):
    """A value: `kind` is its first character's meaning, `text` how it is written (containers: empty)."""

    key: str | None
    kind: str
    start: int
    text: str = ""

    @property
    def container(self) -> bool:
        """Whether it has children."""
        return self.kind in "{["


class Pause:
    """A bounded amount of work is done; let the window live, then go on."""


PAUSE = Pause()


def root(text: str) -> Node:
    """The text's outermost value. Raises NotJson."""
    start = _blank(text, 0)
    if text[start : start + 1] in ("{", "["):
        return Node(None, text[start], start)
    node, end = _leaf(text, start, None)
    ended(text, end)
    return node


def children(text: str, start: int) -> Generator[Node | Pause, None, int]:
    """The members of the container that opens at `start`, in order; at last the position behind it.

    Raises NotJson where it shows.
    """
    opener = text[start]
    closer = "}" if opener == "{" else "]"
    at = _blank(text, start + 1)
    if text[at : at + 1] == closer:
        return at + 1
    number = 0
    while True:
        key: str | None = None
        if opener == "{":
            key, at = _key(text, at)
        node, at = yield from _member(text, at, key)
        yield node
        number += 1
        if number % 200 == 0:
            yield PAUSE
        at = _blank(text, at)
        mark = text[at : at + 1]
        if mark == closer:
            return at + 1
        if mark != ",":
            raise NotJson(at)
        at = _blank(text, at + 1)


def ended(text: str, end: int) -> None:
    """Raises NotJson if something follows the outermost value, which ends at `end`."""
    rest = _blank(text, end)
    if rest != len(text):
        raise NotJson(rest)


def _member(text: str, at: int, key: str | None) -> Generator[Pause, None, tuple[Node, int]]:
    if text[at : at + 1] not in ("{", "["):
        return _leaf(text, at, key)
    end = yield from _skip(text, at)
    return Node(key, text[at], at, text[at : min(end, at + PREVIEW)]), end


def _skip(text: str, start: int) -> Generator[Pause, None, int]:
    """The position behind a container; looks at brackets and strings only."""
    depth, at, steps = 0, start, 0
    while True:
        match = _NEXT.match(text, at)
        if match is None:
            raise NotJson(len(text))
        sign = match[1]
        at = match.end()
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth == 0:
                return at
        steps += 1
        if steps % _STEPS == 0:
            yield PAUSE


def _leaf(text: str, at: int, key: str | None) -> tuple[Node, int]:
    pattern, kind = (_STRING, '"') if text[at : at + 1] == '"' else (_SCALAR, "0")
    match = pattern.match(text, at)
    if match is None:
        raise NotJson(at)
    return Node(key, kind, at, match[0]), match.end()


def _key(text: str, at: int) -> tuple[str, int]:
    match = _STRING.match(text, at)
    if match is None:
        raise NotJson(at)
    colon = _blank(text, match.end())
    if text[colon : colon + 1] != ":":
        raise NotJson(colon)
    return unquoted(match[0]), _blank(text, colon + 1)


def _blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match is not None else at


def unquoted(token: str) -> str:
    """What a JSON string says; as it is written if an escape in it is wrong."""
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token[1:-1]
