"""What the plan tells: the finding to read first, the others folded below it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, ElidedLabel, LinkButton, Paragraph, Themed, rounded
from embedded_server.wire.explain import Finding, IndexColumns

from .words import GUESS, MEASURED, SURENESS

_TOKENS = {"high": "warn", "medium": "warn", "low": "info", "note": "dim"}


class FindingCard(Themed):
    """One finding. `chosen(node)`: its title was clicked; `index_wanted(IndexColumns)`: try its index."""

    chosen = Signal(int)
    index_wanted = Signal(object)

    def __init__(self, finding: Finding, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.finding = finding
        self.setAccessibleName(f"Finding: {finding.title}")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 12, 10)
        column.setSpacing(theme().scaled(4))
        head = QHBoxLayout()
        head.setSpacing(theme().scaled(8))
        title = ElidedLabel(finding.title, _TOKENS[finding.confidence], weight=600)
        title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        head.addWidget(title)
        how = f"{SURENESS[finding.confidence]} · {MEASURED if finding.measured else GUESS}"
        head.addWidget(ElidedLabel(how, "dim", ratio=0.92), 1)
        if finding.index is not None:
            head.addWidget(self._try_button(finding.index))
        column.addLayout(head)
        column.addWidget(Paragraph(finding.text, "text"))
        column.addWidget(Paragraph(finding.advice, "text"))

    def _try_button(self, index: IndexColumns) -> Button:
        button = Button("Index lab", "Ctrl+I")
        button.setAccessibleName(f"Try an index on {index.table} ({', '.join(index.columns)})")
        button.clicked.connect(self._want_index)
        return button

    def _want_index(self) -> None:
        self.index_wanted.emit(self.finding.index)

    def paintEvent(self, _: QPaintEvent) -> None:
        """A tinted box."""
        painter = QPainter(self)
        token = _TOKENS[self.finding.confidence]
        rounded(painter, self.rect(), theme().blend(token, "bg1", 0.08), theme().blend(token, "bg1", 0.3))
        painter.end()

    def mousePressEvent(self, event: object) -> None:
        """Go to the node it speaks of."""
        if self.finding.node >= 0:
            self.chosen.emit(self.finding.node)


class Findings(QWidget):
    """The primary finding, a link that unfolds the rest, and a word when there is nothing to say."""

    chosen = Signal(int)
    index_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Findings")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 10, 12, 8)
        self._column.setSpacing(theme().scaled(6))
        self._nothing = Paragraph("", "dim")
        self._more = LinkButton("")
        self._more.setAccessibleName("More findings")
        self._more.clicked.connect(self._unfold)
        self._rest: list[FindingCard] = []
        self.cards: list[FindingCard] = []
        self._column.addWidget(self._nothing)
        self._column.addWidget(self._more, alignment=Qt.AlignmentFlag.AlignLeft)
        self._more.hide()

    def show_findings(self, findings: list[Finding], nothing: str) -> None:
        """Other findings; `nothing` is said where there are none."""
        for card in self.cards:
            self._column.removeWidget(card)
            card.deleteLater()
        self.cards = [FindingCard(finding) for finding in findings]
        for place, card in enumerate(self.cards):
            card.chosen.connect(self.chosen)
            card.index_wanted.connect(self.index_wanted)
            self._column.insertWidget(place if place == 0 else self._column.count(), card)
            card.setVisible(place == 0)
        self._rest = self.cards[1:]
        self._nothing.setText(nothing)
        self._nothing.setVisible(not findings and bool(nothing))
        self._more.setVisible(bool(self._rest))
        self._name_more(folded=True)

    def _unfold(self) -> None:
        folded = bool(self._rest) and self._rest[0].isHidden()
        for card in self._rest:
            card.setVisible(folded)
        self._name_more(folded=not folded)

    def _name_more(self, *, folded: bool) -> None:
        count = len(self._rest)
        words = "1 more finding" if count == 1 else f"{count} more findings"
        self._more.setText(f"Show {words}" if folded else "Show the first one only")
