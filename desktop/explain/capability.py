"""Explain as a capability: the Slow page, openers of statements, plans and labs, verbs."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import QObject

from desktop.context import Context, Tab
from embedded_server.wire.refs import LabRef, PlanRef, Ref, StatementRef, TraceRef
from embedded_server.wire.server import Event

from .lab_tab import LabTab
from .plan_tab import PASTE, PlanTab
from .slow_pane import SlowPane, statement_of
from .verbs import add_verbs

NO_STATEMENT = "Open a statement first: in a script, a table, a request, or on the Slow page"


class SlowPage:
    """The Slow page of the rail."""

    id = "slow"
    title = "Slow"
    icon = "slow"

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def widget(self) -> SlowPane:
        """Made when it is first shown."""
        return SlowPane(self._context)


class Explain(QObject):
    """Owns the page; makes tabs; acts on the statement of whatever tab is in front."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self._context = context
        self._analyze = False
        self.page = SlowPage(context)
        add_verbs(context, self)
        bench = context.workbench
        bench.add_page(self.page)
        bench.add_opener(StatementRef.kind, self._make_plan)
        bench.add_opener(PlanRef.kind, self._make_plan)
        bench.add_opener(LabRef.kind, self._make_lab)
        context.events.happened.connect(self._happened)

    def _make_plan(self, ref: StatementRef | PlanRef, origin: Ref | None) -> Tab:
        analyze, self._analyze = self._analyze, False
        return PlanTab(self._context, ref, origin, analyze=analyze)

    def _make_lab(self, ref: LabRef, origin: Ref | None) -> Tab:
        return LabTab(self._context, ref, origin)

    def _happened(self, event: Event) -> None:
        if event.kind == "explain.mended":
            self._context.notify.say(str(event.data.get("text", "")))

    # --- the statement in front ------------------------------------------------------------------------

    def plan_tab(self) -> PlanTab | None:
        """The plan in front."""
        tab = self._context.workbench.current()
        return tab if isinstance(tab, PlanTab) else None

    def lab_tab(self) -> LabTab | None:
        """The lab in front."""
        tab = self._context.workbench.current()
        return tab if isinstance(tab, LabTab) else None

    def statement(self) -> StatementRef | None:
        """The statement that verbs act on: of the tab in front, else the selected one of the Slow page."""
        tab = self._context.workbench.current()
        found = tab.subject(StatementRef.kind) if tab is not None else None
        if isinstance(found, StatementRef):
            return found
        if "widget" in vars(self.page) and self.page.widget.isVisible():
            one = self.page.widget.current()
            return statement_of(one) if one is not None else None
        return None

    def origin(self) -> Ref | None:
        """The trace that the tab in front serves, or is."""
        tab = self._context.workbench.current()
        if tab is None:
            return None
        return tab.ref if isinstance(tab.ref, TraceRef) else tab.origin

    def why_no_statement(self) -> str:
        """Why there is nothing to explain."""
        found = self.statement()
        if found is None:
            return NO_STATEMENT
        return "" if found.connection else "Choose a connection first"

    # --- verbs -----------------------------------------------------------------------------------------

    def explain(self) -> None:
        """Show the plan of the statement in front; in a plan, make it anew."""
        tab = self.plan_tab()
        if tab is not None and isinstance(tab.ref, StatementRef):
            tab.explain()
        else:
            self._open(analyze=False)

    def measure(self) -> None:
        """Run the statement in front and show what was measured."""
        tab = self.plan_tab()
        if tab is not None and isinstance(tab.ref, StatementRef):
            tab.measure()
        else:
            self._open(analyze=True)

    def _open(self, *, analyze: bool) -> None:
        statement = self.statement()
        if statement is None:
            return
        before = self._context.workbench.tabs()
        self._analyze = analyze
        tab = self._context.workbench.open(statement, self.origin())
        self._analyze = False
        if isinstance(tab, PlanTab) and tab in before:
            tab.load(analyze=analyze)

    def lab(self) -> None:
        """Open the index lab on the statement in front."""
        statement = self.statement()
        if statement is not None:
            self._context.workbench.open(LabRef(statement), self.origin())

    def paste(self) -> None:
        """A tab for a plan from elsewhere."""
        self._context.workbench.open(PlanRef(PASTE, "Paste a plan"), keep=True)
