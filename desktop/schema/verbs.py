"""What can be done about a schema."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from desktop.kit.verb import Verb

from .tab import SchemaTab

if TYPE_CHECKING:
    from .capability import Schema

MENU = "Schema"


class _Acts:
    """Functions and conditions behind the verbs."""

    def __init__(self, owner: Schema) -> None:
        self._owner = owner

    def needs_connection(self) -> str:
        """For what is new."""
        return "" if self._owner.context.workbench.connection() else "Choose a connection first"

    def needs_table(self) -> str:
        """For what is there."""
        return "" if self._owner.table() is not None else "Open a table first"

    def when(self, reason: Callable[[SchemaTab], str]) -> Callable[[], str]:
        """A condition on the change in front."""

        def why_not() -> str:
            tab = self._owner.tab()
            return "Open a change of a schema first" if tab is None else reason(tab)

        return why_not

    def on(self, act: Callable[[SchemaTab], object]) -> Callable[[], None]:
        """Something done with the change in front."""

        def run() -> None:
            tab = self._owner.tab()
            if tab is not None:
                act(tab)

        return run


def add_verbs(owner: Schema) -> None:
    """Register them."""
    acts = _Acts(owner)
    owner.context.verbs.add(*_new(owner, acts), *_on_tables(owner, acts), *_on_changes(owner, acts))


def _new(owner: Schema, acts: _Acts) -> list[Verb]:
    return [
        Verb(
            "schema.new_file",
            "New database file…",
            owner.ask_file,
            (),
            "database",
            "File",
            hint="An empty SQLite or DuckDB database",
        ),
        Verb(
            "schema.new_table",
            "New table…",
            partial(owner.new, "table"),
            ("Ctrl+Alt+T",),
            "table",
            MENU,
            acts.needs_connection,
        ),
        Verb(
            "schema.new_view", "New view…", partial(owner.new, "view"), (), "eye", MENU, acts.needs_connection
        ),
    ]


def _on_tables(owner: Schema, acts: _Acts) -> list[Verb]:
    return [
        Verb(
            "schema.change",
            "Change table…",
            owner.change,
            ("Ctrl+F6",),
            "edit",
            MENU,
            acts.needs_table,
            "Columns, keys, constraints, indexes, name; or a view's SELECT",
        ),
        Verb(
            "schema.new_index",
            "New index…",
            partial(owner.change, "index"),
            (),
            "index",
            MENU,
            acts.needs_table,
        ),
        Verb(
            "schema.drop",
            "Drop table or view…",
            partial(owner.change, "drop"),
            (),
            "trash",
            MENU,
            acts.needs_table,
            "Shows what would go; nothing is dropped by this",
        ),
    ]


def _on_changes(owner: Schema, acts: _Acts) -> list[Verb]:
    on, when = acts.on, acts.when
    return [
        Verb(
            "schema.add_row",
            "Add column or key",
            on(lambda tab: tab.form.add_row()),
            ("Ctrl+Alt+A",),
            "plus",
            MENU,
            when(_why_no_form),
        ),
        Verb(
            "schema.remove_row",
            "Drop column or key",
            on(lambda tab: tab.form.remove_row()),
            ("Del",),
            "minus",
            MENU,
            when(_why_no_row),
        ),
        Verb(
            "schema.revision",
            "Make migration of this change",
            owner.propose,
            ("Ctrl+S",),
            "migrate",
            MENU,
            owner.why_no_revision,
            "As an Alembic revision: checked, rehearsed, then applied",
        ),
        Verb(
            "schema.console",
            "Open this change as SQL script",
            on(lambda tab: tab.to_console()),
            (),
            "script",
            MENU,
            when(lambda tab: tab.why_nothing()),
        ),
        Verb(
            "schema.run",
            "Run this change",
            on(lambda tab: tab.run()),
            ("Ctrl+Return", "Ctrl+Enter"),
            "play",
            MENU,
            when(lambda tab: tab.why_not_run()),
            "For a database without migrations: at once, in a transaction where it can",
        ),
    ]


def _why_no_form(tab: SchemaTab) -> str:
    return "" if tab.form.isVisible() else "Only a table has columns to add"


def _why_no_row(tab: SchemaTab) -> str:
    return "" if tab.form.isVisible() and tab.form.on_a_row() else "Put the cursor on a column or key"
