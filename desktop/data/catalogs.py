"""What the window knows of each connection's tables: names first, everything else on demand."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.api.client import Client
from desktop.kit.flow import Flow, Pause
from embedded_server.wire.data import CATALOG, CatalogRequest, CatalogResponse, CatalogSchema
from embedded_server.wire.problem import Problem
from embedded_server.wire.server import Event


class Catalogs(QObject):
    """Catalogues by connection. `changed(connection)` after each arrival or failure."""

    changed = Signal(str)

    def __init__(self, client: Client, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._client = client
        self._known: dict[str, CatalogResponse] = {}
        self._problems: dict[str, Problem] = {}
        self._loading: dict[str, Flow] = {}

    def get(self, connection: str) -> CatalogResponse | None:
        """The catalogue if it is here."""
        return self._known.get(connection)

    def problem(self, connection: str) -> Problem | None:
        """Why it could not be read, if so."""
        return self._problems.get(connection)

    def loading(self, connection: str) -> bool:
        """Whether it is under way."""
        return connection in self._loading

    def ensure(self, connection: str) -> None:
        """Fetch it unless it is here or under way."""
        if connection and connection not in self._known and connection not in self._loading:
            self._start(connection, CatalogRequest(connection))

    def refresh(self, connection: str) -> None:
        """Fetch it again; what is shown stays until the answer comes."""
        if connection not in self._loading:
            self._start(connection, CatalogRequest(connection, refresh=True))

    def load_schema(self, connection: str, schema: str) -> None:
        """Fill a schema of which only the name is known."""
        self._start(connection, CatalogRequest(connection, schema=schema))

    def with_columns(self, connection: str) -> None:
        """Fetch column names too, for filtering by column."""
        if connection not in self._loading:
            self._start(connection, CatalogRequest(connection, columns=True))

    def on_event(self, event: Event) -> None:
        """Refetch after a schema change that the server saw."""
        if event.kind == "data.schema":
            for connection in list(self._known):
                self.refresh(connection)

    def _start(self, connection: str, request: CatalogRequest) -> None:
        self._problems.pop(connection, None)
        running = self._loading.pop(connection, None)
        if running is not None:
            running.cancel()
        steps = self._fetch(connection, request)
        flow = Flow(self, steps, _Failed(self, connection).report)
        if not flow.done:
            self._loading[connection] = flow
        self.changed.emit(connection)

    async def _fetch(self, connection: str, request: CatalogRequest) -> None:
        answer = await self._client.call(CATALOG, request)
        # Of 30,000 tables what they are and how they are shown are two turns of the loop.
        await Pause()
        self._loading.pop(connection, None)
        known = self._known.get(connection)
        if request.schema is not None and known is not None:
            answer = _merged(known, answer.schemas)
        self._known[connection] = answer
        self.changed.emit(connection)

    def failed(self, connection: str, problem: Problem) -> None:
        """Keep a problem for the tree to show in place."""
        self._loading.pop(connection, None)
        self._problems[connection] = problem
        self.changed.emit(connection)


class _Failed:
    def __init__(self, catalogs: Catalogs, connection: str) -> None:
        self._catalogs = catalogs
        self._connection = connection

    def report(self, problem: Problem) -> None:
        self._catalogs.failed(self._connection, problem)


def _merged(known: CatalogResponse, fresh: list[CatalogSchema]) -> CatalogResponse:
    by_name = {schema.name: schema for schema in fresh}
    schemas = [by_name.get(schema.name, schema) for schema in known.schemas]
    return CatalogResponse(
        known.connection,
        known.engine,
        schemas,
        known.default_schema,
        known.read_only,
        known.warnings,
    )
