"""Quick open over the tables, views and routines of the connections in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.context import Found
from embedded_server.wire.data import CatalogResponse
from embedded_server.wire.refs import Ref, RoutineRef, TableRef

from .catalogs import Catalogs
from .tree_model import estimate_text

if TYPE_CHECKING:
    from embedded_server.wire.fuzzy import Names

RECENT = 30


class TableFinder:
    """Answers from the catalogues in memory; an index is rebuilt when its catalogue changes."""

    def __init__(self, catalogs: Catalogs) -> None:
        self._catalogs = catalogs
        self._indexes: dict[str, tuple[CatalogResponse, Names[Found]]] = {}
        self._recent: list[Found] = []
        self.connection = ""

    def opened(self, ref: Ref) -> None:
        """A table was shown: it stands first when nothing is typed."""
        if isinstance(ref, TableRef):
            found = Found(ref.table, ref.schema, "table", ref)
            self._recent = [found, *[other for other in self._recent if not other.ref.same(ref)]][:RECENT]

    def find(self, text: str, limit: int) -> list[Found]:
        """Best matches of the connection in use; recent tables for no text."""
        if not text:
            return [found for found in self._recent if self._here(found.ref)][:limit]
        index = self._index()
        return [found for _, found in index.find(text, limit)] if index is not None else []

    def _here(self, ref: Ref) -> bool:
        return isinstance(ref, TableRef) and ref.connection == self.connection

    def _index(self) -> Names[Found] | None:
        catalog = self._catalogs.get(self.connection)
        if catalog is None:
            return None
        known = self._indexes.get(self.connection)
        if known is None or known[0] is not catalog:
            from embedded_server.wire.fuzzy import Names  # noqa: PLC0415  # lazy: asked when one types

            known = (catalog, Names(_named(self.connection, catalog)))
            self._indexes[self.connection] = known
        return known[1]


def _named(connection: str, catalog: CatalogResponse) -> list[tuple[str, Found]]:
    pairs: list[tuple[str, Found]] = []
    qualified = len(catalog.schemas) > 1
    for schema in catalog.schemas:
        for table in schema.tables:
            name = f"{schema.name}.{table.name}" if qualified and not schema.default else table.name
            icon = "view" if "view" in table.kind else "table"
            rows = estimate_text(table.rows)
            detail = " · ".join(
                part for part in (schema.name, table.kind if icon == "view" else rows) if part
            )
            place = "" if schema.name == catalog.default_schema else schema.name
            pairs.append((name, Found(name, detail, icon, TableRef(connection, table.name, place))))
        for routine in schema.routines:
            ref = RoutineRef(connection, routine.name, schema.name, routine.kind, routine.table)
            icon = "trigger" if routine.kind == "trigger" else "function"
            pairs.append((routine.name, Found(routine.name, f"{schema.name} · {routine.kind}", icon, ref)))
    return pairs
