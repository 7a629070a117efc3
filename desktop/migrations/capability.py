"""Migrations as a capability: page, tabs of revisions and proposals, verbs."""

from __future__ import annotations

import os
from functools import cached_property

from PySide6.QtCore import QObject

from desktop.context import Context, Tab
from desktop.kit.ask_file import ask_folder
from desktop.kit.flow import Flow
from desktop.kit.names import short_name
from embedded_server.wire.migration_runs import RUNS, RunsRequest
from embedded_server.wire.problem import Action, Problem
from embedded_server.wire.refs import ProposalRef, Ref, RevisionRef, TraceRef

from .book import Book
from .finder import RevisionFinder
from .pane import MigratePane
from .proposal_tab import MODELS, ProposalTab
from .revision_tab import RevisionTab
from .verbs import add_verbs


class MigratePage:
    """The Migrate page of the rail; built when it is first shown."""

    id = "migrate"
    title = "Migrate"
    icon = "migrate"

    def __init__(self, owner: Migrations) -> None:
        self._owner = owner

    @cached_property
    def widget(self) -> MigratePane:
        """The pane."""
        return self._owner.make_pane()


class Migrations(QObject):
    """Owns the book for the window's life."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self.context = context
        self._telling: Flow | None = None
        self.book = Book(context, self)
        self.book.look_in(os.getcwd())
        add_verbs(self)
        self.page = MigratePage(self)
        bench = context.workbench
        bench.add_page(self.page)
        bench.add_opener(RevisionRef.kind, self._open_revision)
        bench.add_opener(ProposalRef.kind, self._open_proposal)
        bench.add_finder(RevisionFinder(self.book))
        context.api.online_changed.connect(self._online)
        if context.api.online:
            self.tell_interrupted()

    def make_pane(self) -> MigratePane:
        """The page's widget."""
        pane = MigratePane(self.context, self.book)
        pane.opened.connect(self.open_revision)
        self.book.load()
        return pane

    def _online(self, online: bool) -> None:
        if online:
            self.tell_interrupted()
        elif self._telling is not None:
            self._telling.cancel()

    def tell_interrupted(self) -> None:
        """Say what an apply did that nobody saw the end of."""
        self._telling = self.context.flow(self, self._tell_interrupted())

    async def _tell_interrupted(self) -> None:
        answer = await self.context.api.call(RUNS, RunsRequest(open=True))
        for run in answer.runs:
            place = short_name(run.connection)
            self.context.notify.problem(
                Problem(
                    "migrations.interrupted",
                    f"An apply on {place} was interrupted",
                    run.text,
                    run.mend,
                    Action("migrations.show", "Show migrations"),
                )
            )

    def show(self) -> None:
        """Bring the page to the front."""
        self.context.workbench.show_page(MigratePage.id)

    def open_revision(self, revision: str) -> None:
        """Show a revision of the project in front."""
        graph = self.book.graph
        if graph is None:
            return
        found = next((one for one in graph.revisions if one.revision == revision), None)
        title = found.doc.rstrip(".") if found is not None else ""
        connection = self.context.workbench.connection()
        self.context.workbench.open(RevisionRef(graph.project.folder, revision, connection, title))

    def propose(self, ref: ProposalRef, tab: Tab) -> None:
        """Show what a revision of these operations would be, for the trace the tab serves."""
        origin = tab.ref if isinstance(tab.ref, TraceRef) else tab.origin
        self.context.workbench.open(ref, origin, keep=True)

    def from_models(self) -> None:
        """Compare the models of the project in front with the connection in use."""
        folder = self.book.chosen
        connection = self.context.workbench.connection()
        ref = ProposalRef(connection, "Revision from models", list(MODELS), folder)
        self.context.workbench.open(ref, keep=True)

    def why_not_models(self) -> str:
        """Why models cannot be compared now."""
        if not self.book.chosen:
            return "Show a migration project first"
        return "" if self.context.workbench.connection() else "Choose a connection first"

    def ask_folder(self) -> None:
        """Ask for a project's folder."""
        ask_folder("Folder of the migration project", self.add_project)

    def add_project(self, folder: str) -> None:
        """Remember a project and show it."""
        self.context.workbench.show_page(MigratePage.id)
        self.book.add(folder)

    def show_settings(self) -> None:
        """How the project in front is run."""
        self.context.workbench.show_page(MigratePage.id)
        tab = self.context.workbench.current()
        if isinstance(tab, RevisionTab | ProposalTab) and self.book.known(tab.project()):
            self.book.choose(tab.project())
        self.page.widget.show_settings()

    def why_not_settings(self) -> str:
        """Why there are no settings to show."""
        return "" if self.book.chosen else "Show a migration project first"

    def _open_revision(self, ref: RevisionRef, origin: Ref | None) -> Tab:
        self._wake()
        return RevisionTab(self.context, self.book, ref, origin)

    def _open_proposal(self, ref: ProposalRef, origin: Ref | None) -> Tab:
        self._wake()
        return ProposalTab(self.context, self.book, ref, origin)

    def _wake(self) -> None:
        if not self.book.loaded:
            self.book.load()
