"""The segment Live: a filter box over the requests as they come."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.widgets import (
    Chip,
    ElidedLabel,
    EmptyState,
    FilterBox,
    InlineProblem,
    Message,
    MessagePlace,
    Offer,
    no_match,
)
from desktop.settings import SLOW_REQUEST
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import TraceRef
from embedded_server.wire.trace import TraceSummary

from .connect_pane import ConnectPane
from .feed import Feed
from .request_list import RequestList
from .request_model import RequestModel
from .words import plural, request_text

TYPING_MILLISECONDS = 150
LANGUAGE = """Words that must all hold; a - before a word turns it round.
orders               part of the path
status:404           status:5xx
slow>200             longer than so many milliseconds
sql>20               more statements
logs>0               log lines
method:POST  route:/orders  mark:N+1  app:hello  pinned:yes
source:run           replays, which are left out otherwise"""
# More rows than this make each new one slow to put in.
MOST_LIVE = 2000
HINT = "path, status:5xx, sql>20, slow>200"


class LivePane(QWidget):
    """`menu_wanted(QPoint)`: the context menu of the selected request."""

    menu_wanted = Signal(object)

    def __init__(self, context: Context, feed: Feed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context, self._feed = context, feed
        self.model = RequestModel(context.api, self)
        self.filter = FilterBox(HINT, "Filter requests")
        self.list = RequestList(self.model)
        self.connect_pane = ConnectPane(_unusual(context.folder.parent))
        self.filter.setToolTip(LANGUAGE)
        self.newer = Chip("", "info", small=True)
        self.newer.hide()
        self._note = ElidedLabel("", "faint", ratio=0.9)
        self._nothing = no_match(self.filter.clear, "No request")
        self._problem = QWidget()
        QVBoxLayout(self._problem).setContentsMargins(8, 8, 8, 8)
        self._waiting = False
        self._stack = QStackedWidget()
        for page in (
            EmptyState("Reading requests…"),
            self.list,
            self.connect_pane,
            self._nothing,
            self._problem,
        ):
            self._stack.addWidget(page)
        self._messages = MessagePlace()
        self._lay_out()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MILLISECONDS)
        self._connect()
        self.reload()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(8, 7, 8, 7)
        top.addWidget(self.filter)
        column.addLayout(top)
        column.addLayout(self._messages)
        column.addWidget(self._stack, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(10, 2, 10, 4)
        foot.addWidget(self.newer)
        foot.addWidget(self._note, 1)
        column.addLayout(foot)

    def _connect(self) -> None:
        self.filter.filtered.connect(self._typed)
        self.filter.left.connect(self._enter_list)
        self._typing.timeout.connect(self.reload)
        self.list.opened.connect(self._open)
        self.list.newer_changed.connect(self._tell_newer)
        self.newer.clicked.connect(self.list.to_newest)
        self.list.menu_wanted.connect(self.menu_wanted)
        self.connect_pane.back.clicked.connect(self.stop_waiting)
        self.model.loaded.connect(self._show_state)
        self.model.told.connect(self._tell)
        self.model.rowsInserted.connect(self._show_state)
        self._feed.arrived.connect(self._arrived)
        self._feed.removed.connect(self.model.removed)
        self._feed.reset.connect(self.reload)
        self._context.settings.changed.connect(self._setting)
        self._context.workbench.current_changed.connect(self._follow)
        self._setting(SLOW_REQUEST.key)

    # --- what others ask ---------------------------------------------------------------------------

    def reload(self) -> None:
        """Read the list anew."""
        self._typing.stop()
        self.model.load(self.filter.text())

    def ask(self, message: Message | None) -> None:
        """Show a question over the list, in the place of an earlier one; null takes it away."""
        self._messages.show_message(message)

    def set_filter(self, text: str) -> None:
        """Filter by a text at once."""
        self.filter.setText(text)
        self.reload()

    def wait(self) -> None:
        """Show how to connect an application, until its next request comes."""
        self._waiting = True
        self._show_state()

    def stop_waiting(self) -> None:
        """Show the list again."""
        self._waiting = False
        self._show_state()

    def current(self) -> TraceSummary | None:
        """The selected request."""
        return self.list.current() if self._stack.currentWidget() is self.list else None

    def mark(self, key: str) -> None:
        """Remember a request to compare another one with."""
        self.list.marked = key
        self.list.viewport().update()

    # --- inside ------------------------------------------------------------------------------------

    def _typed(self, _: str) -> None:
        self._typing.start()

    def _enter_list(self) -> None:
        self.list.setFocus()
        if self.model.rowCount() and not self.list.currentIndex().isValid():
            self.list.setCurrentIndex(self.model.index(0))

    def _open(self, request: TraceSummary, keep: bool) -> None:
        self._context.workbench.open(TraceRef(request.id, request_text(request)), keep=keep)

    def _follow(self, *_: object) -> None:
        """The trace in front is the one selected."""
        tab = self._context.workbench.current()
        ref = getattr(tab, "ref", None)
        current = self.list.current()
        if isinstance(ref, TraceRef) and (current is None or current.id != ref.trace):
            self.list.pick(ref.trace)

    def _arrived(self, fresh: list[TraceSummary]) -> None:
        first = self.model.ready and not self.model.rowCount() and not self.filter.text().strip()
        self.model.arrived(fresh)
        if self.model.rowCount() > MOST_LIVE and self.list.at_top():
            # Nobody looks at the old ones: they are read again when somebody scrolls there.
            self.model.load(self.filter.text())
        if (first or self._waiting) and fresh:
            self._waiting = False
            self._show_state()
            self.list.to_newest()
            self.list.pick(fresh[-1].id)
            self._context.notify.say(f"Captured {request_text(fresh[-1])}")

    def _show_state(self, *_: object) -> None:
        model = self.model
        if model.problem is not None and (self.filter.text().strip() or not model.rowCount()):
            self._show_problem(model.problem)
        elif self._waiting or (model.ready and not model.rowCount() and not self.filter.text().strip()):
            self.connect_pane.show_waiting(not model.total)
            self._stack.setCurrentWidget(self.connect_pane)
        elif model.rowCount():
            self._stack.setCurrentWidget(self.list)
        elif model.ready:
            hidden = f"{plural(model.hidden, 'request')} hidden by it." if model.hidden else ""
            self._nothing.show_text("No request passes the filter", hidden)
            self._stack.setCurrentWidget(self._nothing)
        self._tell()

    def _show_problem(self, problem: Problem) -> None:
        layout = self._problem.layout()
        assert layout is not None
        while (item := layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        offers = (Offer("Try again", self.reload),) if problem.code != "trace.bad_filter" else ()
        layout.addWidget(InlineProblem(problem, offers, closable=False))
        layout.addWidget(QWidget())
        self._stack.setCurrentWidget(self._problem)

    def _tell(self) -> None:
        text = ""
        if self.filter.text().strip() and self._stack.currentWidget() is self.list:
            hidden = self.model.hidden
            text = (
                f"{hidden:,} hidden by the filter"
                if hidden
                else ""
                if hidden == 0
                else "others are hidden by the filter"
            )
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def _tell_newer(self, count: int) -> None:
        """At the foot, where it covers no request."""
        self.newer.setVisible(count > 0)
        if count:
            self.newer.show_text(f"{count:,} newer", "info")

    def _setting(self, key: str) -> None:
        if key == SLOW_REQUEST.key:
            self.list.slow_ms = self._context.settings.get(SLOW_REQUEST)
            self.list.viewport().update()


def _unusual(workspace: Path) -> str:
    """The workspace's folder where commands would not find it by themselves."""
    from desktop.shell.options import default_workspace  # noqa: PLC0415  # lazy: it imports the capabilities

    return "" if workspace == default_workspace() else str(workspace)
