"""Logs as a capability: the page, the opener, verbs, files handed over from outside."""

from __future__ import annotations

import os
from functools import cached_property

from PySide6.QtCore import QObject

from desktop.context import Context, Launch, Tab
from embedded_server.wire.refs import LogRef, Ref

from .pane import LogsPane
from .tab import LogTab
from .verbs import add_verbs

SUFFIXES = (".log", ".log.gz", ".jsonl", ".ndjson")


class LogsPage:
    """The Logs page of the rail; built when it is first shown."""

    id = "logs"
    title = "Logs"
    icon = "logs"

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def widget(self) -> LogsPane:
        """The pane."""
        return LogsPane(self._context)


class Logs(QObject):
    """Owns the page for the window's life."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self._context = context
        self._page = LogsPage(context)
        bench = context.workbench
        bench.add_page(self._page)
        bench.add_opener(LogRef.kind, self._open)
        bench.add_launcher(self._launch)
        add_verbs(context, self)

    @property
    def pane(self) -> LogsPane:
        """The page's widget, made now if it was not shown yet."""
        return self._page.widget

    def _open(self, ref: LogRef, origin: Ref | None) -> Tab:
        tab = LogTab(self._context, ref)
        tab.origin = origin
        return tab

    def _launch(self, launch: Launch) -> bool:
        path = os.path.join(launch.folder or os.getcwd(), os.path.expanduser(launch.target))
        if not launch.target.lower().endswith(SUFFIXES) or not os.path.isfile(path):
            return False
        self._context.workbench.show_page("logs")
        self._context.workbench.open(LogRef(os.path.abspath(path)), keep=True)
        return True
