"""Requests as a capability: openers, the part "Saved", imports and exports."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from uuid import uuid4

import msgspec
from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop.context import Context, Launch, Tab
from desktop.kit.ask_file import ask_file, ask_target, write_owned
from desktop.kit.leaving import Fetch, ask_leaving
from embedded_server.wire.http import EXPORT, IMPORT, Draft, ExportRequest, Format, ImportRequest
from embedded_server.wire.leaving import Leaving
from embedded_server.wire.refs import DraftRef, Ref, ReplayRef, TraceRef

from .draft_tab import NEW, DraftTab
from .replay_tab import ReplayTab
from .saved_pane import SavedPane
from .verbs import add_verbs
from .words import title_of

TITLES = {"har": "Save as HAR", "pytest": "Save as pytest"}
FILTERS = {"har": "HAR (*.har)", "pytest": "Python (*.py)", "curl": "Shell script (*.sh)"}


class Http(QObject):
    """Makes tabs; carries out what verbs ask."""

    def __init__(self, context: Context) -> None:
        super().__init__(context.events)
        self._context = context
        self._drafts: dict[str, Draft] = {}
        self.saved: SavedPane | None = None
        add_verbs(context, self)
        bench = context.workbench
        bench.add_opener(DraftRef.kind, self._draft)
        bench.add_opener(ReplayRef.kind, self._replay)
        bench.add_part("requests", "Saved", self._saved)
        bench.add_launcher(self._launch)

    # --- what is in front ------------------------------------------------------------------------------

    def trace(self) -> TraceRef | None:
        """The captured request that the tab in front shows or serves."""
        tab = self._context.workbench.current()
        found = tab.subject(TraceRef.kind) if tab is not None else None
        if found is None and tab is not None:
            found = tab.origin
        return found if isinstance(found, TraceRef) else None

    def draft_tab(self) -> DraftTab | None:
        """The request being composed."""
        tab = self._context.workbench.current()
        return tab if isinstance(tab, DraftTab) else None

    def replay_tab(self) -> ReplayTab | None:
        """The comparison in front."""
        tab = self._context.workbench.current()
        return tab if isinstance(tab, ReplayTab) else None

    # --- acts ------------------------------------------------------------------------------------------

    def new(self) -> None:
        """An empty request."""
        self._context.workbench.open(DraftRef(NEW + uuid4().hex, title="New request"), keep=True)

    def edit(self) -> None:
        """The captured request in front, to be edited and sent."""
        trace = self.trace()
        if trace is not None:
            self._context.workbench.open(DraftRef(trace=trace.trace, title=trace.title), origin=trace)

    def replay(self) -> None:
        """Replay what is in front and compare."""
        tab = self.replay_tab()
        composed = self.draft_tab()
        if tab is None and composed is not None:
            tab = self._replay_of(composed)
        elif tab is None:
            trace = self.trace()
            if trace is None:
                return
            opened = self._context.workbench.open(ReplayRef(trace.trace, title=trace.title), origin=trace)
            tab = opened if isinstance(opened, ReplayTab) else None
        if tab is not None:
            tab.start()

    def _replay_of(self, composed: DraftTab) -> ReplayTab | None:
        draft = composed.draft()
        ref = ReplayRef(draft.trace, title=title_of(draft) + (" (edited)" if composed.dirty() else ""))
        self._drafts[ref.title] = draft
        opened = self._context.workbench.open(ref, origin=composed.origin)
        if not isinstance(opened, ReplayTab):
            return None
        opened.bar.environment.reload(composed.environment.name())
        return opened

    def import_file(self) -> None:
        """Ask for a HAR file."""
        ask_file("Import requests", "HAR (*.har *.json);;All files (*)", self.import_path)

    def import_named(self, arguments: dict[str, str]) -> None:
        """Import the file that a problem's action or a drop names."""
        self.import_path(arguments.get("path", ""))

    def import_path(self, path: str) -> None:
        """Import a HAR file."""
        folder = Path(path).name
        self._context.flow(self._where(), self._import(ImportRequest(path=path, format="har", folder=folder)))

    def paste(self) -> None:
        """Import the curl command on the clipboard."""
        text = QGuiApplication.clipboard().text()
        self._context.flow(self._where(), self._import(ImportRequest(text=text, folder="pasted")))

    async def _import(self, request: ImportRequest) -> None:
        answer = await self._context.api.call(IMPORT, request)
        if self.saved is not None:
            self.saved.reload()
        notes = " ".join(answer.notes)
        self._context.notify.say(f"{len(answer.requests):,} requests imported. {notes}".strip())
        if len(answer.requests) == 1:
            draft = answer.requests[0]
            self._context.workbench.open(DraftRef(draft.id, title=title_of(draft)))
        else:
            self._context.workbench.show_page("requests")

    def copy_curl(self) -> None:
        """Show the request in front as a curl command; once confirmed it is on the clipboard."""
        ask_leaving("Copy as curl", "Copy", self._fetch("curl"), self._copy)

    def _copy(self, answer: Leaving) -> None:
        QGuiApplication.clipboard().setText(answer.text)
        cut = f"; cut out: {', '.join(answer.redacted)}" if answer.redacted else ""
        self._context.notify.say(f"Copied as curl{cut}")

    def export(self, form: Format) -> None:
        """Show the request in front as a HAR file or a pytest; once confirmed ask where to save it."""
        ask_leaving(TITLES[form], "Save…", self._fetch(form), partial(self._save, form))

    def _fetch(self, form: Format) -> Fetch:
        asked = self._export(form)

        async def fetch(strike: list[str]) -> Leaving:
            return await self._context.api.call(EXPORT, msgspec.structs.replace(asked, strike=strike))

        return fetch

    def _save(self, form: Format, answer: Leaving) -> None:
        ask_target("Save", answer.file, FILTERS[form], partial(self._write, answer.text))

    def _write(self, text: str, path: str) -> None:
        self._context.flow(self._where(), self._write_steps(text, Path(path)))

    async def _write_steps(self, text: str, path: Path) -> None:
        write_owned(path, text)
        self._context.notify.say(f"Saved {path.name}")

    def _export(self, form: Format) -> ExportRequest:
        composed, trace = self.draft_tab(), self.trace()
        if composed is not None and composed.kept():
            return ExportRequest(format=form, draft=composed.ref.draft)
        return ExportRequest(format=form, trace=trace.trace if trace is not None else "")

    # --- openers ---------------------------------------------------------------------------------------

    def _draft(self, ref: DraftRef, origin: Ref | None) -> Tab:
        return DraftTab(self._context, ref, origin)

    def _replay(self, ref: ReplayRef, origin: Ref | None) -> Tab:
        return ReplayTab(self._context, ref, origin, self._drafts.pop(ref.title, None))

    def _saved(self) -> QWidget:
        self.saved = SavedPane(self._context)
        return self.saved

    def _launch(self, launch: Launch) -> bool:
        if not launch.target.lower().endswith(".har"):
            return False
        self.import_path(str(Path(launch.folder) / launch.target) if launch.folder else launch.target)
        return True

    def _where(self) -> QObject:
        """Where a problem is shown: the tab in front, else the list."""
        return self._context.workbench.current() or self.saved or self
