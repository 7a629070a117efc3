"""Which environment a request is sent to: a choice that knows the saved ones."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.kit.widgets import Choice
from embedded_server.wire.http import ENVIRONMENTS, Environment, EnvironmentsRequest

OWN = "as captured"


class EnvironmentChoice(Choice):
    """`picked(name)` when the user chose one, `loaded` when the list is there."""

    picked = Signal(str)
    loaded = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__("Environment", (OWN,), parent)
        self.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToContents)
        self._context = context
        self.known: list[Environment] = []
        self._wanted, self._loading = "", False
        self.activated.connect(self._picked)

    def name(self) -> str:
        """The chosen environment, "" for none; until the list is there the one that is to be chosen."""
        if self._loading:
            return self._wanted
        return "" if self.currentIndex() <= 0 else self.currentText()

    def environment(self) -> Environment:
        """The chosen environment itself."""
        return next((one for one in self.known if one.name == self.name()), Environment())

    def reload(self, wanted: str | None = None) -> None:
        """Fetch the list, then choose that one."""
        self._wanted = self.name() if wanted is None else wanted
        self._loading = True
        self._context.flow(self, self._load())

    async def _load(self) -> None:
        answer = await self._context.api.call(ENVIRONMENTS, EnvironmentsRequest())
        self.known = answer.environments
        self.clear()
        self.addItems([OWN, *(one.name for one in self.known)])
        self.setCurrentIndex(max(0, self.findText(self._wanted)) if self._wanted else 0)
        self._loading = False
        self.loaded.emit()

    def _picked(self, _: int) -> None:
        self._wanted = "" if self.currentIndex() <= 0 else self.currentText()
        self.picked.emit(self.name())
