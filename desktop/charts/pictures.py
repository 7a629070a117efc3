"""A chart as a picture that leaves the window: the clipboard, a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF, QSize
from PySide6.QtGui import QGuiApplication, QImage, QPainter

from desktop.context import Context
from desktop.kit.ask_file import ask_target, write_owned
from desktop.kit.pictures import image_of, save_png, svg_of
from embedded_server.wire.problem import ProblemError

from .caption import paint_picture

if TYPE_CHECKING:
    from .tab import ChartTab

_LEAST = QSize(480, 320)


class Pictures(QObject):
    """Of the chart in one tab, as it is seen there, with what is to be known of it."""

    def __init__(self, context: Context, tab: ChartTab) -> None:
        super().__init__(tab)
        self._context, self._tab = context, tab

    def _size(self) -> QSize:
        return self._tab.canvas.size().expandedTo(_LEAST)

    def _paint(self, painter: QPainter) -> None:
        drawing = self._tab.canvas.drawing
        if drawing is not None:
            size = self._size()
            paint_picture(painter, QRectF(0, 0, size.width(), size.height()), drawing, self._tab.note.text())

    def image(self) -> QImage:
        """At twice its size."""
        return image_of(self._size(), self._paint, "bg1")

    def svg(self) -> str:
        """As SVG text; its title is the chart in words."""
        plot = self._tab.plot
        return svg_of(self._size(), plot.summary if plot is not None else "", self._paint, "bg1")

    def copy(self) -> None:
        """Put it on the clipboard."""
        QGuiApplication.clipboard().setImage(self.image())
        self._context.notify.say("Copied the chart as a picture.")

    def ask(self, kind: str) -> None:
        """Ask where it goes; `kind` is svg or png."""
        ref = self._tab.ref
        save = self.save_svg if kind == "svg" else self.save_png
        ask_target(
            "Save chart",
            f"{ref.title or ref.table or 'chart'}.{kind}",
            f"{kind.upper()} (*.{kind})",
            save,
            kind,
        )

    def save_svg(self, path: str) -> None:
        """Write it as SVG."""
        try:
            write_owned(Path(path), self.svg())
        except ProblemError as error:
            self._tab.show_problem(error.problem)
            return
        self._context.notify.say(f"Saved {path}")

    def save_png(self, path: str) -> None:
        """Write it as PNG."""
        try:
            save_png(self.image(), path)
        except ProblemError as error:
            self._tab.show_problem(error.problem)
            return
        self._context.notify.say(f"Saved {path}")
