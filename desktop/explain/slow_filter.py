"""The filter of the slow page: words, `slow>20`, `total>`, `calls>`, `source:`, `route:`; `-` negates."""

from __future__ import annotations

import re
from collections.abc import Sequence

from embedded_server.wire.explain import TopStatement

HINT = "text, slow>20, calls>10, route:/orders"
_NUMBER = re.compile(
    r"(?P<name>slow|mean|total|max|calls|requests|rows)(?P<op>>=|<=|>|<|=)(?P<value>\d+(?:\.\d+)?)\Z"
)
_FIELDS = {"slow": "mean_ms", "mean": "mean_ms", "total": "total_ms", "max": "max_ms"}


def filtered(statements: Sequence[TopStatement], text: str) -> list[TopStatement]:
    """Those for which all words hold."""
    words = text.split()
    return [one for one in statements if all(_holds(one, word) for word in words)]


def _holds(one: TopStatement, word: str) -> bool:
    if word.startswith("-") and len(word) > 1:
        return not _holds(one, word[1:])
    number = _NUMBER.match(word.lower())
    if number is not None:
        value = getattr(one, _FIELDS.get(number["name"], number["name"])) or 0
        return _compare(float(value), number["op"], float(number["value"]))
    name, colon, value = word.partition(":")
    if colon and name in ("source", "route", "connection"):
        texts = one.routes if name == "route" else [getattr(one, name)]
        return any(value.lower() in text.lower() for text in texts)
    return word.lower() in one.sql.lower()


def _compare(left: float, op: str, right: float) -> bool:
    if op == "=":
        return left == right
    if op.startswith(">"):
        return left > right or (op == ">=" and left == right)
    return left < right or (op == "<=" and left == right)
