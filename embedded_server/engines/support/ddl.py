"""Taking DDL apart as far as names, words and parentheses go."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
    |(?P<string>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
    |(?P<word>[^\W\d][\w$]*)
    |(?P<other>.)""",
    re.DOTALL | re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of SQL: `word` in upper case for keywords and plain names, `name` without quotes."""

    start: int
    end: int
    word: str
    name: str
    depth: int


def tokens(sql: str) -> Iterator[Token]:
    """Tokens without blanks and comments; `depth` counts enclosing parentheses."""
    depth = 0
    for match in _TOKEN.finditer(sql):
        kind, text = match.lastgroup, match[0]
        if kind == "blank":
            continue
        if text == ")":
            depth -= 1
        if kind == "quoted":
            name = text[1:-1] if text[0] == "[" else text[1:-1].replace(text[0] * 2, text[0])
            yield Token(match.start(), match.end(), "", name, depth)
        else:
            yield Token(match.start(), match.end(), text.upper(), text, depth)
        if text == "(":
            depth += 1


def items(found: list[Token]) -> list[list[Token]]:
    """The comma-separated items of the first parenthesis: the columns and constraints of a CREATE TABLE."""
    parts: list[list[Token]] = [[]]
    opened = False
    for token in found:
        if not opened:
            opened = token.word == "("
        elif token.depth == 0 and token.word == ")":
            break
        elif token.depth == 1 and token.word == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [part for part in parts if part]
