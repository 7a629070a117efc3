"""The inspector of a trace: everything about the row that is selected on the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.sql_view import SqlView
from desktop.kit.statements import dialect_name, value_text
from desktop.kit.theme import theme
from desktop.kit.widgets import Heading, KeyValue, KeyValueList, Paragraph, Surface, slim_bars
from embedded_server.wire.console import FORMAT, FormatRequest
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.trace import Group, Span, Trace, TracedLog, TracedStatement

from .frames_view import FramesView
from .timeline_rows import Row
from .words import clock_text, ms_text, plural

MOST_VALUES = 60


class TraceInspector(QScrollArea):
    """Shows a statement, a group, a span, a log line, the exception, or the request itself."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._flow: Flow | None = None
        self.setAccessibleName("Inspector of the request")
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        slim_bars(self)
        self.heading = Heading("")
        self.sql = SqlView("Statement")
        self.error = Paragraph("", "error")
        self.message = Paragraph("", "text", mono=True)
        self.facts = KeyValueList("Facts")
        self.values_heading = Heading("Bound values")
        self.values = KeyValueList("Bound values")
        self.callers_heading = Heading("Called from")
        self.callers = FramesView(context, "Called from")
        self._lay_out()

    def show_row(self, trace: Trace, row: Row) -> None:
        """Show what a row of the timeline stands for."""
        if row.kind in ("statement", "group"):
            found = [one for one in trace.statements if one.number in row.numbers]
            if found:
                self.show_statement(trace, slowest(found), found)
                return
        if row.kind == "log":
            for line in trace.logs:
                if line.number in row.numbers:
                    self.show_log(trace, line)
                    return
        if row.kind == "exception" and trace.exception is not None:
            self.show_exception(trace)
            return
        span = next(
            (span for span in trace.spans if row.kind == "span" and span.start_ms == row.start()), None
        )
        self._show_other(trace, row, span)

    def show_statement(
        self, trace: Trace, statement: TracedStatement, members: Sequence[TracedStatement] = ()
    ) -> None:
        """One statement; of a group its slowest one."""
        total = trace.summary.statements
        counted = statement.kind == "statement"
        self.heading.setText(
            f"Statement {statement.number:,} of {total:,}" if counted else statement.kind.title()
        )
        self._show_sql(statement)
        self._show_text(statement.error, "")
        group = next((one for one in trace.groups if statement.number in one.numbers), None)
        self.facts.show_rows(statement_facts(statement, group if len(members) > 1 else None, members))
        values = value_rows(statement.params)
        self.values.show_rows(values)
        self._show_parts(bool(values), bool(statement.callers))
        self.callers.show_frames(statement.callers)

    def show_log(self, trace: Trace, line: TracedLog) -> None:
        """A log line with its traceback."""
        self.heading.setText(f"Log line {line.number:,} of {len(trace.logs):,}")
        self.sql.hide()
        text = line.message + (f"\n\n{line.traceback}" if line.traceback else "")
        self._show_text("", text)
        place = f"{line.file}:{line.line}" if line.file else ""
        matched = {"exact": "by the request's own context", "thread": "by its thread", "time": "by its time"}
        rows = [
            KeyValue("level", line.level),
            KeyValue("logger", line.logger),
            KeyValue("at", clock_text(trace.summary.at, line.start_ms)),
            KeyValue("into the request", ms_text(line.start_ms)),
            KeyValue("written at", place),
            KeyValue("matched", matched[line.match], mono=False),
        ]
        self.facts.show_rows([row for row in rows if row.value])
        self._show_parts(False, False)

    def show_exception(self, trace: Trace) -> None:
        """The exception with its frames, the innermost first."""
        error = trace.exception
        if error is None:
            return
        self.heading.setText("Exception")
        self.sql.hide()
        self._show_text(f"{error.type}: {error.message}", "")
        rows = [KeyValue("handled", "by an error handler" if error.handled else "no", mono=False)]
        cause = error.cause
        while cause is not None:
            rows.append(KeyValue("raised from", f"{cause.type}: {cause.message}", mono=False))
            cause = cause.cause
        self.facts.show_rows(rows)
        variables = next((frame.variables for frame in error.frames if frame.variables), {})
        self.values.show_rows(value_rows(variables))
        self._show_parts(bool(variables), bool(error.frames), "Local variables")
        self.callers.show_frames(error.frames)

    def _show_other(self, trace: Trace, row: Row, span: Span | None) -> None:
        self.heading.setText({"request": "Request", "span": "Span"}.get(row.kind, row.text()))
        self.sql.hide()
        self._show_text(span.error if span is not None else "", "" if row.kind == "request" else row.text())
        rows = request_facts(trace) if row.kind == "request" else row_facts(row)
        self.facts.show_rows(rows)
        self._show_parts(False, False)

    def _show_text(self, error: str, message: str) -> None:
        for label, text in ((self.error, error), (self.message, message)):
            label.setText(text)
            label.setVisible(bool(text))

    def _show_parts(self, values: bool, callers: bool, title: str = "Bound values") -> None:
        self.values_heading.setText(title)
        for widget in (self.values_heading, self.values):
            widget.setVisible(values)
        for shown in (self.callers_heading, self.callers):
            shown.setVisible(callers)

    def _show_sql(self, statement: TracedStatement) -> None:
        if self._flow is not None:
            self._flow.cancel()
        self.sql.show()
        spoken = dialect_name(statement.dialect)
        self.sql.show_sql(statement.sql, spoken)
        self._flow = Flow(self, self._format(statement.sql, spoken), _unheard)

    async def _format(self, sql: str, spoken: str) -> None:
        try:
            answer = await self._context.api.call(FORMAT, FormatRequest(sql, spoken))
        except (ProblemError, Cancelled):
            return
        # Where a large font wraps nearly every line of it, the text as it was sent is read more easily.
        if self.sql.mostly_fits(answer.sql):
            self.sql.show_sql(answer.sql, spoken)

    def _lay_out(self) -> None:
        body = Surface("bg1")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(theme().scaled(6))
        for widget in (self.heading, self.sql, self.error, self.message):
            inset = QVBoxLayout()
            inset.setContentsMargins(14, 0, 14, 0)
            inset.addWidget(widget)
            column.addLayout(inset)
        column.addWidget(self.facts)
        parts: tuple[tuple[Heading, QWidget], ...] = (
            (self.values_heading, self.values),
            (self.callers_heading, self.callers),
        )
        for heading, part in parts:
            heading.setContentsMargins(14, theme().scaled(8), 14, 0)
            column.addWidget(heading)
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(body)


