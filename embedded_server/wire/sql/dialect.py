"""How each product spells quotes and comments, and the patterns that follow from it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from .heads import Body

_DOLLAR = r"\$(?:[A-Za-z_\u0080-\U0010ffff]\w*+)?\$"
DOLLAR_TAG = re.compile(_DOLLAR)


@dataclass(frozen=True)
class Dialect:
    """How a product spells what can hide a semicolon.

    `quotes` are the characters that open a quoted thing closed by the same character; `escapes` those
    of them inside which a backslash hides the next character; `body` names the rule by which routines
    and triggers hold semicolons.
    """

    name: str
    quotes: str = "'\""
    escapes: str = ""
    brackets: bool = False
    e_strings: bool = False
    dollars: bool = False
    nested: bool = False
    hash_comments: bool = False
    dashes_need_blank: bool = False
    body: Body = ""


_DIALECTS = (
    Dialect("postgresql", e_strings=True, dollars=True, nested=True, body="psql"),
    Dialect("duckdb", e_strings=True, dollars=True, nested=True),
    Dialect("sqlite", "'\"`", brackets=True, body="sqlite"),
    Dialect("mysql", "'\"`", "'\"", hash_comments=True, dashes_need_blank=True, body="mysql"),
    Dialect("mssql", brackets=True, nested=True, body="tsql"),
    Dialect("generic", "'\"`", dollars=True, body="other"),
)
_ALIASES = {"postgres": "postgresql", "pg": "postgresql", "mariadb": "mysql", "tsql": "mssql"}


@cache
def dialect(name: str) -> Dialect:
    """The dialect of an engine's name; anything unknown is "generic"."""
    wanted = _ALIASES.get(name.lower(), name.lower())
    return next((known for known in _DIALECTS if known.name == wanted), _DIALECTS[-1])


@cache
def harmless(spoken: Dialect, delimiter: str) -> re.Pattern[str]:
    """What can be stepped over in one match inside a plain statement, whole quoted things included."""
    stops = set(spoken.quotes) | {"-", "/", delimiter[0]}
    stops |= {
        c for c, on in (("[", spoken.brackets), ("$", spoken.dollars), ("#", spoken.hash_comments)) if on
    }
    stops |= {c for c, on in (("\\", spoken.body == "psql"), ("\n", spoken.body == "tsql")) if on}
    not_end = f"(?!{re.escape(delimiter)})"
    parts = [rf"[^{re.escape(''.join(sorted(stops)))}]++"]
    parts += [_closed_quote(spoken, quote) for quote in spoken.quotes]
    if spoken.brackets:
        parts.append(r"\[[^\]]*+\]")
    parts.append(rf"{not_end}-(?!{dashes(spoken)[1:]})")
    parts.append(rf"{dashes(spoken)}[^\n]*+")
    parts.append(rf"{not_end}/(?!\*)")
    if not spoken.nested:
        parts.append(r"/\*(?>(?:[^*]++|\*(?!/))*)\*/")
    if spoken.hash_comments:
        parts.append(r"\#[^\n]*+")
    if spoken.dollars:
        parts.append(rf"\$(?!{_DOLLAR[2:]})")
    if spoken.body == "psql":
        parts.append(r"\\(?!g)")
    if len(delimiter) > 1 and delimiter[0] not in spoken.quotes + "-/[$#\\\n":
        parts.append(rf"{not_end}{re.escape(delimiter[0])}")
    # Python before 3.11.5 errs in possessive groups; an atomic one remembers every round, hence the end.
    return re.compile(f"(?>(?:{'|'.join(parts)}){{0,500}})")


def _closed_quote(spoken: Dialect, quote: str) -> str:
    inside = rf"(?>(?:[^{quote}\\]++|\\[\s\S])*)" if quote in spoken.escapes else rf"[^{quote}]*+"
    # E'..' has rules of its own, so a quote behind an e is looked at by hand.
    before = "(?<![eE])" if quote == "'" and spoken.e_strings else ""
    return f"{before}{quote}{inside}{quote}"


def dashes(spoken: Dialect) -> str:
    return r"--(?=\s|\Z)" if spoken.dashes_need_blank else "--"


@cache
def lexeme(spoken: Dialect) -> re.Pattern[str]:
    """One token where words matter: at a statement's head and inside routine bodies."""
    line = dashes(spoken) + r"[^\n]*+" + (r"|\#[^\n]*+" if spoken.hash_comments else "")
    blank = r"[^\S\n]++|\n" if spoken.body == "tsql" else r"\s++"
    return re.compile(
        rf"(?P<blank>{blank})|(?P<line>{line})|(?P<block>/\*)|(?P<quote>[{spoken.quotes}])"
        rf"|(?P<word>[A-Za-z_\u0080-\U0010ffff][\w$]*+)|(?P<number>\d[\w.]*+)|(?P<other>[\s\S])"
    )


@cache
def ordinary(spoken: Dialect) -> re.Pattern[str]:
    """The first word of a statement whose semicolons need no thought: almost every statement."""
    special = {"create", "alter", "begin", "declare", "copy", "explain", "if"}
    return re.compile(rf"(?!(?:{'|'.join(sorted(special))})(?![\w$]))[A-Za-z_]\w*+", re.I)


@cache
def remark(spoken: Dialect) -> re.Pattern[str]:
    return re.compile(rf"[^\S\n]*+{dashes(spoken)}[^\n]*+")
