"""Fingerprints: one value for all statements that differ in their values, comments, spaces and case alone.

Made from sqlparse's lexer, never from its tree: it takes every dialect and refuses nothing. Literals and
placeholders become `?`, IN and VALUES lists of any length `(...)`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlparse import keywords, lexer
from sqlparse import tokens as kinds

# Stored beside nothing, mixed into every hash: a change of the rules changes all hashes.
VERSION = "1"
# A statement this long is cut before it is read: the lexer walks every character.
LONGEST = 100_000

_SHARP_COMMENT = r"(--|# )"
_STRINGS = r"'(''|\\'|[^'])*'"
# After these a parenthesis stands apart, and a sign belongs to the number behind it.
_BEFORE_VALUES = """
IN VALUES AND OR NOT WHERE FROM AS ON SELECT JOIN USING BY HAVING UNION ALL EXCEPT INTERSECT WHEN THEN ELSE
LIMIT OFFSET SET LIKE ILIKE IS BETWEEN RETURNING WITH OVER ANY SOME FILTER CASE DISTINCT INTO EXISTS
"""
# Written in capitals too; the lexer's own idea of a keyword depends on the spaces around it.
_OTHER_WORDS = """
UPDATE INSERT DELETE CREATE ALTER DROP TABLE INDEX GROUP ORDER LEFT RIGHT FULL INNER OUTER CROSS NATURAL NULL
ASC DESC NULLS FIRST LAST END RECURSIVE DEFAULT BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE TO FOR OF NOWAIT SKIP
LOCKED CONFLICT DO NOTHING REPLACE PRAGMA SHOW EXPLAIN LATERAL CAST PARTITION WINDOW ROWS TRUE FALSE
"""
_WORDY = frozenset(_BEFORE_VALUES.split())
_KEYWORDS = _WORDY | frozenset(_OTHER_WORDS.split())
_COUNTED = re.compile(r"^(sa_savepoint|s)_\d+$")
_E_STRING = r"[ENRBX]'(''|\\.|[^'\\])*'"
_LIST = re.compile(r"\bIN \(\?(?:, \?)*\)")
_TUPLE = r"\((?:[^()]|\([^()]*\))*\)"
_ROWS = re.compile(rf"\bVALUES ({_TUPLE})(?:, {_TUPLE})*")
_PLAIN_ROW = re.compile(r"\(\?(?:, \?)*\)")


class Fingerprint(NamedTuple):
    """`hash` is 16 hexadecimal digits, `text` the statement with its values taken out."""

    hash: str
    text: str


@lru_cache(maxsize=4096)
def fingerprint(sql: str, dialect: str = "") -> Fingerprint:
    """The fingerprint of one statement; `dialect` is a SQLAlchemy dialect's name or empty."""
    text = _collapsed(_joined(_words(sql[:LONGEST], _family(dialect))))
    return Fingerprint(
        blake2b(f"{VERSION}:{text}".encode("utf-8", "replace"), digest_size=8).hexdigest(), text
    )


def _family(dialect: str) -> str:
    name = dialect.partition("+")[0].lower()
    if name in ("postgresql", "postgres", "cockroachdb", "redshift", "duckdb"):
        return "pg"
    return "my" if name in ("mysql", "mariadb") else ""


@lru_cache(maxsize=4)
def _lexer(family: str) -> Any:
    """A lexer of our own per family: the shipped table mixes the dialects, and is shared by the process."""
    own: Any = lexer.Lexer()
    own.default_initialization()
    if family != "my":
        # Only MySQL comments with # and escapes quotes with a backslash; elsewhere # is an operator.
        table = [
            (rule.replace(_SHARP_COMMENT, "(--)") if rule != _STRINGS else r"'(''|[^'])*'", kind)
            for rule, kind in keywords.SQL_REGEX
        ]
        own.set_SQL_REGEX([(_E_STRING, kinds.String.Single), *table])
    return own


def _words(sql: str, family: str) -> list[str]:
    found: list[str] = []
    for kind, value in _lexer(family).get_tokens(sql):
        if kind in kinds.Comment or kind in kinds.Whitespace:
            continue
        if kind in kinds.Number:
            _number(found, value)
        elif _is_value(kind, value, family):
            found.append("?")
        elif value[:1] in '"`[':
            found.append(value)
        else:
            found.extend(map(_folded, value.split()))
    return found


def _folded(word: str) -> str:
    upper = word.upper()
    return upper if upper in _KEYWORDS else _COUNTED.sub(r"\1_?", word.lower())


def _is_value(kind: object, value: str, family: str) -> bool:
    if kind in kinds.Name.Placeholder or kind in kinds.String.Single or kind is kinds.Literal:
        return True
    return value.startswith('"') and family == "my"


def _number(found: list[str], value: str) -> None:
    """A sign belongs to the number after an operator, and is an operator after a value."""
    before = found[-1] if found else ""
    operand = before == ")" or (before[-1:].isalnum() and before not in _WORDY) or before[-1:] in '?"`]'
    if operand and value.startswith("-") and before:
        found.append("-")
    elif before == "-" and not _ends_operand(found[:-1]):
        found.pop()
    found.append("?")


def _ends_operand(words: list[str]) -> bool:
    last = words[-1] if words else ""
    return bool(last) and last not in _WORDY and (last[-1:].isalnum() or last[-1:] in '?)"`]_')


def _joined(words: list[str]) -> str:
    parts: list[str] = []
    before = ""
    for word in words:
        if parts and _spaced(before, word):
            parts.append(" ")
        parts.append(word)
        before = word
    return "".join(parts).rstrip("; ")


def _spaced(before: str, word: str) -> bool:
    if word in (",", ")", ".", ";", "::", "]") or before in ("(", ".", "::", "["):
        return False
    if word == "(":
        return before in _WORDY or not (before[-1:].isalnum() or before[-1:] in '_"`]')
    return True


def _collapsed(text: str) -> str:
    return _ROWS.sub(_rows, _LIST.sub("IN (...)", text))


def _rows(match: re.Match[str]) -> str:
    first = match.group(1)
    return "VALUES (...)" if _PLAIN_ROW.fullmatch(first) else f"VALUES {first}"
