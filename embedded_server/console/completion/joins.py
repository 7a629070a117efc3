"""What foreign keys suggest: the table to join with its condition, the condition of a join that is begun."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from embedded_server.wire.completion import Suggestion
from embedded_server.wire.data import TableResponse

from .scope import Source

Quoted = Callable[[str], str]
Described = Callable[[Source], TableResponse | None]


def _pairs(table: TableResponse, other: TableResponse) -> list[list[tuple[str, str]]]:
    """Columns of a table with the columns of the other that they refer to, a list per foreign key."""
    found = []
    for key in table.foreign_keys:
        same = key.target == other.table and key.target_schema in ("", other.schema)
        if same and key.target_columns:
            found.append(list(zip(key.columns, key.target_columns, strict=False)))
    return found


def conditions(sources: Sequence[Source], described: Described, quoted: Quoted) -> list[Suggestion]:
    """Conditions between the source that was joined last and those before it."""
    near = [source for source in sources if not source.outer and source.path]
    if len(near) < 2:
        return []
    last = near[-1]
    right = described(last)
    found: list[str] = []
    for source in reversed(near[:-1]):
        left = described(source)
        if right is None or left is None:
            continue
        for pairs in _pairs(right, left):
            found.append(_condition([(one, other) for one, other in pairs], last.name, source.name, quoted))
        for pairs in _pairs(left, right):
            found.append(_condition([(other, one) for one, other in pairs], last.name, source.name, quoted))
    return [Suggestion(text, "condition", detail="foreign key") for text in dict.fromkeys(found)]


def _condition(pairs: list[tuple[str, str]], left: str, right: str, quoted: Quoted) -> str:
    terms = [f"{quoted(left)}.{quoted(a)} = {quoted(right)}.{quoted(b)}" for a, b in pairs]
    return " AND ".join(terms)


def joined(
    sources: Sequence[Source], described: Described, quoted: Quoted, default_schema: str
) -> list[Suggestion]:
    """Tables that a foreign key leads to, or that refer here, with their condition."""
    near = [source for source in sources if not source.outer and source.path]
    aliased = any(source.written for source in near)
    taken = {source.name.lower() for source in near}
    found: dict[str, Suggestion] = {}
    for source in reversed(near):
        table = described(source)
        if table is None:
            continue
        ways = [
            (k.target_schema, k.target, list(zip(k.target_columns, k.columns, strict=False)), "to")
            for k in table.foreign_keys
            if k.target_columns
        ]
        ways += [
            (r.schema, r.table, list(zip(r.columns, r.target_columns, strict=False)), "from")
            for r in table.references
        ]
        for schema, name, pairs, way in ways:
            alias = _alias(name, taken) if aliased or name.lower() in taken else ""
            written = quoted(name) if schema in ("", default_schema) else f"{quoted(schema)}.{quoted(name)}"
            condition = _condition(pairs, alias or name, source.name, quoted)
            text = f"{written}{' ' + alias if alias else ''} ON {condition}"
            detail = "foreign key" if way == "to" else "refers here"
            found.setdefault(text, Suggestion(text, "join", detail=detail))
    return list(found.values())


def _alias(name: str, taken: set[str]) -> str:
    """First letters of the name's words, with a number if that is taken."""
    words = [word for word in name.lower().replace("-", "_").replace(" ", "_").split("_") if word]
    letters = "".join(word[0] for word in words if word[0].isascii() and word[0].isalpha()) or "t"
    alias, number = letters, 2
    while alias in taken or alias in ("as", "on", "or", "is", "in", "by", "to", "if", "do"):
        alias, number = f"{letters}{number}", number + 1
    return alias


def common(sources: Sequence[Source], columns: Callable[[Source], list[str]]) -> list[str]:
    """Columns that the source joined last shares with one before it."""
    near = [source for source in sources if not source.outer]
    if len(near) < 2:
        return []
    others = {name for source in near[:-1] for name in columns(source)}
    return [name for name in columns(near[-1]) if name in others]
