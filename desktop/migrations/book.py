"""Projects and where the connection in use stands: what page and tabs share."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from desktop.context import Context
from desktop.kit.flow import Cancelled, Flow
from embedded_server.wire.connections import LIST, Profile
from embedded_server.wire.endpoint import Nothing
from embedded_server.wire.migration_runs import RUNS, Run, RunsRequest
from embedded_server.wire.migrations import (
    GRAPH,
    PROJECTS,
    SETTINGS,
    STATUS,
    GraphRequest,
    GraphResponse,
    Project,
    ProjectsRequest,
    SettingsRequest,
    Status,
    StatusRequest,
)
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.server import Event

_TELLING = ("migrations.applied", "migrations.written", "migrations.explained", "migrations.projects")


class Book(QObject):
    """`changed`: projects, the graph or the status are others now."""

    changed = Signal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._flow: Flow | None = None
        self._folder = ""
        # The user's own choice stands until another connection is used.
        self._by_hand = False
        self._connection = ""
        self.projects: list[Project] = []
        self.profiles: list[Profile] = []
        self.chosen = ""
        # The project that has what the connection in use was last at.
        self.fitting = ""
        self.graph: GraphResponse | None = None
        self.status: Status | None = None
        self.interrupted: list[Run] = []
        self.problem: Problem | None = None
        self.loaded = False
        context.events.happened.connect(self._on_event)
        context.events.reset.connect(self.load)
        context.workbench.connection_changed.connect(self._connection_changed)
        context.api.online_changed.connect(self._online)

    def project(self) -> Project | None:
        """The project that is shown."""
        return next((one for one in self.projects if one.folder == self.chosen), None)

    def connection(self) -> str:
        """The connection that the status is about."""
        return self._connection

    def known(self, folder: str) -> Project | None:
        """A project by its folder."""
        return next((one for one in self.projects if one.folder == folder), None)

    def look_in(self, folder: str) -> None:
        """Look for projects below this folder from now on, besides the remembered ones."""
        self._folder = folder

    def choose(self, folder: str) -> None:
        """Show another project."""
        if folder != self.chosen:
            self.chosen, self._by_hand = folder, True
            self.graph = self.status = None
            self.load()

    def add(self, folder: str) -> None:
        """Remember the project in a folder and show it."""
        self._context.flow(self, self._add(folder))

    async def _add(self, folder: str) -> None:
        await self._context.api.call(SETTINGS, SettingsRequest(folder))
        answer = await self._context.api.call(GRAPH, GraphRequest(folder))
        self.chosen, self._by_hand = answer.project.folder, True
        self.load()

    def meet(self, graph: GraphResponse, revision: str) -> None:
        """A tab has read this: what is listed is read again when it lacks the revision."""
        listed = self.graph
        if listed is None or self.problem is not None or listed.project.folder != graph.project.folder:
            return
        if revision in _ids(graph) and revision not in _ids(listed):
            self.load()

    def load(self) -> None:
        """Read everything again; the newest call wins."""
        if self._flow is not None:
            self._flow.cancel()
        self._flow = Flow(self, self._load(), self._failed)

    async def _load(self) -> None:
        try:
            await self._read()
        except Cancelled:
            return
        except ProblemError as error:
            self._failed(error.problem)

    async def _read(self) -> None:
        api = self._context.api
        self.profiles = (await api.call(LIST, Nothing())).connections
        connection = self._context.workbench.connection()
        if connection != self._connection:
            self._connection, self._by_hand = connection, False
        answer = await api.call(PROJECTS, ProjectsRequest(self._folder, connection))
        self.projects, self.fitting = answer.projects, answer.fitting
        if self.project() is None or (answer.fitting and not self._by_hand):
            self.chosen = answer.fitting or (self.projects[0].folder if self.projects else "")
        project = self.project()
        self.graph = None
        if project is not None:
            self.graph = await api.call(GRAPH, GraphRequest(project.folder))
        self.problem, self.loaded = None, True
        self.interrupted = (await api.call(RUNS, RunsRequest(open=True))).runs
        await self._read_status(project)
        self.changed.emit()

    async def _read_status(self, project: Project | None) -> None:
        connection = self._context.workbench.connection()
        if project is None or not connection:
            self.status = None
            return
        asked = StatusRequest(project.folder, connections=[connection])
        self.status = (await self._context.api.call(STATUS, asked)).statuses[0]

    def _failed(self, problem: Problem) -> None:
        self.problem, self.loaded = problem, True
        self.changed.emit()

    def _online(self, online: bool) -> None:
        if not online and self._flow is not None:
            self._flow.cancel()
        elif online and self.loaded:
            self.load()

    def _on_event(self, event: Event) -> None:
        if event.kind in _TELLING and self.loaded:
            self.load()

    def _connection_changed(self, *_: object) -> None:
        connection = self._context.workbench.connection()
        if self.loaded and connection != self._connection:
            self.load()


def _ids(graph: GraphResponse) -> set[str]:
    return {one.revision for one in graph.revisions}
