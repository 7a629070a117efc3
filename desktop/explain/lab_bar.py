"""The bar of the index lab: the statement, and what can be done with the candidate under the cursor."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.kit.widgets import (
    Button,
    ElidedLabel,
    PrimaryVerbButton,
    Toolbar,
    VerbButton,
    refresh_bound,
)

_TRY, _MIGRATION = "explain.try", "migrations.make"


class LabBar(Toolbar):
    """The next step is the primary action: to try a candidate, then to make a migration of it."""

    def __init__(self, context: Context, sql: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        verbs = context.verbs
        self.sql = ElidedLabel(sql, "dim", mono=True)
        self.add(self.sql)
        self.add_right(VerbButton(verbs, "explain.statement", "Plan"))
        first: list[Button] = [PrimaryVerbButton(verbs, _TRY, "Try it")]
        then: list[Button] = [VerbButton(verbs, _TRY, "Try it again")]
        # Where there is no room of migrations, nothing is promised.
        if _MIGRATION in verbs:
            first.insert(0, VerbButton(verbs, _MIGRATION, "Make migration"))
            then.append(PrimaryVerbButton(verbs, _MIGRATION, "Make migration"))
        self._first, self._then = first, then
        for button in (*first, *then):
            self.add_right(button)
        self.show_stage(measured=False)

    def show_stage(self, *, measured: bool) -> None:
        """Whether the candidate was tried, and what can be done now."""
        for button in self._first:
            button.setVisible(not measured)
        for button in self._then:
            button.setVisible(measured)
        refresh_bound(self)
