"""The SQL that a person reads and copies: with the values in place, executable as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from embedded_server.engines.base import Fragment, Grammar

_PIECE = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\?|%s|%%""")


def inline(fragment: Fragment, grammar: Grammar) -> str:
    """A fragment that a grammar wrote, with literals for its placeholders."""
    values = iter(fragment.params)

    def replace(match: re.Match[str]) -> str:
        if match[0] == grammar.placeholder:
            return grammar.literal(None, next(values))
        return "%" if match[0] == "%%" else match[0]

    return _PIECE.sub(replace, fragment.sql)


def statement(columns: Iterable[str], table: str, conditions: Iterable[str], order: Iterable[str]) -> str:
    """SELECT with filter and order, one clause a line. Names and conditions are already SQL."""
    where = " AND ".join(conditions)
    sort = ", ".join(order)
    parts = [f"SELECT {', '.join(columns)}", f"FROM {table}"]
    parts += [f"WHERE {where}"] if where else []
    parts += [f"ORDER BY {sort}"] if sort else []
    return "\n".join(parts)