def slowest(statements: Sequence[TracedStatement]) -> TracedStatement:
    """The one that took longest."""
    return max(statements, key=_duration)


def _duration(statement: TracedStatement) -> float:
    return statement.duration_ms


def statement_facts(
    statement: TracedStatement, group: Group | None, members: Sequence[TracedStatement]
) -> list[KeyValue]:
    """What is known of a statement besides its text."""
    ran = f"{ms_text(statement.duration_ms)} from {ms_text(statement.start_ms)}"
    rows = [KeyValue("took", ran)]
    if group is not None:
        times = f"{group.count:,} times, {ms_text(group.total_ms)} in all"
        rows.append(KeyValue("repeated", times, "error" if group.mark else "text"))
        if group.mark:
            what = {"N+1": "N+1: one for each row before", "duplicates": "the same values again"}[group.mark]
            rows.append(KeyValue("which is", group.reason or what, mono=False, tip=group.reason))
    rows += [
        KeyValue("rows", "not told by the driver" if statement.rows is None else f"{statement.rows:,}",
                 "dim" if statement.rows is None else "text", mono=statement.rows is not None),
        KeyValue("database", statement.connection or statement.database),
        KeyValue("transaction", f"{statement.transaction:,}" if statement.transaction else ""),
        KeyValue("sets of values", f"{statement.many:,}" if statement.many > 1 else ""),
        KeyValue("waited for pool", ms_text(statement.pool_wait_ms) if statement.pool_wait_ms >= 0.1 else ""),
    ]  # fmt: skip
    return [row for row in rows if row.value]


def value_rows(params: Any) -> list[KeyValue]:
    """The bound values by name or place."""
    if isinstance(params, dict):
        named = [(str(name), value) for name, value in params.items()]
    elif isinstance(params, list | tuple):
        named = [(str(place), value) for place, value in enumerate(params, 1)]
    else:
        return []
    rows = [_value(name, value) for name, value in named[:MOST_VALUES]]
    if len(named) > MOST_VALUES:
        rows.append(KeyValue("", f"and {len(named) - MOST_VALUES:,} more", "dim", mono=False))
    return rows


def _value(name: str, value: Any) -> KeyValue:
    if value is None:
        return KeyValue(name, "NULL", "null", italic=True)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return KeyValue(name, value_text(value), "number" if number else "text", copy=str(value))


def request_facts(trace: Trace) -> list[KeyValue]:
    """What is known of the request as a whole."""
    summary, app = trace.summary, trace.application
    dropped = ", ".join(f"{count:,} {kind}" for kind, count in trace.dropped.items())
    rows = [
        KeyValue("at", clock_text(summary.at)),
        KeyValue("status", str(summary.status) if summary.status else "no answer"),
        KeyValue("took", ms_text(summary.duration_ms)),
        KeyValue("first byte", ms_text(trace.ttfb_ms) if trace.ttfb_ms else ""),
        KeyValue("in SQL", f"{ms_text(summary.sql_ms)} in {plural(summary.statements, 'statement')}"),
        KeyValue("unexplained", ms_text(trace.unexplained_ms) if trace.unexplained_ms >= 0.1 else ""),
        KeyValue("route", summary.route),
        KeyValue("host", summary.host),
        KeyValue("application", app.name if app is not None else summary.app),
        KeyValue("git revision", _revision(trace)),
        KeyValue("migrations", ", ".join(app.alembic_heads) if app is not None else ""),
        KeyValue("python", app.python if app is not None else ""),
        KeyValue("replay", summary.run),
        KeyValue("leaked", plural(trace.connections_leaked, "connection") if trace.connections_leaked else "",
                 "error"),
        KeyValue("cut off", dropped, "warn"),
    ]  # fmt: skip
    return [row for row in rows if row.value]


def _revision(trace: Trace) -> str:
    app = trace.application
    if app is None or not app.git_revision:
        return ""
    return app.git_revision[:12] + (" and changes" if app.git_dirty else "")


def row_facts(row: Row) -> list[KeyValue]:
    """What is known of a span, of folded lines, of unexplained time."""
    rows = [KeyValue("begins at", ms_text(row.start()))]
    if row.duration is not None:
        rows.append(KeyValue("takes", ms_text(row.duration)))
    if row.note:
        rows.append(KeyValue("detail", row.note, mono=False, tip=row.note))
    return rows


def _unheard(_: Problem) -> None:
    """The text as captured stays."""
