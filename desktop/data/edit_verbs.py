"""What can be done with staged edits as a whole."""

from __future__ import annotations

from collections.abc import Callable

from desktop.context import Context
from desktop.kit.verb import Verb
from embedded_server.wire.refs import ProposalRef

from .table_tab import TableTab


class EditActs:
    """The functions behind the verbs; each acts on the table tab in front."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def _tab(self) -> TableTab | None:
        tab = self._context.workbench.current()
        return tab if isinstance(tab, TableTab) else None

    def why_nothing(self) -> str:
        """Why there is nothing to apply or discard."""
        tab = self._tab()
        if tab is None:
            return "Open a table first"
        if tab.editing.applying.running():
            return "The edits are being applied"
        return "" if tab.editing.edits.staged.rows or tab.grid.editor.editing() else "Nothing is staged"

    def act(self, run: Callable[[TableTab], object]) -> Callable[[], object]:
        """A verb's function from one on a tab."""

        def acted() -> None:
            tab = self._tab()
            if tab is not None:
                run(tab)

        return acted

    def why_no_migration(self) -> str:
        """Why the edits cannot become a migration."""
        return self.why_nothing() or self._context.workbench.why_not(ProposalRef.kind)


def _as_migration(tab: TableTab) -> None:
    tab.editing.as_migration()


def _apply(tab: TableTab) -> None:
    tab.editing.apply()


def _discard(tab: TableTab) -> None:
    tab.editing.discard()


def _changes(tab: TableTab) -> None:
    tab.editing.show_changes()


def add_verbs(context: Context) -> None:
    """Register them."""
    acts = EditActs(context)
    context.verbs.add(
        Verb(
            "data.apply",
            "Apply staged edits",
            acts.act(_apply),
            ("Ctrl+S",),
            "check",
            "Table",
            acts.why_nothing,
            "Write them in one transaction, or none of them",
        ),
        Verb(
            "data.discard",
            "Discard staged edits",
            acts.act(_discard),
            (),
            "close",
            "Table",
            acts.why_nothing,
            "Give all of them up; undo brings them back",
        ),
        Verb(
            "data.changes",
            "Show staged edits and their SQL",
            acts.act(_changes),
            ("Ctrl+Alt+S",),
            "sql",
            "Table",
            acts.why_nothing,
        ),
        Verb(
            "data.as_migration",
            "Write staged edits as a migration",
            acts.act(_as_migration),
            (),
            "migrate",
            "Table",
            acts.why_no_migration,
            "An Alembic revision with the statements and their reverse; the edits stay staged",
        ),
    )
