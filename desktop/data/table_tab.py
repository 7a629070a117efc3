"""The tab of a table or view: rows, structure, relations, DDL."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.flow import Flow
from desktop.kit.grid.formats import count_text
from desktop.kit.grid.grid import Grid
from desktop.kit.rows import Missing
from desktop.kit.widgets.layout import Splitter
from desktop.kit.widgets.messages import EmptyState, InlineProblem, Offer
from embedded_server.wire.data import TABLE, Filter, Order, TableRequest, TableResponse
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import ExportRef, Ref, RowRef, StatementRef, TableRef
from embedded_server.wire.values import Cell, to_json

from .catalogs import Catalogs
from .edit_journal import EditBook
from .edited_source import EditedSource
from .filter_bar import FilterBar
from .record_panel import RecordPanel
from .tab_edits import TabEdits

if TYPE_CHECKING:
    from .hover_card import HoverCard

PARTS = ("Rows", "Structure", "Relations", "DDL")
# What is explained for a table is a page of it, not the reading of all.
SHOWN_ROWS = 256
REMEMBER = "Remember this order"
WHY_REMEMBER = (
    "Sorting took a while, and every jump sorts again. Remembering the order reads the keys of all rows "
    "once, in the background. Others work on this database too: nothing is read before you say so."
)


class TableTab(Tab):
    """Opened by a `TableRef`, or by a `RowRef` that sets the first filter."""

    ref: TableRef | RowRef

    def __init__(
        self,
        context: Context,
        ref: TableRef | RowRef,
        edits: EditBook,
        catalogs: Catalogs,
        default_schema: str = "",
    ) -> None:
        super().__init__()
        self.ref = ref
        self.icon = "table"
        self._context, self._catalogs = context, catalogs
        self._default_schema = default_schema
        self.table_ref = TableRef(ref.connection, ref.table, ref.schema)
        # Asked for behind the first rows, so that nothing keeps them waiting.
        self._flow: Flow | None = None
        # A restored scroll position waits for the first rows: before them there is nothing to scroll.
        self._return_to = 0
        self.structure: TableResponse | None = None
        staged = edits.of(self.table_ref, default_schema)
        self.source = EditedSource(
            context.api, self.table_ref, staged, self._engine, self._why_read_only, self
        )
        if isinstance(ref, RowRef):
            self.source.set_filters(_key_filters(ref))
        self.grid = Grid(self.source)
        self.bar = FilterBar(context, self.source, self.grid, PARTS)
        self.panel = RecordPanel(context, self.table_ref)
        self.editing = TabEdits(context, self.table_ref, self.source, self.grid)
        self.bar.toolbar.add_right(self.editing.controls)
        self.bar.make_room(self.dirty())
        self._stack = QStackedWidget()
        self._pages: dict[int, QWidget] = {0: self.grid}
        self._made: set[int] = set()
        self._stack.addWidget(self.grid)
        self._lay_out()
        self.setFocusProxy(self.grid)
        self._connect()

    def _lay_out(self) -> None:
        halves = Splitter(vertical=True)
        halves.addWidget(self._stack)
        halves.addWidget(self.editing.place)
        halves.setSizes([600, 260])
        halves.setStretchFactor(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.editing.messages)
        column.addWidget(halves, 1)

    def _connect(self) -> None:
        self.bar.parts.chosen.connect(self._show_part)
        self.editing.touched.connect(self._edited)
        self.grid.current_changed.connect(self._cursor_moved)
        self.grid.follow.connect(self._follow)
        self.grid.hover_reference.connect(self._hover)
        self.grid.hover_left.connect(self._leave_card)
        self.grid.said.connect(self._context.notify.say)
        self.grid.failed.connect(self._failed)
        self.grid.showing.connect(self._touch)
        self.grid.summary.changed.connect(self._touch)
        self.source.arrived.connect(self._arrived)
        self.source.troubled.connect(self._want_structure)
        self.source.counted.connect(self._touch)
        self.source.snapshot.changed.connect(self._touch)
        self.source.reshaped.connect(self._reshaped)

    # --- what the workbench asks ---------------------------------------------------------------

    def title(self) -> str:
        """The table's name."""
        return self.ref.table

    def path(self) -> str:
        """schema.table"""
        return f"{self.ref.schema}.{self.ref.table}" if self.ref.schema else self.ref.table

    def subject(self, kind: str) -> Ref | None:
        """The table, the statement behind the rows shown, or the rows as they are filtered and sorted."""
        if kind == ExportRef.kind:
            source = self.source
            return ExportRef(
                self.ref.connection,
                self.ref.table,
                self.ref.schema,
                msgspec.to_builtins(source.order_by()),
                msgspec.to_builtins(source.filters()),
                source.where(),
            )
        if kind != StatementRef.kind:
            return super().subject(kind)
        sql = self.source.shown_sql()
        return StatementRef(self.ref.connection, f"{sql}\nLIMIT {SHOWN_ROWS}") if sql else None

    def dirty(self) -> bool:
        """Whether edits are staged here."""
        return len(self.editing.edits.staged) > 0

    def closing_question(self) -> str:
        """Staged edits are not applied by closing."""
        return self.editing.question()

    def inspector(self) -> QWidget:
        """The record panel."""
        return self.panel

    def refresh(self) -> None:
        """Fetch rows and structure again; scroll and selection stay."""
        if "card" in vars(self):
            self.card.forget()
        self.source.refresh()
        self._load_structure(refresh=True)

    def status(self) -> list[str]:
        """Rows in view, their number, selection, time of the last page."""
        first, last = self.grid.visible()
        total = self.source.row_count()
        parts = []
        if total:
            shown = f"rows {first + 1:,}–{min(last + 1, total):,} of {count_text(total, self.source.exact())}"
            parts.append(shown + (" · counting…" if self.source.counting() else ""))
        notes = (self.source.snapshot.text(), self.editing.status(), self.grid.summary.text())
        parts += [text for text in notes if text]
        return parts

    def offer(self) -> tuple[str, str]:
        """To have the order of the rows remembered."""
        return (REMEMBER, WHY_REMEMBER) if self.source.snapshot.offered() else super().offer()

    def take_offer(self) -> None:
        """Have it remembered."""
        self.source.snapshot.take_offer()

    def state(self) -> dict[str, Any]:
        """Part, order, filters, scroll."""
        return {
            "part": self.bar.parts.currentIndex(),
            "order": msgspec.to_builtins(self.source.order_by()),
            "filters": msgspec.to_builtins(self.source.filters()),
            "where": self.source.where(),
            "row": self.grid.visible()[0],
        }

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` said in an earlier run; anything unreadable is left out."""
        try:
            order = msgspec.convert(state.get("order", []), list[Order])
            filters = msgspec.convert(state.get("filters", []), list[Filter])
            part, row = int(state.get("part", 0)), int(state.get("row", 0))
        except (msgspec.ValidationError, TypeError, ValueError):
            return
        if order:
            self.source.set_order(order)
        if filters:
            self.source.set_filters(filters)
        if state.get("where"):
            self.source.set_where(str(state["where"]))
        self.bar.parts.setCurrentIndex(part if 0 <= part < len(PARTS) else 0)
        self._return_to = max(0, row)

    def closing(self) -> None:
        """Stop what runs for this tab; what is typed is staged, and stays so."""
        self.grid.editor.finish()
        self._leave_card()
        self.source.cancel()

    def show_problem(self, problem: Problem) -> None:
        """Problems of the structure stand on the part that needs it; rows show their own."""
        if self._stack.currentWidget() is not self.grid:
            self._made.discard(self.bar.parts.currentIndex())
            self._replace(self.bar.parts.currentIndex(), self._problem_page(problem))

    # --- editing ------------------------------------------------------------------------------

    def _engine(self) -> str:
        catalog = self._catalogs.get(self.ref.connection)
        return catalog.engine if catalog is not None else ""

    def _why_read_only(self) -> str:
        """Why nothing can be edited here, as far as the window knows."""
        catalog = self._catalogs.get(self.ref.connection)
        if catalog is not None and catalog.read_only:
            return "The connection is read-only"
        if self.structure is not None and "view" in self.structure.kind.split():
            return "A view's rows are not edited: edit the tables it reads from"
        return "The edits are being applied" if self.editing.applying.running() else ""

    def _edited(self) -> None:
        self.bar.make_room(self.dirty())
        self._context.workbench.keep(self)
        self._touch()

    # --- parts ---------------------------------------------------------------------------------

    def _show_part(self, part: int) -> None:
        if part != 0 and part not in self._made:
            if self.structure is None:
                self._replace(part, EmptyState("Reading the structure…"))
                self._load_structure()
                return
            self._replace(part, self._make_part(part, self.structure))
        self._stack.setCurrentWidget(self._pages[part])
        self.bar.show_rows_tools(part == 0)

    def _make_part(self, part: int, table: TableResponse) -> QWidget:
        from .table_parts import make_part  # noqa: PLC0415  # lazy: the first frame needs none of them

        self._made.add(part)
        return make_part(part, table, self._open_table, self.ref.connection)

    def _replace(self, part: int, page: QWidget) -> None:
        old = self._pages.pop(part, None)
        self._pages[part] = page
        self._stack.addWidget(page)
        if part == self.bar.parts.currentIndex():
            self._stack.setCurrentWidget(page)
            self.bar.show_rows_tools(part == 0)
        if old is not None:
            self._stack.removeWidget(old)
            old.deleteLater()

    def _problem_page(self, problem: Problem) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(16, 16, 16, 16)
        offers = (Offer("Try again", self.refresh),)
        column.addWidget(InlineProblem(problem, offers, closable=False))
        column.addStretch(1)
        return page

    def _want_structure(self) -> None:
        if self._flow is None:
            self._load_structure()

    def _load_structure(self, *, refresh: bool = False) -> None:
        if self._flow is not None:
            self._flow.cancel()
        self._flow = self._context.flow(self, self._structure_steps(refresh))

    async def _structure_steps(self, refresh: bool) -> None:
        ref = self.table_ref
        request = TableRequest(ref.connection, ref.table, ref.schema, refresh)
        self.structure = await self._context.api.call(TABLE, request)
        self.panel.show_table(self.structure)
        for part in [part for part in self._pages if part != 0]:
            self._replace(part, self._make_part(part, self.structure))

    def _open_table(self, ref: TableRef) -> object:
        # The default schema is left out everywhere, so that one table has one tab.
        schema = "" if ref.schema == self._default_schema else ref.schema
        return self._context.workbench.open(TableRef(ref.connection, ref.table, schema))

    # --- rows ----------------------------------------------------------------------------------

    @cached_property
    def card(self) -> HoverCard:
        """The card of the row that a foreign key refers to."""
        from .hover_card import HoverCard  # noqa: PLC0415  # lazy: nothing of it is seen before one points

        return HoverCard(self._context, self.ref.connection, self)

    def _leave_card(self) -> None:
        if "card" in vars(self):
            self.card.leave()

    def _cursor_moved(self, row: int, _: int) -> None:
        if row < 0:
            self.panel.show_nothing()
            return
        columns = self.source.columns()
        cells: dict[str, Cell] = {}
        for index, column in enumerate(columns):
            cell = self.source.cell(row, index)
            if not isinstance(cell, Missing):
                cells[column.name] = cell
        exact = self.source.numbers_exact(row)
        self.panel.show_row(("" if exact else "~") + f"{row + 1:,}", columns, cells)
        self._touch()

    def _follow(self, row: int, column: int) -> None:
        shown = self.source.columns()[column]
        cell = self.source.cell(row, column)
        target = shown.references
        if target is not None and cell is not None and not isinstance(cell, Missing):
            ref = RowRef(self.ref.connection, target.table, [target.column], [to_json(cell)], target.schema)
            self._context.workbench.open(ref)

    def _hover(self, row: int, column: int, place: QRect) -> None:
        cell = self.source.cell(row, column)
        if not isinstance(cell, Missing):
            self.card.show_parent(self.source.columns()[column], cell, place.bottomLeft())

    def _failed(self, problem: Problem) -> None:
        self._context.notify.problem(problem, self)

    def _arrived(self, *_: object) -> None:
        row, self._return_to = self._return_to, 0
        if row:
            self.grid.scroll_to(row)
        self._want_structure()
        self._catalogs.ensure(self.ref.connection)
        self._touch()

    def _reshaped(self) -> None:
        self._context.workbench.keep(self)
        self._touch()

    def _touch(self, *_: object) -> None:
        self._context.workbench.touched(self)


def _key_filters(ref: RowRef) -> list[Filter]:
    return [
        Filter(column, "=", value) if value is not None else Filter(column, "null")
        for column, value in zip(ref.columns, ref.values, strict=True)
    ]
