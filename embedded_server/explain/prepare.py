"""From what was asked to one statement that is ready to be explained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from embedded_server.engines.base import Grammar
from embedded_server.engines.support.binding import Bound
from embedded_server.lanes import Line
from embedded_server.wire.problem import problem
from embedded_server.wire.sql.classify import Classified, classify
from embedded_server.wire.sql.dialect import Dialect, dialect
from embedded_server.wire.sql.placeholders import placeholders
from embedded_server.wire.sql.scan import Scanner
from embedded_server.wire.sql.tokens import tokens

from . import params
from .syntax import Parsed, parse

LONGEST = 1_000_000
# Statements of which no plan is made; what else there is, the database itself refuses to explain.
_PLANLESS = frozenset({"EXPLAIN", "DESCRIBE", "DESC", "ANALYZE", "PRAGMA", "SHOW"})


@dataclass(frozen=True)
class Prepared:
    """One statement: `text` as it was given, `bound` for the driver, `written` with its values in it.

    `unknown` counts the values that nobody gave ($1, $2 of PostgreSQL's own statistics): only a generic plan
    can be had then.
    """

    text: str
    written: str
    bound: Bound
    what: Classified
    parsed: Parsed
    spoken: Dialect
    unknown: int = 0

    def behind(self, prefix: str) -> tuple[str, tuple[Any, ...] | None]:
        """What to execute, with words of ours before it."""
        return f"{prefix} {self.bound.sql}", self.bound.params


def spoken_by(line: Line) -> Dialect:
    """The dialect of a connection; of the URL's scheme when the engine serves any product."""
    found = dialect(line.engine.name)
    return found if found.name != "generic" else dialect(urlsplit(line.profile.url).scheme.split("+")[0])


def prepare(sql: str, values: Any, spoken: Dialect, grammar: Grammar) -> Prepared:
    """The one statement of a text. Raises explain.several, sql.params, request.invalid."""
    if len(sql) > LONGEST:
        raise problem(
            "request.invalid", f"The statement has {len(sql):,} characters, at most {LONGEST:,} fit."
        )
    text = only_statement(sql, spoken)
    what = classify(text, spoken)
    if what.kind in _PLANLESS:
        raise problem(
            "explain.several",
            f"There is no plan of a {what.kind} statement",
            hint="Give the statement that is to be explained by itself.",
        )
    unknown = _unknown(text, spoken) if values is None else 0
    if unknown:
        return Prepared(text, text, Bound(text, None), what, parse(text, spoken.name), spoken, unknown)
    given = params.values_of(text, values, spoken)
    written = params.written(given, spoken)
    return Prepared(
        text,
        written,
        params.bound(given, spoken, grammar),
        what,
        parse(written, spoken.name),
        spoken,
    )


def _unknown(text: str, spoken: Dialect) -> int:
    """How many numbered values a statement wants, if it wants no others."""
    marks = placeholders(text, spoken) if spoken.name == "postgresql" else []
    if not marks or not all(mark.text.startswith("$") for mark in marks):
        return 0
    return max(int(mark.key) for mark in marks)


def only_statement(sql: str, spoken: Dialect) -> str:
    """The text without its final semicolon. Raises explain.several unless it is exactly one statement."""
    pieces: list[tuple[int, int]] = []
    scanner = Scanner(spoken)
    begin = 0
    for event in scanner.feed(sql):
        if event.what == "begin":
            begin = event.start
        elif event.what == "end" and event.why != "empty":
            pieces.append((begin, event.start))
        elif event.what != "end" and event.why:
            raise problem("explain.several", "The text holds more than SQL", event.why)
    if scanner.state.content:
        pieces.append((begin, len(sql)))
    found = [sql[start:end].strip() for start, end in pieces]
    found = [text for text in found if any(token.kind != "comment" for token in tokens(text, spoken))]
    if not found:
        raise problem("explain.several", "There is no statement in the text")
    if len(found) > 1:
        raise problem(
            "explain.several",
            detail=f"The text holds {len(found)} statements.",
            hint="Select one of them, or put the cursor into it.",
        )
    return found[0]
