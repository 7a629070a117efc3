"""The tour's steps of the Logs page: on what the demo logged a moment ago."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.context import Context
from desktop.demo_facts import LOG_NAME
from desktop.shell.tour import Facts, Step, Until
from embedded_server.wire.refs import LogRef

from .groups_pane import GroupsPane, show_only
from .pane import LogsPane
from .tab import LogTab


class LogSteps:
    """Acts as a user would on the demo's log."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def tab(self) -> LogTab:
        """The log in front."""
        tab = self._context.workbench.current()
        assert isinstance(tab, LogTab)
        return tab

    def _path(self) -> Path:
        """The demo's database is a file; its application's handler writes beside it."""
        bench = self._context.workbench
        known = [bench.connection(), *(tab.connection() for tab in bench.tabs())]
        places = [Path(name.removeprefix("sqlite:///")).absolute() for name in known if name]
        logs = [place.with_name(LOG_NAME) for place in places]
        return next((path for path in logs if path.is_file()), logs[0])

    async def open(self) -> Facts:
        """The log's end, followed, with its last record beside it."""
        bench = self._context.workbench
        bench.show_page("logs")
        tab = bench.open(LogRef(str(self._path())), keep=True)
        assert isinstance(tab, LogTab)
        await Until(lambda: tab.rows.exact() and tab.rows.total() > 0, "the log")
        await Until(lambda: tab.panel.record is not None, "the last record")
        await Until(lambda: bool(tab.strip.buckets()), "the strip")
        return {"lines": tab.rows.total(), "format": tab.rows.state.format if tab.rows.state else ""}

    async def found(self) -> Facts:
        """A word found, its hits marked, the record of one beside it."""
        tab = self.tab()
        tab.bar.field.setText("Traceback")
        await Until(lambda: tab.rows.query.pattern == "Traceback" and tab.rows.searched, "the search")
        tab.step(1)
        await Until(lambda: tab.panel.record is not None and bool(tab.panel.record.parts), "a traceback")
        return {"hits": tab.rows.hits}

    async def narrowed(self) -> Facts:
        """Only warnings and errors."""
        tab = self.tab()
        tab.clear_query()
        tab.bar.toggle("warning")
        tab.bar.toggle("error")
        await Until(lambda: tab.rows.filtered() and tab.rows.searched, "the filtered lines")
        await Until(lambda: tab.rows.row(0) is not None, "their rows")
        await Until(lambda: tab.panel.record is not None, "the first record")
        return {"lines": tab.rows.total()}

    async def empty(self) -> Facts:
        """A search without a hit."""
        tab = self.tab()
        tab.clear_query()
        tab.bar.field.setText("no such thing anywhere")
        tab.toggle_only()
        await Until(lambda: tab.rows.filtered() and tab.rows.searched, "the end of the search")
        return {"lines": tab.rows.total()}

    async def grouped(self) -> Facts:
        """Similar lines, counted; the largest group shown alone."""
        tab = self.tab()
        tab.clear_query()
        self._context.verbs.run("logs.groups")
        pane = next(one for one in QApplication.allWidgets() if isinstance(one, GroupsPane))
        await Until(lambda: pane.model.rowCount() > 0, "groups of similar lines")
        pane.list.setCurrentIndex(pane.model.index(0))
        show_only(tab, pane.model.groups[0].pattern)
        await Until(lambda: tab.rows.filtered() and tab.rows.searched, "the group's lines")
        await Until(lambda: tab.rows.row(0) is not None, "their rows")
        return {"groups": pane.model.rowCount(), "lines": tab.rows.total()}

    async def settle(self) -> None:
        """All lines again."""
        panes = [one for one in QApplication.allWidgets() if isinstance(one, LogsPane)]
        panes[0].show_part("Logs")
        tab = self.tab()
        tab.clear_query()
        await Until(lambda: not tab.rows.filtered() and tab.rows.total() > 0, "all lines")


def steps(context: Context) -> list[Step]:
    """In order."""
    acts = LogSteps(context)
    return [
        Step("logs", acts.open, "The demo's log, followed"),
        Step("logs-found", acts.found, "A traceback found and taken apart"),
        Step("logs-narrowed", acts.narrowed, "Only warnings and errors"),
        Step("logs-empty", acts.empty, "A search without a hit"),
        Step("logs-grouped", acts.grouped, "Similar lines as groups"),
        Step("logs-settled", acts.settle, "All lines again"),
    ]
