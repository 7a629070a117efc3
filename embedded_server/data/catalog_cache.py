"""Names of schemas, tables and routines, kept until the schema changes."""

from __future__ import annotations

from embedded_server.engines.base import Catalog
from embedded_server.lanes import Lease
from embedded_server.wire.data import CatalogRequest, CatalogResponse

from .structures import notice_changes


def catalog(lease: Lease, request: CatalogRequest) -> CatalogResponse:
    """The answer to `data.catalog`; `refresh` forgets everything known of the connection first."""
    if request.refresh:
        lease.memory.clear()
    notice_changes(lease)
    key = ("data.catalog", request.schema, request.columns)
    found = lease.memory.get(key)
    if found is None:
        found = lease.session.catalog(request.schema, columns=request.columns)
        lease.memory.put(key, found)
    assert isinstance(found, Catalog)
    return CatalogResponse(
        connection=request.connection,
        engine=lease.engine.name,
        schemas=found.schemas,
        default_schema=found.default_schema,
        read_only=lease.info.read_only,
        warnings=found.warnings,
    )
