"""The way from a slow request to a proven cure on the demo, station by station, by the window's verbs.

A person takes the same stations with the keys that the verbs name; nothing here knows another part's views.
"""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject

from desktop.context import Context, Tab
from desktop.demo_facts import FOLDER, facts
from desktop.kit.flow import Pause
from desktop.shell.tour import Facts, StepFailed, Until
from embedded_server.wire import http, migrations, trace
from embedded_server.wire.refs import ProposalRef, TraceRef

from .visits import Visitor

COUNT = 20
PATIENCE_MS, LOOK_MS = 60_000, 100
Station = Callable[[], Coroutine[Any, None, Facts]]


def copy_project(target: Path) -> Path:
    """The demo application's source in a folder of its own, where revisions may be written."""
    if not target.exists():
        shutil.copytree(FOLDER, target, ignore=shutil.ignore_patterns("__pycache__", "instance"))
    return target / "migrations"


class Walk(QObject):
    """`key` is the trace of the slow request once it was captured."""

    def __init__(self, context: Context, url: str, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._visitor = Visitor(url, self)
        self._folder = folder
        self.key = ""
        self.next = 0
        self._broken = False

    def stations(self) -> list[tuple[str, str, Station]]:
        """Name, title and act of each, in order; one that fails ends the way for those behind it."""
        return [(name, title, partial(self._take, act)) for name, title, act in self._stations()]

    async def _take(self, act: Station) -> Facts:
        if self._broken:
            raise StepFailed("a station before it did not happen")
        self._broken = True
        facts = await act()
        self._broken = False
        return facts

    def _stations(self) -> list[tuple[str, str, Station]]:
        return [
            ("captured", "A slow request is captured", self.captured),
            ("explained", "Its slow statement is explained", self.explained),
            ("before", "The request is replayed before anything changes", self.before),
            ("index", "An index is tried and measured", self.index),
            ("migration", "The index becomes a migration", self.migration),
            ("rehearsed", "The migration is rehearsed", self.rehearsed),
            ("applied", "The migration is applied", self.applied),
            ("replayed", "The same request is replayed and compared", self.replayed),
            ("verdict", "The whole way on the request", self.verdict),
        ]

    async def take_next(self) -> str:
        """Take the next station; its title, "" when all are taken."""
        stations = self.stations()
        if self.next >= len(stations):
            return ""
        _, title, act = stations[self.next]
        self._broken = False  # a person may try a step again
        await act()
        self.next += 1
        return title

    # --- stations ----------------------------------------------------------------------------------

    async def captured(self) -> Facts:
        """Visit the slow page; the probe reports it."""
        if not self._visitor.url:
            raise StepFailed("the demo's application does not run: is its data there?")
        known = {one.id for one in await self._found()}
        status, _ = await self._visitor.get(facts().slow)
        if status != 200:
            raise StepFailed(f"the demo answered {facts().slow} with {status}: is its data there?")
        fresh = await self._until(lambda: self._fresh(known), "the request to be captured")
        self.key = str(fresh.id)
        self._show_trace()
        await Until(lambda: self._subject("statement") is not None, "the request's statements")
        return {"trace": self.key, "statements": fresh.statements, "marks": list(fresh.marks)}

    async def explained(self) -> Facts:
        """Ctrl+Shift+E on the slow statement."""
        self._show_trace()
        await self._run("explain.analyze")
        step = await self._step("explained")
        return {"plan": step.facts.get("lines", []), "finding": step.facts.get("finding", {})}

    async def before(self) -> Facts:
        """Ctrl+Shift+R: what it costs now."""
        self._show_trace()
        await self._run("http.replay")
        step = await self._step("replayed")
        return await self._timings(str(step.facts["run"]))

    async def index(self) -> Facts:
        """Ctrl+I, then try the recommended index."""
        self._show_trace()
        await self._run("explain.lab")
        await self._run("explain.try")
        step = await self._step("index", lambda one: one.facts.get("stage") == "measured")
        return dict(step.facts)

    async def migration(self) -> Facts:
        """Ctrl+M, then write the file."""
        proposal = self._subject("proposal")
        if not isinstance(proposal, ProposalRef):
            raise StepFailed("the index lab proposes nothing")
        project = str(copy_project(self._folder / "project"))
        await self._context.api.call(migrations.SETTINGS, migrations.SettingsRequest(project))
        ref = msgspec.structs.replace(proposal, project=project)
        self._context.workbench.open(ref, TraceRef(self.key), keep=True)
        await self._run("migrations.write")
        step = await self._step("migration")
        return dict(step.facts) | {"project": project}

    async def rehearsed(self) -> Facts:
        """Run it and take it back."""
        await self._run("migrations.rehearse")
        return dict((await self._step("rehearsed")).facts)

    async def applied(self) -> Facts:
        """Run it for real, with a backup first."""
        await self._run("migrations.apply")
        return dict((await self._step("applied")).facts)

    async def replayed(self) -> Facts:
        """Ctrl+Shift+R again: compared with the run before."""
        self._show_trace()
        taken = len(await self._steps("replayed"))
        await self._run("http.replay")
        await self._until(lambda: self._more("replayed", taken), "the second replay")
        await self._step("verdict")
        step = (await self._steps("replayed"))[-1]
        return await self._timings(str(step.facts["run"]))

    async def verdict(self) -> Facts:
        """All that was done, on the request itself."""
        self._show_trace()
        return dict((await self._steps("verdict"))[-1].facts)

    # --- looking -----------------------------------------------------------------------------------

    def _show_trace(self) -> Tab | None:
        return self._context.workbench.open(TraceRef(self.key, f"GET {facts().slow}"), keep=True)

    def _subject(self, kind: str) -> Any:
        tab = self._context.workbench.current()
        return tab.subject(kind) if tab is not None else None

    async def _run(self, verb: str) -> None:
        """Run a verb as soon as it can be."""
        verbs = self._context.verbs
        if verb not in verbs:
            raise StepFailed(f"there is no {verb}")
        await Until(lambda: not verbs.get(verb).when(), f"{verbs.get(verb).title}: {verbs.get(verb).when()}")
        verbs.run(verb)
        await Pause(0)

    async def _found(self) -> list[trace.TraceSummary]:
        request = trace.ListRequest(filter=f"source:capture route:{facts().route}", limit=50)
        return (await self._context.api.call(trace.LIST, request)).requests

    async def _fresh(self, known: set[str]) -> trace.TraceSummary | None:
        return next((one for one in await self._found() if one.id not in known), None)

    async def _steps(self, kind: str) -> list[trace.Step]:
        found = await self._context.api.call(trace.GET, trace.GetRequest(self.key))
        return [step for step in found.steps if step.kind == kind]

    async def _more(self, kind: str, than: int) -> bool:
        return len(await self._steps(kind)) > than

    async def _step(self, kind: str, fits: Callable[[trace.Step], bool] | None = None) -> trace.Step:
        async def look() -> trace.Step | None:
            return next((one for one in await self._steps(kind) if fits is None or fits(one)), None)

        found: trace.Step = await self._until(look, f"the step {kind}")
        return found

    async def _until(self, look: Callable[[], Awaitable[Any]], what: str) -> Any:
        for _ in range(PATIENCE_MS // LOOK_MS):
            found = await look()
            if found:
                return found
            self._raise_shown()
            await Pause(LOOK_MS)
        raise StepFailed(f"waited in vain for: {what}")

    def _raise_shown(self) -> None:
        """A problem that a tab shows in itself ends the walk at once, in its own words."""
        tab = self._context.workbench.current()
        shown = getattr(tab, "problem", None)
        if shown is not None and hasattr(shown, "title"):
            raise StepFailed(f"{shown.title}: {shown.detail}")

    async def _timings(self, run: str) -> Facts:
        answer = (await self._context.api.call(http.GET, http.GetRequest(run=run))).replay
        if answer is None:
            raise StepFailed(f"the replay {run} is not stored")
        runs = answer.runs
        last = next((one.trace for one in reversed(runs) if one.trace), "")
        shapes: dict[str, int] = {}
        if last:
            seen = await self._context.api.call(trace.GET, trace.GetRequest(last))
            shapes = {group.sql: group.count for group in seen.groups}
        return {
            "run": run,
            "milliseconds": [one.ms for one in runs],
            "statuses": sorted({one.status for one in runs}),
            "hashes": sorted({one.hash for one in runs}),
            "statements": shapes,
            "verdict": answer.comparison.verdict.text,
        }
