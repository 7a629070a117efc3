"""The bar over a trace: its parts with their counts, and what can be done with it."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.kit.widgets import PrimaryVerbButton, SegmentedBar, Toolbar, VerbButton

PARTS = ("Timeline", "Request", "Response", "SQL", "Logs", "Runs")
# Verbs of other capabilities: shown where they are there.
ACTIONS = (("http.draft", "Edit and resend"), ("explain.statement", "Explain"))
PRIMARY = ("http.replay", "Replay and compare")


class TraceHeader(Toolbar):
    """Parts at the left, actions at the right."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.parts = SegmentedBar(PARTS, "Parts of the request")
        self.add(self.parts)
        for verb_id, text in ACTIONS:
            if verb_id in context.verbs:
                self.add_right(VerbButton(context.verbs, verb_id, text))
        if PRIMARY[0] in context.verbs:
            self.add_right(PrimaryVerbButton(context.verbs, *PRIMARY))

    def show_counts(self, counts: dict[str, int]) -> None:
        """How many of each there are, behind the part's name."""
        for at, name in enumerate(PARTS):
            if name in counts:
                self.parts.setTabText(at, f"{name} {counts[name]:,}" if counts[name] else name)
