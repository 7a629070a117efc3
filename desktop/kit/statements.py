"""Captured statements as people read them: shortened, with their values in place, as one literal text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec

from desktop.kit.grid.literals import literal
from embedded_server.wire.data import Column
from embedded_server.wire.sql.dialect import dialect as spoken_by
from embedded_server.wire.sql.tokens import Token, tokens
from embedded_server.wire.trace import Group, TracedStatement
from embedded_server.wire.values import from_json

# A SELECT's list of columns says less than what follows; longer ones are left out of one-line texts.
LONGEST_LIST = 24
LONGEST_VALUE = 40
MOST_VALUES = 3
_QUESTION = ("", "sqlite", "duckdb")
_TRUE_NAMES = {"psycopg": "postgresql", "psycopg2": "postgresql", "pymysql": "mysql"}


@dataclass(frozen=True)
class Piece:
    """A part of a line: `bold` for values, `token` its colour where it is not the line's."""

    text: str
    bold: bool = False
    token: str = ""


def dialect_name(name: str) -> str:
    """The dialect without its driver: `postgresql+psycopg` is `postgresql`."""
    base = name.partition("+")[0].lower()
    return _TRUE_NAMES.get(base, base)


@lru_cache(maxsize=512)
def _tokens(sql: str, name: str) -> tuple[Token, ...]:
    """Many statements of a request are one text with other values."""
    return tuple(tokens(sql, spoken_by(name)))


def _is_place(word: str, token: Token, dialect: str) -> bool:
    if token.kind == "param":
        return True
    return token.kind == "op" and word[:1] == "?" and (word[1:].isdigit() or word == "?") and _asks(dialect)


def _asks(dialect: str) -> bool:
    """Whether `?` is a placeholder; in PostgreSQL it is an operator."""
    return dialect in _QUESTION


def _value(word: str, params: Any, number: int) -> tuple[bool, Any]:
    """The value that a placeholder stands for, if there is one; `number` counts the nameless ones."""
    name = word.strip("%:$@?()").removesuffix(")s")
    if isinstance(params, dict):
        return (name in params), params.get(name)
    if not isinstance(params, list | tuple):
        return False, None
    at = int(name) - 1 if name.isdigit() else number
    return (True, params[at]) if 0 <= at < len(params) else (False, None)


def places(sql: str, params: Any, dialect: str) -> Iterator[tuple[int, int, Any]]:
    """Where values go: start and end of each placeholder that has one, and the value."""
    for number, (start, end) in enumerate(_spots(sql, dialect_name(dialect))):
        known, value = _value(sql[start:end], params, number)
        if known:
            yield start, end, value


@lru_cache(maxsize=512)
def _spots(sql: str, name: str) -> tuple[tuple[int, int], ...]:
    """Start and end of every placeholder."""
    found = _tokens(sql, name)
    return tuple((one.start, one.end) for one in found if _is_place(sql[one.start : one.end], one, name))


def with_values(sql: str, params: Any, dialect: str) -> str:
    """The statement with its values written into it, to be run as it is."""
    parts, at = [], 0
    name = dialect_name(dialect)
    for start, end, value in places(sql, params, dialect):
        parts += [sql[at:start], as_literal(value, name)]
        at = end
    text = "".join([*parts, sql[at:]])
    # Drivers that format with % have it doubled where it is meant as itself.
    return text.replace("%%", "%") if parts and name not in _QUESTION else text


def as_literal(value: Any, dialect: str) -> str:
    """One value as SQL; lists and objects as the JSON they are."""
    if isinstance(value, dict | list):
        try:
            return literal(from_json(value), Column(""), dialect)
        except (ValueError, TypeError, KeyError, msgspec.MsgspecError):
            return literal(json.dumps(value, ensure_ascii=False), Column(""), dialect)
    return literal(value, Column(""), dialect)


def value_text(value: Any) -> str:
    """A bound value on a line: texts without quotes, null as NULL."""
    if value is None:
        return "NULL"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split()) if text.strip() else repr(text)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def short(sql: str, dialect: str, values: Sequence[str | None] | None = None) -> list[Piece]:
    """A statement on one line: long lists of columns left out, `values` in bold instead of placeholders."""
    pieces = []
    for text, number in _template(sql, dialect_name(dialect)):
        value = values[number] if values is not None and 0 <= number < len(values) else None
        pieces.append(Piece(value or text, number >= 0 and values is not None))
    return _joined(pieces)


