"""SQL laid out by sqlparse, taken only when nothing but blanks and the case of keywords changed."""

from __future__ import annotations

from typing import Literal

import sqlparse
from sqlparse.exceptions import SQLParseError

from embedded_server.wire.sql.dialect import Dialect
from embedded_server.wire.sql.keywords import SYNTAX
from embedded_server.wire.sql.tokens import tokens

from .split import pieces

# Products that name a column without a name by the text of its expression, blanks and all.
_NAMED_BY_TEXT = frozenset({"sqlite", "mysql", "duckdb"})
_MADE = frozenset({"view", "table", "trigger", "procedure", "function", "event", "index"})

KeywordCase = Literal["upper", "lower", "as is"]


def format_sql(sql: str, spoken: Dialect, indent: int, keyword_case: KeywordCase) -> tuple[str, str]:
    """The text laid out, and a notice naming the statements that had to stay as they were."""
    parts: list[str] = []
    kept: list[str] = []
    at = 0
    for piece in pieces(sql, spoken):
        parts.append(sql[at : piece.start])
        source = sql[piece.start : piece.end]
        laid_out = source if piece.skipped else _laid_out(source, spoken, indent, keyword_case)
        if laid_out is None:
            kept.append(str(piece.line))
            laid_out = source
        parts.append(laid_out)
        at = piece.end
    parts.append(sql[at:])
    return "".join(parts), _notice(kept)


def _laid_out(sql: str, spoken: Dialect, indent: int, keyword_case: KeywordCase) -> str | None:
    if spoken.name in _NAMED_BY_TEXT and _defines_columns(sql, spoken):
        return None
    try:
        text = sqlparse.format(sql, reindent=True, indent_width=indent, keyword_case=None)
    except (SQLParseError, RecursionError):
        return None
    # A string over several lines may end some of them in blanks; then its layout keeps all blanks.
    for candidate in ("\n".join(line.rstrip() for line in text.split("\n")), text):
        if _stream(sql, spoken) == _stream(candidate, spoken):
            return _cased(candidate, spoken, keyword_case)
    return None


def _defines_columns(sql: str, spoken: Dialect) -> bool:
    """Whether a query makes the columns of a view or table: there an expression's text becomes its name."""
    words = [sql[one.start : one.end].lower() for one in tokens(sql, spoken) if one.kind == "word"]
    made = next((word for word in words[1:8] if word in _MADE), "") if words[:1] == ["create"] else ""
    return made in ("view", "table") and "select" in words


def _cased(sql: str, spoken: Dialect, keyword_case: KeywordCase) -> str:
    """Change the case of reserved words only: other keywords may be names, whose case can matter."""
    if keyword_case == "as is":
        return sql
    parts: list[str] = []
    at = 0
    before = ""
    for token in tokens(sql, spoken):
        text = sql[token.start : token.end]
        if token.kind == "word" and before != "." and text.lower() in SYNTAX:
            parts += [sql[at : token.start], text.upper() if keyword_case == "upper" else text.lower()]
            at = token.end
        before = text
    return "".join([*parts, sql[at:]])


def _stream(sql: str, spoken: Dialect) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for token in tokens(sql, spoken):
        text = sql[token.start : token.end]
        if token.kind == "word" and text.lower() in SYNTAX:
            text = text.lower()
        elif token.kind == "comment":
            text = " ".join(text.split())
        found.append((token.kind, text))
    return found


def _notice(lines: list[str]) -> str:
    if not lines:
        return ""
    shown = ", ".join(lines[:5]) + (f" and {len(lines) - 5} more" if len(lines) > 5 else "")
    what = "The statement" if len(lines) == 1 else f"{len(lines)} statements"
    where = "line" if len(lines) == 1 else "lines"
    return f"{what} at {where} {shown} stayed as written: laying it out would change more than blanks."
