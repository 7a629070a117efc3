"""What the window knows of connections: saved ones, and those opened by URL or file in this session."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.context import ConnectionLook, Context
from desktop.kit.names import short_name
from embedded_server.wire.connections import LIST, TEST, Profile, TestRequest, TestResponse
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.server import Event

TITLES = {
    "sqlite": "SQLite",
    "postgresql": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "duckdb": "DuckDB",
}


class Book(QObject):
    """`changed` when profiles arrived or a connection told what it is; `refused(name, Problem)`."""

    changed = Signal()
    refused = Signal(str, object)

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._profiles: dict[str, Profile] = {}
        self._tested: dict[str, TestResponse] = {}
        self._problems: dict[str, Problem] = {}
        context.events.happened.connect(self._on_event)
        context.events.reset.connect(self.load)
        context.api.online_changed.connect(self._online)

    def profiles(self) -> list[Profile]:
        """Saved connections, most recently used first."""
        return list(self._profiles.values())

    def profile(self, name: str) -> Profile | None:
        """A saved connection."""
        return self._profiles.get(name)

    def tested(self, name: str) -> TestResponse | None:
        """What the connection said of itself in this session."""
        return self._tested.get(name)

    def opened(self) -> list[str]:
        """Those that were opened in this session, saved or not."""
        return list(self._tested)

    def problem(self, name: str) -> Problem | None:
        """Why it could not be opened the last time."""
        return self._problems.get(name)

    def look(self, name: str) -> ConnectionLook | None:
        """Class, engine and zone for chips and frames."""
        tested = self._tested.get(name)
        profile = self._profiles.get(name)
        if tested is None and profile is None:
            return ConnectionLook(short_name(name), "local") if name else None
        kind = profile.class_ if profile is not None else tested.class_ if tested is not None else "shared"
        detail = "" if tested is None else f"{TITLES.get(tested.engine, tested.engine)} {_major(tested)}"
        if tested is not None and tested.read_only:
            detail += " · read-only"
        zone = (
            profile.zone
            if profile is not None and profile.zone
            else tested.zone
            if tested is not None
            else ""
        )
        return ConnectionLook(short_name(name), kind, detail, zone)

    def load(self) -> None:
        """Fetch the saved connections."""
        self._context.flow(self, self._load())

    def ask(self, name: str) -> None:
        """Open a connection for a moment to learn what it is; fills its look."""
        if name and name not in self._tested:
            self._context.flow(self, self._ask(name))

    async def _load(self) -> None:
        answer = await self._context.api.call(LIST, Nothing())
        self._profiles = {profile.name: profile for profile in answer.connections}
        self.changed.emit()

    async def _ask(self, name: str) -> None:
        try:
            self._tested[name] = await self._context.api.call(TEST, TestRequest(name, shared=True))
            self._problems.pop(name, None)
        except ProblemError as error:
            self._problems[name] = error.problem
            self.refused.emit(name, error.problem)
        self.changed.emit()

    def _on_event(self, event: Event) -> None:
        if event.kind == "connections.changed":
            self._tested.pop(str(event.data.get("connection", "")), None)
            self.load()

    def _online(self, online: bool) -> None:
        if online:
            self._tested.clear()
            self.load()
            self.ask(self._context.workbench.connection())


def _major(tested: TestResponse) -> str:
    return tested.server_version.split("-", 1)[0].split(" ", 1)[0]