@lru_cache(maxsize=512)
def _template(sql: str, name: str) -> tuple[tuple[str, int], ...]:
    """A short text in parts, each with the number of the placeholder that it is, -1 for none."""
    listed = [token for token in _tokens(sql, name) if token.kind != "comment"]
    words = [sql[token.start : token.end] for token in listed]
    skipped = _skipped(words)
    parts: list[tuple[str, int]] = []
    number, before, gap, plain_text = 0, 0, False, ""
    for at, token in enumerate(listed):
        gap = bool(parts or plain_text) and (gap or token.start > before)
        before = token.end
        place = _is_place(words[at], token, name)
        if at in skipped:
            if at - 1 not in skipped and words[at - 1].upper() in ("SELECT", "DISTINCT", "ALL"):
                plain_text += " …"
        elif place:
            parts += [(plain_text + " " * gap, -1), ("?", number)]
            plain_text, gap = "", False
        else:
            plain_text, gap = plain_text + " " * gap + words[at], False
        number += place
    return tuple(part for part in (*parts, (plain_text, -1)) if part[0])


def _skipped(words: list[str]) -> set[int]:
    """What a short text leaves out: a long list of columns, and the only table's name before its columns."""
    left_out: set[int] = set()
    start, end = _columns(words)
    if sum(len(word) + 1 for word in words[start:end]) > LONGEST_LIST:
        left_out |= set(range(start, end))
    table = _only_table(words)
    for at in range(len(words) - 2):
        # The types that a toolkit writes behind its placeholders say nothing new.
        if words[at + 1] == "::" and words[at][:1] in "%$:":
            left_out |= {at + 1, at + 2}
        if table and words[at].strip('"`').lower() == table and words[at + 1] == ".":
            left_out |= {at, at + 1}
    return left_out


def _columns(words: list[str]) -> tuple[int, int]:
    """The first SELECT's list, from its first word to FROM."""
    if not words or words[0].upper() != "SELECT":
        return 0, 0
    start = 2 if len(words) > 1 and words[1].upper() in ("DISTINCT", "ALL") else 1
    depth = 0
    for at in range(start, len(words)):
        depth += {"(": 1, ")": -1}.get(words[at], 0)
        if depth == 0 and words[at].upper() == "FROM":
            return start, at
    return 0, 0


def _only_table(words: list[str]) -> str:
    """The table of a statement that names one only, "" if there are more (a join, a list, a schema)."""
    upper = [word.upper() for word in words]
    if "JOIN" in upper or upper.count("FROM") > 1:
        return ""
    for opener in ("FROM", "UPDATE"):
        if opener in upper:
            at = upper.index(opener) + 1
            if at < len(words) and words[at + 1 : at + 2] not in ([","], ["."]):
                return words[at].strip('"`').lower()
    return ""


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Neighbours of one look become one piece."""
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1].bold == piece.bold:
            found[-1] = Piece(found[-1].text + piece.text, piece.bold)
        elif piece.text:
            found.append(piece)
    return found


def plain(pieces: Sequence[Piece]) -> str:
    """The line's text."""
    return "".join(piece.text for piece in pieces)


def group_values(statements: Sequence[TracedStatement], dialect: str) -> list[str | None]:
    """What stands at each placeholder of statements of one shape: their values, at most three and `…`."""
    columns: list[list[str]] = []
    for statement in statements:
        for at, (_, _, value) in enumerate(places(statement.sql, statement.params, dialect)):
            if at == len(columns):
                columns.append([])
            shown = value_text(value)
            if shown not in columns[at]:
                columns[at].append(shown)
    return [_listed(found) for found in columns]


def _listed(values: list[str]) -> str:
    more = " …" if len(values) > MOST_VALUES else ""
    return ", ".join(values[:MOST_VALUES]) + more


def group_line(group: Group, statements: Sequence[TracedStatement]) -> list[Piece]:
    """A group's one line, its values in bold."""
    dialect = statements[0].dialect if statements else ""
    sql = statements[0].sql if statements else group.sql
    return short(sql, dialect, group_values(statements, dialect))
