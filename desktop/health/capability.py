"""Health as a capability: page, tabs, verbs."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import QObject

from desktop.context import Context, Tab
from embedded_server.wire.refs import HealthRef, Ref

from .pane import HealthPane
from .tab import HealthTab
from .verbs import add_verbs


class HealthPage:
    """The Health page of the rail; built when it is first shown."""

    id = "health"
    title = "Health"
    icon = "health"

    def __init__(self, owner: Health) -> None:
        self._owner = owner

    @cached_property
    def widget(self) -> HealthPane:
        """The pane."""
        return self._owner.make_pane()


class Health(QObject):
    """Owns the page; makes tabs."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self.context = context
        add_verbs(self)
        self.page = HealthPage(self)
        context.workbench.add_page(self.page)
        context.workbench.add_opener(HealthRef.kind, self._make)

    def make_pane(self) -> HealthPane:
        """The page's widget."""
        pane = HealthPane(self.context)
        pane.wanted.connect(self.show)
        return pane

    def tab(self) -> HealthTab | None:
        """The health tab in front."""
        tab = self.context.workbench.current()
        return tab if isinstance(tab, HealthTab) else None

    def why_not(self) -> str:
        """Why there is no health to show."""
        return "" if self.context.workbench.connection() else "Choose a connection first"

    def show(self, part: str) -> None:
        """Show a part of the health of the connection in use."""
        connection = self.context.workbench.connection()
        if not connection:
            return
        self.context.workbench.show_page(HealthPage.id)
        tab = self.context.workbench.open(HealthRef(connection), keep=True)
        if isinstance(tab, HealthTab):
            tab.show_part(part)
            tab.setFocus()

    def _make(self, ref: HealthRef, _: Ref | None) -> Tab:
        return HealthTab(self.context, ref)
