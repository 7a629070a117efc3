"""Conditions on listed traces, as the filter language asks for them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, cast, or_

from .conditions import COMPARISONS, Comparison, Condition
from .trace_models import traces

_COMPARISONS: dict[str, Comparison] = COMPARISONS | {
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
