"""What a table tab shows of its staged edits: buttons in its toolbar, questions and problems below it."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.theme import theme
from desktop.kit.verb import Verbs
from desktop.kit.widgets import (
    Button,
    Chip,
    ConfirmBox,
    InlineProblem,
    Message,
    Offer,
    PrimaryButton,
    PrimaryVerbButton,
    VerbButton,
    refresh_bound,
)
from embedded_server.wire.problem import Problem

from .change_words import objection, staged_words
from .edit_journal import Edits


class EditControls(QWidget):
    """`2 staged edits`, their SQL, Discard, Apply: there while something is staged."""

    def __init__(self, context: Context, edits: Edits) -> None:
        super().__init__()
        self._edits = edits
        self.chip = Chip("", "accent", line="accent")
        self.preview = Button("SQL")
        self.preview.setAccessibleName("Show staged edits and their SQL")
        self.preview.clicked.connect(_Run(context.verbs, "data.changes", self.preview).run)
        self.discard = VerbButton(context.verbs, "data.discard", "Discard")
        self.apply = PrimaryVerbButton(context.verbs, "data.apply", "Apply")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme().scaled(4))
        for widget in (self.chip, self.preview, self.discard, self.apply):
            row.addWidget(widget)
        self.chip.clicked.connect(self.preview.click)
        edits.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """How many there are now."""
        staged = self._edits.staged
        wrong = staged.bad() or staged.conflicts
        told = sum(bool(objection(staged, row)) for row in staged.ordered()) if wrong else 0
        # The bar has room for one of both words.
        words = staged_words(staged).replace("staged ", "") if told else staged_words(staged)
        self.chip.show_text(words, "error" if wrong else "accent", f"{told:,} wrong" if told else "")
        refresh_bound(self)
        self.setVisible(len(staged) > 0)


class _Run(QObject):
    """Runs a verb for a button that has no room for its key."""

    def __init__(self, verbs: Verbs, verb: str, button: Button) -> None:
        super().__init__(button)
        self._verbs, self._verb = verbs, verb

    def run(self) -> None:
        self._verbs.run(self._verb)


class EditMessages(QWidget):
    """One message at a time, where it concerns the edits. `accepted(text)`: the question was answered."""

    accepted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.confirm = ConfirmBox()
        self.shown: Message | None = None
        self._column = QVBoxLayout(self)
        self._inset(on=False)
        self._column.addWidget(self.confirm)
        self.confirm.confirmed.connect(self.accepted)

    def ask(self, text: str, name: str) -> None:
        """Ask before edits are written; `name` must be typed, if there is one."""
        self.clear()
        if name:
            self.confirm.ask(text, name, "Apply")
        else:
            offer = Offer("Apply", self._accept, primary=True)
            message = Message(text, "", tone="warn", offers=(offer,))
            self._show(message)
            message.findChildren(PrimaryButton)[0].setFocus()

    def show_problem(self, problem: Problem) -> None:
        """Why nothing was written."""
        self.clear()
        self._show(InlineProblem(problem))

    def tell(self, title: str, text: str, tone: str = "info") -> None:
        """Something the user should know of what was written."""
        self.clear()
        self._show(Message(title, text, tone=tone))

    def clear(self) -> None:
        """Put the message away."""
        self.confirm.hide()
        if self.shown is not None:
            self.shown.hide()
            self.shown.deleteLater()
            self.shown = None
        self._inset(on=False)

    def _inset(self, *, on: bool) -> None:
        """As far from the edges as messages are elsewhere, and no room without one."""
        self._column.setContentsMargins(*((12, 8, 12, 8) if on else (0, 0, 0, 0)))

    def _accept(self) -> None:
        self.accepted.emit("")

    def _show(self, message: Message) -> None:
        self.shown = message
        self._inset(on=True)
        message.closed.connect(self.clear)
        self._column.addWidget(message)
