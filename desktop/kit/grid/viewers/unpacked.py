"""A value that was packed, shown by whatever fits what comes out: that may be packed again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.kit.flow import Flow, Pause
from desktop.kit.grid.formats import size_text
from desktop.kit.grid.viewers.unpack import Unpacked, unpack
from desktop.kit.rows import LoadedValue
from desktop.kit.widgets.text import ElidedLabel
from embedded_server.wire.data import Column
from embedded_server.wire.problem import Problem

if TYPE_CHECKING:
    from desktop.kit.grid.viewers.panel import ValuePanel

_SLICE_SECONDS = 0.008


class UnpackedView(QWidget):
    """`done`: what came out is shown. `panel` is made with the first value; it stands one step deeper."""

    done = Signal()

    def __init__(self, depth: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._depth = depth
        self._flow: Flow | None = None
        # Whether what comes out is unpacked as well, if it is packed.
        self.onward = False
        self._focus_wanted = False
        self.panel: ValuePanel | None = None
        self.result: Unpacked | None = None
        self.about = ElidedLabel("", "dim", ratio=0.9, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.about)

    def show_packed(self, way: str, content: str | bytes) -> None:
        """Undo one step of another value."""
        self.cancel()
        self.result = None
        self._say("")
        if self.panel is not None:
            self.panel.wait(True)
        self._flow = Flow(self, self._unpack(way, content), self._failed)

    def take_focus(self) -> None:
        """Put the keyboard into what came out, as soon as it is there."""
        self._focus_wanted = self.result is None
        if self.panel is not None and self.result is not None:
            self.panel.take_focus()

    def cancel(self) -> None:
        """Give up what is being unpacked."""
        if self._flow is not None:
            self._flow.cancel()

    async def _unpack(self, way: str, content: str | bytes) -> None:
        steps = unpack(way, content)
        deadline = time.monotonic() + _SLICE_SECONDS
        while True:
            try:
                share = next(steps)
            except StopIteration as end:
                self._show(way, end.value)
                return
            if time.monotonic() > deadline:
                self._say(f"{way}: {share:.0%}")
                await Pause()
                deadline = time.monotonic() + _SLICE_SECONDS

    def _show(self, way: str, result: Unpacked) -> None:
        self.result = result
        content = result.content
        unit = "bytes" if isinstance(content, bytes) else "characters"
        parts = [f"{way} → {size_text(len(content), unit)}", result.note]
        self._say(" · ".join(part for part in parts if part), "warn" if result.note else "dim")
        kind = Column(way, "", "text" if isinstance(content, str) else "binary")
        panel = self._inner()
        panel.wait(False)
        panel.show_cell(content, kind, LoadedValue(content))
        if self.onward:
            panel.decode()
        if self._focus_wanted:
            self.take_focus()
        self.done.emit()

    def _inner(self) -> ValuePanel:
        if self.panel is None:
            from desktop.kit.grid.viewers.panel import ValuePanel  # noqa: PLC0415  # lazy: it makes this one

            self.panel = ValuePanel(self, self._depth + 1)
            layout = self.layout()
            assert isinstance(layout, QVBoxLayout)
            layout.addWidget(self.panel, 1)
            # Each step is one line: what came out, and how that can be read.
            layout.removeWidget(self.about)
            self.panel.row.insertWidget(0, self.about)
            self.setFocusProxy(self.panel)
        return self.panel

    def _failed(self, problem: Problem) -> None:
        self._say(problem.title, "error")

    def _say(self, text: str, token: str = "dim") -> None:
        self.about.set_token(token)
        self.about.setText(text)
