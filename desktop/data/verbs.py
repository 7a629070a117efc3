"""What can be done with tables."""

from __future__ import annotations

from collections.abc import Callable

from desktop.context import Context
from desktop.kit.verb import Verb

from .table_tab import PARTS, TableTab
from .tree_pane import TreePane


class Verbs:
    """The functions behind the verbs; each acts on the table tab in front."""

    def __init__(self, context: Context, pane: TreePane) -> None:
        self._context, self._pane = context, pane

    def tab(self) -> TableTab | None:
        """The table tab in front."""
        tab = self._context.workbench.current()
        return tab if isinstance(tab, TableTab) else None

    def why_not(self) -> str:
        """Why verbs of a table cannot run."""
        return "" if self.tab() is not None else "Open a table first"

    def why_no_tree(self) -> str:
        """Why the tree cannot be used."""
        return "" if self._context.workbench.connection() else "No connection is in use"

    def part(self, number: int) -> Callable[[], None]:
        """Show a part of the table."""

        def show() -> None:
            tab = self.tab()
            if tab is not None:
                tab.bar.parts.setCurrentIndex(number)

        return show

    def focus_tree(self) -> None:
        """Go to the filter box of the tree."""
        self._context.workbench.show_page("data")
        self._pane.filter.setFocus()
        self._pane.filter.selectAll()

    def refresh_tree(self) -> None:
        """Read the names again."""
        self._pane.refresh()

    def where(self) -> None:
        """Open the condition line."""
        tab = self.tab()
        if tab is not None:
            tab.bar.show_where()

    def copy_sql(self) -> None:
        """Copy the query as shown."""
        tab = self.tab()
        if tab is not None:
            tab.bar.copy_sql()

    def remember_order(self) -> None:
        """Have the order of the rows remembered."""
        tab = self.tab()
        if tab is not None:
            tab.source.snapshot.take_offer()

    def why_no_order(self) -> str:
        """Why there is nothing to remember."""
        tab = self.tab()
        offered = tab is not None and tab.source.snapshot.offered()
        return "" if offered else self.why_not() or "This order is quick, or remembered already"

    def clear_filters(self) -> None:
        """Show all rows again."""
        tab = self.tab()
        if tab is not None:
            tab.source.set_filters([])
            if tab.source.where():
                tab.source.set_where("")


def add_verbs(context: Context, pane: TreePane) -> None:
    """Register them."""
    acts = Verbs(context, pane)
    context.verbs.add(
        Verb("data.tree", "Go to the tables", acts.focus_tree, ("Ctrl+L",), "data", "View", acts.why_no_tree),
        Verb(
            "data.names", "Read table names again", acts.refresh_tree, (), "refresh", "View", acts.why_no_tree
        ),
        Verb(
            "data.where",
            "Filter by SQL condition",
            acts.where,
            ("Ctrl+Alt+F",),
            "filter",
            "Table",
            acts.why_not,
        ),
        Verb(
            "data.remember_order",
            "Remember the order of the rows",
            acts.remember_order,
            (),
            "history",
            "Table",
            acts.why_no_order,
        ),
        Verb("data.clear", "Remove all filters", acts.clear_filters, (), "close", "Table", acts.why_not),
        Verb("data.copy_sql", "Copy the query as SQL", acts.copy_sql, (), "copy", "Table", acts.why_not),
    )
    for number, part in enumerate(PARTS):
        context.verbs.add(
            Verb(
                f"data.part_{part.lower()}",
                f"Show {part}",
                acts.part(number),
                (f"Ctrl+{number + 1}",),
                "",
                "Table",
                acts.why_not,
            )
        )
