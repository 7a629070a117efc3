"""The tab of a diagram: a table, its neighbours by foreign key, and whatever was unfolded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.ask_file import ask_target, write_owned
from desktop.kit.flow import Flow
from desktop.kit.pictures import save_png
from desktop.kit.widgets import Check, InlineProblem, Offer, Toolbar, VerbButton
from embedded_server.wire.data import TABLE, TableRequest, TableResponse
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import DiagramRef, TableRef

from .graph import Graph, Name
from .view import DiagramView

# Beyond this nobody can read it; what was not drawn is said.
MOST_TABLES = 80


class DiagramTab(Tab):
    """Opened by a `DiagramRef`. Space on a box unfolds that table's neighbours, too."""

    ref: DiagramRef
    icon = "link"

    def __init__(self, context: Context, ref: DiagramRef) -> None:
        super().__init__()
        self.ref = ref
        self._context = context
        self._flow: Flow | None = None
        self._unfolded: list[Name] = []
        self._default = ref.schema
        self._trouble: QWidget | None = None
        self.view = DiagramView(Graph(Name(ref.schema, ref.table)))
        self.whole = Check("All columns")
        self.bar = Toolbar()
        self.bar.add(self.whole)
        self.bar.add_right(VerbButton(context.verbs, "data.diagram_fit", "Fit"))
        self.bar.add_right(VerbButton(context.verbs, "data.diagram_png", "Save as PNG…"))
        self.bar.add_right(VerbButton(context.verbs, "data.diagram_svg", "Save as SVG…"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.view, 1)
        self.setFocusProxy(self.view)
        self.whole.toggled.connect(self._columns)
        self.view.opened.connect(self._open)
        self.view.expanded.connect(self.unfold)
        self.view.chosen.connect(self._said)
        self.refresh()

    def title(self) -> str:
        """orders and around"""
        return f"Around {self.ref.table}"

    def path(self) -> str:
        """What it is a diagram of."""
        return f"foreign keys around {self.ref.table}"

    def status(self) -> list[str]:
        """How much is drawn."""
        graph = self.view.drawing.graph
        tables, keys = len(graph.boxes), len(graph.edges)
        return [
            f"{tables} table{'s' if tables != 1 else ''}",
            f"{keys} foreign key{'s' if keys != 1 else ''}",
        ]

    def state(self) -> dict[str, Any]:
        """What was unfolded, and whether all columns are shown."""
        return {"unfolded": [list(name) for name in self._unfolded], "whole": self.whole.isChecked()}

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` said."""
        for name in state.get("unfolded", []):
            if isinstance(name, list) and len(name) == 2:
                self._unfolded.append(Name(str(name[0]), str(name[1])))
        self.whole.setChecked(state.get("whole") is True)
        self.refresh()

    def closing(self) -> None:
        """Stop reading."""
        if self._flow is not None:
            self._flow.cancel()

    def refresh(self) -> None:
        """Read all tables again."""
        if self._flow is not None:
            self._flow.cancel()
        if self._trouble is not None:
            self._trouble.deleteLater()
            self._trouble = None
        self._flow = self._context.flow(self, self._load())

    async def _load(self) -> None:
        centre = await self._read(Name(self.ref.schema, self.ref.table))
        graph = Graph(Name(centre.schema, centre.table))
        graph.add(centre, neighbours=True)
        self.view.drawing.graph = graph
        self.view.current = graph.centre
        self._show()
        for name in self._unfolded:
            graph.add(await self._read(name), neighbours=True)
        await self._fill(graph)

    async def _fill(self, graph: Graph) -> None:
        """Read the tables of which only the name is known; each appears as it comes."""
        for name in graph.unread()[:MOST_TABLES]:
            try:
                graph.add(await self._read(name), neighbours=False)
            except ProblemError as error:
                graph.boxes[name].read = True  # it may be one that we must not see
                self._context.notify.say(f"{name.table}: {error.problem.title}")
            self._show()

    async def _read(self, name: Name) -> TableResponse:
        return await self._context.api.call(TABLE, TableRequest(self.ref.connection, name.table, name.schema))

    def unfold(self, name: Name) -> None:
        """Show the neighbours of a table as well."""
        if name not in self._unfolded:
            self._unfolded.append(name)
            self._context.flow(self, self._unfold(name))

    async def _unfold(self, name: Name) -> None:
        graph = self.view.drawing.graph
        graph.add(await self._read(name), neighbours=True)
        self._show()
        self._context.workbench.touched(self)
        await self._fill(graph)

    def show_problem(self, problem: Problem) -> None:
        """In the place of the diagram's bar: what was drawn stays."""
        if self._trouble is not None:
            self._trouble.deleteLater()
        message = InlineProblem(problem, (Offer("Try again", self.refresh),))
        message.closed.connect(message.hide)
        self._trouble = message
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.insertWidget(1, message)

    def _show(self) -> None:
        self.view.changed()
        self._context.workbench.touched(self)

    def _columns(self, whole: bool) -> None:
        self.view.drawing.whole = whole
        self.view.changed()
        self._context.workbench.touched(self)

    def _open(self, name: Name) -> None:
        self._context.workbench.open(TableRef(self.ref.connection, name.table, name.schema))

    def _said(self, name: Name) -> None:
        self._context.notify.say(
            f"{self.view.drawing.title(name)}: Enter opens it, Space shows its neighbours"
        )

    # --- pictures ------------------------------------------------------------------------------------

    def ask_svg(self) -> None:
        """Ask where the SVG goes."""
        ask_target("Save diagram", f"{self.ref.table}.svg", "SVG (*.svg)", self.save_svg, "svg")

    def ask_png(self) -> None:
        """Ask where the PNG goes."""
        ask_target("Save diagram", f"{self.ref.table}.png", "PNG (*.png)", self.save_png, "png")

    def save_svg(self, path: str) -> None:
        """Write the diagram as SVG."""
        try:
            write_owned(Path(path), self.view.svg())
        except ProblemError as error:
            self.show_problem(error.problem)
            return
        self._context.notify.say(f"Saved {path}")

    def save_png(self, path: str) -> None:
        """Write the diagram as PNG, at twice its size."""
        try:
            save_png(self.view.image(), path)
        except ProblemError as error:
            self.show_problem(error.problem)
            return
        self._context.notify.say(f"Saved {path}")
