"""The rows of controls over a log: finding, levels, span, following, format."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import (
    Chip,
    Choice,
    ElidedLabel,
    FilterChip,
    IconButton,
    SegmentedBar,
    TextField,
    Toolbar,
)
from embedded_server.wire.logs import FormatScore, Level, LogState

from .query import LEVELS, Query
from .view import TOKENS

SCOPES = ("All lines", "Only hits")
RECOGNISED = "recognised"


class FindField(TextField):
    """What to find. Enter goes to the next hit, Shift+Enter back; Down to the lines; Esc empties it."""

    stepped = Signal(int)
    left = Signal()

    def __init__(self) -> None:
        super().__init__("Find in log", "Find: text or regex", mono=True)
        self.setMinimumWidth(theme().scaled(250))
        self.setClearButtonEnabled(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys above; the rest is typing."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.stepped.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Escape):
            self.left.emit()
        else:
            super().keyPressEvent(event)


class LogBar(QWidget):
    """`asked`: the query changed; `stepped`: on (1) or back (-1) to a hit; `..._wanted`: see the names."""

    asked = Signal()
    stepped = Signal(int)
    follow_wanted = Signal(bool)
    format_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.field = FindField()
        self.place = ElidedLabel("", "dim")
        self.previous = IconButton("chevron-up", "Previous hit", "Shift+F3")
        self.next = IconButton("chevron-down", "Next hit", "F3")
        self.scope = SegmentedBar(SCOPES, "Lines shown")
        self.follow = Chip("Follow", "faint")
        self.format = Choice("Log format")
        self.format.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.format.setMinimumContentsLength(12)
        self.levels: dict[Level, Chip] = {level: Chip(level, TOKENS[level], small=True) for level in LEVELS}
        self.span = FilterChip("")
        self.note = ElidedLabel("", "warn", ratio=0.9)
        self._query = Query()
        self._following = False
        self._counts: dict[str, int] = {}
        self._lay_out()
        self._connect()

    # --- what is shown -----------------------------------------------------------------------------

    def query(self) -> Query:
        """What the controls ask for."""
        return self._query

    def set_query(self, query: Query) -> None:
        """Show a query in the controls, without asking for it."""
        self._query = query
        for widget in (self.field, self.scope):
            widget.blockSignals(True)
        if self.field.text() != query.pattern:
            # Not typed: what is longer than the field shows its beginning.
            self.field.setText(query.pattern)
            self.field.setCursorPosition(0)
        self.scope.setCurrentIndex(1 if query.only else 0)
        for widget in (self.field, self.scope):
            widget.blockSignals(False)
        self._show_levels()
        self.span.setVisible(bool(query.since or query.until))
        self.span.show_text(_span_text(query))

    def show_state(self, state: LogState) -> None:
        """Counts of levels, what happened to the file, the format."""
        if self._counts != state.levels:
            self._counts = dict(state.levels)
            self._show_levels()
        self.note.setText(state.notice)
        self.note.setVisible(bool(state.notice))
        wanted = state.format if state.forced else RECOGNISED
        if self.format.currentData() != wanted:
            self.format.blockSignals(True)
            self.format.setCurrentIndex(max(0, self.format.findData(wanted)))
            self.format.blockSignals(False)
        also = f" + {', '.join(state.also)}" if state.also else ""
        self.format.setItemText(0, f"{state.format}{also}" if not state.forced else "Recognise")
        self.format.setToolTip(f"Read as {state.format}{also}")

    def show_formats(self, formats: list[FormatScore]) -> None:
        """What can be chosen; the first entry lets the log be recognised."""
        self.format.blockSignals(True)
        self.format.clear()
        self.format.addItem("Recognise", RECOGNISED)
        for form in formats:
            share = f"  {form.score:.0%}" if form.score else ""
            self.format.addItem(f"{form.title}{share}", form.name)
        self.format.blockSignals(False)

    def show_hits(self, text: str, token: str = "dim") -> None:
        """`3/120`, "searching…", "no hits"."""
        self.place.setText(text)
        self.place.set_token(token)
        self.place.setAccessibleName(f"Hits: {text}" if text else "Hits")
        self.place.updateGeometry()

    def show_following(self, on: bool) -> None:
        """Whether the view stays at the end."""
        self._following = on
        self.follow.show_text("Following" if on else "Follow", "ok" if on else "faint", line="line")
        self.follow.setToolTip("End follows what comes; scrolling up stops")

    def _show_levels(self) -> None:
        for level, chip in self.levels.items():
            chosen = level in self._query.shown
            chip.show_text(level, TOKENS[level], f"{self._counts.get(level, 0):,}")
            chip.show_chosen(chosen if self._query.shown else None)
            chip.setAccessibleName(f"{level} {self._counts.get(level, 0):,}{', chosen' if chosen else ''}")
            chip.setVisible(chosen or bool(self._counts.get(level)))

    # --- what is chosen ----------------------------------------------------------------------------

    def toggle(self, level: Level) -> None:
        """Show only records of this level, beside others chosen; again to give it up."""
        self._ask(shown=self._query.shown ^ {level})

    def brush(self, since: str, until: str) -> None:
        """Only a span of time; "" for all."""
        self._ask(since=since, until=until)

    def _typed(self, text: str) -> None:
        self._ask(pattern=text)

    def _scoped(self, index: int) -> None:
        self._ask(only=index == 1)

    def _unspan(self) -> None:
        self.brush("", "")

    def _ask(self, **changes: object) -> None:
        fields = {name: getattr(self._query, name) for name in Query.__dataclass_fields__} | changes
        self.set_query(Query(**fields))
        self.asked.emit()

    def _toggle_follow(self) -> None:
        self.follow_wanted.emit(not self._following)

    def _choose_format(self, _: int) -> None:
        name = self.format.currentData()
        if isinstance(name, str):
            self.format_wanted.emit("" if name == RECOGNISED else name)

    def _up(self) -> None:
        self.stepped.emit(-1)

    def _down(self) -> None:
        self.stepped.emit(1)

    def _connect(self) -> None:
        self.field.textChanged.connect(self._typed)
        self.field.stepped.connect(self.stepped)
        self.previous.clicked.connect(self._up)
        self.next.clicked.connect(self._down)
        self.scope.chosen.connect(self._scoped)
        self.follow.clicked.connect(self._toggle_follow)
        self.format.activated.connect(self._choose_format)
        self.span.removed.connect(self._unspan)
        for level, chip in self.levels.items():
            chip.clicked.connect(partial(self.toggle, level))

    def _lay_out(self) -> None:
        self._first, self._second = Toolbar(), Toolbar()
        for widget in (self.field, self.previous, self.next, self.place):
            self._first.add(widget)
        self._first.add(self.scope, 8)
        self._first.add_right(self.format)
        self._first.add_right(self.follow)
        for chip in self.levels.values():
            self._second.add(chip)
        self._second.add(self.span, 8)
        self._second.add_right(self.note)
        self.span.hide()
        self.note.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._first)
        column.addWidget(self._second)
        self.show_formats([])
        self.show_following(False)
        self.set_query(Query())


def _span_text(query: Query) -> str:
    if not query.since and not query.until:
        return ""
    since, until = query.since[:19] or "the beginning", query.until[:19] or "the end"
    if since[:10] == until[:10]:
        until = until[11:]
    return f"{since} – {until}"
