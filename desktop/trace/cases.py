"""Saving an investigation as a report or a case, and opening a colleague's case."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec
from PySide6.QtCore import QObject

from desktop.context import Launch
from desktop.kit.ask_file import ask_file, ask_target, write_owned
from desktop.kit.leaving import ask_leaving
from desktop.kit.verb import Verb
from embedded_server.wire import cases as wire
from embedded_server.wire.leaving import Leaving
from embedded_server.wire.refs import TraceRef

if TYPE_CHECKING:
    from desktop.context import Context

ENDING = ".backlight-case"
OPENED = f"Cases (*{ENDING});;All files (*)"
Form = Literal["html", "case"]
TITLES = {"html": "Save report", "case": "Save case for a colleague"}
KINDS = {"html": "Report (*.html)", "case": f"Case (*{ENDING})"}
NO_TRACE = "Open a request first"


class Cases(QObject):
    """The verbs act on the trace that the tab in front is, or serves."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context
        context.workbench.add_launcher(self._launch)
        report, case = partial(self.ask, "html"), partial(self.ask, "case")
        context.verbs.add(
            Verb(
                "trace.save_report", "Save report…", report, (), "save", "Request", self._why_not,
                "One page with SQL, plans, timings, the request as cURL and as a test; secrets are cut",
            ),
            Verb(
                "trace.save_case", "Save case for a colleague…", case, (), "export", "Request", self._why_not,
                "A file that another Backlight opens and replays; secrets are cut",
            ),
            Verb("trace.open_case", "Open case…", self._browse, (), "import", "File"),
        )  # fmt: skip

    def trace(self) -> str:
        """The id of the trace in front, "" if there is none."""
        tab = self._context.workbench.current()
        for ref in (tab.subject(TraceRef.kind), tab.origin) if tab is not None else ():
            if isinstance(ref, TraceRef):
                return ref.trace
        return ""

    def ask(self, form: Form) -> None:
        """Show what would leave; once confirmed ask where to save it."""
        asked = wire.ExportRequest(trace=self.trace(), format=form)

        async def fetch(strike: list[str]) -> Leaving:
            return await self._context.api.call(wire.EXPORT, msgspec.structs.replace(asked, strike=strike))

        ask_leaving(TITLES[form], "Save…", fetch, partial(self._where, form))

    def _where(self, form: Form, answer: Leaving) -> None:
        ending = ".html" if form == "html" else ENDING
        ask_target("Save", answer.file, KINDS[form], partial(self.save, answer), ending[1:])

    def save(self, answer: Leaving, path: str) -> None:
        """Write what was confirmed into a file."""
        self._context.flow(self, self._save(answer, Path(path)))

    def open(self, path: Path) -> None:
        """Take a case in and show its request."""
        self._context.flow(self, self._open(path))

    async def _save(self, answer: Leaving, path: Path) -> None:
        write_owned(path, answer.text)
        cut = f"; cut out: {', '.join(answer.redacted)}" if answer.redacted else ""
        self._context.notify.say(f"Saved {path.name}{cut}")

    async def _open(self, path: Path) -> None:
        answer = await self._context.api.call(wire.IMPORT, wire.ImportRequest(path=str(path)))
        self._context.workbench.open(TraceRef(answer.trace, answer.title), keep=True)

    def _why_not(self) -> str:
        return "" if self.trace() else NO_TRACE

    def _browse(self) -> None:
        ask_file("Open case", OPENED, self._picked)

    def _picked(self, path: str) -> None:
        self.open(Path(path))

    def _launch(self, launch: Launch) -> bool:
        if not launch.target.endswith(ENDING):
            return False
        self.open(Path(launch.folder, launch.target))
        return True
