"""XML laid out, as a text to read and copy."""

from __future__ import annotations

import time

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.kit.flow import Flow, Pause
from desktop.kit.grid.viewers.text import TextView
from desktop.kit.grid.viewers.xml_text import NotXml, pretty
from desktop.kit.rows import LoadedValue
from desktop.kit.widgets.text import ElidedLabel
from embedded_server.wire.problem import Problem

_SLICE_SECONDS = 0.008


class XmlView(QWidget):
    """`done`: the text stands there. `trouble` says where it is no XML: then it is shown as it is."""

    done = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow: Flow | None = None
        self.trouble = ""
        self.note = ElidedLabel("", "dim", ratio=0.9, parent=self)
        self.text = TextView(self)
        self.text.edit.setAccessibleName("XML")
        self.text.wrap.setChecked(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.note)
        column.addWidget(self.text, 1)
        self.setFocusProxy(self.text.edit)

    def show_text(self, text: str) -> None:
        """Lay another text out."""
        self.cancel()
        self.trouble = ""
        self._say("")
        self.text.show_value(LoadedValue(""), "")
        self._flow = Flow(self, self._lay_out(text), self._failed)

    def cancel(self) -> None:
        """Give up what is being laid out."""
        if self._flow is not None:
            self._flow.cancel()

    async def _lay_out(self, text: str) -> None:
        steps, shown = pretty(text), text
        deadline = time.monotonic() + _SLICE_SECONDS
        while True:
            try:
                share = next(steps)
            except StopIteration as end:
                shown = end.value
                break
            except NotXml as error:
                self.trouble = f"This is no XML: {error}"
                break
            if time.monotonic() > deadline:
                self._say(f"Laying out: {share:.0%}")
                await Pause()
                deadline = time.monotonic() + _SLICE_SECONDS
        self._say(self.trouble, "error")
        self.text.show_value(LoadedValue(shown), shown)
        self.done.emit()

    def _failed(self, problem: Problem) -> None:
        self._say(problem.title, "error")

    def _say(self, text: str, token: str = "dim") -> None:
        self.note.set_token(token)
        self.note.setText(text)
        self.note.setVisible(bool(text))
