"""What can be done with migrations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from desktop.kit.verb import Verb
from embedded_server.wire.refs import ProposalRef

from .proposal_tab import ProposalTab
from .revision_tab import RevisionTab

if TYPE_CHECKING:
    from .capability import Migrations

MENU = "Migrate"
NO_REVISION = "Open a revision first"
NO_PROPOSAL = "Open a proposed revision first"


class _Acts:
    def __init__(self, owner: Migrations) -> None:
        self._owner = owner

    def revision(self, run: Callable[[RevisionTab], object]) -> Callable[[], object]:
        return partial(self._on_revision, run)

    def when_revision(self, reason: Callable[[RevisionTab], str]) -> Callable[[], str]:
        return partial(self._why_revision, reason)

    def _on_revision(self, run: Callable[[RevisionTab], object]) -> None:
        tab = self._owner.context.workbench.current()
        if isinstance(tab, RevisionTab):
            run(tab)

    def _why_revision(self, reason: Callable[[RevisionTab], str]) -> str:
        tab = self._owner.context.workbench.current()
        return reason(tab) if isinstance(tab, RevisionTab) else NO_REVISION

    def write(self) -> None:
        tab = self._owner.context.workbench.current()
        if isinstance(tab, ProposalTab):
            tab.write()

    def why_not_write(self) -> str:
        tab = self._owner.context.workbench.current()
        return tab.why_not_write() if isinstance(tab, ProposalTab) else NO_PROPOSAL

    def subject(self) -> ProposalRef | None:
        tab = self._owner.context.workbench.current()
        found = tab.subject(ProposalRef.kind) if tab is not None else None
        return found if isinstance(found, ProposalRef) else None

    def make(self) -> None:
        tab, found = self._owner.context.workbench.current(), self.subject()
        if tab is not None and found is not None:
            self._owner.propose(found, tab)

    def why_not_make(self) -> str:
        tab = self._owner.context.workbench.current()
        if isinstance(tab, ProposalTab):
            return "This is the revision to be written"
        return "" if self.subject() is not None else "Accept an index first: Ctrl+I on a statement"


def add_verbs(owner: Migrations) -> None:
    """Register them."""
    owner.context.verbs.add(*_on_projects(owner), *_on_tabs(owner))


def _on_projects(owner: Migrations) -> list[Verb]:
    acts = _Acts(owner)
    return [
        Verb(
            "migrations.make",
            "Make migration",
            acts.make,
            ("Ctrl+M",),
            "migrate",
            MENU,
            acts.why_not_make,
            "Write the accepted index as a revision",
        ),
        Verb(
            "migrations.from_models",
            "Revision from models",
            owner.from_models,
            (),
            "plus",
            MENU,
            owner.why_not_models,
            "Compare the project's models with the database and write the difference",
        ),
        Verb(
            "migrations.show",
            "Show migrations",
            owner.show,
            (),
            "migrate",
            MENU,
        ),
        Verb(
            "migrations.settings",
            "Migration project settings",
            owner.show_settings,
            (),
            "settings",
            MENU,
            owner.why_not_settings,
            "Interpreter, application, and where the database's URL goes",
        ),
        Verb(
            "migrations.add_project",
            "Add migration project…",
            owner.ask_folder,
            (),
            "folder",
            MENU,
            hint="Choose a folder with Alembic migrations",
        ),
    ]


def _on_tabs(owner: Migrations) -> list[Verb]:
    acts = _Acts(owner)
    on, when = acts.revision, acts.when_revision
    return [
        Verb(
            "migrations.write",
            "Write revision",
            acts.write,
            ("Ctrl+S",),
            "save",
            MENU,
            acts.why_not_write,
            "Write the file with the project's own template",
        ),
        Verb(
            "migrations.rehearse",
            "Rehearse revision",
            on(lambda tab: tab.rehearse()),
            ("Ctrl+Alt+R",),
            "play",
            MENU,
            when(lambda tab: tab.why_not_run() or _not_pending(tab)),
            "Run it, measure it, take it back",
        ),
        Verb(
            "migrations.apply",
            "Apply revision",
            on(lambda tab: tab.apply()),
            ("Ctrl+Alt+Return", "Ctrl+Alt+Enter"),
            "check",
            MENU,
            when(lambda tab: tab.why_not_apply()),
            "Run this revision and those before it",
        ),
        Verb(
            "migrations.downgrade",
            "Downgrade revision",
            on(lambda tab: tab.back()),
            (),
            "undo",
            MENU,
            when(lambda tab: tab.why_not_back()),
            "Run the downgrade to the revision before, after showing what it drops",
        ),
        Verb(
            "migrations.cancel",
            "Cancel apply",
            on(lambda tab: tab.progress.give_up()),
            ("Esc",),
            "stop",
            MENU,
            when(lambda tab: "" if tab.progress.running() else "Nothing runs"),
        ),
    ]


def _not_pending(tab: RevisionTab) -> str:
    return "" if tab.standing() == "pending" else "The database has this revision already"
