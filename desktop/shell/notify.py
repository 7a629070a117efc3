"""Where a problem is shown: in the view it happened in, else as a message over the tabs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.kit.verb import Verbs
from embedded_server.wire.problem import Action, Problem

from .frame import Frame

if TYPE_CHECKING:
    from desktop.kit.widgets import Offer


class Notifier(QObject):
    """The `Notify` of `desktop.context`. The last problem can be shown again (`again`)."""

    shown = Signal(object)

    def __init__(self, frame: Frame, verbs: Verbs) -> None:
        super().__init__(frame)
        self._frame, self._verbs = frame, verbs
        self.last: Problem | None = None

    def problem(self, problem: Problem, where: QWidget | None = None) -> None:
        """Show a problem inside `where` or a parent of it that offers `show_problem`, else as a message."""
        self.last = problem
        view = where
        while view is not None:
            show = getattr(view, "show_problem", None)
            if show is not None:
                show(problem)
                break
            view = view.parentWidget()
        else:
            self._message(problem)
        self.shown.emit(problem)

    def say(self, text: str) -> None:
        """A short message in the status bar."""
        self._frame.status.say(text)

    def again(self) -> None:
        """Show the last problem once more, wherever it was shown."""
        if self.last is not None:
            self._message(self.last)

    def offers(self, problem: Problem) -> tuple[Offer, ...]:
        """The button of a problem's action, if its verb exists and can run now."""
        action = problem.action
        if action is None or action.verb not in self._verbs or self._verbs.get(action.verb).when():
            return ()
        from desktop.kit.widgets import Offer  # noqa: PLC0415  # lazy: not in the first frame

        return (Offer(action.title, _Act(self._verbs, action, self).run, primary=True),)

    def _message(self, problem: Problem) -> None:
        from desktop.kit.widgets import InlineProblem  # noqa: PLC0415  # lazy: not in the first frame

        for message in self._frame.messages.messages:
            if isinstance(message, InlineProblem) and message.problem == problem:
                return
        self._frame.messages.add(InlineProblem(problem, self.offers(problem)))


class _Act:
    """Runs a problem's verb with its arguments; says so if it cannot any more."""

    def __init__(self, verbs: Verbs, action: Action, notifier: Notifier) -> None:
        self._verbs, self._action, self._notifier = verbs, action, notifier

    def run(self) -> None:
        reason = self._verbs.run(self._action.verb, self._action.arguments)
        if reason:
            self._notifier.say(reason)
