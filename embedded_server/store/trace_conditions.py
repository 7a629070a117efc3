"""Conditions on listed traces, as the filter language asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Text, cast, or_

from .trace_models import traces


class Condition(NamedTuple):
    """`op` is a key of the comparisons below; `column` a column of `trace`, "marks" included."""

    column: str
    op: str
    value: str | float


_COMPARISONS: dict[str, Callable[[Any, Any], ColumnElement[bool]]] = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    "contains": lambda column, value: column.icontains(value, autoescape=True),
    "lacks": lambda column, value: ~column.icontains(value, autoescape=True),
    "hundred": lambda column, value: column.between(value, value + 99),
    "not hundred": lambda column, value: ~column.between(value, value + 99),
    "within": lambda column, value: or_(column == value, column.startswith(f"{value}/", autoescape=True)),
    "outside": lambda column, value: ~((column == value) | column.startswith(f"{value}/", autoescape=True)),
}


def clause(condition: Condition) -> ColumnElement[bool]:
    """The condition in SQL."""
    column: Any = traces.c[condition.column]
    if condition.column == "marks":
        column = cast(column, Text)
    return _COMPARISONS[condition.op](column, condition.value)
