"""What the pages of settings and of keys have in common: heading, filter box, rows that hide."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.context import Tab
from desktop.kit.theme import theme
from desktop.kit.widgets import ElidedLabel, FilterBox, Heading, Paragraph, Surface, column, slim_bars
from embedded_server.wire.fuzzy import score
from embedded_server.wire.refs import PageRef

WIDTH = 760


@dataclass
class Row:
    """A line of the form: what the filter looks at, and its widget."""

    words: str
    widget: QWidget
    section: str


class FormPage(Tab):
    """A tab of rows under headings with a filter box; says how many rows the filter hides."""

    def __init__(self, ref: PageRef, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ref = ref
        self.rows: list[Row] = []
        self._headings: dict[str, QWidget] = {}
        self.filter = FilterBox(hint)
        self.filter.setMaximumWidth(theme().scaled(WIDTH))
        self.filter.filtered.connect(self._filter)
        self.hidden = ElidedLabel("", "dim", ratio=0.9)
        self.setFocusProxy(self.filter)
        self._column = QVBoxLayout()
        self._column.setSpacing(theme().scaled(4))
        self.top = QHBoxLayout()
        self.top.addWidget(self.filter, 1)
        self.top.addWidget(self.hidden)
        self._build()

    def add_section(self, title: str) -> None:
        """Begin a section."""
        heading = column(Heading(title), margins=(0, theme().scaled(14), 0, theme().scaled(2)))
        self._headings[title] = heading
        self._column.addWidget(heading)

    def add_row(self, section: str, words: str, widget: QWidget) -> None:
        """Add a row to the section begun last."""
        self.rows.append(Row(words.lower(), widget, section))
        self._column.addWidget(widget)

    def state(self) -> dict[str, object]:
        """The filter."""
        return {"filter": self.filter.text()}

    def restore(self, state: dict[str, object]) -> None:
        """The filter."""
        self.filter.setText(str(state.get("filter", "")))

    def _filter(self, text: str) -> None:
        shown: dict[str, int] = dict.fromkeys(self._headings, 0)
        words = text.split()
        for row in self.rows:
            fits = all((score(word, row.words) or (9,))[0] <= 4 for word in words)
            row.widget.setVisible(fits)
            shown[row.section] += fits
        for section, heading in self._headings.items():
            heading.setVisible(bool(shown[section]))
        hidden = len(self.rows) - sum(shown.values())
        self.hidden.setText(f"{hidden} hidden by the filter" if hidden else "")

    def _build(self) -> None:
        area = QScrollArea()
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        slim_bars(area)
        area.viewport().setAutoFillBackground(False)
        inner = Surface("bg1")
        inner.setMaximumWidth(theme().scaled(WIDTH) + 48)
        outer = QVBoxLayout(inner)
        outer.setContentsMargins(24, 0, 24, 24)
        outer.addLayout(self._column)
        outer.addStretch(1)
        area.setWidget(inner)
        area.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        # As wide as what stands below it.
        head = QWidget()
        head.setMaximumWidth(theme().scaled(WIDTH) + 48)
        head.setLayout(self.top)
        self.top.setContentsMargins(24, 16, 24, 8)
        self.top.setSpacing(10)
        rows.addWidget(head)
        rows.addWidget(area, 1)


class FormRow(QWidget):
    """Title and help at the left, the control at the right, room for a reason below."""

    def __init__(self, title: str, help_text: str, control: QWidget, extra: tuple[QWidget, ...] = ()) -> None:
        super().__init__()
        lines = QVBoxLayout(self)
        lines.setContentsMargins(0, theme().scaled(4), 0, theme().scaled(4))
        lines.setSpacing(2)
        line = QHBoxLayout()
        line.setSpacing(10)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(ElidedLabel(title))
        if help_text:
            texts.addWidget(ElidedLabel(help_text, "dim", ratio=0.9))
        line.addLayout(texts, 1)
        for widget in extra:
            line.addWidget(widget)
        line.addWidget(control)
        lines.addLayout(line)
        self.remark = ElidedLabel("", "dim", ratio=0.9)
        self.reason = Paragraph("", "error")
        for label in (self.remark, self.reason):
            label.hide()
            lines.addWidget(label)

    def note(self, text: str) -> None:
        """Something worth knowing about it; "" takes it away."""
        self.remark.setText(text)
        self.remark.setVisible(bool(text))

    def say(self, reason: str) -> None:
        """Show why the value is refused; "" takes it away."""
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
