"""The tab of a function, procedure or trigger: its source, read-only."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.flow import Flow
from desktop.kit.widgets.messages import EmptyState, InlineProblem, Offer
from embedded_server.wire.data import SOURCE, SourceRequest
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import RoutineRef

from .sql_text import SqlText


class SourceTab(Tab):
    """Shows what the database stores."""

    ref: RoutineRef

    def __init__(self, context: Context, ref: RoutineRef) -> None:
        super().__init__()
        self.ref = ref
        self.icon = "trigger" if ref.routine == "trigger" else "function"
        self._context = context
        self._flow: Flow | None = None
        self._stack = QStackedWidget()
        self.text = SqlText(f"Source of {ref.name}")
        self._stack.addWidget(EmptyState("Reading the source…"))
        self._stack.addWidget(self.text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        self.refresh()

    def path(self) -> str:
        """schema.name"""
        return f"{self.ref.schema}.{self.ref.name}" if self.ref.schema else self.ref.name

    def refresh(self) -> None:
        """Fetch the source again."""
        if self._flow is not None:
            self._flow.cancel()
        self._flow = self._context.flow(self, self._load())

    async def _load(self) -> None:
        ref = self.ref
        request = SourceRequest(ref.connection, ref.name, ref.schema, ref.routine, ref.table)
        answer = await self._context.api.call(SOURCE, request)
        self.text.show_sql(answer.sql)
        self._stack.setCurrentWidget(self.text)

    def show_problem(self, problem: Problem) -> None:
        """Show why it cannot be read, with another try."""
        page = QWidget()
        column = QVBoxLayout(page)
        column.addWidget(InlineProblem(problem, (Offer("Try again", self.refresh),), closable=False))
        column.addStretch(1)
        self._stack.addWidget(page)
        self._stack.setCurrentWidget(page)
