"""What the parts of a health tab have in common: a list that is fetched, filtered and never jumps."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.flow import Flow
from desktop.kit.two_lines import Row, TwoLineList
from desktop.kit.widgets import EmptyState, InlineProblem, Line, ListView, Offer, Paragraph, no_match
from embedded_server.wire.problem import Problem

from .details import Details


class HealthList(TwoLineList):
    """A click only selects; Enter and a double click open."""

    # Until somebody moves the cursor it stays on the first row.
    touched = False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The cursor is somebody's now."""
        self.touched = True
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The cursor is somebody's now."""
        self.touched = True
        super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """No more than a list does."""
        ListView.mouseReleaseEvent(self, event)


class Part(QWidget):
    """`changed`: what is shown or selected is another. `wants_query`: Enter on a row. `unfiltered`: all
    rows are wanted again.

    Subclasses give `load`, `_rows` and `_details`; `automatic` parts are fetched again and again.
    """

    changed = Signal()
    wants_query = Signal()
    unfiltered = Signal()
    title = ""
    automatic = False

    def __init__(self, context: Context, connection: str, empty: EmptyState, name: str) -> None:
        super().__init__()
        self.context, self.connection = context, connection
        self.loaded = False
        self._flow: Flow | None = None
        self._words: list[str] = []
        self._hidden = ""
        self._said: tuple[str, ...] = ()
        self.dialect = ""
        self.list = HealthList(name)
        self.empty = empty
        # Else the note reads as the second line of the last row.
        self.rule = Line()
        self.note = Paragraph("", "faint", ratio=0.9)
        self.note.setContentsMargins(12, 3, 12, 4)
        self.nothing = no_match(self.unfiltered.emit)
        self.waiting = EmptyState("Asking the database…")
        self.trouble = QWidget()
        QVBoxLayout(self.trouble).setContentsMargins(14, 14, 14, 14)
        self.stack = QStackedWidget()
        for page in (self.waiting, self.list, self.empty, self.nothing, self.trouble):
            self.stack.addWidget(page)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addWidget(self.stack, 1)
        self.column.addWidget(self.rule)
        self.column.addWidget(self.note)
        self.setFocusProxy(self.list)
        self.list.moved.connect(self._moved)
        self.list.opened.connect(self._opened)

    # --- for subclasses ----------------------------------------------------------------------------

    def load(self) -> None:
        """Fetch what is true now."""

    def rows(self) -> Sequence[Row]:
        """All rows; the filter is applied behind."""
        return []

    def details(self) -> Details:
        """What is selected."""
        return Details()

    def summary(self) -> str:
        """One line for the page's list."""
        return ""

    # --- fetching ----------------------------------------------------------------------------------

    def run(self, steps: Coroutine[Any, None, Any]) -> None:
        """Run a flow in the place of the one before."""
        self.stop()
        self._flow = Flow(self, steps, self.show_problem)

    def stop(self) -> None:
        """Stop what is under way."""
        if self._flow is not None:
            self._flow.cancel()

    def busy(self) -> bool:
        """Whether something is under way."""
        return self._flow is not None and not self._flow.done

    def show_problem(self, problem: Problem) -> None:
        """In the place of the list."""
        layout = self.trouble.layout()
        while layout is not None and layout.count():
            item = layout.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        if isinstance(layout, QVBoxLayout):
            layout.addWidget(InlineProblem(problem, (Offer("Try again", self.load),), closable=False))
            layout.addStretch(1)
        self.stack.setCurrentWidget(self.trouble)
        self.changed.emit()

    # --- showing -----------------------------------------------------------------------------------

    def filter(self, text: str) -> None:
        """Show only rows that hold all words; `-word` leaves rows out."""
        self._words = text.lower().split()
        if self.loaded:
            self.show_rows()

    def show_rows(self) -> None:
        """Show the rows there are; the cursor stays on its thing."""
        every = list(self.rows())
        shown = [row for row in every if self._passes(row)]
        key, place = _key(self.list.thing()), self.list.currentIndex().row()
        same = next((at for at, row in enumerate(shown) if _key(row.thing) == key), -1)
        at = 0 if not self.list.touched else same if same >= 0 else min(max(place, 0), len(shown) - 1)
        bar = self.list.verticalScrollBar()
        scrolled = bar.value()
        self.list.show_rows(shown, at)
        bar.setValue(scrolled)
        self.loaded = True
        self.stack.setCurrentWidget(self.list if shown else self.nothing if every else self.empty)
        hidden = len(every) - len(shown)
        self._hidden = f"{len(shown):,} shown, {hidden:,} hidden by the filter" if hidden else ""
        self.say(*self._said)
        self.changed.emit()

    def _passes(self, row: Row) -> bool:
        text = " ".join((row.text, row.below, row.below_right, row.number)).lower()
        return all(
            (word[1:] not in text) if word[:1] == "-" and word[1:] else word in text for word in self._words
        )

    def say(self, *parts: str) -> None:
        """The line below the list."""
        self._said = parts
        text = " · ".join(filter(None, (self._hidden, *parts)))
        self.note.setText(text)
        self.rule.setVisible(bool(text))

    def _moved(self, _: object) -> None:
        self.changed.emit()

    def _opened(self, _: object, __: bool) -> None:
        self.wants_query.emit()


def _key(thing: Any) -> object:
    """What a thing is recognised by after it was fetched again."""
    inner = getattr(thing, "session", thing)
    return getattr(inner, "id", None) or getattr(inner, "key", None)
