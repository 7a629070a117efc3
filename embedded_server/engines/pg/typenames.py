"""Names and kinds of the types in a result."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from psycopg import postgres

from embedded_server.wire.data import Column, Kind

from . import types
from .channel import Row

_NUMERIC, _VARCHAR, _BPCHAR, _BIT, _VARBIT, _INTERVAL = 1700, 1043, 1042, 1560, 1562, 1186
_TIMES = {1083: "time", 1266: "time", 1114: "timestamp", 1184: "timestamp"}
_CATEGORY = {
    **dict.fromkeys(("bool",), "B"),
    **dict.fromkeys(("int2", "int4", "int8", "float4", "float8", "numeric", "money", "oid"), "N"),
    **dict.fromkeys(("text", "varchar", "bpchar", "name", "char", '"char"'), "S"),
    **dict.fromkeys(("date", "time", "timetz", "timestamp", "timestamptz"), "D"),
    "interval": "T",
    "inet": "I",
    "cidr": "I",
}
_RESOLVE = """
SELECT u.o, u.m, pg_catalog.format_type(u.o, u.m), t.typcategory, t.typname
FROM unnest(%s::pg_catalog.oid[], %s::pg_catalog.int4[]) u(o, m)
JOIN pg_catalog.pg_type t ON t.oid = u.o
"""


def _built_in() -> dict[int, tuple[str, Kind]]:
    found: dict[int, tuple[str, Kind]] = {
        2278: ("void", "other"),
        705: ("unknown", "text"),
        2249: ("record", "other"),
    }
    for info in postgres.types:
        found[info.oid] = (info.regtype, types.kind_of(info.name, _CATEGORY.get(info.name, "U")))
        if info.array_oid:
            found[info.array_oid] = (f"{info.regtype}[]", "array")
    return found


_BUILT_IN = _built_in()


class TypeNames:
    """Knows the built-in types; asks the server for the others, once each. `ask` runs a query while a
    result may still be coming in on the session's own connection."""

    def __init__(self, ask: Callable[[str, Sequence[str]], list[Row]]) -> None:
        self._ask = ask
        self._known: dict[tuple[int, int], tuple[str, Kind]] = {}

    def columns(self, names: Sequence[str], pairs: Sequence[tuple[int, int]]) -> list[Column]:
        """Columns of a result from pairs of type number and modifier."""
        unknown = {pair for pair in pairs if pair not in self._known and not self._learn(*pair)}
        if unknown:
            self._resolve(sorted(unknown))
        found = (self._known.get(pair, (f"type {pair[0]}", "other")) for pair in pairs)
        return [Column(name, type_, kind) for name, (type_, kind) in zip(names, found, strict=True)]

    def _learn(self, oid: int, modifier: int) -> bool:
        built_in = _BUILT_IN.get(oid)
        name = None if built_in is None else _modified(oid, built_in[0], modifier)
        if built_in is None or name is None:
            return False
        self._known[oid, modifier] = (name, built_in[1])
        return True

    def _resolve(self, pairs: Sequence[tuple[int, int]]) -> None:
        arrays = ["{" + ",".join(str(pair[place]) for pair in pairs) + "}" for place in (0, 1)]
        for oid, modifier, name, category, own in self._ask(_RESOLVE, arrays):
            kind = types.kind_of(own or "", category or "")
            self._known[int(oid or 0), int(modifier or 0)] = (name or "", kind)


def _modified(oid: int, name: str, modifier: int) -> str | None:
    """The spelling with a modifier as format_type gives it; null where only the server knows."""
    if modifier < 0:
        return "bpchar" if oid == _BPCHAR else name
    if oid == _NUMERIC:
        scale = ((modifier - 4) & 0x7FF ^ 1024) - 1024
        return f"{name}({(modifier - 4) >> 16 & 0xFFFF},{scale})"
    if oid in (_VARCHAR, _BPCHAR):
        return f"{name}({modifier - 4})"
    if oid in (_BIT, _VARBIT):
        return f"{name}({modifier})"
    if oid in _TIMES:
        head, _, tail = name.partition(" ")
        return f"{head}({modifier}) {tail}"
    return None
