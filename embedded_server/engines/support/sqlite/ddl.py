"""What only the text of SQLite's DDL tells: collations, checks, names of constraints, index expressions."""

from __future__ import annotations

from typing import NamedTuple

from embedded_server.engines.support.ddl import Token, items, tokens
from embedded_server.wire.data import Check

_TABLE_CONSTRAINTS = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})


class TableText(NamedTuple):
    """Facts from CREATE TABLE: collations by lower-case column name, foreign key names by their columns."""

    collations: dict[str, str]
    checks: list[Check]
    foreign_keys: dict[tuple[str, ...], str]


class IndexText(NamedTuple):
    """Facts from CREATE INDEX: the text of each indexed term, and the condition of a partial index."""

    terms: list[str]
    where: str


def table_text(sql: str) -> TableText:
    """Read a CREATE TABLE statement as sqlite_schema holds it; empty facts for anything else."""
    result = TableText({}, [], {})
    found = list(tokens(sql))
    if any(token.word == "VIRTUAL" for token in found[:2]):
        return result
    for item in items(found):
        _item(sql, item, result)
    return result


def _item(sql: str, item: list[Token], result: TableText) -> None:
    column = "" if item[0].word in _TABLE_CONSTRAINTS else item[0].name
    pending = ""
    columns: tuple[str, ...] = (column.lower(),) if column else ()
    for place, token in enumerate(item):
        following = item[place + 1] if place + 1 < len(item) else None
        if token.depth != 1 or following is None or (place == 0 and column):
            continue
        if token.word == "CONSTRAINT":
            pending = following.name
        elif token.word == "COLLATE" and column:
            result.collations[column.lower()] = following.name
        elif token.word == "CHECK" and following.word == "(":
            result.checks.append(Check(pending, _inside(sql, item, place + 1)))
            pending = ""
        elif token.word == "FOREIGN":
            columns = tuple(part.name.lower() for part in _parenthesis(item, place + 2) if part.word != ",")
        elif token.word == "REFERENCES" and columns:
            result.foreign_keys[columns] = pending
            pending = ""


def _parenthesis(item: list[Token], start: int) -> list[Token]:
    if start >= len(item):
        return []
    depth = item[start].depth
    inner = []
    for token in item[start + 1 :]:
        if token.depth == depth and token.word == ")":
            break
        inner.append(token)
    return inner


def _inside(sql: str, item: list[Token], start: int) -> str:
    inner = _parenthesis(item, start)
    return sql[inner[0].start : inner[-1].end] if inner else ""


def index_text(sql: str) -> IndexText:
    """Read a CREATE INDEX statement as sqlite_schema holds it."""
    found = list(tokens(sql))
    terms = [sql[item[0].start : item[-1].end] for item in items(found)]
    where = next((token.end for token in found if token.depth == 0 and token.word == "WHERE"), None)
    return IndexText(terms, sql[where:].strip() if where is not None else "")
