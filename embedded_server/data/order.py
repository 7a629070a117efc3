"""From what a caller asks to sort by to a total order of the rows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from embedded_server.engines.base import Grammar
from embedded_server.wire.data import Column, Order
from embedded_server.wire.problem import problem

from .keyset import Term

_TEXT = re.compile(
    r"(?P<name>.+?)(?:\s+(?P<way>asc|desc))?(?:\s+nulls\s+(?P<nulls>first|last))?\s*",
    re.IGNORECASE | re.DOTALL,
)


def find_column(columns: Mapping[str, Column], name: str) -> Column:
    """A column by its exact name, else by the only one that differs in case. Raises data.unknown_column."""
    column = columns.get(name)
    if column is not None:
        return column
    alike = [column for known, column in columns.items() if known.lower() == name.lower()]
    if len(alike) == 1:
        return alike[0]
    near = ", ".join(list(columns)[:12])
    raise problem("data.unknown_column", f"There is no column {name!r}.", hint=f"The columns are: {near}")


def read_order(item: Order | str, columns: Mapping[str, Column]) -> Order:
    """An `Order` from its texts: "amount", "-amount", "amount desc", "amount desc nulls last"."""
    if isinstance(item, Order):
        return item
    if item in columns:
        return Order(item)
    if item[:1] in ("-", "+") and item[1:] in columns:
        return Order(item[1:], item[0] == "-")
    match = _TEXT.fullmatch(item.strip())
    if match is None:
        raise problem("data.unknown_column", "A sort column has an empty name.")
    name, nulls = match["name"], (match["nulls"] or "").lower()
    sign = name[:1] if name[:1] in ("-", "+") and name not in columns else ""
    desc = sign == "-" or (match["way"] or "").lower() == "desc"
    place: Literal["", "first", "last"] = "first" if nulls == "first" else "last" if nulls else ""
    return Order(_unquoted(name[len(sign) :], columns), desc, place)


def _unquoted(name: str, columns: Mapping[str, Column]) -> str:
    for quote in '"`':
        if name not in columns and len(name) > 2 and name[0] == name[-1] == quote:
            return name[1:-1].replace(quote * 2, quote)
    return name


def terms(
    order_by: Sequence[Order | str], columns: Mapping[str, Column], tie_break: Sequence[str], grammar: Grammar
) -> tuple[list[Term], int]:
    """The asked order followed by the tie-break columns that are not in it yet, and how many were asked.

    The added ones go in the direction of the last asked term, so that one index can serve both. Terms
    behind a whole key decide nothing and are left out.
    """
    found: list[Term] = []
    missing = dict.fromkeys(tie_break)
    complete = False
    for item in order_by:
        order = read_order(item, columns)
        column = find_column(columns, order.column)
        if complete or any(term.column.name == column.name for term in found):
            continue
        found.append(_term(column, order.desc, order.nulls, grammar))
        missing.pop(column.name, None)
        complete = bool(tie_break) and not missing
    desc = found[-1].desc if found else False
    return found + [_term(columns[name], desc, "", grammar) for name in missing], len(found)


def _term(column: Column, desc: bool, nulls: str, grammar: Grammar) -> Term:
    first = nulls == "first" if nulls else grammar.nulls_first(desc)
    return Term(column, desc, first)
