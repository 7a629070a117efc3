"""The SQL that a person reads and copies: with the values in place, executable as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from embedded_server.engines.base import Fragment, Grammar

_PIECE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\?|%s|%%""")


def inline(fragment: Fragment, grammar: Grammar) -> str:
    """A fragment that a grammar wrote, with literals for its placeholders."""
    values = iter(fragment.params)
    formats = grammar.placeholder == "%s"

    def replace(match: re.Match[str]) -> str:
        piece = match[0]
        if piece == grammar.placeholder:
            return grammar.literal(None, next(values))
        return piece.replace("%%", "%") if formats else piece

    return _PIECE.sub(replace, fragment.sql)


def statement(
    columns: Iterable[str], table: str, conditions: Iterable[str], order: Iterable[str], grammar: Grammar
) -> str:
    """SELECT with filter and order, one clause a line. Names and conditions are already SQL."""
    where = " AND ".join(conditions)
    sort = ", ".join(order)
    parts = [f"SELECT {', '.join(columns)}", f"FROM {table}"]
    parts += [f"WHERE {where}"] if where else []
    parts += [f"ORDER BY {sort}"] if sort else []
    return "\n".join(parts)


def plain(sql: str, grammar: Grammar) -> str:
    """SQL without parameters that was made for the driver, as the database reads it."""
    return sql.replace("%%", "%") if grammar.placeholder == "%s" else sql
