"""What a form offers: types by name, and what the product can do."""

from __future__ import annotations

from embedded_server.ddl.types import names
from embedded_server.jobs import Call
from embedded_server.wire.schema import TypeName, TypesRequest, TypesResponse, Ways

from .composing import refused
from .reading import named_types

_FIRST = {
    "postgresql": "integer bigint text varchar boolean numeric timestamptz date jsonb uuid bytea real",
    "mysql": "int bigint varchar text decimal datetime date boolean json double blob",
    "sqlite": "INTEGER TEXT REAL NUMERIC BLOB VARCHAR BOOLEAN DATE DATETIME",
    "duckdb": "INTEGER BIGINT VARCHAR BOOLEAN DECIMAL TIMESTAMP DATE DOUBLE UUID JSON BLOB",
}
_LENGTHS = {
    "(length)": (
        "varchar",
        "character varying",
        "char",
        "character",
        "bit varying",
        "varbinary",
        "nvarchar",
        "nchar",
    ),
    "(precision, scale)": ("numeric", "decimal"),
}
_WAYS = {
    "postgresql": Ways(
        True, True, True, True, True, True, ["btree", "hash", "gin", "gist", "brin", "spgist"]
    ),
    "mysql": Ways(comments=True, copies=False),
    "sqlite": Ways(partial=True, copies=True),
    "duckdb": Ways(comments=True, schemas=True, computed=False, copies=True),
}


def types(request: TypesRequest, call: Call) -> TypesResponse:
    """Raises schema.unsupported for a database whose schema is only read."""
    profile, target = call.services.target(request.connection)
    with call.session(request.connection) as lease:
        engine = lease.engine.name
        found = [TypeName(name, named=kind) for name, kind in named_types(lease).items()]
        known = names(engine)
        listed = _ordered(known, engine)
        why = refused(profile, target.read_only)
        return TypesResponse(engine, [*listed, *found], _WAYS[engine], why.title if why is not None else "")


def _ordered(known: list[str], engine: str) -> list[TypeName]:
    first = _FIRST[engine].split()
    rest = [name for name in known if name.lower() not in {word.lower() for word in first}]
    return [TypeName(name, _hint(name)) for name in [*first, *(name for name in rest if name[0].isalpha())]]


def _hint(name: str) -> str:
    return next((hint for hint, words in _LENGTHS.items() if name.lower() in words), "")
