"""The verb that makes and opens the demo."""

from __future__ import annotations

from PySide6.QtCore import QObject

from desktop.context import Context, Launch
from desktop.kit.verb import Verb
from embedded_server.wire.problem import Problem

from .builder import Builder

# What `main.py demo` gives as the thing to open.
TARGET = "demo:"


class Demo(QObject):
    """Owns the builder for the window's life."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self._context = context
        self.builder = Builder(context.folder, self)
        self.builder.progress.connect(context.notify.say)
        self.builder.ready.connect(self._open)
        self.builder.failed.connect(self._failed)
        context.workbench.add_launcher(self._launch)
        context.verbs.add(
            Verb("demo.open", "Try the demo", self.builder.start, (), "play", "Help", self._why_not)
        )

    def _launch(self, launch: Launch) -> bool:
        if launch.target != TARGET:
            return False
        self.builder.start()
        return True

    def _why_not(self) -> str:
        return "The demo is being made" if self.builder.running else ""

    def _open(self, path: str) -> None:
        self._context.workbench.use_connection(path)
        self._context.workbench.show_page("data")

    def _failed(self, problem: Problem) -> None:
        self._context.notify.problem(problem)
