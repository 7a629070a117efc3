"""One tour: the demo's database is made if need be, a fresh window opens it and goes all steps."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from desktop.context import Launch
from desktop.demo.builder import Builder
from desktop.demo.served import DemoServer
from desktop.demo.visits import Visitor
from desktop.demo.walk import Walk
from desktop.kit.flow import Flow
from desktop.shell.app import Shell
from desktop.shell.options import Options, default_workspace
from desktop.shell.tour import Outcome, Step, Until, collect, walk
from desktop.shell.tour_report import write_report
from desktop.tour import Plan, Say
from embedded_server.wire.problem import Problem
from embedded_server.wire.version import VERSION

SIZE = (1440, 900)
# Pages shown before the way begins.
BEFORE_THE_WAY = ("start", "rows", "requests")


class Run(QObject):
    """Quits the event loop when all pictures are taken."""

    version = VERSION

    def __init__(self, app: QApplication, plan: Plan, folder: Path, say: Say) -> None:
        super().__init__(app)
        self._app, self._plan, self._folder, self._say = app, plan, folder, say
        self._outcomes: list[Outcome] = []
        self._shell: Shell | None = None
        self._builder = Builder(default_workspace() / "window", self)
        self._builder.progress.connect(self._progress)
        self._builder.ready.connect(self._tour)
        self._builder.failed.connect(self._refused)
        self._server = DemoServer(folder / "workspace", self)
        self._told = ""

    def start(self) -> None:
        """Begin when the event loop runs."""
        QTimer.singleShot(0, self._begin)

    def finish(self, about: dict[str, Any]) -> int:
        """Write the report; 0 if every step happened and no picture has a fault."""
        write_report(self._plan.out, self._outcomes, about)
        failed = [outcome for outcome in self._outcomes if outcome.error]
        pictures = [picture for outcome in self._outcomes for picture in outcome.pictures]
        faults = [(picture.file, fault) for picture in pictures for fault in picture.faults]
        for outcome in failed:
            self._say(f"! {outcome.title}: {outcome.error}")
        for file, fault in faults:
            self._say(f"! {file}: {fault.kind} {fault.text!r} {fault.detail} ({fault.where})")
        done = len(self._outcomes) - len(failed)
        counts = f"{done} of {len(self._outcomes)} steps done, {len(pictures)} pictures, {len(faults)} faults"
        self._say(f"{counts}: {self._plan.out}")
        return 1 if failed or faults or not self._outcomes else 0

    def _begin(self) -> None:
        if self._plan.database:
            self._tour(self._plan.database)
        else:
            self._builder.start()

    def _progress(self, text: str) -> None:
        step = text.rpartition(" ")[0].rpartition(" ")[0]
        if step != self._told:
            self._told = step
            self._say(step)

    def _refused(self, problem: Problem) -> None:
        self._say(f"! {problem.title}: {problem.detail}")
        self._app.quit()

    def _tour(self, database: str) -> None:
        if self._plan.way:
            # The way changes it: an index is there afterwards.
            copied = self._plan.out.absolute() / "demo.db"
            shutil.copyfile(database, copied)
            database = str(copied)
        shell = Shell(self._app, Options(self._folder, self._folder / "workspace"))
        self._shell = shell
        shell.start()
        shell.window.resize(*SIZE)
        Flow(self, self._steps(shell, database), self._refused)

    async def _visit(self, database: str) -> None:
        """Have the demo application do something under the probe, so that there are requests to show."""
        self._server.failed.connect(self._say_problem)
        self._server.start(database)
        await Until(lambda: self._server.url or not self._server.running, "the demo")
        if self._server.url:
            visited = await Visitor(self._server.url, self).visit()
            self._say(f"{len(visited)} pages of the demo visited")

    def _way(self, shell: Shell) -> list[Step]:
        way = Walk(shell.context, self._server.url, self._plan.out.absolute(), self)
        return [Step(f"way-{name}", act, title) for name, title, act in way.stations()]

    def _say_problem(self, problem: Problem) -> None:
        self._say(f"! {problem.title}: {problem.detail}")

    async def _steps(self, shell: Shell, database: str) -> None:
        await Until(lambda: shell.client.online, "the server")
        steps = collect(shell.context, shell.window)
        if self._plan.way:
            steps = [step for step in steps if step.name in BEFORE_THE_WAY]
        # The start page comes before anything is open; the rest works on the demo.
        self._outcomes += await walk(shell.window, steps[:1], self._plan.out, self._plan.looks)
        shell.launch(Launch(database))
        await self._visit(database)
        if self._plan.way:
            # Without the application there is nothing to show: the way says why, at once.
            steps = (steps if self._server.url else steps[:1]) + self._way(shell)
        self._outcomes += await walk(shell.window, steps[1:], self._plan.out, self._plan.looks, first=2)
        self._server.stop()
        shell.stop()
        self._app.quit()
