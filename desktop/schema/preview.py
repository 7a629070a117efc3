"""What a change is: as SQL, as a revision, and what it does to a table in use."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.kit.sql_view import SqlView
from desktop.kit.theme import styled, theme
from desktop.kit.widgets import (
    ElidedLabel,
    EmptyState,
    Heading,
    Message,
    Paragraph,
    SegmentedBar,
    Splitter,
    column,
    slim_bars,
)
from embedded_server.wire.migrations import Finding
from embedded_server.wire.schema import Composed, ComposeResponse

_SHEET = "QScrollArea { background: @bg1; border: 0; } QScrollArea > QWidget > QWidget { background: @bg1; }"
_SPOKEN = {"postgresql": "postgresql", "mysql": "mysql", "sqlite": "sqlite", "duckdb": "duckdb"}
PARTS = ("SQL", "Revision", "Way back")


class Text(SqlView):
    """A text that fills its place."""

    def _fit(self) -> None:
        self.setMinimumHeight(theme().scaled(60))
        self.setTabStopDistance(4 * QFontMetricsF(theme().mono_font()).horizontalAdvance(" "))


class Preview(QWidget):
    """Empty until the first answer."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.answer: ComposeResponse | None = None
        self.bar = SegmentedBar(PARTS, "The change as")
        self.sql, self.upgrade, self.downgrade = Text("SQL"), Text("Revision"), Text("Way back")
        self._texts = QStackedWidget()
        for text in (self.sql, self.upgrade, self.downgrade):
            self._texts.addWidget(text)
        self.effects = _Effects()
        self._stack = QStackedWidget()
        self._empty = EmptyState("Nothing is changed yet", "The exact SQL stands here while you type.", "sql")
        self._stack.addWidget(self._empty)
        upper = column(column(self.bar, margins=(8, 6, 8, 6)), self._texts)
        whole = Splitter(vertical=True)
        whole.addWidget(upper)
        whole.addWidget(self.effects)
        whole.setSizes([theme().scaled(330), theme().scaled(300)])
        self._stack.addWidget(whole)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.bar.chosen.connect(self._texts.setCurrentIndex)

    def minimumSizeHint(self) -> QSize:
        """Room for a sentence."""
        return QSize(theme().scaled(260), theme().scaled(200))

    def show_answer(self, answer: ComposeResponse | None, *, wrong: bool = False) -> None:
        """What the change is, null for none: nothing was changed, or what was is `wrong`."""
        self.answer = answer
        title = "No SQL yet" if wrong else "Nothing is changed yet"
        told = "What does not fit stands above." if wrong else "The exact SQL stands here while you type."
        self._empty.show_text(title, told)
        self._stack.setCurrentIndex(0 if answer is None else 1)
        if answer is None:
            return
        self.sql.show_sql(answer.sql, _SPOKEN.get(answer.engine, ""))
        self.upgrade.show_sql("\n".join(one.upgrade for one in answer.composed))
        back = [
            one.downgrade or f"# Nothing takes this back: {one.title}" for one in reversed(answer.composed)
        ]
        self.downgrade.show_sql("\n".join(back))
        self.effects.show_answer(answer)


class _Effects(QScrollArea):
    """Sentences and messages."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What it does")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        slim_bars(self)
        styled(self, _SHEET)
        inner = QWidget()
        self._column = QVBoxLayout(inner)
        self._column.setContentsMargins(12, 10, 12, 10)
        self._column.setSpacing(theme().scaled(6))
        self.setWidget(inner)
        self.told: list[str] = []

    def show_answer(self, answer: ComposeResponse) -> None:
        """What is dangerous, then each operation with its effect."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        self.told = []
        if answer.findings:
            self._column.addWidget(Heading("Findings"))
            for finding in answer.findings:
                self._column.addWidget(_message(finding))
            self._column.addSpacing(theme().scaled(6))
        self._column.addWidget(Heading("What it does"))
        for one in answer.composed:
            self._column.addWidget(ElidedLabel(one.title, "text"))
            text = effect_words(one)
            self.told.append(text)
            self._column.addWidget(Paragraph(text, "warn" if one.effect.heavy else "dim"))
        for note in answer.notes:
            self._column.addWidget(Paragraph(note, "dim"))
        self._column.addStretch(1)


def effect_words(one: Composed) -> str:
    """Who waits, for what, over how many rows."""
    effect = one.effect
    rows = f", ~{effect.rows:,} row{'' if effect.rows == 1 else 's'}" if effect.rows is not None else ""
    work = f"{effect.work}{rows}" if effect.work else ""
    text = " · ".join(part for part in (effect.lock, work) if part)
    return text if one.downgrade else f"{text} · nothing takes it back".lstrip(" ·")


def _message(finding: Finding) -> Message:
    text = "\n".join(part for part in (finding.text, finding.advice, f"rule {finding.rule}") if part)
    return Message(finding.title, text, "", finding.severity, closable=False)
