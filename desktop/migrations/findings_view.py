"""What the rules say, as messages one below the other; one with a line leads to it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.kit.theme import styled, theme
from desktop.kit.widgets import Heading, Message, Offer, Paragraph, slim_bars
from embedded_server.wire.migrations import Finding

from .layouts import clear

_SHEET = "QScrollArea { background: @bg1; border: 0; } QScrollArea > QWidget > QWidget { background: @bg1; }"
NONE = "Nothing dangerous was found."
_WORDS = {"error": "danger", "warn": "warning", "info": "note"}


class FindingsView(QScrollArea):
    """`wanted(line)`: the user wants to see where."""

    wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Findings")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        slim_bars(self)
        styled(self, _SHEET)
        self._inner = QWidget()
        self._column = QVBoxLayout(self._inner)
        self._column.setContentsMargins(12, 10, 12, 10)
        self._column.setSpacing(8)
        self.setWidget(self._inner)
        self.findings: list[Finding] = []
        self.show_findings([])

    def sizeHint(self) -> QSize:
        """Wide enough for a sentence."""
        return QSize(theme().scaled(340), theme().scaled(200))

    def minimumSizeHint(self) -> QSize:
        """Narrower than that it would be all breaks."""
        return QSize(theme().scaled(220), theme().scaled(60))

    def show_findings(self, findings: list[Finding], none: str = NONE) -> None:
        """Show these; `none` is what stands there when there are none."""
        self.findings = findings
        clear(self._column)
        self._column.addWidget(Heading(self._title()))
        if not findings:
            self._column.addWidget(Paragraph(none, "dim"))
        for finding in findings:
            self._column.addWidget(self._message(finding))
        self._column.addStretch(1)

    def _title(self) -> str:
        counted = {
            word: sum(1 for one in self.findings if one.severity == severity and not one.suppressed)
            for severity, word in _WORDS.items()
        }
        told = [f"{count} {word}{'s' if count != 1 else ''}" for word, count in counted.items() if count]
        return " · ".join(["Findings", *told])

    def _message(self, finding: Finding) -> Message:
        rule = f"rule {finding.rule}"
        if finding.suppressed:
            text = f"Ignored: {finding.suppressed}\n{rule}"
            return Message(finding.title, text, "", "info", closable=False)
        text = "\n".join(part for part in (finding.text, finding.advice, rule) if part)
        offers: tuple[Offer, ...] = ()
        if finding.line:
            offers = (Offer(f"Line {finding.line}", partial(self.wanted.emit, finding.line)),)
        return Message(finding.title, text, "", finding.severity, offers, closable=False)
