"""What a statement is, from its text alone: enough to choose how to run it, never to judge what it does."""

from __future__ import annotations

import re

from embedded_server.engines.support.remembering import remembered

_LEADING = re.compile(r"(?:\s+|--[^\n]*(?:\n|\Z)|#[^\n]*(?:\n|\Z)|/\*(?!!|M!).*?\*/|\()*", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_]+")
_QUOTED = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`|--[^\n]*|/\*(?!!|M!).*?\*/|\$(\w*)\$.*?\$\1\$",
    re.DOTALL,
)
# Not as functions: replace(text, ...) only reads.
_WRITES = re.compile(r"\b(?:insert|update|delete|merge|replace|into|call|do)\b(?!\s*\()", re.IGNORECASE)
_LOCKS = re.compile(r"\bfor\s+(?:no\s+key\s+)?update\b", re.IGNORECASE)
_QUERIES = frozenset({"SELECT", "VALUES", "TABLE", "WITH"})


@remembered
def keyword(sql: str) -> str:
    """The first word in upper case, behind comments and opening parentheses; empty if there is none."""
    start = _LEADING.match(sql)
    word = _WORD.match(sql, start.end() if start else 0)
    return word[0].upper() if word else ""


@remembered
def code_of(sql: str) -> str:
    """The statement without its comments, quoted names and texts."""
    return _QUOTED.sub(" ", sql)


@remembered
def is_plain_query(sql: str) -> bool:
    """Whether it surely is a query without a writing part (what functions in it do is not seen)."""
    if keyword(sql) not in _QUERIES:
        return False
    return _WRITES.search(_LOCKS.sub(" ", code_of(sql))) is None
