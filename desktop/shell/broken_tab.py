"""Stands in for a tab that could not be made again: one broken tab must not keep the window from starting."""

from __future__ import annotations

import traceback

from PySide6.QtWidgets import QVBoxLayout

from desktop.context import Tab
from desktop.kit.widgets import InlineProblem
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import Ref


class BrokenTab(Tab):
    """Says why; closing and opening it again tries once more. Its saved state is not lost."""

    icon = "warning"

    def __init__(self, ref: Ref, title: str, state: dict[str, object], error: Exception) -> None:
        super().__init__()
        self.ref = ref
        self._title, self._state = title, state
        if isinstance(error, ProblemError):
            problem = error.problem
        else:
            detail = "".join(traceback.format_exception(error))
            problem = Problem("server.internal", "This tab could not be opened again", detail)
        column = QVBoxLayout(self)
        column.addWidget(InlineProblem(problem, closable=False))
        column.addStretch(1)

    def title(self) -> str:
        """The title it had."""
        return self._title

    def state(self) -> dict[str, object]:
        """The state it was to have."""
        return self._state
