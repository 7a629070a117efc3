"""The card of what a request tells about itself: a value in the SQL text, the same question again, a loop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.kit.statements import Piece
from embedded_server.wire.request_findings import RequestFinding

from .card import Card
from .frames_view import open_frame
from .lines import Line, LineList
from .verdict_card import place_text

INJECTION = "literal_from_request"


class FindingsCard(Card):
    """Hidden while there is none. A line selects its statement; Enter opens the line that ran it."""

    picked = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__("What this request tells", parent=parent)
        self._context = context
        self._found: Sequence[RequestFinding] = ()
        self.lines = LineList("Findings of the request", ruled=False, fits=True)
        self.show_empty(False)
        self.body.addWidget(self.lines)
        self.lines.picked.connect(self._picked)
        self.lines.opened.connect(self._opened)
        self.hide()

    def show_findings(self, found: Sequence[RequestFinding]) -> None:
        """Show these; none hides the card."""
        self._found = found
        self.setVisible(bool(found))
        self.about.setText("Enter opens the caller" if any(one.caller for one in found) else "")
        self.lines.show_lines([finding_line(one, at) for at, one in enumerate(found)])

    def _picked(self, key: object) -> None:
        if isinstance(key, int) and key < len(self._found):
            self.picked.emit(self._found[key].number)

    def _opened(self, key: object) -> None:
        if isinstance(key, int) and key < len(self._found):
            caller = self._found[key].caller
            if caller is not None:
                open_frame(self._context, caller, self)


def finding_line(one: RequestFinding, at: int) -> Line:
    """Title, evidence, and the place at the right end."""
    finding = one.finding
    token = "error" if finding.rule == INJECTION else "warn"
    sure = f" ({finding.confidence})" if finding.confidence not in ("high", "certain") else ""
    place = place_text(one.caller) if one.caller is not None else ""
    return Line(
        (Piece(f"{finding.title}. ", True, token), Piece(finding.text), Piece(sure, False, "dim")),
        right=place,
        tip=f"{finding.title}\n{finding.text}\n{finding.advice}",
        copy=" · ".join(part for part in (finding.title, finding.text, finding.advice, place) if part),
        key=at,
    )
