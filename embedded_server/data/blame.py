"""Whose fault a refused statement is: the table's, a filter's, or the condition's that someone wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from embedded_server.engines.base import Fragment
from embedded_server.lanes import Lease
from embedded_server.wire.problem import Problem, ProblemError, problem

from .shape import Shape
from .where import Checked

_QUOTED = re.compile(r"['\"`]([^'\"`]+)['\"`]")


@contextmanager
def on_filter(lease: Lease, shape: Shape) -> Iterator[None]:
    """Turn a refusal that the filter caused into data.bad_filter or data.bad_where, with the position in
    the user's own text where it is known."""
    try:
        yield
    except ProblemError as error:
        found = error.problem
        if found.code != "sql.error" or not shape.filtered or not _table_is_fine(lease, shape):
            raise
        raise _blamed(shape, found) from error


def _blamed(shape: Shape, found: Problem) -> ProblemError:
    detail = found.detail or found.title
    position = _in_text(shape, found.position)
    if shape.where is None or position is not None and position > len(shape.where.text):
        return problem("data.bad_filter", detail=detail, hint=found.hint)
    if position is None:
        position = _named(shape.where, detail)
    return problem("data.bad_where", detail=detail, hint=found.hint, position=position)


def _in_text(shape: Shape, position: int | None) -> int | None:
    """A position in the statement as one in the user's text; our closing parenthesis counts as its end."""
    start = len(shape.select.sql) + len(" WHERE (\n")
    if shape.where is None or position is None or position < start:
        return None
    text = shape.where.text
    before = shape.condition.sql[len("(\n") :][: position - start]
    offset = len(before if text.startswith(before) else before.replace("%%", "%"))
    return len(text) if offset == len(text) + len("\n") else offset


def _named(where: Checked, detail: str) -> int | None:
    """Where the only name that the objection quotes stands in the text, else where a parser stumbled."""
    for quoted in _QUOTED.findall(detail):
        name = quoted.rsplit(".", 1)[-1]
        places = [match.start() for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", where.text)]
        if len(places) == 1:
            return places[0]
    return where.doubt.problem.position if where.doubt is not None else None


def _table_is_fine(lease: Lease, shape: Shape) -> bool:
    """Whether the same read works without any condition; asked only after a refusal."""
    probe = Fragment(shape.select.sql + lease.grammar.limit(0), shape.select.params)
    try:
        lease.session.execute(probe.sql, list(probe.params)).close()
    except ProblemError:
        return False
    return True
