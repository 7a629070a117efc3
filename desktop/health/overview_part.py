"""Sizes, load and limits over the last minutes, and what takes most room."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QScrollArea, QVBoxLayout

from desktop.context import Context
from desktop.kit.theme import theme
from desktop.kit.widgets import EmptyState, Heading, KeyValue, Paragraph, Surface, slim_bars
from embedded_server.wire.health import RESOURCES, ResourcesRequest, ResourcesResponse, Sized
from embedded_server.wire.refs import TableRef

from .charts import Charts
from .details import Details
from .part import Part
from .series import Clock
from .sizes import Sizes
from .words import bytes_text, span_text

# What takes most room changes slowly, and measuring it looks at every table.
SIZES_EVERY = 12
FIRST_MILLISECONDS = 1000


_HOW = (
    "Read only while it is looked at. Point at a moment, or press Left and Right on the charts: all of them "
    "show what was then."
)


class OverviewPart(Part):
    """Two groups of charts on one clock, then the largest tables and indexes."""

    title = "Overview"
    automatic = True

    def __init__(self, context: Context, connection: str) -> None:
        empty = EmptyState("No numbers", "This database tells nothing of itself.", "health")
        super().__init__(context, connection, empty, "Overview")
        self.clock = Clock()
        self.answer: ResourcesResponse | None = None
        self._asked = 0
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.load)
        self.database = Charts("Database over the last minutes", self.clock, "database")
        self.machine = Charts("Machine over the last minutes", self.clock, "machine")
        self.largest = Sizes("Largest tables and indexes")
        self.notes = Paragraph("", "dim")
        self._page = QScrollArea()
        self._largest_heading = Heading("Largest tables and indexes")
        self._lay_out()
        self.stack.addWidget(self._page)
        self.setFocusProxy(self.database)
        self.largest.opened.connect(self.open_table)

    def _lay_out(self) -> None:
        box = Surface("bg1")
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(theme().scaled(6))
        for heading, widget in (
            (Heading("Database"), self.database),
            (Heading("This machine"), self.machine),
            (self._largest_heading, self.largest),
        ):
            heading.setContentsMargins(theme().scaled(14), theme().scaled(6), 0, 0)
            column.addWidget(heading)
            column.addWidget(widget)
        self.notes.setContentsMargins(theme().scaled(14), theme().scaled(8), theme().scaled(14), 0)
        column.addWidget(self.notes)
        column.addStretch(1)
        self._page.setWidget(box)
        self._page.setWidgetResizable(True)
        self._page.setFrameShape(QScrollArea.Shape.NoFrame)
        self._page.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._page.setAccessibleName("Overview")
        slim_bars(self._page)

    def load(self) -> None:
        """Read the numbers; the next one waits for this one."""
        if not self.busy():
            self.run(self._fetch())

    async def _fetch(self) -> None:
        sizes = self._asked % SIZES_EVERY == 0
        answer = await self.context.api.call(
            RESOURCES, ResourcesRequest(connection=self.connection, sizes=sizes)
        )
        self._asked += 1
        self.answer, self.dialect = answer, answer.engine
        self.clock.add(answer.at, answer.metrics)
        if sizes:
            self.largest.show_sizes(answer.largest, self._whole())
            self._largest_heading.setVisible(bool(answer.largest))
        self.database.follow()
        self.machine.follow()
        self.notes.setText("\n".join(answer.notes))
        self.notes.setVisible(bool(answer.notes))
        self.loaded = True
        self.stack.setCurrentWidget(self._page if answer.metrics else self.empty)
        self.say(f"last {span_text(self.clock.span())}")
        self.changed.emit()
        if self._asked == 1:
            # What only grows is known by its growth: a second reading soon.
            self._soon.start(FIRST_MILLISECONDS)

    def stop(self) -> None:
        """Nothing more is asked."""
        self._soon.stop()
        super().stop()

    def _whole(self) -> str:
        return "table" if self.dialect == "sqlite" else "table with its indexes"

    def open_table(self, one: Sized) -> None:
        """Show the rows of a table."""
        table = one.table if one.kind == "index" else one.name
        self.context.workbench.open(TableRef(self.connection, table, one.schema))

    def details(self) -> Details:
        """How to read it, and what the numbers are measured over."""
        metrics = self.answer.metrics if self.answer is not None else []
        # "Processor of Backlight" and "Memory of Backlight" are numbers of one process.
        told = {metric.note: metric.title.rpartition(" of ")[2] for metric in metrics if metric.note}
        facts = [KeyValue(name, note, mono=False) for note, name in told.items()]
        return Details(heading="Overview", text=_HOW, facts=facts)

    def summary(self) -> str:
        """Size and connections."""
        if self.answer is None:
            return ""
        told = {metric.id: metric for metric in self.answer.metrics}
        parts = [bytes_text(told["size"].value)] if "size" in told else []
        if "connections" in told and told["connections"].limit:
            one = told["connections"]
            parts.append(f"{one.value:,.0f} of {one.limit:,.0f} connections")
        return " · ".join(parts)
