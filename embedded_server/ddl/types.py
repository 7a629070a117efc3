"""Types as people write them, read by each dialect's own reflection: they mean what they mean there."""

from __future__ import annotations

import difflib
import re
import warnings
from typing import Any

from sqlalchemy import exc
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.dialects.mysql.reflection import MySQLTableDefinitionParser, ReflectedState
from sqlalchemy.types import Integer, NullType, String, TypeEngine

from embedded_server.wire.ddl import ColumnSpec
from embedded_server.wire.problem import problem

from .dialects import dialect_of

LONGEST = 2000
# PostgreSQL's short names, as format_type writes them.
_SHORT = {
    "int": "integer",
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "varchar": "character varying",
    "char": "character",
    "bool": "boolean",
    "decimal": "numeric",
    "float4": "real",
    "float8": "double precision",
    "float": "double precision",
    "varbit": "bit varying",
    "timestamptz": "timestamp with time zone",
    "timetz": "time with time zone",
    "timestamp": "timestamp without time zone",
    "time": "time without time zone",
    "serial": "integer",
    "serial4": "integer",
    "serial2": "smallint",
    "smallserial": "smallint",
    "serial8": "bigint",
    "bigserial": "bigint",
}
SERIALS = frozenset({"serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"})
_WORD = re.compile(
    r'^\s*("char"|[a-z_][\w ]*?)\s*(\([^()]*\))?\s*((?:with|without) time zone)?\s*((?:\[\d*\])*)\s*$'
)
_SQLITE = re.compile(r"^\s*([A-Za-z_][\w ]*?)\s*(\([\d\s,+-]*\))?\s*$")
_FITS = re.compile(r"[^;\x00]+")


def type_of(column: ColumnSpec, engine: str) -> TypeEngine[Any]:
    """The type of a column. Raises schema.type, which names the column and the names near."""
    text = column.type.strip()
    if not text:
        raise problem("schema.type", f"{column.name or 'A column'} has no type.", hint="Type its name.")
    if len(text) > LONGEST or not _FITS.fullmatch(text):
        raise problem("schema.type", f"This is no type: {text[:60]}", f"column {column.name}")
    if column.named and engine == "postgresql":
        return _users(text, column.named)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", exc.SAWarning)
            found = _READERS[engine](text)
    except (exc.SAWarning, TypeError, ValueError, AssertionError, exc.ArgumentError, KeyError) as error:
        raise _unknown(column, engine) from error
    if found is None or isinstance(found, NullType) or _lost(text, found, engine):
        raise _unknown(column, engine)
    if column.collation and isinstance(found, String):
        found.collation = column.collation
    return found


def _lost(text: str, found: TypeEngine[Any], engine: str) -> bool:
    """Whether what stands in brackets was not understood."""
    return "(" in text and "(" not in found.compile(dialect=dialect_of(engine))


def names(engine: str) -> list[str]:
    """Names that the dialect knows."""
    known: Any = dialect_of(engine)
    found = [str(name) for name in known.ischema_names if not str(name).startswith("_")]
    if engine == "postgresql":
        found += [name for name in _SHORT if name not in SERIALS]
    return sorted(set(found))


def is_serial(text: str) -> bool:
    """Whether the type asks for numbering by itself."""
    return text.strip().lower() in SERIALS


def _unknown(column: ColumnSpec, engine: str) -> Exception:
    word = re.split(r"[(\[]", column.type.strip())[0].strip().lower()
    near = difflib.get_close_matches(word, [name.lower() for name in names(engine)], 3, 0.6)
    hint = f"Did you mean {' or '.join(near)}?" if near else "No type of this name is known here."
    if word in near:
        hint = "The type is there, what stands in its brackets does not fit."
    return problem(
        "schema.type", f"There is no type {column.type.strip()[:60]}", f"column {column.name}", hint
    )


def _users(text: str, named: str) -> TypeEngine[Any]:
    """A type that is there already; only its name is written."""
    schema, _, name = text.rpartition(".")
    if named == "enum":
        return postgresql.ENUM(name=name.strip('"'), schema=schema.strip('"') or None, create_type=False)
    return postgresql.DOMAIN(name.strip('"'), Integer(), schema=schema.strip('"') or None, create_type=False)


class _NoNames:
    enums: dict[Any, Any] = {}
    domains: dict[Any, Any] = {}


def _postgresql(text: str) -> TypeEngine[Any] | None:
    match = _WORD.match(text if text.startswith('"') else text.lower())
    if match is None:
        return None
    word, inner, zone, lists = match.groups()
    short = " ".join(word.split())
    if short == '"char"':
        return None
    # A length stands in the middle of "timestamp(3) with time zone".
    full = _SHORT.get(short, short)
    for tail in (" with time zone", " without time zone"):
        if full.endswith(tail):
            full, zone = full.removesuffix(tail), zone or tail.strip()
    spelled = f"{full}{(inner or '').replace(' ', '')}{' ' + zone if zone else ''}{'[]' if lists else ''}"
    if short == "float" and inner:
        spelled = f"float{inner}{'[]' if lists else ''}"
    known: Any = dialect_of("postgresql")
    found: TypeEngine[Any] = known._reflect_type(spelled, _NoNames(), type_description=text, collation=None)
    return found


def _mysql(text: str) -> TypeEngine[Any] | None:
    dialect: Any = dialect_of("mysql")
    state = ReflectedState()
    MySQLTableDefinitionParser(dialect, dialect.identifier_preparer)._parse_column(
        f"  `c` {_lower(text)},", state
    )
    if len(state.columns) != 1:
        return None
    found: TypeEngine[Any] = state.columns[0]["type"]
    limited = isinstance(found, mysql.VARCHAR | mysql.VARBINARY)
    return None if limited and getattr(found, "length", None) is None else found


def _lower(text: str) -> str:
    """The words in small letters and without blanks at commas, what stands in quotes as it is."""
    return "".join(
        part if number % 2 else re.sub(r"\s*,\s*", ",", part.lower())
        for number, part in enumerate(re.split(r"('(?:[^']|'')*')", text))
    )


def _sqlite(text: str) -> TypeEngine[Any] | None:
    match = _SQLITE.match(text)
    dialect: Any = dialect_of("sqlite")
    if match is None or " ".join(match[1].upper().split()) not in dialect.ischema_names:
        return None
    found: TypeEngine[Any] = dialect._resolve_type_affinity(text.upper())
    return found


def _duckdb(text: str) -> TypeEngine[Any] | None:
    dialect: Any = dialect_of("duckdb")
    found: TypeEngine[Any] = dialect._reflect_duckdb_data_type(text, None, {}, text)
    return found


_READERS = {"postgresql": _postgresql, "mysql": _mysql, "sqlite": _sqlite, "duckdb": _duckdb}
