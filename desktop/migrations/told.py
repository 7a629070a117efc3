"""The place for one message over a tab's body: empty it takes no room."""

from __future__ import annotations

from desktop.context import Context
from desktop.kit.widgets import InlineProblem, Message, MessagePlace, Offer
from embedded_server.wire.problem import Problem

from .project_settings import MENDED


class Told(MessagePlace):
    """Problems that the project's settings can mend lead there."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setContentsMargins(12, 0, 12, 0)

    def show_message(self, message: Message | None) -> None:
        """This one, or none."""
        super().show_message(message)
        room = 8 if message is not None else 0
        self.setContentsMargins(12, room, 12, room)

    def show_problem(self, problem: Problem) -> None:
        """A problem in its place; what the project's settings can mend offers them."""
        offers: tuple[Offer, ...] = ()
        if problem.code in MENDED:
            offers = (Offer("Project settings", self._open_settings),)
        self.show_message(InlineProblem(problem, offers))

    def _open_settings(self) -> None:
        self._context.verbs.run("migrations.settings")
