"""Requests as a capability: the page, the tab of a trace, quick open, verbs, the activity strip."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import QObject, QPoint

from desktop.context import Context, Part, Tab
from embedded_server.wire.refs import ComparisonRef, Ref, TraceRef
from embedded_server.wire.trace import TraceSummary

from .cases import Cases
from .chip import CaptureChip
from .compare_tab import CompareTab
from .feed import Feed
from .finder import RequestFinder
from .live_pane import LivePane
from .pane import PAGE, RequestsPane
from .routes_pane import RoutesPane
from .strip import ActivityStrip
from .tab import TraceTab
from .verbs import LIST_MENU, STATEMENT_MENU, add_verbs, menu_of
from .words import request_text


class RequestsPage:
    """The Requests page of the rail; built when it is first shown."""

    id = PAGE
    title = "Requests"
    icon = "requests"

    def __init__(self, owner: Requests) -> None:
        self._owner = owner

    @cached_property
    def widget(self) -> RequestsPane:
        """The pane."""
        return self._owner.make_pane()


class Requests(QObject):
    """Owns the feed for the window's life."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self.context = context
        self.feed = Feed(context.api, context.events, self)
        self.page = RequestsPage(self)
        self._live: LivePane | None = None
        self._routes: RoutesPane | None = None
        # The request that another one is going to be compared with.
        self.marked: TraceSummary | None = None
        bench = context.workbench
        bench.add_page(self.page)
        bench.add_opener(TraceRef.kind, self._open)
        bench.add_opener(ComparisonRef.kind, self._compare)
        bench.add_finder(RequestFinder(self.feed))
        self.strip = ActivityStrip(context, self.feed)
        self.strip.wanted.connect(self.open)
        bench.set_strip(self.strip)
        self.chip = CaptureChip(context, self.feed, self.strip)
        add_verbs(context, self)
        self.cases = Cases(context, self)
        self.feed.removed.connect(self._gone)

    def make_pane(self) -> RequestsPane:
        """The page's widget."""
        parts = (Part("Live", self._make_live), Part("Routes", self._make_routes))
        return RequestsPane(self.context, parts)

    @property
    def pane(self) -> RequestsPane:
        """The page's widget, made now if it was not shown yet."""
        return self.page.widget

    @property
    def live(self) -> LivePane:
        """The segment Live, made now if it was not shown yet."""
        self.pane.show_part("Live")
        assert self._live is not None
        return self._live

    def selected(self) -> TraceSummary | None:
        """The request selected in the list, null where the list is not shown."""
        return self._live.current() if self._live is not None and self._live.isVisible() else None

    def listing(self) -> bool:
        """Whether the keyboard is in the list."""
        return self._live is not None and self._live.list.hasFocus()

    def mark(self, request: TraceSummary) -> None:
        """Remember a request for comparing."""
        self.marked = request
        if self._live is not None:
            self._live.mark(request.id)

    def changed(self, key: str) -> None:
        """A request is kept now, or not any more: show it so."""
        if self._live is not None:
            self._live.reload()
        for tab in self.context.workbench.tabs():
            if isinstance(tab, TraceTab) and tab.ref.trace == key:
                tab.refresh()

    def removed(self, key: str) -> None:
        """A request was deleted: its tab goes too."""
        if self.marked is not None and self.marked.id == key:
            self.marked = None
        for tab in self.context.workbench.tabs():
            if isinstance(tab, TraceTab) and tab.ref.trace == key:
                self.context.workbench.close(tab)

    def _gone(self, keys: list[str]) -> None:
        """Requests are gone, whoever removed them."""
        known = set(keys)
        open_ones = [tab.ref.trace for tab in self.context.workbench.tabs() if isinstance(tab, TraceTab)]
        for key in known.intersection([*open_ones, *([self.marked.id] if self.marked else [])]):
            self.removed(key)

    def tab(self) -> TraceTab | None:
        """The trace in front."""
        tab = self.context.workbench.current()
        return tab if isinstance(tab, TraceTab) else None

    def open(self, request: TraceSummary, keep: bool = False) -> None:
        """Show a request in a tab."""
        self.context.workbench.open(TraceRef(request.id, request_text(request)), keep=keep)

    def show_live(self) -> LivePane:
        """The page with its live list."""
        self.context.workbench.show_page(PAGE)
        return self.live

    def _make_live(self) -> LivePane:
        self._live = LivePane(self.context, self.feed)
        self._live.menu_wanted.connect(self._menu)
        return self._live

    @property
    def routes(self) -> RoutesPane:
        """The segment Routes, made now if it was not shown yet."""
        self.pane.show_part("Routes")
        assert self._routes is not None
        return self._routes

    def _make_routes(self) -> RoutesPane:
        self._routes = RoutesPane(self.context, self.feed)
        self._routes.wanted.connect(self._filter)
        return self._routes

    def _filter(self, text: str) -> None:
        self.show_live().set_filter(text)

    def _menu(self, at: QPoint) -> None:
        self._popup(LIST_MENU, at)

    def _statement_menu(self, at: QPoint) -> None:
        self._popup(STATEMENT_MENU, at)

    def _popup(self, verb_ids: tuple[str, ...], at: QPoint) -> None:
        menu_of(self.context, verb_ids, self.strip).popup(at)

    def _open(self, ref: TraceRef, _: Ref | None) -> Tab:
        tab = TraceTab(self.context, self.feed, ref)
        tab.menu_wanted.connect(self._statement_menu)
        return tab

    def _compare(self, ref: ComparisonRef, _: Ref | None) -> Tab:
        return CompareTab(self.context, ref)
