"""SQL text as tokens: for colouring, placeholders, classification and comparing two layouts.

Never fails: what is unclosed runs to the end of the text, what is unknown is an operator. Blanks are left
out; everything else is covered exactly once, in order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple

from .dialect import Dialect, dashes
from .scan import START, State, closing

Kind = Literal["comment", "string", "name", "number", "param", "word", "op", "punct", "data"]


class Token(NamedTuple):
    """Characters [start, end) of the text."""

    kind: Kind
    start: int
    end: int


_WORD = r"[A-Za-z_\u0080-\U0010ffff]"
_OPERATORS = (
    r"::|:=|=>|->>|->|\#>>|\#>|\#-|<=>|<=|>=|<>|!=|\|\||&&|&<|@>|<@|@\?|@@|\?\||\?&|!~~?\*?|~~?\*?|<<|>>|\*\*"
)


@cache
def _pattern(spoken: Dialect) -> re.Pattern[str]:
    doubled = r"'(?>(?:[^'\\]++|\\[\s\S]|'')*)'?" if "'" in spoken.escapes else r"'(?>(?:[^']++|'')*)'?"
    double = r'"(?>(?:[^"\\]++|\\[\s\S]|"")*)"?' if '"' in spoken.escapes else r'"(?>(?:[^"]++|"")*)"?'
    comment = [dashes(spoken) + r"[^\n]*+"]
    comment += [r"\#[^\n]*+"] if spoken.hash_comments else []
    comment += [] if spoken.nested else [r"/\*(?>(?:[^*]++|\*(?!/))*)(?:\*/)?"]
    names = [r"`(?>(?:[^`]++|``)*)`?"] if "`" in spoken.quotes else []
    names += [r"\[[^\]]*+\]?"] if spoken.brackets else []
    strings = [r"[eE]'(?>(?:[^'\\]++|\\[\s\S]|'')*)'?"] if spoken.e_strings else []
    strings.append(doubled)
    (strings if '"' in spoken.escapes else names).append(double)
    if spoken.dollars:
        tag = rf"\$(?:{_WORD}\w*+)?\$"
        strings.append(rf"(?P<tag>{tag})[\s\S]*?(?:(?P=tag)|\Z)")
    at_names = r"|@\w++" if spoken.name in ("sqlite", "mssql") else ""
    kinds = {
        "comment": "|".join(comment),
        "nested": r"/\*",
        "string": "|".join(strings),
        "number": r"(?:\d[\d_]*+(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?\w*+",
        "param": rf"(?<![\w:\])'\"}}]):{_WORD}\w*+|(?<![\w$])\$\w++|%s(?!\w)|%\(\w++\)s{at_names}",
        "word": rf"{_WORD}[\w$]*+",
        "name": "|".join([*names, r"@@?[\w.$]++"] if spoken.body == "mysql" else names),
        "punct": r"[(),;\[\]{}.]",
        "op": rf"{_OPERATORS}|\?\d*+|\S",
    }
    return re.compile("|".join(f"(?P<{kind}>{text})" for kind, text in kinds.items()))


_NESTED = State(open="/*", depth=1)


def tokens(text: str, spoken: Dialect, state: State = START) -> Iterator[Token]:
    """Tokens of a text that begins where `state` stands."""
    at = 0
    if state.open:
        at = closing(text, state, spoken)
        yield Token(_open_kind(state.open, spoken), 0, at)
    pattern = _pattern(spoken)
    found = pattern.search(text, at)
    while found is not None:
        start, at = found.span()
        kind = found.lastgroup
        if kind == "nested":
            at += closing(text[at:], _NESTED, spoken)
            kind = "comment"
        elif kind == "tag":
            kind = "string"
        yield Token(kind, start, at)  # type: ignore[arg-type]
        found = pattern.search(text, at)


def _open_kind(opened: str, spoken: Dialect) -> Kind:
    if opened == "/*":
        return "comment"
    if opened == "copy":
        return "data"
    if opened in ("`", "[") or (opened == '"' and '"' not in spoken.escapes):
        return "name"
    return "string"


def significant(text: str, spoken: Dialect) -> list[tuple[Kind, str]]:
    """Kinds and texts without comments."""
    return [(t.kind, text[t.start : t.end]) for t in tokens(text, spoken) if t.kind != "comment"]
