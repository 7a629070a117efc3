"""One line about a node, in words that a reader of the plan wants first."""

from __future__ import annotations

from .model import Draft, plain

_LONGEST = 300


def count(number: float) -> str:
    """A count with thousands grouped."""
    return f"{number:,.0f}" if number == int(number) or number >= 100 else f"{number:.1f}"


def milliseconds(ms: float) -> str:
    """A time with as many digits as matter."""
    if ms >= 100:
        return f"{ms:,.0f} ms"
    return f"{ms:.1f} ms" if ms >= 10 else f"{ms:.2f} ms" if ms >= 0.1 else f"{ms:.3f} ms"


def condition(node: Draft, role: str) -> str:
    """A condition of the node, without the names of its own table before the columns."""
    text = plain(node.conditions.get(role, ""))
    for name in (node.alias, node.relation):
        if name:
            text = text.replace(f"{name}.", "")
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def describe(node: Draft) -> str:
    """What the node looks for and what it throws away."""
    parts: list[str] = []
    for role, word in (
        ("index", ""),
        ("join", ""),
        ("sort", "by"),
        ("group", "by"),
        ("join filter", "filter"),
    ):
        text = condition(node, role)
        if text:
            parts.append(f"{word} {text}".strip())
    text = condition(node, "filter")
    if text:
        parts.append(f"filter {text}")
    if node.removed and node.rows is not None:
        seen = node.removed + node.rows
        parts.append(f"{count(node.removed)} of {count(seen)} rows thrown away")
    method = node.facts.get("Sort Method")
    if method:
        parts.append(_sort(node, str(method)))
    return " · ".join(parts)


def _sort(node: Draft, method: str) -> str:
    space = node.facts.get("Sort Space Used")
    where = str(node.facts.get("Sort Space Type") or "").lower()
    shown = {"top-N heapsort": "top-N", "quicksort": "in memory"}.get(method, method)
    return f"{shown} · {count(float(space))} kB on disk" if where == "disk" and space else shown
