"""The inspector of a record: where it leads, its fields, its traceback, its JSON, its whole text."""

from __future__ import annotations

import re
from functools import partial
from pathlib import PurePath
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.grid.viewers.json_tree import JsonTree
from desktop.kit.theme import theme
from desktop.kit.widgets import Button, Detail, Heading, KeyValue, KeyValueList, Paragraph, Surface, slim_bars
from embedded_server.wire.logs import RECORD, LogId, LogRow, RecordRequest, RecordResponse, TracebackPart
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import ScriptRef, TraceRef
from embedded_server.wire.trace import Frame

from .view import TOKENS, shown_text

MATCHES = {
    "exact": "by its id",
    "header": "by a header of the request",
    "time": "by time alone: it may be another request",
    "": "no such request was captured",
}
HINT = "The line under the cursor stands here, with its request and its traceback."
_LONG_WORD = re.compile(r"(\S{20})")
_RELATIONS = {"caused": "which caused", "handling": "and while that was handled"}


class RecordInspector(QScrollArea):
    """Shows what is at hand at once, and the whole record when the server has answered (`read`)."""

    read = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._flow: Flow | None = None
        self.record: RecordResponse | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Record")
        slim_bars(self)
        self.heading = Heading("No line selected")
        self.message = Paragraph(HINT, "text")
        self.facts = KeyValueList("Facts of the record")
        self.ids = KeyValueList("Requests of the record")
        self.fields = KeyValueList("Fields")
        self.frames = KeyValueList("Frames")
        self.sql = Detail("")
        self.sql.setAccessibleName("SQL of the record")
        self.open_sql = Button("Open in SQL", icon="sql")
        self.tree = JsonTree()
        self.tree.tree.setAccessibleName("Record as JSON")
        self.tree.setMinimumHeight(theme().scaled(180))
        self.text = Detail("")
        self.text.setAccessibleName("Whole text of the record")
        self.ids_heading = Heading("Ids")
        self._lay_out()
        self.open_sql.clicked.connect(self._open_sql)
        self._show_parts()

    # --- showing -----------------------------------------------------------------------------------

    def show_row(self, source: str, row: LogRow | None) -> None:
        """The record of a line; null empties it."""
        if self._flow is not None:
            self._flow.cancel()
        self.record = None
        if row is None:
            self.heading.setText("No line selected")
            self.message.setText(HINT)
            self.facts.show_rows([])
            self._show_parts()
            return
        self.heading.setText(f"Line {row.line:,}" if row.line else "Line near the end")
        self.message.setText(breakable(shown_text(row)[:600]))
        self._flow = Flow(self, self._read(source, row), self._unread)

    async def _read(self, source: str, row: LogRow) -> None:
        request = RecordRequest(source=source, offset=row.offset, file=row.file)
        try:
            record = await self._context.api.call(RECORD, request)
        except Cancelled:
            return
        self.record = record
        self._show(record)
        self.read.emit()

    def _unread(self, problem: Problem) -> None:
        self.message.setText(problem.title)

    def _show(self, record: RecordResponse) -> None:
        lines = f"–{record.first_line + record.lines - 1:,}" if record.lines > 1 else ""
        self.heading.setText(f"Line {record.first_line:,}{lines}" if record.first_line else "Record")
        self.message.setText(breakable(record.message[:600] or record.text[:600]))
        token = TOKENS.get(record.level, "text")
        rows = [
            KeyValue("level", record.word or record.level, token),
            KeyValue("time", record.time),
            KeyValue("logger", record.logger),
            KeyValue("lines", f"{record.lines:,}" if record.lines > 1 else ""),
            KeyValue("bytes", f"{record.bytes:,}" if record.cut or record.bytes > 1000 else ""),
        ]
        self.facts.show_rows([row for row in rows if row.value])
        self.ids.show_rows([self._id_row(found) for found in record.ids])
        is_json = record.text.lstrip().startswith("{") and bool(record.fields)
        plain = {} if is_json else record.fields
        self.fields.show_rows([KeyValue(name, str(value)) for name, value in plain.items()])
        self.frames.show_rows([row for part in record.parts for row in self._part_rows(part)])
        self.sql.setPlainText(record.sql)
        if is_json:
            self.tree.show_text(record.text.split("\n", 1)[0])
        self.text.setPlainText(record.text.rstrip("\r"))
        for shown in (self.sql, self.text):
            shown.restyle()
        self._show_parts(is_json)

    def _id_row(self, found: LogId) -> KeyValue:
        if not found.trace:
            return KeyValue(_name(found), found.value, "dim", tip=f"{found.value}: {MATCHES['']}")
        tip = f"Open the request, matched {MATCHES[found.match]}"
        doubt = " ?" if found.match == "time" else ""
        return KeyValue(
            _name(found),
            f"{found.title}{doubt}",
            open=partial(self.open_trace, found),
            tip=tip,
            copy=found.value,
        )

    def _part_rows(self, part: TracebackPart) -> list[KeyValue]:
        rows = [self._frame_row(frame) for frame in part.frames]
        rows.append(
            KeyValue("raised", f"{part.type}: {part.message}" if part.message else part.type, "error")
        )
        if part.relation:
            rows.append(
                KeyValue("", _RELATIONS.get(part.relation, part.relation), "dim", mono=False, italic=True)
            )
        return rows

    def _frame_row(self, frame: Frame) -> KeyValue:
        place = f"{frame.file}:{frame.line}"
        text = f"{frame.function}  {frame.source}" if frame.source else frame.function
        token = "text" if frame.own else "dim"
        return KeyValue(
            f"{PurePath(frame.file).name}:{frame.line}", text, token, copy=place, tip=f"{place}\n{text}"
        )

    # --- acting ------------------------------------------------------------------------------------

    def trace(self) -> LogId | None:
        """The request that the record leads to, the surest one."""
        if self.record is None:
            return None
        return next((found for found in self.record.ids if found.trace), None)

    def open_trace(self, found: LogId) -> None:
        """Open a request."""
        self._context.workbench.open(TraceRef(found.trace, found.title))

    def _open_sql(self) -> None:
        if self.record is not None:
            bench = self._context.workbench
            bench.open(ScriptRef(bench.connection(), uuid4().hex, sql=self.record.sql), keep=True)

    def copy_record(self) -> None:
        """Put the whole record on the clipboard."""
        if self.record is not None:
            QGuiApplication.clipboard().setText(self.record.text)

    # --- layout ------------------------------------------------------------------------------------

    def _show_parts(self, is_json: bool = False) -> None:
        record = self.record
        shown = {
            "Requests": bool(record and record.ids),
            "Fields": bool(self.fields.rows()) and record is not None,
            "Traceback": bool(record and record.parts),
            "SQL": bool(record and record.sql),
            "JSON": record is not None and is_json,
            "Text": record is not None,
        }
        led = record is not None and any(found.trace for found in record.ids)
        self.ids_heading.setText("Requests" if led else "Ids")
        for name, widgets in self._sections.items():
            for widget in widgets:
                widget.setVisible(shown[name])
        self.facts.setVisible(record is not None)

    def _lay_out(self) -> None:
        self._sections: dict[str, tuple[QWidget, ...]] = {}
        body = Surface("bg1")
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 12, 0, 12)
        column.setSpacing(theme().scaled(6))
        column.addLayout(_inset(self.heading))
        column.addLayout(_inset(self.message))
        column.addWidget(self.facts)
        parts: tuple[tuple[str, tuple[QWidget, ...], bool], ...] = (
            ("Requests", (self.ids,), False),
            ("Traceback", (self.frames,), False),
            ("SQL", (self.sql, self.open_sql), True),
            ("Fields", (self.fields,), False),
            ("JSON", (self.tree,), True),
            ("Text", (self.text,), True),
        )
        for name, widgets, inset in parts:
            heading = self.ids_heading if name == "Requests" else Heading(name)
            heading.setContentsMargins(14, theme().scaled(8), 14, 0)
            column.addWidget(heading)
            for widget in widgets:
                if inset:
                    column.addLayout(_inset(widget))
                else:
                    column.addWidget(widget)
            self._sections[name] = (heading, *widgets)
        column.addStretch(1)
        self.setWidget(body)


def _name(found: LogId) -> str:
    """What the request is known by; a time is no id."""
    return "about then" if found.name == "time" else found.name


def breakable(text: str) -> str:
    """A text whose long words may be broken, so that none makes the panel wider."""
    return _LONG_WORD.sub("\\1\u200b", text)


def _inset(widget: QWidget) -> QVBoxLayout:
    inset = QVBoxLayout()
    inset.setContentsMargins(14, 0, 14, 0)
    inset.addWidget(widget)
    return inset
