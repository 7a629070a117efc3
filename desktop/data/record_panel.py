"""The inspector of a table: the whole current row, who refers to it, the rows it points to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.ages import age_text
from desktop.kit.flow import Flow
from desktop.kit.grid.formats import Style, exact_text, show
from desktop.kit.theme import theme
from desktop.kit.widgets.fields import FilterBox
from desktop.kit.widgets.keyvalue import KeyValue, KeyValueList
from desktop.kit.widgets.layout import Surface
from desktop.kit.widgets.scroll import slim_bars
from desktop.kit.widgets.text import ElidedLabel, Paragraph
from embedded_server.wire.data import (
    LOOKUP,
    Column,
    LookupRequest,
    LookupResponse,
    Reference,
    TableResponse,
)
from embedded_server.wire.problem import ProblemError
from embedded_server.wire.refs import Ref, RowRef, TableRef, TraceRef
from embedded_server.wire.trace import SEEN, SeenRequest, Sighting
from embedded_server.wire.values import Cell, to_json

# How long the cursor must rest on a row before its relations are asked for.
REST_MILLISECONDS = 120
MOST_SEEN = 8
_TOKENS = {Style.NUMBER: "number", Style.NULL: "null", Style.EMPTY: "null"}


class RecordPanel(QScrollArea):
    """Follows the cursor of a table tab; never blocks, never shows one row's relations under another's."""

    def __init__(self, context: Context, ref: TableRef, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._ref = context, ref
        self._table: TableResponse | None = None
        self._cells: dict[str, Cell] = {}
        self._columns: list[Column] = []
        self._flow: Flow | None = None
        self.setAccessibleName("Row")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        slim_bars(self)
        self.heading = ElidedLabel("", "dim", ratio=0.88, weight=600)
        self._hint = Paragraph("The row under the cursor stands here, with what refers to it.", "dim")
        self.filter = FilterBox("Filter fields")
        self.fields = KeyValueList("Fields of the row")
        self._more = QWidget()
        self._sections = QVBoxLayout(self._more)
        self._sections.setContentsMargins(0, 0, 0, 0)
        self._sections.setSpacing(0)
        self._lay_out()
        self.filter.filtered.connect(self._show_fields)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MILLISECONDS)
        self._rest.timeout.connect(self._ask)

    def show_table(self, table: TableResponse) -> None:
        """The structure arrived: relations can be shown."""
        self._table = table
        self._rest.start()

    def show_row(self, number: str, columns: Sequence[Column], cells: dict[str, Cell]) -> None:
        """Show a row as far as the grid has it; the rest and its relations follow."""
        self.heading.setText(f"ROW {number} · {self._ref.table.upper()}")
        self._hint.hide()
        self._columns = list(columns)
        self._cells = dict(cells)
        self._show_fields()
        self._clear_sections()
        if self._flow is not None:
            self._flow.cancel()
        self._rest.start()

    def show_nothing(self) -> None:
        """No row is current."""
        # What was asked about the row that was current has no place any more.
        self._rest.stop()
        if self._flow is not None:
            self._flow.cancel()
        self.heading.setText("NO ROW SELECTED")
        self._hint.show()
        self._columns, self._cells = [], {}
        self._show_fields()
        self._clear_sections()

    def sections(self) -> int:
        """How many related sections stand below the fields."""
        return self._sections.count() // 2

    # --- painting what is known ----------------------------------------------------------------

    def _lay_out(self) -> None:
        body = Surface("bg1")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(theme().scaled(6))
        inset = QVBoxLayout()
        inset.setContentsMargins(14, 0, 14, 0)
        inset.addWidget(self.heading)
        inset.addWidget(self._hint)
        inset.addWidget(self.filter)
        column.addLayout(inset)
        column.addWidget(self.fields)
        column.addWidget(self._more)
        column.addStretch(1)
        self.setWidget(body)
        self.filter.hide()

    def _show_fields(self, *_: object) -> None:
        wanted = self.filter.text().casefold()
        self.filter.setVisible(len(self._columns) > 12)
        rows = [
            self._field(column)
            for column in self._columns
            if column.name in self._cells and wanted in column.name.casefold()
        ]
        self.fields.show_rows(rows)

    def _field(self, column: Column) -> KeyValue:
        cell = self._cells[column.name]
        shown = show(cell, column)
        text = shown.text + (f"  {shown.suffix}" if shown.suffix else "")
        follow = None
        if column.references is not None and cell is not None:
            target = column.references
            ref = RowRef(self._ref.connection, target.table, [target.column], [to_json(cell)], target.schema)
            follow = _Open(self._context, ref)
        token = _TOKENS.get(shown.style, "text")
        italic = shown.style in (Style.NULL, Style.EMPTY)
        return KeyValue(column.name, text, token, italic=italic, copy=exact_text(cell), open=follow)

    def _clear_sections(self) -> None:
        while (item := self._sections.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()

    def _section(self, title: str, rows: list[KeyValue]) -> None:
        heading = ElidedLabel(title.upper(), "dim", ratio=0.88, weight=600)
        heading.setContentsMargins(14, theme().scaled(12), 14, theme().scaled(4))
        listed = KeyValueList(title)
        listed.show_rows(rows)
        self._sections.addWidget(heading)
        self._sections.addWidget(listed)

    # --- asking for the rest -------------------------------------------------------------------

    def _ask(self) -> None:
        if self._table is None or not self._cells or not self._context.api.online:
            return
        if self._flow is not None:
            self._flow.cancel()
        self._flow = self._context.flow(self, self._fill(self._table))

    async def _fill(self, table: TableResponse) -> None:
        try:
            await self._whole_row(table)
            await self._referring(table.references)
            await self._seen(table)
            await self._parents(table)
        except ProblemError:
            # A row that vanished or a table that cannot be read keeps what the grid knows of it.
            return

    async def _whole_row(self, table: TableResponse) -> None:
        key = table.row_key
        if not key or any(name not in self._cells for name in key):
            return
        values = [to_json(self._cells[name]) for name in key]
        answer = await self._lookup(self._ref.table, self._ref.schema, key, values)
        for row in answer.rows.rows():
            self._columns = answer.columns
            self._cells = {
                column.name: cell
                for column, cell in zip(answer.columns, row, strict=True)
                if not column.hidden
            }
            self._show_fields()

    async def _referring(self, references: Sequence[Reference]) -> None:
        rows = []
        for reference in references[:20]:
            values = [self._cells.get(name) for name in reference.target_columns]
            if any(value is None for value in values):
                continue
            packed = [to_json(value) for value in values]
            answer = await self._lookup(
                reference.table, reference.schema, reference.columns, packed, count=True
            )
            number = answer.count or 0
            text = f"{number:,}" + ("+" if answer.count_capped else "") + (" row" if number == 1 else " rows")
            ref = RowRef(self._ref.connection, reference.table, reference.columns, packed, reference.schema)
            link = _Open(self._context, ref) if number else None
            rows.append(KeyValue(reference.table, text, "dim", mono=False, open=link))
        if rows:
            self._section("Refers here", rows)

    async def _seen(self, table: TableResponse) -> None:
        """The requests that touched this row; a server without that room, or without any, shows nothing."""
        cells = [self._cells.get(name) for name in table.row_key]
        if not cells or any(cell is None for cell in cells):
            return
        request = SeenRequest(
            connection=self._ref.connection,
            table=self._ref.table,
            schema=self._ref.schema,
            columns=list(table.row_key),
            key=[to_json(cell) for cell in cells],
            limit=MOST_SEEN,
        )
        try:
            answer = await self._context.api.call(SEEN, request)
        except ProblemError:
            return
        if answer.requests:
            self._section("Seen in requests", [self._sighting(found) for found in answer.requests])

    def _sighting(self, found: Sighting) -> KeyValue:
        summary = found.request
        title = f"{summary.method} {summary.target}"
        count = f"{summary.statements:,} statement" + ("" if summary.statements == 1 else "s")
        text = f"{title} · {count}" + (" · changed it" if found.writes else "")
        link = _Open(self._context, TraceRef(summary.id, title))
        return KeyValue(age_text(summary.at), text, mono=False, open=link, tip=f"{text}\n{found.sql}")

    async def _parents(self, table: TableResponse) -> None:
        for key in table.foreign_keys[:6]:
            values = [self._cells.get(name) for name in key.columns]
            if any(value is None for value in values):
                continue
            packed = [to_json(value) for value in values]
            answer = await self._lookup(key.target, key.target_schema, key.target_columns, packed)
            for row in answer.rows.rows():
                title = f"{key.target} {', '.join(exact_text(value) for value in values)}"
                self._section(title, parent_rows(answer, row))

    async def _lookup(
        self, table: str, schema: str, columns: list[str], values: list[Any], *, count: bool = False
    ) -> LookupResponse:
        request = LookupRequest(
            connection=self._ref.connection,
            table=table,
            schema=schema,
            columns=columns,
            values=values,
            count=count,
        )
        return await self._context.api.call(LOOKUP, request)


def parent_rows(answer: LookupResponse, row: Sequence[Cell], most: int = 8) -> list[KeyValue]:
    """The telling fields of a parent row, its label first."""
    pairs = [
        (column, cell)
        for column, cell in zip(answer.columns, row, strict=True)
        if not column.hidden and not column.key
    ]
    pairs.sort(key=lambda pair: pair[0].name != answer.label)
    rows = []
    for column, cell in pairs[:most]:
        shown = show(cell, column)
        italic = shown.style in (Style.NULL, Style.EMPTY)
        token = _TOKENS.get(shown.style, "text")
        rows.append(KeyValue(column.name, shown.text, token, italic=italic, copy=exact_text(cell)))
    return rows


class _Open:
    """Opens a reference when called; a plain object that keeps its target."""

    def __init__(self, context: Context, ref: Ref) -> None:
        self._context, self._ref = context, ref

    def __call__(self) -> object:
        return self._context.workbench.open(self._ref)
