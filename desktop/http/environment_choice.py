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
        # What is to be chosen once the list is there; null when it is.
        self._wanted: str | None = None
        self.activated.connect(self._picked)

    def name(self) -> str:
        """The chosen environment, "" for none; until the list is there the one that is to be chosen."""
        if self._wanted is not None:
            return self._wanted
        return self._shown()

    def _shown(self) -> str:
        return "" if self.currentIndex() <= 0 else self.currentText()

    def environment(self) -> Environment:
        """The chosen environment itself."""
        return next((one for one in self.known if one.name == self.name()), Environment())

    def reload(self, wanted: str | None = None) -> None:
        """Fetch the list, then choose that one."""
        self._wanted = self.name() if wanted is None else wanted
        self._context.flow(self, self._load())

    async def _load(self) -> None:
        answer = await self._context.api.call(ENVIRONMENTS, EnvironmentsRequest())
        self.known, wanted = answer.environments, self.name()
        self.clear()
        self.addItems([OWN, *(one.name for one in self.known)])
        self.setCurrentIndex(max(0, self.findText(wanted)) if wanted else 0)
        self._wanted = None
        self.loaded.emit()

    def _picked(self, _: int) -> None:
        if self._wanted is not None:
            self._wanted = self._shown()
        self.picked.emit(self.name())
