"""Values of a statement in whatever shape they come, bound so that the database gets them as they are.

A capture brings what the driver was given: a list for `?` and `%s`, a dict for `:name` and `%(name)s`, and
text in which `%%` means a percent sign. A person brings a dict by name or place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from embedded_server.engines.base import Grammar
from embedded_server.engines.support.binding import Bound, bind
from embedded_server.wire.problem import problem
from embedded_server.wire.sql.dialect import Dialect
from embedded_server.wire.sql.placeholders import placeholders
from embedded_server.wire.values import from_json

# What psycopg and PyMySQL replace, wherever it stands.
_DRIVERS = re.compile(r"%(?:(?P<percent>%)|(?P<plain>[sbt])|\((?P<name>[^)]*)\)[sbt])")
_NAME = "blp_{}"
_LITERAL = re.compile(r"[A-Za-z0-9_.:+\- ]*")


class Values(NamedTuple):
    """A statement with `:name` or its author's placeholders, and their values by the key of each."""

    sql: str
    by_key: dict[str, Any]


def values_of(sql: str, params: Any, spoken: Dialect) -> Values:
    """The values by placeholder. Raises sql.params for a shape that is none."""
    if isinstance(params, str | bytes) or not isinstance(params, Mapping | Sequence | None):
        raise problem(
            "sql.params", detail=f"Values come as a list or by name, not as {type(params).__name__}."
        )
    if _is_drivers(sql, params, spoken):
        return _from_driver(sql, params)
    if isinstance(params, Mapping):
        return Values(sql, {str(key): _cell(value, spoken) for key, value in params.items()})
    marks = placeholders(sql, spoken)
    keys = list(dict.fromkeys(mark.key for mark in marks))
    given = [] if params is None else list(params)
    if any(isinstance(one, Mapping) and len(one) > 1 for one in given):
        raise problem("sql.params", detail="There are several sets of values; give one of them.")
    if len(given) > len(keys):
        raise problem("sql.params", detail=f"There are {len(keys)} placeholders but {len(given)} values.")
    return Values(sql, {key: _cell(value, spoken) for key, value in zip(keys, given, strict=False)})


def bound(values: Values, spoken: Dialect, grammar: Grammar) -> Bound:
    """Ready for `Session.execute`. Raises sql.params."""
    return bind(values.sql, spoken, grammar, values.by_key)[0]


def written(values: Values, spoken: Dialect) -> str:
    """The statement with its values in it, to be read by a person and by the parser."""
    parts: list[str] = []
    at = 0
    for mark in placeholders(values.sql, spoken):
        parts.append(values.sql[at : mark.start])
        parts.append(literal(values.by_key[mark.key]) if mark.key in values.by_key else mark.text)
        at = mark.end
    return "".join([*parts, values.sql[at:]])


def literal(value: Any) -> str:
    """A value as SQL text."""
    if isinstance(value, dict):
        value = _untagged(value)
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    return "'" + str(value).replace("'", "''") + "'"


def _untagged(value: dict[str, Any]) -> Any:
    try:
        return from_json(value)
    except ValueError:
        return str(value)


# --- shapes -----------------------------------------------------------------------------------------


def _is_drivers(sql: str, params: Any, spoken: Dialect) -> bool:
    """Whether the text was written for a driver that replaces percent marks: it has some, and values."""
    if params is None or spoken.name == "sqlite":
        return False
    return any(match["percent"] is None for match in _DRIVERS.finditer(sql))


def _from_driver(sql: str, params: Any) -> Values:
    by_key: dict[str, Any] = {}
    names: dict[str, str] = {}
    given = list(params) if not isinstance(params, Mapping) else []
    parts: list[str] = []
    at = used = 0
    for match in _DRIVERS.finditer(sql):
        parts.append(sql[at : match.start()])
        at = match.end()
        if match["percent"]:
            parts.append("%")
            continue
        name = match["name"]
        if name is None:
            if used >= len(given):
                raise problem("sql.params", detail=f"There are more placeholders than values ({len(given)}).")
            key, value = _NAME.format(used + 1), given[used]
            used += 1
        else:
            if not isinstance(params, Mapping) or name not in params:
                raise problem("sql.params", detail=f"The value of {name} is missing.")
            key, value = names.setdefault(name, _NAME.format(len(names) + 1)), params[name]
        by_key[key] = _array(value)
        # A blank before it: `x[1:%(n)s]` must not become a cast.
        parts.append(f" :{key}")
    if used < len(given):
        raise problem("sql.params", detail=f"There are {used} placeholders but {len(given)} values.")
    return Values("".join([*parts, sql[at:]]), by_key)


def _cell(value: Any, spoken: Dialect) -> Any:
    return _array(value) if spoken.name in ("postgresql", "duckdb") else _plain(value)


def _array(value: Any) -> Any:
    """A list as PostgreSQL writes an array, anything else as a cell."""
    if not isinstance(value, list | tuple):
        return _plain(value)
    return "{" + ",".join(_element(one) for one in value) + "}"


def _element(value: Any) -> str:
    if isinstance(value, list | tuple):
        return str(_array(value))
    if value is None:
        return "NULL"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if text and _LITERAL.fullmatch(text) and text.lower() != "null":
        return f'"{text}"' if " " in text else text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(value: Any) -> Any:
    """A cell in JSON form; a dict that is none is JSON for the database."""
    try:
        from_json(value)
    except ValueError:
        return msgspec.json.encode(value).decode()
    return value
