"""Lets the capabilities register: at once those that the first frame shows, then the others one by one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, QTimer, Signal

from desktop.context import Context

from .capabilities import Capability
from .window import Window

# A window that is never painted (minimised at the start) does not keep them waiting for ever.
LONGEST_MILLISECONDS = 1000


class Registrar(QObject):
    """`finished` when all have registered. What somebody needs earlier registers at once.

    `failed` is given what a capability raises: one broken part must not take the others with it.
    """

    finished = Signal()

    def __init__(
        self, context: Context, window: Window, failed: Callable[[Exception], object], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._context, self._window, self._failed = context, window, failed
        self._waiting: list[Capability] = []
        self._all: list[Capability] = []
        self._done = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)
        window.frame.page_wanted.connect(self._bring_page)

    def expect(self, capabilities: list[Capability]) -> None:
        """Give them their places in the rail, and remember which references they open."""
        self._all, self._waiting = capabilities, list(capabilities)
        bench = self._window.bench
        for capability in capabilities:
            if capability.page is not None:
                bench.expect_page(capability.page)
            for kind in capability.opens:
                bench.tab_set.openers.bring[kind] = partial(self._register, capability)

    def all(self) -> None:
        """Register all that are left, in order."""
        with self._context.verbs.together():
            for capability in list(self._waiting):
                self._register(capability)
        self._end()

    def after_first_frame(self) -> None:
        """Register those that are left once the window was painted, and keep it answering meanwhile."""
        self._window.installEventFilter(self)
        self._timer.start(LONGEST_MILLISECONDS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The first paint of the window."""
        if event.type() == QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            self._timer.start(0)
        return False

    def _next(self) -> None:
        if self._waiting:
            self._register(self._waiting[0])
            self._timer.start(0)
        else:
            self._end()

    def _end(self) -> None:
        self._timer.stop()
        if not self._done:
            self._done = True
            self.finished.emit()

    def _bring_page(self, page_id: str) -> None:
        for capability in list(self._waiting):
            if capability.page is not None and capability.page.id == page_id:
                self._register(capability)

    def _register(self, capability: Capability) -> None:
        if capability not in self._waiting:
            return
        self._waiting.remove(capability)
        verbs = self._context.verbs
        verbs.rank = 1 + self._all.index(capability)
        try:
            with verbs.together():
                capability.register(self._context)
        except Exception as error:
            self._failed(error)
        finally:
            verbs.rank = 0
