"""The verbs of the demo: open it, take its way step by step, make it anew."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal

from desktop.context import Context, Launch
from desktop.kit.flow import Flow
from desktop.kit.verb import Verb
from desktop.shell.tour import StepFailed
from embedded_server.wire.connections import CLOSE, ConnectionRequest
from embedded_server.wire.problem import Problem

from .builder import Builder
from .served import DemoServer
from .walk import Walk

# What `main.py demo` gives as the thing to open.
TARGET = "demo:"
STEP_TITLE = "Take the next step of the demo"


class Demo(QObject):
    """Owns the builder and its application for the window's life. `stepped(title)` after each step taken."""

    stepped = Signal(str)

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self._context = context
        self.builder = Builder(context.folder, self)
        self.builder.progress.connect(context.notify.say)
        self.builder.ready.connect(self._open)
        self.builder.failed.connect(self._failed)
        self.server = DemoServer(context.folder.parent, self)
        self.server.ready.connect(self._serving)
        self.server.failed.connect(self._failed)
        self._way: Walk | None = None
        self._flow: Flow | None = None
        app = QCoreApplication.instance()
        if app is not None:
            app.aboutToQuit.connect(self.server.stop)
        context.workbench.add_launcher(self._launch)
        context.verbs.add(
            Verb("demo.open", "Try the demo", self.builder.start, (), "play", "Help", self._why_not),
            Verb(
                "demo.step",
                STEP_TITLE,
                self.step,
                ("Ctrl+Alt+N",),
                "chevron-right",
                "Help",
                self._why_no_step,
                "From a slow request to a proven cure: each step as its own key would take it",
            ),
            Verb("demo.reset", "Make the demo anew", self.reset, (), "refresh", "Help", self._why_no_reset),
        )

    @property
    def folder(self) -> Path:
        """Where its database and the copy of its project are."""
        return self.builder.path.parent

    def step(self) -> None:
        """Take the next station of the way."""
        if self._way is None:
            self._way = Walk(self._context, self.server.url, self.folder, self)
        self._flow = Flow(self, self._step(self._way), self._failed)

    async def _step(self, way: Walk) -> None:
        try:
            title = await way.take_next()
        except StepFailed as error:
            self._failed(Problem("demo.failed", "The demo's next step could not be taken", str(error)))
            return
        self._context.notify.say(f"{title}." if title else "The demo's way is complete.")
        if title:
            self.stepped.emit(title)

    def reset(self) -> None:
        """Take the demo back to its first state: without the index, without the revision."""
        self._flow = Flow(self, self._reset(), self._failed)

    async def _reset(self) -> None:
        self.server.stop()
        self._way = None
        await self._context.api.call(CLOSE, ConnectionRequest(str(self.builder.path)))
        shutil.rmtree(self.folder, ignore_errors=True)
        self.builder.start()

    def _launch(self, launch: Launch) -> bool:
        if launch.target != TARGET:
            return False
        self.builder.start()
        return True

    def _why_not(self) -> str:
        return "The demo is being made" if self.builder.running else ""

    def _why_no_step(self) -> str:
        if not self.server.url:
            return "Try the demo first: it is not running"
        if self._flow is not None and not self._flow.done:
            return "A step is being taken"
        return ""

    def _why_no_reset(self) -> str:
        return self._why_not() or ("" if self.builder.path.exists() else "The demo was not made yet")

    def _open(self, path: str) -> None:
        self._context.workbench.launch(Launch(path))
        self.server.start(path)

    def _serving(self, url: str) -> None:
        self._context.notify.say(f"The demo runs at {url}; Help, {STEP_TITLE} shows the way")
        # Its steps can be taken from now on: who offers verbs looks again.
        self._context.verbs.changed.emit()

    def _failed(self, problem: Problem) -> None:
        self._context.notify.problem(problem)
