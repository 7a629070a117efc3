"""Conditions on one column of what is listed, as the languages of filters ask for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement


class Condition(NamedTuple):
    """`op` is a key of the list's comparisons."""

    column: str
    op: str
    value: str | float


Comparison = Callable[[Any, Any], ColumnElement[bool]]

COMPARISONS: dict[str, Comparison] = {
    "=": lambda column, value: column == value,
    "!=": lambda column, value: column != value,
    ">": lambda column, value: column > value,
    ">=": lambda column, value: column >= value,
    "<": lambda column, value: column < value,
    "<=": lambda column, value: column <= value,
    "contains": lambda column, value: column.icontains(value, autoescape=True),
    "lacks": lambda column, value: ~column.icontains(value, autoescape=True),
    "starts": lambda column, value: column.startswith(value, autoescape=True),
}
