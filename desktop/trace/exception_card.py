"""The card of an exception: what was raised, where, and what it was raised from."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.kit.statements import Piece
from embedded_server.wire.trace import TracedException

from .card import Card
from .frames_view import FramesView
from .rich_text import RichText


class ExceptionCard(Card):
    """Hidden while there is none."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__("Exception", parent=parent)
        self.what = RichText("What was raised")
        self.frames = FramesView(context, "Frames")
        self.show_empty(False)
        self.body.addWidget(self.what)
        self.body.addWidget(self.frames)
        self.body.addStretch(1)

    def show_exception(self, error: TracedException | None) -> None:
        """Show an exception; none hides the card."""
        self.setVisible(error is not None)
        if error is None:
            return
        self.about.setText("handled by an error handler" if error.handled else "unhandled")
        parts = [Piece(error.type, True, "error"), Piece(f": {error.message}" if error.message else "")]
        cause = error.cause
        while cause is not None:
            parts.append(Piece(f"\nfrom {cause.type}: {cause.message}", False, "dim"))
            cause = cause.cause
        self.what.show_parts(parts)
        self.frames.show_frames(error.frames)
