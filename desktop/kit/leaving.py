"""What is about to leave the workspace, before it does: what was cut and why, what stays, the text itself.

Nothing is written before it is confirmed, and what is written is the text that was shown.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.kit.flow import Flow
from desktop.kit.theme import theme
from desktop.kit.widgets import (
    Button,
    ElidedLabel,
    Heading,
    InlineProblem,
    ListView,
    Paragraph,
    PrimaryButton,
    Role,
    Splitter,
    TextField,
    column,
    slim_bars,
)
from embedded_server.wire.leaving import Leaving
from embedded_server.wire.problem import Problem

# Asks for the text with these values struck out besides.
Fetch = Callable[[list[str]], Coroutine[Any, None, Leaving]]
Leave = Callable[[Leaving], object]
SHOWN = 200_000
BY_HAND = "struck out by hand"
_open: set[LeavingDialog] = set()
AnyIndex = QModelIndex | QPersistentModelIndex


def ask_leaving(title: str, button: str, fetch: Fetch, leave: Leave) -> LeavingDialog:
    """Show what `fetch` answers; once confirmed with `button`, call `leave` with it."""
    dialog = LeavingDialog(title, button, fetch, leave)
    _open.add(dialog)
    dialog.open()
    return dialog


class _Places(QAbstractListModel):
    """A place and a word about it in each row."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str, str]] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        place, word = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return place
        if role == Role.NOTE:
            return word
        words = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
        return f"{place}: {word}" if role in words else None

    def replace(self, rows: list[tuple[str, str]]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()


class _List(ListView):
    """Enter, Delete or a double click acts on the current row."""

    def __init__(self, name: str, act: Callable[[int], object]) -> None:
        super().__init__(name)
        self._act = act
        self.places = _Places(self)
        self.setModel(self.places)
        self.doubleClicked.connect(self._used)

    def _used(self, index: QModelIndex) -> None:
        self._act(index.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete)
        if event.key() in keys and self.currentIndex().isValid():
            self._act(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class LeavingDialog(QDialog):
    """Over the window in front; it goes with Esc, and then nothing was written."""

    def __init__(self, title: str, button: str, fetch: Fetch, leave: Leave) -> None:
        super().__init__(QApplication.activeWindow())
        self.setWindowTitle(title)
        self._fetch, self._leave = fetch, leave
        self._strike: list[str] = []
        self.answer: Leaving | None = None
        self._message: QWidget | None = None
        self.cut_title, self.stay_title = ElidedLabel("", "dim"), ElidedLabel("", "dim")
        self.cut, self.stays = _List("Cut out", self._put_back), _List("Stays", self._strike_row)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("What leaves")
        self.text.setReadOnly(True)
        self.field = TextField("Strike out", "a value, or select it in the text", mono=True)
        self.strike_button, self.cancel = Button("Strike out", "Enter"), Button("Cancel", "Esc")
        self.confirm = PrimaryButton(button)
        self.confirm.setEnabled(False)
        self._lay_out(title)
        self.field.returnPressed.connect(self.strike)
        self.strike_button.clicked.connect(self.strike)
        self.cancel.clicked.connect(self.reject)
        self.confirm.clicked.connect(self._confirmed)
        self.finished.connect(self._end)
        self._flow = self._load()

    def _lay_out(self, title: str) -> None:
        slim_bars(self.text, "bg1")
        self.text.setFont(theme().mono_font())
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(16, 14, 16, 14)
        rows.setSpacing(8)
        rows.addWidget(Heading(title))
        told = "This is what would be written. Enter on a value strikes it out everywhere it stands."
        rows.addWidget(Paragraph(told, "dim"))
        self._top = QVBoxLayout()
        rows.addLayout(self._top)
        panes = Splitter()
        panes.addWidget(column(self.cut_title, self.cut, self.stay_title, self.stays, gap=4))
        panes.addWidget(self.text)
        panes.setSizes([theme().scaled(380), theme().scaled(560)])
        rows.addWidget(panes, 1)
        foot = QHBoxLayout()
        for widget in (self.field, self.strike_button, self.cancel, self.confirm):
            foot.addWidget(widget, 1 if widget is self.field else 0)
        rows.addLayout(foot)
        # No button is pressed by the Enter that strikes out.
        for one in (self.strike_button, self.cancel, self.confirm):
            one.setAutoDefault(False)
        self.resize(theme().scaled(980), theme().scaled(620))

    # --- striking out ------------------------------------------------------------------------------------

    def strike(self) -> None:
        """Strike out what is typed, else what is selected in the text."""
        chosen = self.field.text().strip() or self.text.textCursor().selectedText().strip()
        self.field.clear()
        if chosen:
            self._change([*self._strike, chosen])

    def _strike_row(self, row: int) -> None:
        if self.answer is not None:
            self._change([*self._strike, self.answer.stays[row].value])

    def _put_back(self, row: int) -> None:
        place, reason = self.cut.places.rows[row]
        if reason.startswith(BY_HAND):
            self._change([text for text in self._strike if text != place])

    def _change(self, strike: list[str]) -> None:
        self._flow.cancel()
        self._flow = self._load(list(dict.fromkeys(strike)))

    def _load(self, strike: Sequence[str] = ()) -> Flow:
        self.confirm.setEnabled(False)
        return Flow(self, self._ask(list(strike)), self._failed)

    async def _ask(self, strike: list[str]) -> None:
        answer = await self._fetch(strike)
        self._strike, self.answer = strike, answer
        self._say(None)
        self._show(answer)

    def _show(self, answer: Leaving) -> None:
        self.cut.places.replace([(one.place, one.reason) for one in answer.cuts])
        self.stays.places.replace([(one.place, one.value) for one in answer.stays])
        more = f", {answer.more:,} more in the text" if answer.more else ""
        self.cut_title.setText(f"Cut out: {len(answer.cuts):,}")
        self.stay_title.setText(f"Stays: {len(answer.stays):,}{more}")
        rest = len(answer.text) - SHOWN
        cut = f"\n… {rest:,} more characters" if rest > 0 else ""
        self.text.setPlainText(answer.text[:SHOWN] + cut)
        self.confirm.setEnabled(True)
        if QApplication.focusWidget() in (None, self):
            self.confirm.setFocus()

    def _failed(self, problem: Problem) -> None:
        """What was struck out before stands; what was shown can still leave."""
        self._say(InlineProblem(problem))
        self.confirm.setEnabled(self.answer is not None)

    def _say(self, message: QWidget | None) -> None:
        if self._message is not None:
            self._message.deleteLater()
        self._message = message
        if message is not None:
            self._top.addWidget(message)

    # --- ending ------------------------------------------------------------------------------------------

    def _confirmed(self) -> None:
        answer = self.answer
        self.accept()
        if answer is not None:
            self._leave(answer)

    def _end(self, _: int) -> None:
        self._flow.cancel()
        _open.discard(self)
        self.deleteLater()
