"""Filters as people meet them: the text in a header box, and the quick filters of a cell's menu."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from desktop.kit.grid.formats import exact_text
from embedded_server.wire.data import Filter
from embedded_server.wire.values import Cell, Truncated, from_json, to_json

TITLE_LENGTH = 30
IN_LIMIT = 1000

_SIGN = re.compile(r"(?:[<>!]=|<>|[=<>~])\s*")
_SIGNS = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "regex": "~"}


class Quick(NamedTuple):
    """An entry of the quick-filter menu; `adds` keeps other conditions of the column."""

    title: str
    filter: Filter
    adds: bool = False


def box_text(filters: Sequence[Filter]) -> str:
    """What a column's filters read like in its header box."""
    if len(filters) > 1:
        return " & ".join(filter_text(condition) for condition in filters)
    return filter_text(filters[0]) if filters else ""


def filter_text(condition: Filter) -> str:
    """One condition without its column, such as `>5` or `= paid`."""
    if condition.op == "expr":
        return str(condition.value)
    if condition.op == "null":
        return "null"
    if condition.op == "not null":
        return "!null"
    texts = [exact_text(from_json(value)) for value in condition.values]
    if condition.op == "between":
        return "..".join(texts)
    if condition.op in ("in", "not in"):
        return ("" if condition.op == "in" else "not in ") + ", ".join(texts)
    value = exact_text(from_json(condition.value))
    return _SIGNS.get(condition.op, f"{condition.op} ") + value


def chip_text(condition: Filter) -> str:
    """One condition with its column, as words: `amount > 5`, `status: open`."""
    text = filter_text(condition)
    sign = _SIGN.match(text)
    if sign is not None:
        return f"{condition.column} {sign[0].strip()} {text[sign.end() :]}".rstrip()
    plain = condition.op in ("expr", "in", "between")
    return f"{condition.column}: {text}" if plain else f"{condition.column} {text}"


def from_box(column: str, text: str) -> list[Filter]:
    """The condition a person typed for a column; nothing for a blank box."""
    return [Filter(column, "expr", text.strip())] if text.strip() else []


def replaced(filters: Iterable[Filter], column: str, by: Sequence[Filter]) -> list[Filter]:
    """The filters with those of one column replaced."""
    return [condition for condition in filters if condition.column != column] + list(by)


def quick_filters(column: str, cells: Sequence[Cell]) -> list[Quick]:
    """What can be asked of one column about these cells of it (the menu's cell, or all selected ones).

    A value that has not been loaded whole cannot be compared, only tested for NULL.
    """
    usable = [cell for cell in cells if not isinstance(cell, Truncated)]
    quick: list[Quick] = []
    if len(cells) == 1 and usable and usable[0] is not None:
        quick += _about_one(column, usable[0])
    elif len(usable) == len(cells) > 1:
        quick += _about_many(column, usable)
    quick.append(Quick("is NULL", Filter(column, "null")))
    quick.append(Quick("is not NULL", Filter(column, "not null")))
    return quick


def _about_one(column: str, cell: Cell) -> list[Quick]:
    value, title = to_json(cell), _title(cell)
    quick = [
        Quick(f"= {title}", Filter(column, "=", value)),
        Quick(f"≠ {title}", Filter(column, "!=", value), adds=True),
    ]
    if isinstance(cell, str) and cell.strip():
        quick.append(Quick(f"contains {title}", Filter(column, "contains", value)))
    if not isinstance(cell, bool | bytes):
        quick.append(Quick(f"≥ {title}", Filter(column, ">=", value), adds=True))
        quick.append(Quick(f"≤ {title}", Filter(column, "<=", value), adds=True))
    return quick


def _about_many(column: str, cells: Sequence[Cell]) -> list[Quick]:
    values = [to_json(cell) for cell in distinct(cells) if cell is not None]
    if not values or len(values) > IN_LIMIT:
        return []
    count = f"{len(values):,} value" + ("s" if len(values) > 1 else "")
    return [
        Quick(f"in the {count} selected", Filter(column, "in", values=values)),
        Quick(f"not in the {count} selected", Filter(column, "not in", values=values), adds=True),
    ]


def distinct(cells: Iterable[Cell]) -> list[Cell]:
    """Each cell once, in order; 1, 1.0 and true are three different cells."""
    return list({identity(cell): cell for cell in cells}.values())


def identity(cell: Cell) -> object:
    """What only cells that are the same have in common."""
    return (type(cell), repr(cell) if isinstance(cell, float) else cell)


def _title(cell: Cell) -> str:
    text = exact_text(cell)
    flat = " ".join(text.split()) if text.strip() else repr(text)
    return flat if len(flat) <= TITLE_LENGTH else flat[: TITLE_LENGTH - 1] + "…"
