"""Rows to a file: what, in which form, where; what would be lost is told first."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout

from desktop.api.client import Stream
from desktop.context import Context, Tab
from desktop.kit.ask_file import ask_target
from desktop.kit.widgets import (
    Button,
    Check,
    Choice,
    ElidedLabel,
    InlineProblem,
    Message,
    Offer,
    Paragraph,
    PrimaryButton,
    TextField,
)
from desktop.kit.work_bar import WorkBar
from desktop.settings import EXPORT as REMEMBERED
from embedded_server.wire.data import Filter, Order
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import ExportRef
from embedded_server.wire.transfer import EXPORT, ExportEvent, ExportRequest, Format, Given

from .export_options import ENDINGS, FORMATS, ExportOptions
from .forms import Answers, add, form, keyboard_kept, page
from .progress import rate_text, size_text
from .selected import Selection

_ALL, _SHOWN, _SELECTED, _QUERY = "Whole table", "Rows as filtered and sorted", "Selected cells", "Result"
_MOST_LOSSES = 12


class ExportTab(Tab):
    """Opened by an `ExportRef`; `selection` is what was selected in the grid it came from."""

    ref: ExportRef
    icon = "export"

    def __init__(self, context: Context, ref: ExportRef, selection: Selection | None = None) -> None:
        super().__init__()
        self.ref = ref
        self._context, self._selection = context, selection
        self._stream: Stream | None = None
        self._given: Given | None = None
        self.what = Choice("What", self._choices())
        self.format = Choice("Format", tuple(FORMATS))
        self.options = ExportOptions()
        self.file = TextField("File", "/folder/name.csv", mono=True)
        self.browse = Button("Choose…")
        self.browse.setAccessibleName("Choose the file")
        self.replace = Check("Replace the file if it is there", "Replace the file")
        self.run = PrimaryButton("Export", "Ctrl+Enter")
        self.check = Button("Check for losses")
        self.work = WorkBar()
        self.work.keep_place()
        self._answers = Answers(self)
        self._lay_out()
        self._restore()
        self._connect()
        self._show_format()

    # --- building ------------------------------------------------------------------------------------

    def _choices(self) -> tuple[str, ...]:
        ref, found = self.ref, []
        if ref.table:
            changed = bool(ref.order_by or ref.filters or ref.where)
            found = [_SHOWN, _ALL] if changed else [_ALL]
        else:
            found = [_QUERY]
        if self._selection is not None and not self._selection.why_not():
            found.append(f"{_SELECTED} ({len(self._selection.rows):,} rows)")
        return tuple(found)

    def _lay_out(self) -> None:
        rows = page(self)
        rows.addWidget(ElidedLabel(self.ref.label(), ratio=1.4, weight=600))
        lines = form()
        add(lines, "&What", self.what)
        add(lines, "&Format", self.format)
        rows.addLayout(lines)
        rows.addWidget(self.options)
        target = form()
        add(target, "F&ile", self.file, self.browse)
        add(target, "", self.replace)
        rows.addLayout(target)
        buttons = QHBoxLayout()
        buttons.addWidget(self.run)
        buttons.addWidget(self.check)
        buttons.addStretch(1)
        rows.addLayout(buttons)
        rows.addWidget(self.work)
        rows.addLayout(self._answers)
        hint = (
            "A value that a format cannot carry is never changed without a word: the export tells and stops."
        )
        rows.addWidget(Paragraph(hint, "faint"))
        rows.addStretch(1)
        self.setFocusProxy(self.format)

    def _connect(self) -> None:
        self.format.currentIndexChanged.connect(self._show_format)
        self.what.currentIndexChanged.connect(self._forget)
        self.options.changed.connect(self._forget)
        self.browse.clicked.connect(self.choose)
        self.run.clicked.connect(self.export)
        self.check.clicked.connect(self.look)
        self.work.cancelled.connect(self._stop)

    def _restore(self) -> None:
        known = self._context.settings.get(REMEMBERED)
        name = next((name for name, kind in FORMATS.items() if kind == known.get("format")), "CSV")
        self.format.setCurrentText(name)
        options = known.get("options")
        self.options.restore(options if isinstance(options, dict) else {})
        folder = str(known.get("folder", "")) or str(Path.home())
        stem = "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in self.ref.table)
        self.file.setText(os.path.join(folder, f"{stem or 'result'}.{ENDINGS[self.kind()]}"))

    # --- what the workbench asks -----------------------------------------------------------------------

    def title(self) -> str:
        """Export of what."""
        return self.ref.label()

    def closing_question(self) -> str:
        """An export under way would be given up."""
        return "The export is still running. Close and give it up?" if self.work.running() else ""

    def closing(self) -> None:
        """Give up what runs."""
        if self._stream is not None:
            self._stream.cancel()

    def show_problem(self, problem: Problem) -> None:
        """Under the buttons."""
        self._answers.show_message(InlineProblem(problem))

    def state(self) -> dict[str, Any]:
        """The file."""
        return {"path": self.file.text(), "format": self.kind()}

    def restore(self, state: dict[str, Any]) -> None:
        """The file."""
        name = next((name for name, kind in FORMATS.items() if kind == state.get("format")), "")
        if name:
            self.format.setCurrentText(name)
        if state.get("path"):
            self.file.setText(str(state["path"]))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter exports, Esc gives up."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.export()
        elif event.key() == Qt.Key.Key_Escape and self.work.running():
            self.work.give_up()
        else:
            super().keyPressEvent(event)

    # --- choosing --------------------------------------------------------------------------------------

    def kind(self) -> Format:
        """The chosen format."""
        return FORMATS[self.format.currentText()]

    def _show_format(self, *_: object) -> None:
        kind = self.kind()
        self.options.show_format(kind)
        stem, ending = os.path.splitext(self.file.text())
        if ending.lstrip(".") in ENDINGS.values():
            self.file.setText(f"{stem}.{ENDINGS[kind]}")
        self._forget()

    def choose(self) -> None:
        """Ask where to save."""
        ending = ENDINGS[self.kind()]
        kinds = f"{self.format.currentText()} (*.{ending});;All files (*)"
        ask_target("Export to", self.file.text(), kinds, self._chosen, ending)

    def _chosen(self, path: str) -> None:
        self.file.setText(path)
        # The dialog has asked whether to replace it.
        self.replace.setChecked(os.path.exists(path))

    # --- running ---------------------------------------------------------------------------------------

    def look(self) -> None:
        """What would be lost?"""
        self._start(dry_run=True)

    def export(self) -> None:
        """Write the file."""
        self._start()

    def export_anyway(self) -> None:
        """Write it although something is lost."""
        self._start(allow_loss=True)

    def _start(self, **fields: Any) -> None:
        if not self.work.running():
            self._context.flow(self, self._steps(**fields))

    async def _steps(self, **fields: Any) -> None:
        self._answers.show_message(None)
        self._remember()
        self.work.begin("Looking…" if fields.get("dry_run") else "Exporting…")
        try:
            with keyboard_kept(self, self.work.cancel):
                self._enable(False)
                try:
                    request = await self._request(**fields)
                    self._stream = self._context.api.stream(EXPORT, request, self._hear)
                    event: ExportEvent = await self._stream
                finally:
                    self._enable(True)
        except ProblemError as error:
            self._refused(error.problem)
            return
        finally:
            self._stream = None
            self.work.end()
        if request.dry_run:
            self._answers.show_message(self._looked(event))
        else:
            self._answers.show_message(self._exported(event))
            if not self.isVisible():
                # Where it is seen it is said already.
                self._context.notify.say(f"Exported {event.rows:,} rows to {Path(event.path).name}")

    async def _request(self, **fields: Any) -> ExportRequest:
        ref, chosen = self.ref, self.what.currentText()
        base: dict[str, Any] = {
            "connection": ref.connection,
            "path": os.path.expanduser(self.file.text().strip()),
            "format": self.kind(),
            "options": self.options.options(self.kind()),
            "overwrite": self.replace.isChecked(),
            **fields,
        }
        if chosen.startswith(_SELECTED) and self._selection is not None:
            if self._given is None:
                self._given = await self._selection.read()
            return ExportRequest(given=self._given, **base)
        if ref.sql:
            return ExportRequest(sql=ref.sql, params=ref.params, **base)
        base |= {"table": ref.table, "schema": ref.schema}
        if chosen == _SHOWN:
            base["order_by"] = msgspec.convert(ref.order_by, list[Order])
            base["filters"] = msgspec.convert(ref.filters, list[Filter])
            base["where"] = ref.where
        return ExportRequest(**base)

    def _hear(self, event: ExportEvent) -> None:
        if event.state == "running" and event.rows:
            text = f"{rate_text(event.rows, event.rate)} · {size_text(event.bytes)}"
            self.work.tell(text, event.rows / event.total if event.total else 0.0)

    def _stop(self) -> None:
        if self._stream is not None:
            self._stream.stop()

    def _enable(self, on: bool) -> None:
        for widget in (self.run, self.check, self.what, self.format, self.options):
            widget.setEnabled(on)

    def _remember(self) -> None:
        folder = os.path.dirname(self.file.text())
        known = {"format": self.kind(), "options": self.options.remembered(), "folder": folder}
        self._context.settings.set(REMEMBERED, known)

    # --- answers ---------------------------------------------------------------------------------------

    def _refused(self, problem: Problem) -> None:
        if problem.code == "job.cancelled":
            self._answers.show_message(Message("Cancelled; no file was written.", tone="info"))
        elif problem.code == "transfer.loss":
            offers = (Offer("List all", self.look), Offer("Export anyway", self.export_anyway))
            self._answers.show_message(InlineProblem(problem, offers))
        elif problem.code == "transfer.exists":
            self._answers.show_message(InlineProblem(problem, (Offer("Replace it", self._replace),)))
        else:
            self._answers.show_message(InlineProblem(problem))

    def _replace(self) -> None:
        self.replace.setChecked(True)
        self.export()

    def _looked(self, event: ExportEvent) -> Message:
        looked = f"{event.rows:,} rows were looked at" + ("." if event.complete else ", the first ones.")
        if not event.losses:
            return Message("Nothing would be lost.", " ".join([looked, *event.notes]), tone="ok")
        lines = [
            f"{loss.column}: {loss.count:,}× {loss.why} First in row {loss.row:,}: {loss.value}"
            for loss in event.losses
        ]
        more = len(lines) - _MOST_LOSSES
        lines = lines[:_MOST_LOSSES] + ([f"…and {more:,} more."] if more > 0 else [])
        offers = (Offer("Export anyway", self.export_anyway),)
        return Message(
            "Some values would not come back as they are.", "\n".join([looked, *lines]), "", "warn", offers
        )

    def _exported(self, event: ExportEvent) -> Message:
        seconds = event.elapsed_ms / 1000
        text = f"{size_text(event.bytes)} in {seconds:,.1f} s · {event.path}"
        lost = sum(loss.count for loss in event.losses)
        notes = [f"{lost:,} values were written in another form."] if lost else []
        offers = (Offer("Open folder", self._folder_opener(event.path)),)
        title = f"{event.rows:,} rows exported."
        return Message(title, "\n".join([text, *notes, *event.notes]), "", "ok", offers)

    def _folder_opener(self, path: str) -> Callable[[], object]:
        return partial(QDesktopServices.openUrl, QUrl.fromLocalFile(os.path.dirname(path)))

    def _forget(self, *_: object) -> None:
        if not self.work.running():
            self._answers.show_message(None)

    def message(self) -> Message | None:
        """What stands under the buttons."""
        return self._answers.message
