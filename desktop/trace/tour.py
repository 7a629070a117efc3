"""The tour's steps of requests: on what the demo really did a moment ago."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.context import Context
from desktop.demo_facts import facts
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.refs import ComparisonRef, RowRef, TraceRef
from embedded_server.wire.trace import LIST, ListRequest, TraceSummary

from .capability import Requests
from .compare_tab import CompareTab
from .tab import PARTS, TraceTab
from .words import request_text

PATIENCE = 60.0


class RequestSteps:
    """Acts as a user would on the requests of the demo."""

    def __init__(self, context: Context, owner: Requests) -> None:
        self._context, self._owner = context, owner

    def tab(self) -> TraceTab:
        """The request in front."""
        tab = self._owner.tab()
        assert tab is not None
        return tab

    async def connect(self) -> None:
        """How to connect an application."""
        self._context.workbench.show_page("requests")
        self._owner.live.wait()

    async def live(self) -> Facts:
        """The list as it came."""
        live = self._owner.show_live()
        live.stop_waiting()
        await Until(lambda: live.model.rowCount() > 0, "requests of the demo", PATIENCE)
        return {"requests": live.model.total}

    async def filtered(self) -> Facts:
        """Only what failed."""
        live = self._owner.show_live()
        live.set_filter("status:5xx")
        await Until(lambda: live.model.filter() == "status:5xx" and live.model.ready, "the filtered list")
        await Until(lambda: live.model.rowCount() > 0, "a request that failed")
        return {"failed": live.model.rowCount()}

    async def slow(self) -> Facts:
        """The slow page on its clock: one slow statement, twenty of one shape."""
        self._owner.show_live().set_filter("")
        summary = await self._find(facts().route)
        return await self._open(summary)

    async def failed(self) -> Facts:
        """A request that ended in an exception."""
        return await self._open(await self._find("status:5xx"))

    async def routes(self) -> Facts:
        """What the application offers, called or not."""
        self._owner.show_live()
        self._owner.pane.show_part("Routes")
        routes = self._owner.routes
        await Until(lambda: routes.model.rowCount() > 0, "the routes")
        return {"routes": routes.model.rowCount()}

    async def compared(self) -> Facts:
        """The same page twice: what the second one did differently."""
        self._owner.show_live()
        newest = await self._context.api.call(LIST, ListRequest(filter=facts().route, limit=2))
        after, before = newest.requests
        ref = ComparisonRef(before.id, after.id, request_text(after))
        tab = self._context.workbench.open(ref, keep=True)
        assert isinstance(tab, CompareTab)
        await Until(lambda: tab.answer is not None, "the comparison")
        return {"shapes": len(tab.statements.lines())}

    async def row(self) -> Facts:
        """A row of the database and the requests that touched it."""
        bench = self._context.workbench
        found = await self._find("invoice")
        number = int(found.target.split("/")[2])
        bench.show_page("data")
        tab = bench.open(RowRef(bench.connection(), "orders", ["id"], [number]), keep=True)
        assert tab is not None
        panel = tab.inspector()
        assert panel is not None
        await Until(lambda: _called(panel, "Seen in requests"), "the requests of the row")
        return {"row": number}

    def part(self, name: str) -> Callable[[], None]:
        """Another part of the request in front."""

        def show() -> None:
            self.tab().show_part(name)

        return show

    async def _find(self, text: str) -> TraceSummary:
        answer = await self._context.api.call(LIST, ListRequest(filter=text, limit=1))
        assert answer.requests, f"no request passes {text}"
        return answer.requests[0]

    async def _open(self, summary: TraceSummary) -> Facts:
        tab = self._context.workbench.open(TraceRef(summary.id, request_text(summary)), keep=True)
        assert isinstance(tab, TraceTab)
        await Until(lambda: tab.trace is not None, "the request")
        return {
            "statements": summary.statements,
            "marks": list(summary.marks),
            "milliseconds": summary.duration_ms,
        }


def _called(root: QWidget, name: str) -> bool:
    return any(found.accessibleName() == name for found in root.findChildren(QWidget))


def steps(context: Context, owner: Requests) -> list[Step]:
    """In the order of a first visit."""
    acts = RequestSteps(context, owner)
    parts = [
        Step(f"request-{name.lower()}", acts.part(name), f"{name} of a request")
        for name in PARTS
        if name != "Timeline"
    ]
    return [
        Step("connect-app", acts.connect, "How to connect an application"),
        Step("requests", acts.live, "Requests as they come"),
        Step("requests-failed", acts.filtered, "Only what failed"),
        Step("request", acts.slow, "A slow request on its clock"),
        *parts,
        Step("request-exception", acts.failed, "A request that ended in an exception"),
        Step("requests-routes", acts.routes, "Routes, called or not"),
        Step("requests-compared", acts.compared, "Two requests side by side"),
        Step("row-requests", acts.row, "A row and the requests that touched it"),
    ]
