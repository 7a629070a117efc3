"""Schema changes: handlers of the `schema` endpoints.

Alembic and SQLAlchemy's dialects are loaded with the first change, not with the server.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from embedded_server.jobs import Call
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.schema import (
    COMPOSE,
    NEW_FILE,
    READ,
    RUN,
    TYPES,
    ComposeRequest,
    ComposeResponse,
    NewFileRequest,
    NewFileResponse,
    ReadRequest,
    ReadResponse,
    RunRequest,
    RunResponse,
    TypesRequest,
    TypesResponse,
)

from .files import new_file


def read(request: ReadRequest, call: Call) -> ReadResponse:
    """A table or view with every part a change must know. Source: the engine's catalogue, read anew.

    Raises data.unknown_table.
    """
    from . import reading  # noqa: PLC0415  # lazy: Alembic takes its time

    with call.session(request.connection) as lease:
        shadow = reading.shadow_of(lease) if lease.engine.name == "sqlite" else None
        try:
            schema = request.schema or lease.info.default_schema
            found = reading.read(lease, schema, request.table, shadow)
        finally:
            if shadow is not None:
                shadow.close()
        return ReadResponse(
            lease.engine.name,
            found.spec,
            found.view,
            found.structure.rows,
            sorted({one.table for one in found.structure.references}),
            sorted(found.triggers),
            sorted(found.views),
            found.structure.warnings,
        )


def types(request: TypesRequest, call: Call) -> TypesResponse:
    """Names of types and what the product can do. Raises schema.unsupported."""
    from . import offering  # noqa: PLC0415  # lazy: Alembic takes its time

    return offering.types(request, call)


def compose(request: ComposeRequest, call: Call) -> ComposeResponse:
    """Operations as SQL and as code, with locks, rows and dangers; changes nothing.

    Raises request.invalid, schema.invalid, schema.type, schema.unsupported, data.unknown_table and
    data.unknown_column, each with the place in `detail`.
    """
    from . import composing  # noqa: PLC0415  # lazy: Alembic takes its time

    return composing.compose(request, call)


def run(request: RunRequest, call: Call) -> RunResponse:
    """Run operations directly. Raises schema.not_here, sql.read_only, schema.confirm, schema.locked, and what
    `compose` and the database raise."""
    from . import running  # noqa: PLC0415  # lazy: Alembic takes its time

    return running.run(request, call)


def make_file(request: NewFileRequest, _: Call) -> NewFileResponse:
    """An empty database; never over a file. Raises transfer.path, transfer.exists, request.invalid."""
    return new_file(request)


HANDLERS: dict[Endpoint[Any, Any], Callable[[Any, Call], Any]] = {
    READ: read,
    TYPES: types,
    COMPOSE: compose,
    RUN: run,
    NEW_FILE: make_file,
}
