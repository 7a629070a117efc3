"""What PostgreSQL's types mean to us: their kind, how they compare, how long they may be. Pure text."""

from __future__ import annotations

import re
from functools import lru_cache

from embedded_server.wire.data import Kind

# The first letter of pg_type.typcategory decides, unless the type itself is named here.
_CATEGORIES: dict[str, Kind] = {
    "A": "array",
    "B": "bool",
    "D": "time",
    "E": "text",
    "I": "text",
    "N": "number",
    "S": "text",
    "T": "time",
}
_NAMED: dict[str, Kind] = {
    "bytea": "binary",
    "json": "json",
    "jsonb": "json",
    "uuid": "uuid",
    "int2vector": "other",
    "oidvector": "other",
    "pg_node_tree": "other",
}


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Never longer than a few hundred bytes, so read without asking for their length.
_SHORT = _words(
    """smallint integer bigint real boolean date money oid xid xid8 cid tid uuid inet cidr macaddr macaddr8
    pg_lsn name "char" interval numeric point lseg line circle box regproc regprocedure regoper regoperator
    regclass regtype regrole regnamespace regconfig regdictionary regcollation
    int4range int8range numrange daterange tsrange tstzrange"""
) | {
    "double precision",
    "time without time zone",
    "time with time zone",
    "timestamp without time zone",
    "timestamp with time zone",
}
# Beside numbers, texts, times...: types with an order of their own, fit for = and ORDER BY.
_ORDERED = _words(
    """inet cidr macaddr macaddr8 pg_lsn oidvector tsvector tsquery tid xid8
    int4range int8range numrange daterange tsrange tstzrange int4multirange int8multirange
    nummultirange datemultirange tsmultirange tstzmultirange bit"""
) | {"bit varying"}
_UNORDERED_ELEMENTS = _words(
    "json xml xid cid point box lseg line circle path polygon aclitem jsonpath refcursor"
)
_PLAIN_NUMBERS = _words("smallint integer bigint numeric oid")
_MODIFIER = re.compile(r"\((\d+)(?:,-?\d+)?\)")


def kind_of(name: str, category: str) -> Kind:
    """The kind of a type by its own name (a domain's: its base type's) and category."""
    if name in _NAMED:
        return _NAMED[name]
    if category == "N" and name.startswith("reg"):
        return "other"
    return _CATEGORIES.get(category, "other")


@lru_cache(maxsize=4096)
def plain(type_name: str) -> str:
    """A type's spelling without its modifier."""
    return _MODIFIER.sub("", type_name)


def size_limit(type_name: str) -> int | None:
    """The most characters a value of this spelling can have, null if only the value tells."""
    base = plain(type_name)
    if base in _SHORT or base.startswith("interval "):
        return 512
    match = _MODIFIER.search(type_name)
    if match and base in ("character varying", "character", "bit", "bit varying"):
        return int(match[1])
    return None


def is_comparable(type_name: str, kind: Kind) -> bool:
    """Whether the type has = and an order that mean the value (json, xml, point have none; a circle's
    is its area). Of a type we do not know only its text surely compares."""
    base = plain(type_name)
    if kind == "json":
        return base == "jsonb"
    if kind == "array":
        return _array_comparable(base)
    if kind == "other":
        return base in _ORDERED
    return True


def _array_comparable(base: str) -> bool:
    element = base.removesuffix("[]")
    known = element in _SHORT or element in _ORDERED or element in _TEXTS
    return base.endswith("[]") and known and element not in _UNORDERED_ELEMENTS


_TEXTS = frozenset({"text", "character varying", "character", "jsonb", "bytea"})


def casts_as_shown(type_name: str, kind: Kind) -> bool:
    """Whether `::text` gives what the server shows. It does not for character(n), boolean and inet, so
    neither surely for a type we do not know: it may be a domain over one of them."""
    return kind in ("json", "array") or plain(type_name) in _CAST


_CAST = _words("xml path polygon tsvector tsquery jsonpath bit numrange pg_node_tree") | {
    "bit varying",
    "int4multirange",
    "int8multirange",
    "nummultirange",
    "datemultirange",
    "tsmultirange",
    "tstzmultirange",
}


def is_bare_number(type_name: str) -> bool:
    """Whether digits without quotes are read as exactly this type's value. Those of a real are not:
    they become a double precision, which differs."""
    return plain(type_name) in _PLAIN_NUMBERS
