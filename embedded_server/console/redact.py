"""Passwords cut out of statements before they are remembered or shown again."""

from __future__ import annotations

import re

from embedded_server.wire.sql.dialect import Dialect
from embedded_server.wire.sql.tokens import Token, tokens

HIDDEN = "***"
_SECRET_WORD = re.compile(
    r"(?:.*_)?(?:password|passwd|passphrase|secret|secret_key|access_key|token|pwd)\Z", re.I
)
_BETWEEN = frozenset({"=", "(", ":=", "=>", ":", "to", "by", "as", "is", "password", "using", "values"})
_IN_STRING = re.compile(
    r"(?P<before>\b(?:password|passwd|pwd|secret|token)\s*=\s*)(?P<secret>'[^']*'|\"[^\"]*\"|[^\s;'\"&]+)"
    r"|(?P<url>[a-z][a-z0-9+.-]*://[^\s:/@'\"]*:)(?P<word>[^\s@'\"]+)(?=@)",
    re.I,
)


def redacted(sql: str, spoken: Dialect) -> str:
    """The statement with passwords replaced by `***`; unchanged when it has none."""
    parts: list[str] = []
    at = 0
    for token in _secrets(sql, spoken):
        parts += [sql[at : token.start], _hidden(sql[token.start : token.end])]
        at = token.end
    return "".join([*parts, sql[at:]])


def without_secrets(text: str, sql: str, spoken: Dialect) -> str:
    """Another text about the statement (an error message) that must not repeat its passwords."""
    for token in _secrets(sql, spoken):
        literal = sql[token.start : token.end]
        for secret in (literal, literal.strip("'\"$")):
            if len(secret) > 2:
                text = text.replace(secret, HIDDEN)
    return text


def _secrets(sql: str, spoken: Dialect) -> list[Token]:
    found: list[Token] = []
    after_secret = False
    identified = False
    before = ""
    for token in tokens(sql, spoken):
        text = sql[token.start : token.end]
        if token.kind == "string" or (token.kind == "name" and text.startswith('"') and after_secret):
            if after_secret or _IN_STRING.search(text):
                found.append(token)
            after_secret = False
        elif token.kind == "word":
            identified = identified or text.lower() == "identified"
            after_secret = _expects_secret(text.lower(), after_secret, identified)
            # SQLCipher's PRAGMA key = '...'.
            after_secret = after_secret or (before == "pragma" and text.lower() in ("key", "rekey", "hexkey"))
        elif text == "," or (text == ";" and token.kind == "punct"):
            after_secret = False
        elif text not in _BETWEEN and token.kind != "comment":
            after_secret = after_secret and identified
        before = text.lower()
    return found


def _expects_secret(word: str, after_secret: bool, identified: bool) -> bool:
    if _SECRET_WORD.match(word) or word == "identified":
        return True
    return after_secret and (word in _BETWEEN or word in ("for", "with", "encrypted") or identified)


def _hidden(literal: str) -> str:
    inside = _IN_STRING.sub(lambda m: (m["before"] or m["url"]) + HIDDEN, literal)
    if inside != literal:
        return inside
    quote = literal[0] if literal[0] in "'\"" else "'"
    return f"{quote}{HIDDEN}{quote}"
