"""The page Slow: statements by the time they took, from captured requests and the database's statistics."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.flow import Flow
from desktop.kit.two_lines import Row, TwoLineList
from desktop.kit.widgets import ElidedLabel, EmptyState, FilterBox, InlineProblem, Offer, no_match
from embedded_server.wire.explain import TOP, TopRequest, TopStatement
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import StatementRef, TraceRef
from embedded_server.wire.server import Event

from .slow_filter import HINT, filtered
from .words import ms_text, short_sql

# New requests come in bursts; the list follows at this pace.
_SETTLE_MILLISECONDS = 1500
_SLOW_MS, _VERY_SLOW_MS = 20.0, 200.0
MOST = 200


class SlowPane(QWidget):
    """Filter box and list; fetched when it is shown and while it is."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._statements: list[TopStatement] = []
        self._flow: Flow | None = None
        self.filter = FilterBox(HINT, "Filter statements")
        self.list = TwoLineList("Slow statements")
        self.note = ElidedLabel("", "faint", ratio=0.9)
        self.note.setContentsMargins(12, 2, 12, 4)
        self._empty = EmptyState(
            "No statements yet",
            "Statements of captured requests stand here by the time they took, and those of "
            "pg_stat_statements where it is installed.",
            "slow",
            (Offer("Read again", self.reload),),
        )
        self._nothing = no_match(self.filter.clear, "No statement")
        self._trouble = QWidget()
        QVBoxLayout(self._trouble).setContentsMargins(8, 8, 8, 8)
        self._stack = QStackedWidget()
        for page in (self.list, self._empty, self._nothing, self._trouble):
            self._stack.addWidget(page)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MILLISECONDS)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        top = QVBoxLayout()
        top.setContentsMargins(8, 8, 8, 6)
        top.addWidget(self.filter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(top)
        column.addWidget(self._stack, 1)
        column.addWidget(self.note)
        self._stack.setCurrentWidget(self._empty)

    def _connect(self) -> None:
        self.filter.filtered.connect(self._show)
        self.filter.left.connect(self.list.first)
        self.list.opened.connect(self._open)
        self._settle.timeout.connect(self.reload)
        self._context.events.happened.connect(self._happened)
        self._context.workbench.connection_changed.connect(self._changed)

    def showEvent(self, event: object) -> None:
        """Come to the front with what is true now."""
        self.reload()

    def current(self) -> TopStatement | None:
        """The statement under the cursor."""
        thing = self.list.thing()
        return thing if isinstance(thing, TopStatement) else None

    def reload(self) -> None:
        """Fetch again."""
        if self._flow is not None:
            self._flow.cancel()
        self._flow = Flow(self, self._fetch(), self._show_problem)

    async def _fetch(self) -> None:
        asked = TopRequest(connection=self._context.workbench.connection(), limit=MOST)
        answer = await self._context.api.call(TOP, asked)
        if not answer.statements and asked.connection:
            # Captures of other databases are better than nothing.
            answer = await self._context.api.call(TOP, TopRequest(limit=MOST))
        self._statements = answer.statements
        self.note.setToolTip("\n".join(answer.notes))
        self._show()

    def _show(self, *_: object) -> None:
        shown = filtered(self._statements, self.filter.text())
        current = self.current()
        place = shown.index(current) if current in shown else -1
        self.list.show_rows([_row(one) for one in shown], place)
        page = self.list if shown else self._nothing if self._statements else self._empty
        self._stack.setCurrentWidget(page)
        hidden = len(self._statements) - len(shown)
        self.note.setText(f"{len(shown):,} shown, {hidden:,} hidden by the filter" if hidden else "")

    def _show_problem(self, problem: Problem) -> None:
        layout = self._trouble.layout()
        while layout is not None and layout.count():
            item = layout.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        if isinstance(layout, QVBoxLayout):
            layout.addWidget(InlineProblem(problem, (Offer("Try again", self.reload),), closable=False))
            layout.addStretch(1)
        self._stack.setCurrentWidget(self._trouble)

    def _happened(self, event: Event) -> None:
        if event.kind == "trace.new" and self.isVisible():
            self._settle.start()

    def _changed(self) -> None:
        if self.isVisible():
            self.reload()

    def _open(self, one: TopStatement, keep: bool) -> None:
        origin = TraceRef(one.trace) if one.trace else None
        self._context.workbench.open(statement_of(one), origin, keep=keep)


def statement_of(one: TopStatement) -> StatementRef:
    """The reference of its slowest run."""
    return StatementRef(one.connection, one.sql, one.params, one.trace, one.number)


def _row(one: TopStatement) -> Row:
    calls = "1 call" if one.calls == 1 else f"{one.calls:,} calls"
    parts = [calls, f"mean {ms_text(one.mean_ms)}"]
    if one.requests:
        parts.append("1 request" if one.requests == 1 else f"{one.requests:,} requests")
    token = "error" if one.mean_ms >= _VERY_SLOW_MS else "warn" if one.mean_ms >= _SLOW_MS else "dim"
    source = "" if one.source == "captures" else "statistics"
    about = f"{one.source} · longest {ms_text(one.max_ms)}"
    tip = "\n".join(filter(None, (one.sql, ", ".join(one.routes), about)))
    below = " · ".join(parts)
    text = short_sql(one.sql)
    # What is read tells statements apart, not that it is read.
    short = text.removeprefix("SELECT … ")
    total = ms_text(one.total_ms)
    return Row(text, total, below, source, token=token, tip=tip, thing=one, short=short)
