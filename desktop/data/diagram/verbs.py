"""What can be done with diagrams."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject

from desktop.context import Context
from desktop.kit.verb import Verb
from embedded_server.wire.refs import DiagramRef, Ref, TableRef

if TYPE_CHECKING:
    from .tab import DiagramTab


class Diagrams(QObject):
    """Opens them, and acts on the one in front."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        context.workbench.add_opener(DiagramRef.kind, self._make)
        context.verbs.add(
            Verb(
                "data.diagram",
                "Diagram of foreign keys",
                self._open,
                ("Ctrl+Alt+D",),
                "link",
                "Table",
                self._why_no_table,
            ),
            Verb("data.diagram_fit", "Fit diagram", self._fit, (), "search", "Table", self._why_no_diagram),
            Verb(
                "data.diagram_svg",
                "Save diagram as SVG…",
                self._svg,
                (),
                "save",
                "Table",
                self._why_no_diagram,
            ),
            Verb(
                "data.diagram_png",
                "Save diagram as PNG…",
                self._png,
                (),
                "save",
                "Table",
                self._why_no_diagram,
            ),
        )

    def _make(self, ref: DiagramRef, _: Ref | None) -> DiagramTab:
        from .tab import DiagramTab  # noqa: PLC0415  # lazy: most sessions open none

        return DiagramTab(self._context, ref)

    def _table(self) -> TableRef | None:
        tab = self._context.workbench.current()
        found = tab.ref if tab is not None else None
        return found if isinstance(found, TableRef) else None

    def _diagram(self) -> DiagramTab | None:
        tab = self._context.workbench.current()
        return cast("DiagramTab", tab) if tab is not None and isinstance(tab.ref, DiagramRef) else None

    def _why_no_table(self) -> str:
        return "" if self._table() is not None else "Open a table first"

    def _why_no_diagram(self) -> str:
        return "" if self._diagram() is not None else "Open a diagram first"

    def _open(self) -> None:
        table = self._table()
        if table is not None:
            self._context.workbench.open(DiagramRef(table.connection, table.table, table.schema), keep=True)

    def _fit(self) -> None:
        tab = self._diagram()
        if tab is not None:
            tab.view.fit()

    def _svg(self) -> None:
        tab = self._diagram()
        if tab is not None:
            tab.ask_svg()

    def _png(self) -> None:
        tab = self._diagram()
        if tab is not None:
            tab.ask_png()
