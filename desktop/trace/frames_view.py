"""Places in the application's source: the callers of a statement, the frames of an exception."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from PySide6.QtCore import QProcess, QProcessEnvironment, QSize, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.statements import Piece
from desktop.kit.theme import theme
from desktop.kit.widgets import Button
from desktop.settings import EDITOR
from embedded_server.wire.child_env import child_env
from embedded_server.wire.problem import Problem
from embedded_server.wire.trace import Frame

from .lines import Line, LineList
from .verdict_card import place_text


def frame_lines(frames: Sequence[Frame]) -> list[Line]:
    """A frame as two lines: where, and the source line below it; libraries are dim."""
    lines = []
    for frame in frames:
        token = "" if frame.own else "dim"
        where = f"{frame.file}:{frame.line}"
        variables = "".join(f"\n{name} = {value}" for name, value in frame.variables.items())
        pieces = (
            Piece(place_text(frame), False, token or "link"),
            Piece(f"  {frame.function}", False, "dim"),
        )
        lines.append(Line(pieces, tip=where + variables, copy=where, key=frame))
        if frame.source:
            source = Piece(f"  {frame.source.strip()}", False, token)
            lines.append(Line((source,), tip=frame.source.strip(), copy=where, key=frame))
    return lines


class FramesView(QWidget):
    """A list of frames with "Copy path" and "Open in editor" for the current one."""

    failed = Signal(object)

    def __init__(self, context: Context, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._frames: list[Frame] = []
        self.list = LineList(name, ruled=False, fits=True)
        self.copy = Button("Copy path", icon="copy")
        self.open = Button("Open in editor", icon="external")
        self.copy.clicked.connect(self.copy_path)
        self.open.clicked.connect(self.open_in_editor)
        self.list.opened.connect(self.open_in_editor)
        self._row = row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        row.setContentsMargins(14, 0, 14, 0)
        row.setSpacing(theme().scaled(6))
        row.addWidget(self.copy)
        row.addWidget(self.open)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme().scaled(4))
        column.addWidget(self.list)
        column.addLayout(row)

    def show_frames(self, frames: Sequence[Frame]) -> None:
        """Show these; the first one that is the application's own is current."""
        self._frames = list(frames)
        lines = frame_lines(frames)
        self.list.show_lines(lines)
        own = next((frame for frame in frames if frame.own), frames[0] if frames else None)
        if own is not None:
            self.list.pick(own)
        self.setVisible(bool(frames))

    def minimumSizeHint(self) -> QSize:
        """The buttons may stand one below the other."""
        width = max(self.copy.sizeHint().width(), self.open.sizeHint().width())
        return QSize(width + 28, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side where there is room."""
        super().resizeEvent(event)
        both = self.copy.sizeHint().width() + self.open.sizeHint().width() + self._row.spacing() + 28
        stacked = both > self.width()
        way = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._row.direction() != way:
            self._row.setDirection(way)

    def frames(self) -> list[Frame]:
        """What is shown."""
        return self._frames

    def frame(self) -> Frame | None:
        """The current one."""
        key = self.list.key()
        return key if isinstance(key, Frame) else None

    def copy_path(self) -> None:
        """Put file and line on the clipboard."""
        frame = self.frame()
        if frame is not None:
            QGuiApplication.clipboard().setText(f"{frame.file}:{frame.line}")
            self._context.notify.say(f"Copied {place_text(frame)}")

    def open_in_editor(self, *_: object) -> None:
        """Run the command of the settings on the current frame."""
        frame = self.frame()
        if frame is not None:
            open_frame(self._context, frame, self)


def open_frame(context: Context, frame: Frame, where: QWidget) -> None:
    """Open a place in the user's editor; without a command the settings come to the front."""
    pattern = context.settings.get(EDITOR)
    if not pattern.strip():
        context.notify.say("Set the command that opens a source file first")
        context.verbs.run("settings.open")
        return
    problem = start_editor(pattern, frame)
    if problem is not None:
        context.notify.problem(problem, where)


def start_editor(pattern: str, frame: Frame) -> Problem | None:
    """Start the editor on a place; null if it was started."""
    try:
        words = [
            word.replace("{file}", frame.file).replace("{line}", str(frame.line))
            for word in shlex.split(pattern)
        ]
    except ValueError as error:
        return Problem("file.missing", "The editor's command cannot be read", f"{pattern}: {error}")
    process = QProcess()
    process.setProgram(words[0])
    process.setArguments(words[1:])
    environment = QProcessEnvironment()
    for name, value in child_env().items():
        environment.insert(name, value)
    process.setProcessEnvironment(environment)
    started = process.startDetached()
    if not (started[0] if isinstance(started, tuple) else started):
        hint = "The command is a setting: Requests, Command that opens a source file."
        return Problem("file.missing", "The editor could not be started", words[0], hint)
    return None
