"""Cards of the timeline page: a title with what it is about, below it rows, or an honest word instead."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import ElidedLabel, Panel, Paragraph


class Card(Panel):
    """A box with one pixel around it. `body` takes the content, `empty` stands there while there is none."""

    def __init__(self, title: str, empty: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.title = ElidedLabel(title, weight=600)
        self.about = ElidedLabel("", "dim", ratio=0.92)
        self.empty = Paragraph(empty, "dim")
        self._column = QVBoxLayout(self)
        self._head = head = QHBoxLayout()
        self.title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        head.addWidget(self.title, 0, Qt.AlignmentFlag.AlignBaseline)
        head.addWidget(self.about, 1, Qt.AlignmentFlag.AlignBaseline)
        self._column.addLayout(head)
        self.body = QVBoxLayout()
        self._column.addLayout(self.body)
        self.body.addWidget(self.empty)
        # Takes the room while nothing else does, so that the words stay at the top.
        self._column.addStretch(0)
        self.restyle()

    def restyle(self) -> None:
        """Distances follow the font, so that everything stands under the title."""
        side, gap, edge = theme().scaled(14), theme().scaled(6), theme().scaled(8)
        self._column.setContentsMargins(1, edge, 1, edge)
        self._column.setSpacing(gap)
        self.body.setSpacing(gap)
        self._head.setSpacing(gap)
        self._head.setContentsMargins(side, 0, side, 0)
        self.empty.setContentsMargins(side, 0, side, 0)
        super().restyle()

    def show_empty(self, empty: bool, text: str = "") -> None:
        """Whether there is nothing to show yet, and what to say then."""
        if text:
            self.empty.setText(text)
        self.empty.setVisible(empty)

    def sizeHint(self) -> QSize:
        """At least title and a few rows."""
        return super().sizeHint().expandedTo(QSize(theme().scaled(240), theme().scaled(104)))
