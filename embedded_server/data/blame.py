"""Whose fault a refused statement is: the table's, a filter's, or the condition's that someone wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from embedded_server.engines.base import Fragment
from embedded_server.lanes import Lease
from embedded_server.wire.problem import Problem, ProblemError, problem

from .shape import Shape


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
        raise _blamed(lease, shape, found) from error


def _blamed(lease: Lease, shape: Shape, found: Problem) -> ProblemError:
    where = shape.where
    if where is None:
        return problem("data.bad_filter", detail=found.detail or found.title, hint=found.hint)
    start = len(shape.select.sql) + len(" WHERE (\n")
    written = shape.condition.sql[len("(\n") :]
    position = None
    if found.position is not None and found.position - start >= 0:
        position = len(_unescaped(written[: found.position - start], where.text))
    if position is not None and position > len(where.text):
        return problem("data.bad_filter", detail=found.detail or found.title, hint=found.hint)
    hint = found.hint
    if where.doubt is not None and position is None:
        position = where.doubt.problem.position
    return problem("data.bad_where", detail=found.detail or found.title, hint=hint, position=position)


def _unescaped(written: str, text: str) -> str:
    """How much of the user's text the first characters of its escaped form stand for."""
    return written if text.startswith(written) else written.replace("%%", "%")


def _table_is_fine(lease: Lease, shape: Shape) -> bool:
    """Whether the same read works without any condition; asked only after a refusal."""
    probe = Fragment(shape.select.sql + lease.grammar.limit(0), shape.select.params)
    try:
        lease.session.execute(probe.sql, list(probe.params)).close()
    except ProblemError:
        return False
    return True
