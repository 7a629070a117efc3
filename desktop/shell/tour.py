"""A walk through the window: steps of the shell and of every capability, each with its picture checked."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from desktop.context import Context
from desktop.kit.flow import Pause, Waiter
from desktop.kit.theme import theme
from embedded_server.wire.problem import Problem

from .capabilities import find_capabilities
from .picture_check import Fault, check_picture
from .picture_file import save_quickly
from .window import Window
from .work import Work

LOOKS = (("dark", 13), ("light", 13), ("contrast", 13), ("dark", 20))


Facts = dict[str, Any]
PATIENCE = 60.0


class StepFailed(Exception):
    """What was waited for did not come."""


@dataclass(frozen=True)
class Step:
    """`go` drives the window to what the picture is to show.

    It may be a coroutine that waits on causes and returns facts for the report.
    """

    name: str
    go: Callable[[], Coroutine[Any, None, Facts | None] | None]
    title: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture taken, with what is wrong with it."""

    file: str
    step: str
    theme: str
    font_size: int
    faults: list[Fault]


@dataclass
class Outcome:
    """What became of a step; `error` is empty if it happened."""

    name: str
    title: str
    seconds: float = 0.0
    error: str = ""
    facts: Facts = field(default_factory=dict)
    pictures: list[Picture] = field(default_factory=list)


class Until(QObject, Waiter[None]):
    """Settles when a condition holds, looked at whenever the event loop comes round."""

    def __init__(self, cause: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        QObject.__init__(self)
        Waiter.__init__(self)
        self._cause, self._what = cause, what
        self._deadline = time.monotonic() + seconds
        self._timer = QTimer()
        self._timer.setInterval(10)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        self._look()

    def _look(self) -> None:
        if self._cause():
            self._timer.stop()
            self.resolve(None)
        elif time.monotonic() > self._deadline:
            self._timer.stop()
            self.reject(StepFailed(f"waited in vain for: {self._what}"))


class Idle(Until):
    """Settles when no call is under way."""

    def __init__(self, work: Work) -> None:
        super().__init__(work.still, "the end of all calls")


def collect(context: Context, window: Window) -> list[Step]:
    """The steps of all capabilities (`tour_steps(context)`) in their order, then the shell's own."""
    steps: list[Step] = []
    for capability in find_capabilities():
        contribute = getattr(import_module(f"desktop.{capability.name}"), "tour_steps", None)
        if contribute is not None:
            steps += contribute(context)
    return steps + shell_steps(window)


def shell_steps(window: Window) -> list[Step]:
    """What belongs to no capability: palette, settings, keys, an error, the home page."""
    refused = Problem(
        "sql.error",
        "The database refused the statement",
        'relation "ordrs" does not exist\nLINE 1: select * from ordrs\n                      ^',
        "Check the name; the tree at the left knows all tables.",
    )

    def quick_open() -> None:
        window.bench.quick_open()

    def commands() -> None:
        window.palette_box.open(window.verb_items)

    def error() -> None:
        window.palette_box.close_box()
        window.notifier.problem(refused)

    def settings() -> None:
        window.frame.messages.clear()
        window.verbs.run("settings.open")

    def keys() -> None:
        window.verbs.run("settings.keys")

    def home() -> None:
        while window.bench.tab_set.slots:
            window.bench.tab_set.remove(0)

    steps = (quick_open, commands, error, settings, keys, home)
    return [Step(f"shell-{step.__name__.replace('_', '-')}", step) for step in steps]


async def walk(
    window: Window,
    steps: list[Step],
    folder: Path,
    looks: tuple[tuple[str, int], ...] = LOOKS,
    *,
    first: int = 1,
) -> list[Outcome]:
    """Go all steps, take each in all looks; files are numbered from `first`.

    A step that fails does not keep the later ones from being seen.
    """
    folder.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    for number, step in enumerate(steps, first):
        outcome = Outcome(step.name, step.title or step.name.replace("-", " "))
        begin = time.monotonic()
        try:
            waiting = step.go()
            outcome.facts = (await waiting if waiting is not None else None) or {}
        except Exception as error:
            outcome.error = f"{type(error).__name__}: {error}"
        outcome.seconds = round(time.monotonic() - begin, 3)
        try:
            # Painting asks for the rows it misses: the first picture is taken when they have come.
            window.grab()
            # The look that is on comes first, since changing it means styling every widget anew.
            for name, size in sorted(looks, key=lambda look: look != _worn()):
                await _look(window, name, size)
                file = f"{number:02d}-{step.name}-{name}-{size}.png"
                taken = window.grab()
                save_quickly(taken.toImage(), folder / file)
                faults = check_picture(window, taken)
                outcome.pictures.append(Picture(file, step.name, name, size, faults))
            outcome.pictures.sort(key=lambda one: looks.index((one.theme, one.font_size)))
            if _worn()[1] != looks[0][1]:
                await _look(window, *looks[0])
        except StepFailed as error:
            outcome.error = outcome.error or str(error)
        outcomes.append(outcome)
    return outcomes


def _worn() -> tuple[str, int]:
    """The look that is on."""
    return theme().name, theme().font_size


async def _look(window: Window, name: str, size: int) -> None:
    app, before = QApplication.instance(), _worn()
    if isinstance(app, QApplication) and before != (name, size):
        theme().apply(app, name, size)
        # What a larger font moves makes other things move: they are brought to their end before one looks.
        for _ in range(2 if before[1] != size else 0):
            await Pause(0)
            window.grab()
    # Layouts settle, then what they ask the server for arrives, then that is laid out.
    await Pause(0)
    await Idle(window.work)
    await Pause(0)
    await Idle(window.work)
    await Pause(0)
    # What came last may have moved what moves others in turn: seen for one frame, but not to be in a picture.
    QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
