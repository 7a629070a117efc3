"""Below the editor: a strip of results and messages, the rows of the one in front, and what went wrong."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.grid.grid import Grid
from desktop.kit.rows import Missing
from desktop.kit.widgets import (
    ElidedLabel,
    EmptyState,
    GuestButton,
    IconButton,
    InlineProblem,
    Message,
    NumberField,
    Offer,
    SegmentedBar,
    Surface,
    Toolbar,
    VerbButton,
    bind,
    refresh_bound,
)
from desktop.settings import ROW_LIMIT
from embedded_server.wire.console import Result, RunResponse
from embedded_server.wire.problem import Problem

from .compare_view import CompareView
from .file_diff import FileDiff
from .messages import MessagesView, lines_of, rows_text, time_text
from .parts import Parts, pile
from .result_source import ResultSource
from .row_panel import RowPanel

# More results than this are told among the messages and not shown as rows.
MOST_GRIDS = 30


class ResultsView(QWidget):
    """`chosen(result)`: go to this statement. `touched`: what the status bar says is something else.
    `pinned`: others are pinned."""

    chosen = Signal(int)
    touched = Signal()
    pinned = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._answer: RunResponse | None = None
        self._comparison: CompareView | None = None
        self._aside: FileDiff | None = None
        self._stacked = False
        self.panel = RowPanel()
        self.parts = SegmentedBar(("Messages",), "Results")
        self.parts.setUsesScrollButtons(True)
        self.results = Parts(context, self.parts, self)
        self.info = ElidedLabel("", "dim", figures=True)
        self._stack_button = IconButton("columns", "Results below each other")
        self._stack_button.setCheckable(True)
        self._strip = Toolbar()
        self._strip.add(self.parts)
        self._strip.add_right(self.info)
        for icon, verb in (("pin", "console.pin"), ("compare", "console.compare")):
            button = IconButton(icon, context.verbs.get(verb).title)
            bind(button, context.verbs, verb)
            self._strip.add_right(button)
        self._strip.add_right(GuestButton(context.verbs, "chart.draw", "chart", "Draw a chart"))
        self._strip.add_right(self._stack_button)
        self.limit = NumberField("Rows fetched per result", ROW_LIMIT.low, ROW_LIMIT.high)
        self.limit.setGroupSeparatorShown(True)
        self.limit.setPrefix("limit ")
        self.limit.setToolTip("Rows fetched at once; more come when you scroll to the end")
        self._strip.add_right(self.limit)
        self._trouble: Message | None = None
        self._stack = QStackedWidget()
        self.messages = MessagesView()
        self._empty = EmptyState("", "", "table", ())
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.messages)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self._strip)
        self._column.addWidget(self._stack, 1)
        self.parts.chosen.connect(self._show_part)
        self.results.counted.connect(self._tell)
        self.results.failed.connect(self.show_trouble)
        self.results.moved.connect(self._cursor_moved)
        self.results.summed.connect(self.touched)
        self._stack_button.toggled.connect(self.set_stacked)
        self.messages.chosen.connect(self.chosen)
        self.show_empty("Results appear here", "The outlined statement runs with Ctrl+Enter.")

    # --- what is shown -------------------------------------------------------------------------------

    def show_empty(self, title: str, text: str, offers: tuple[Offer, ...] = ()) -> None:
        """Say what will stand here."""
        self._forget()
        old, self._empty = self._empty, EmptyState(title, text, "table", offers)
        if not offers:
            self._empty.add(VerbButton(self._context.verbs, "console.run", "Run"))
        self._stack.addWidget(self._empty)
        self._stack.setCurrentWidget(self._empty)
        self._stack.removeWidget(old)
        old.deleteLater()

    def show_running(self, elapsed_ms: int, stopping: bool) -> None:
        """Say that a run goes on; older results stay until it ends."""
        word = "Stopping…" if stopping else "Running…"
        self.info.setText(f"{word} {time_text(elapsed_ms)}")
        self.info.set_token("warn" if stopping else "text")

    def show_answer(self, answer: RunResponse, session: str, dialect: str, limit: int) -> None:
        """The results of a run."""
        self._forget()
        self._answer = answer
        failed = [result for result in answer.statements if result.error is not None]
        shown = [result for result in answer.statements if result.columns][:MOST_GRIDS]
        self.results.show(shown, session, dialect, limit)
        self.info.set_token("dim")
        self._stack_button.setVisible(len(shown) > 1)
        self._show_first(failed[0] if failed else None)
        self._tell()
        above = _told_above(failed)
        if above is not None:
            self.show_trouble(_problem(above))
        self.messages.show_lines(lines_of(answer, above))

    def show_trouble(self, problem: Problem) -> None:
        """Something that concerns the run as a whole stands above what is shown."""
        offers = getattr(self._context.notify, "offers", None)
        self.show_message(InlineProblem(problem, offers(problem) if offers is not None else ()))

    def show_message(self, message: Message) -> None:
        """A message above what is shown, in place of an older one."""
        self._put_away()
        self._trouble = message
        self._trouble.closed.connect(self._put_away)
        frame = Surface("bg1", "bottom")
        inset = QVBoxLayout(frame)
        inset.setContentsMargins(10, 6, 10, 6)
        inset.addWidget(self._trouble)
        frame.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._column.insertWidget(1, frame)

    def settled(self) -> None:
        """No run goes on any more."""
        self._tell()

    def release(self) -> None:
        """Another run takes the session: rows that were not fetched are gone."""
        for source in self.results.sources:
            source.release()

    def close_all(self) -> None:
        """Stop fetching."""
        for source in self.results.sources:
            source.cancel()

    def show_limit(self, rows: int) -> None:
        """Show how many rows are fetched without telling anyone."""
        blocked = self.limit.blockSignals(True)
        self.limit.setValue(rows)
        self.limit.blockSignals(blocked)

    def set_stacked(self, on: bool) -> None:
        """Results below each other instead of one at a time."""
        self._stacked = on
        self._stack_button.setChecked(on)
        self._show_part(self.parts.currentIndex())

    def toggle_stacked(self) -> None:
        """The other way of showing several results."""
        self.set_stacked(not self._stacked)

    # --- asking --------------------------------------------------------------------------------------

    def grid(self) -> Grid | None:
        """The grid in front."""
        return self.results.grid(self.results.current())

    def source(self) -> ResultSource | None:
        """The rows in front."""
        return self.results.current()

    def trouble(self) -> Message | None:
        """The message shown above."""
        return self._trouble

    def state_text(self) -> str:
        """Rows and time of what is in front."""
        source = self.source()
        if source is None:
            return ""
        rows = rows_text(source.row_count())
        if source.more:
            rows = f"first {rows}"
            if source.fetching():
                rows += " · fetching…"
            elif not source.fetchable():
                rows += " · run again to see the rest"
        return rows

    # --- pinning and comparing -----------------------------------------------------------------------

    def why_no_pin(self) -> str:
        """Why the part in front cannot be pinned."""
        return "" if self.source() is not None else "Messages cannot be pinned"

    def toggle_pin(self) -> None:
        """Keep the result in front when something else runs, or let go of it."""
        index = self.parts.currentIndex()
        if index < self.results.fresh():
            self.results.unpin(index)
            self._show_part(self.parts.currentIndex())
        elif self.source() is not None:
            self.results.pin(index)
        self.pinned.emit()

    def why_no_comparison(self) -> str:
        """Why there is nothing to compare."""
        if self.source() is None:
            return "Show a result first"
        return "" if self.results.other() is not None else "Pin another result first"

    def compare(self) -> None:
        """What differs between the result in front and the one that was pinned last."""
        before, after = self.results.other(), self.source()
        if before is None or after is None:
            return
        self.close_comparison()
        self._comparison = CompareView(self._context.api, before, after, self)
        self._comparison.closed.connect(self._leave_comparison)
        self._comparison.said.connect(self._context.notify.say)
        self._comparison.moved.connect(self._cursor_moved)
        self._stack.addWidget(self._comparison)
        self._stack.setCurrentWidget(self._comparison)
        self._cursor_moved()

    def show_aside(self, widget: FileDiff) -> None:
        """Something else in the place of the results, until it is closed."""
        self.close_comparison()
        self._aside = widget
        widget.closed.connect(self._leave_comparison)
        self._stack.addWidget(widget)
        self._stack.setCurrentWidget(widget)
        self.panel.show_nothing()

    def aside(self) -> FileDiff | None:
        """What is shown in place of the results."""
        return self._aside

    def comparison(self) -> CompareView | None:
        """The comparison that is shown."""
        return self._comparison

    def close_comparison(self) -> None:
        """Put the comparison away."""
        gone = (self._comparison, self._aside)
        self._comparison = self._aside = None
        for old in gone:
            if old is not None:
                self._stack.removeWidget(old)
                old.hide()
                old.deleteLater()

    def _leave_comparison(self) -> None:
        self._show_part(self.parts.currentIndex())

    # --- parts ---------------------------------------------------------------------------------------

    def _show_first(self, failed: Result | None) -> None:
        last = self.parts.count() - 1
        fresh = self.results.fresh()
        first = last if failed is not None or len(self.results.sources) == fresh else fresh
        if self.parts.currentIndex() == first:
            self._show_part(first)
        else:
            self.parts.setCurrentIndex(first)

    def _show_part(self, index: int) -> None:
        self.close_comparison()
        if self._answer is None and index >= len(self.results.sources):
            self._stack.setCurrentWidget(self._empty)
            return
        if index >= len(self.results.sources):
            self._stack.setCurrentWidget(self.messages)
            self.panel.show_nothing()
        else:
            stacked = self._stacked and len(self.results.sources) > 1
            self._stack.setCurrentWidget(self._piled() if stacked else self._made(index))
            self._cursor_moved()
        self._tell()

    def _made(self, index: int) -> Grid:
        grid = self.results.made(index)
        if self._stack.indexOf(grid) < 0:
            self._stack.addWidget(grid)
        return grid

    def _piled(self) -> QWidget:
        area = pile(self.results)
        self._stack.addWidget(area)
        return area

    def _forget(self) -> None:
        """Everything goes but what is pinned."""
        self.close_message()
        self.close_comparison()
        self.results.forget()
        for index in range(self._stack.count() - 1, -1, -1):
            widget = self._stack.widget(index)
            if widget is None or widget in (self.messages, self._empty, *self.results.grids()):
                continue
            self._stack.removeWidget(widget)
            for grid in self.results.grids():
                if widget.isAncestorOf(grid):
                    grid.setParent(self)
                    grid.hide()
            widget.deleteLater()
        self._answer = None
        self.panel.show_nothing()

    def _put_away(self) -> None:
        """What only the message told stands in the list from now on."""
        self.close_message()
        if self._answer is not None:
            self.messages.show_lines(lines_of(self._answer))

    def close_message(self) -> None:
        """Take the message away."""
        if self._trouble is not None:
            frame = self._trouble.parentWidget()
            self._trouble = None
            if frame is not None:
                self._column.removeWidget(frame)
                frame.hide()
                frame.deleteLater()

    # --- following -----------------------------------------------------------------------------------

    def _tell(self) -> None:
        refresh_bound(self._strip)
        if self._answer is not None:
            parts = [self.state_text(), time_text(self._answer.elapsed_ms)]
            self.info.setText(" · ".join(part for part in parts if part))
            self.info.set_token("dim")
            self.info.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        else:
            self.info.setText("")
        self.touched.emit()

    def _cursor_moved(self, *_: object) -> None:
        # A comparison hides the result that it was made from.
        grid = self.grid() if self._comparison is None else self._comparison.grid
        source = grid.source if grid is not None else None
        current = grid.selection.current if grid is not None else None
        if source is None or current is None:
            self.panel.show_nothing()
            return
        columns = source.columns()
        cells = [source.cell(current.row, index) for index in range(len(columns))]
        known = [None if isinstance(cell, Missing) else cell for cell in cells]
        self.panel.show_row(current.row + 1, columns, known)
        self.touched.emit()


def _told_above(failed: list[Result]) -> Result | None:
    """What stands over the results: the only one that went wrong, or one that offers a way on."""
    if not failed or (len(failed) > 1 and not (failed[0].error or {}).get("action")):
        return None
    return failed[0] if (failed[0].error or {}).get("code") != "job.cancelled" else None


def _problem(result: Result) -> Problem:
    found = msgspec.convert(result.error, Problem)
    place = f"Line {result.error_line}, column {result.error_column}" if result.error_line else ""
    if found.code != "sql.error" or not found.detail:
        return found
    # What the database says is the news; that it said so is not.
    title, _, rest = found.detail.partition("\n")
    detail = f"{place}\n{rest}" if rest.strip() else place
    return msgspec.structs.replace(found, title=title, detail=detail)
