"""Data as a capability: the page, openers, quick open, verbs."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop.context import Context, Tab
from embedded_server.wire.refs import Ref, RoutineRef, RowRef, TableRef

from .catalogs import Catalogs
from .diagram.verbs import Diagrams
from .edit_journal import EditBook
from .edit_verbs import add_verbs as add_edit_verbs
from .finder import TableFinder
from .table_tab import TableTab
from .transfer.capability import Transfer
from .tree_pane import TreePane
from .verbs import add_verbs


class DataPage:
    """The Data page of the rail."""

    id = "data"
    title = "Data"
    icon = "data"

    def __init__(self, pane: TreePane) -> None:
        self.widget: QWidget = pane


class Data(QObject):
    """Owns the catalogues for the window's life."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self._context = context
        self.catalogs = Catalogs(context.api, self)
        self.edits = EditBook(context, self)
        self.finder = TableFinder(self.catalogs)
        self.pane = TreePane(context, self.catalogs)
        bench = context.workbench
        bench.add_page(DataPage(self.pane))
        bench.add_opener(TableRef.kind, self._table)
        bench.add_opener(RowRef.kind, self._table)
        bench.add_opener(RoutineRef.kind, self._routine)
        bench.add_finder(self.finder)
        bench.connection_changed.connect(self._use)
        bench.current_changed.connect(self._shown)
        context.events.happened.connect(self.catalogs.on_event)
        context.events.reset.connect(self._again)
        context.api.online_changed.connect(self._online)
        add_verbs(context, self.pane)
        self.diagrams = Diagrams(context, self)
        self.transfer = Transfer(context, self)
        add_edit_verbs(context)

    def _use(self, *_: object) -> None:
        self.finder.connection = self._context.workbench.connection()

    def _shown(self, *_: object) -> None:
        tab = self._context.workbench.current()
        if tab is not None:
            self.finder.opened(tab.ref)

    def _table(self, ref: TableRef | RowRef, _: Ref | None) -> Tab:
        catalog = self.catalogs.get(ref.connection)
        default = catalog.default_schema if catalog is not None else ""
        return TableTab(self._context, ref, self.edits, self.catalogs, default)

    def _routine(self, ref: RoutineRef, _: Ref | None) -> Tab:
        from .source_tab import SourceTab  # noqa: PLC0415  # lazy: no first frame waits for it

        return SourceTab(self._context, ref)

    def _again(self) -> None:
        connection = self._context.workbench.connection()
        if connection:
            self.catalogs.refresh(connection)

    def _online(self, online: bool) -> None:
        if online:
            self._again()
