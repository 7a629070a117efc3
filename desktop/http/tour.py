"""The tour's steps of sending and replaying: on the demo's slow page."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QApplication, QWidget

from desktop.context import Context
from desktop.demo_facts import facts
from desktop.kit.widgets import SegmentedBar
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.http import (
    IMPORT,
    SAVE_ENVIRONMENT,
    Environment,
    ImportRequest,
    SaveEnvironmentRequest,
    TokenRule,
)
from embedded_server.wire.refs import DraftRef, TraceRef
from embedded_server.wire.trace import LIST, ListRequest, TraceSummary

from .draft_tab import DraftTab
from .replay_tab import ReplayTab
from .saved_pane import SavedPane
from .words import title_of

W = TypeVar("W", bound=QWidget)


class HttpSteps:
    """Acts as a user would."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def _captured(self) -> TraceSummary:
        answer = await self._context.api.call(
            LIST, ListRequest(filter=f"{facts().route} source:capture", limit=1)
        )
        assert answer.requests, "no captured request of the slow page"
        return answer.requests[0]

    def _draft(self) -> DraftTab:
        tab = self._context.workbench.current()
        assert isinstance(tab, DraftTab), tab
        return tab

    def _replay(self) -> ReplayTab:
        tab = self._context.workbench.current()
        assert isinstance(tab, ReplayTab), tab
        return tab

    async def edit(self) -> None:
        """The captured request as a draft."""
        summary = await self._captured()
        self._context.workbench.open(TraceRef(summary.id, f"GET {facts().route}"), keep=True)
        self._context.verbs.run("http.draft")
        tab = self._draft()
        await Until(lambda: tab.url.text(), "the request")

    async def send(self) -> Facts:
        """Sent, its answer shown."""
        tab = self._draft()
        tab.send()
        await Until(lambda: tab.answer_shown is not None, "the answer")
        return {"status": tab.answer_shown.run.status if tab.answer_shown else 0}

    async def sent(self) -> None:
        """What was really sent, and the environment beside it."""
        made = Environment(
            name="local demo",
            base_url="http://127.0.0.1:5000",
            rules=[TokenRule(find="html", name="csrf_token", put="field", fetch="/cart")],
        )
        await self._context.api.call(SAVE_ENVIRONMENT, SaveEnvironmentRequest(environment=made))
        tab = self._draft()
        tab.environment.reload("local demo")
        await Until(lambda: tab.environment.name() == "local demo", "the environment")
        tab.answer.parts.setCurrentIndex(2)

    async def saved(self) -> Facts:
        """Kept and imported requests beside it."""
        commands = (
            "curl 'http://127.0.0.1:5000/api/orders?limit=5' -H 'Accept: application/json'",
            "curl http://127.0.0.1:5000/cart -d product_id=3 -d quantity=2",
        )
        for text in commands:
            await self._context.api.call(IMPORT, ImportRequest(text=text, folder="pasted"))
        self._context.workbench.show_page("requests")
        bar = next(one for one in _visible(SegmentedBar) if one.accessibleName() == "Lists of requests")
        titles = [bar.tabText(index) for index in range(bar.count())]
        bar.setCurrentIndex(titles.index("Saved"))
        (pane,) = _visible(SavedPane)
        pane.reload()
        await Until(lambda: len(pane.drafts()) >= len(commands), "the saved requests")
        return {"saved": len(pane.drafts())}

    async def question(self) -> None:
        """A request that may change data asks before it is replayed."""
        (pane,) = _visible(SavedPane)
        draft = next(one for one in pane.drafts() if one.method == "POST")
        self._context.workbench.open(DraftRef(draft.id, title=title_of(draft)), keep=True)
        await Until(lambda: self._draft().url.text(), "the request")
        self._context.verbs.run("http.replay")
        await Until(lambda: self._replay().asking(), "the question")

    async def empty(self) -> None:
        """Before the first replay."""
        summary = await self._captured()
        self._context.workbench.open(TraceRef(summary.id, f"GET {facts().route}"), keep=True)

    async def replay(self) -> Facts:
        """Twenty requests beside the capture."""
        await self.empty()
        return await self._run()

    async def compare(self) -> Facts:
        """Twenty more beside those."""
        facts = await self._run()
        self._replay().result.parts.setCurrentIndex(0)
        return facts

    async def statements(self) -> None:
        """The statements of both."""
        self._replay().result.parts.setCurrentIndex(1)

    async def _run(self) -> Facts:
        before = self._shown()
        self._context.verbs.run("http.replay")
        await Until(lambda: self._shown() not in (before, ""), "the comparison", 120.0)
        tab = self._replay()
        assert tab.shown is not None
        return {"verdict": tab.shown.comparison.verdict.text, "count": len(tab.shown.runs)}

    def _shown(self) -> str:
        tab = self._context.workbench.current()
        return tab.shown.run if isinstance(tab, ReplayTab) and tab.shown is not None else ""


def _visible(kind: type[W]) -> list[W]:
    return [one for one in QApplication.allWidgets() if isinstance(one, kind) and one.isVisible()]


def steps(context: Context) -> list[Step]:
    """In order."""
    acts = HttpSteps(context)
    return [
        Step("http-edit", acts.edit, "A captured request, to be edited"),
        Step("http-answer", acts.send, "Its answer"),
        Step("http-sent", acts.sent, "What was really sent, to which environment"),
        Step("http-saved", acts.saved, "Kept and imported requests"),
        Step("http-question", acts.question, "A request that may change data asks first"),
        Step("http-replay", acts.replay, "Replayed beside its capture"),
        Step("http-compare", acts.compare, "Replayed again and compared"),
        Step("http-statements", acts.statements, "Statements before and after"),
    ]
