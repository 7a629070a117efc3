"""A statement with its author's placeholders made into what the driver takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from embedded_server.engines.base import Grammar
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.sql.dialect import Dialect
from embedded_server.wire.sql.placeholders import Placeholder, placeholders
from embedded_server.wire.sql.tokens import tokens
from embedded_server.wire.values import Cell, Truncated, from_json


class Bound(NamedTuple):
    """A statement ready for `Session.execute`; `params` is null when it has no placeholders.

    `places` pairs offsets in `sql` with offsets in the author's text, at the start of each copied part.
    """

    sql: str
    params: tuple[Cell, ...] | None
    places: tuple[tuple[int, int, str], ...] = ()

    def original(self, position: int) -> int:
        """From an offset in `sql` to the offset in the author's text."""
        if not self.places:
            return position
        sent, given, text = next(
            (place for place in reversed(self.places) if place[0] <= position), self.places[0]
        )
        return given + min(position - sent, len(text))


def bind(
    sql: str, spoken: Dialect, grammar: Grammar, values: Mapping[str, Any], already: int = 0
) -> tuple[Bound, int]:
    """Bind values by name or number; the second answer counts the anonymous placeholders so far.

    `values` are cells in JSON form. Raises sql.params naming every placeholder without a value, and for a
    value that is no cell.
    """
    found = placeholders(sql, spoken, already)
    already += sum(mark.text in ("?", "%s") for mark in found)
    if not found:
        return Bound(sql, None), already
    missing = [mark for mark in found if mark.key not in values]
    if missing:
        raise _missing(missing)
    cells = {mark.key: _cell(mark, values[mark.key]) for mark in found}
    return _converted(sql, spoken, grammar, found, cells), already


def _converted(
    sql: str, spoken: Dialect, grammar: Grammar, found: list[Placeholder], cells: Mapping[str, Cell]
) -> Bound:
    marks = {mark.start: mark for mark in found}
    parts: list[str] = []
    places: list[tuple[int, int, str]] = []
    length = at = 0
    for start, end in _changed(sql, spoken, marks):
        written = sql[start:end]
        for given, sent, text in (
            (at, sql[at:start], sql[at:start]),
            (start, grammar.placeholder if start in marks else grammar.escape(written), written),
        ):
            places.append((length, given, text))
            parts.append(sent)
            length += len(sent)
        at = end
    places.append((length, at, sql[at:]))
    return Bound("".join([*parts, sql[at:]]), tuple(cells[mark.key] for mark in found), tuple(places))


def _changed(sql: str, spoken: Dialect, marks: Mapping[int, Placeholder]) -> Iterator[tuple[int, int]]:
    """Placeholders, and operators the driver would take for some."""
    for token in tokens(sql, spoken):
        if token.start in marks or token.kind in ("op", "param") and "%" in sql[token.start : token.end]:
            yield token.start, token.end


def _cell(mark: Placeholder, value: Any) -> Cell:
    try:
        cell = from_json(value)
    except ValueError as error:
        raise problem("sql.params", f"The value of {mark.text} cannot be used", str(error)) from error
    if isinstance(cell, Truncated):
        raise problem(
            "sql.params", f"The value of {mark.text} is not complete", hint="Fetch the whole value."
        )
    return cell


def _missing(marks: list[Placeholder]) -> ProblemError:
    names = list(dict.fromkeys(mark.text if mark.text not in ("?", "%s") else mark.key for mark in marks))
    title = "A parameter has no value" if len(names) == 1 else f"{len(names)} parameters have no value"
    return problem(
        "sql.params",
        title,
        ", ".join(names),
        "Give each one a value, or NULL.",
        position=marks[0].start,
    )
