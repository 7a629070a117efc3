"""The tab of a revision to be: its operations one by one, the message, the file as it will be."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout

from desktop.context import Context, Tab
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.widgets import Message, refresh_bound
from embedded_server.wire.migration_runs import GENERATE, GenerateRequest, GenerateResponse
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import ProposalRef, Ref, RevisionRef, TraceRef

from .book import Book
from .progress_bar import ProgressBar
from .proposal_body import ProposalBar, ProposalBody
from .told import Told

TYPING_MILLISECONDS = 300
MODELS = [{"op": "models"}]


class ProposalTab(Tab):
    """Shows what a revision would be, and writes it."""

    ref: ProposalRef
    icon = "migrate"

    def __init__(self, context: Context, book: Book, ref: ProposalRef, origin: Ref | None) -> None:
        super().__init__()
        self.ref, self.origin = ref, origin
        self._context, self._book = context, book
        self._flow: Flow | None = None
        self._writing = False
        self.answer: GenerateResponse | None = None
        self.bar = ProposalBar(context)
        self.progress = ProgressBar()
        self.body = ProposalBody()
        self.body.message.setText("" if self.from_models() else ref.title)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MILLISECONDS)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        for widget in (self.bar, self.progress):
            self._column.addWidget(widget)
        self._told = Told(context)
        self._column.addLayout(self._told)
        self._column.addWidget(self.body, 1)
        self._connect()
        self._show_projects()
        self.refresh()

    def _connect(self) -> None:
        self._typing.timeout.connect(self.refresh)
        self.body.message.textEdited.connect(self._typed)
        self.body.ticked.connect(self._ticked)
        self.bar.projects.activated.connect(self._project_chosen)
        self.progress.cancelled.connect(self._cancel)
        self._book.changed.connect(self._show_projects)
        self._context.api.online_changed.connect(self._online)

    # --- what a tab is -------------------------------------------------------------------------------

    def title(self) -> str:
        """New, with what it will be called."""
        return self.ref.title or "New revision"

    def path(self) -> str:
        """Where it will be written."""
        return self.answer.file if self.answer is not None and self.answer.file else "new revision"

    def dirty(self) -> bool:
        """Never given up for another reference."""
        return True

    def closing_question(self) -> str:
        """Closing loses no file."""
        return ""

    def closing(self) -> None:
        """Stop what is under way."""
        self._cancel()

    # --- asking --------------------------------------------------------------------------------------

    def from_models(self) -> bool:
        """Whether the operations come from comparing models with the database."""
        return self.ref.operations == MODELS

    def project(self) -> str:
        """The project's folder, "" while none is chosen."""
        return self.ref.project

    def trace(self) -> str:
        """The trace this tab serves."""
        return self.origin.trace if isinstance(self.origin, TraceRef) else ""

    def refresh(self) -> None:
        """Ask anew what the revision would be."""
        if self._writing or not self.project():
            self._show_state()
            return
        if self._flow is not None:
            self._flow.cancel()
        if self.answer is None:
            text = "Comparing models and database" if self.from_models() else "Asking the project"
            self.progress.begin(text)
        self._flow = self._context.flow(self, self._preview())
        self._show_state()

    async def _preview(self) -> None:
        try:
            answer = await self._context.api.call(GENERATE, self._request(dry_run=True))
        except Cancelled:
            return
        except ProblemError as error:
            self.progress.end()
            self.body.show_failed()
            self.show_problem(error.problem)
            return
        self.progress.end()
        self.show_message(None)
        first = self.answer is None
        self.answer = answer
        self.body.show_answer(answer, first=first)
        self._show_state()
        self._context.workbench.touched(self)

    def _request(self, dry_run: bool) -> GenerateRequest:
        models = self.from_models()
        return GenerateRequest(
            self.project(),
            self.ref.connection,
            self.body.message.text().strip(),
            [] if models else self.ref.operations,
            models,
            self.body.accepted() if self.answer is not None else None,
            dry_run=dry_run,
            origin=self.trace(),
        )

    # --- writing -------------------------------------------------------------------------------------

    def why_not_write(self) -> str:
        """Why it cannot be written now."""
        if not self.project():
            return "Choose a migration project first"
        if self._writing or self.answer is None:
            return "The project is being asked"
        if not self.body.accepted():
            return "No operation is ticked"
        return "" if self.body.message.text().strip() else "Give the revision a message"

    def write(self) -> None:
        """Write the file, then show the revision."""
        if self._flow is not None:
            self._flow.cancel()
        self._writing = True
        self.progress.begin("Writing the revision")
        self._flow = self._context.flow(self, self._write())
        self._show_state()

    async def _write(self) -> None:
        try:
            made = await self._context.api.call(GENERATE, self._request(dry_run=False))
        except (ProblemError, Cancelled) as error:
            if isinstance(error, ProblemError):
                self.show_problem(error.problem)
            return
        finally:
            self._writing = False
            self.progress.end()
            self._show_state()
        self._context.notify.say(f"Written: {made.file}")
        title = self.body.message.text().strip()
        ref = RevisionRef(self.project(), made.revision, self.ref.connection, title)
        bench = self._context.workbench
        bench.open(ref, self.origin, keep=True)
        bench.close(self)

    # --- showing -------------------------------------------------------------------------------------

    def _show_state(self) -> None:
        if not self.project():
            self.body.show_missing(bool(self._book.projects))
        refresh_bound(self)

    def _show_projects(self) -> None:
        folders = [one.folder for one in self._book.projects]
        same = self.ref.connection == self._book.connection()
        fitting = self._book.fitting if same else ""
        if not self.project() and (fitting or len(folders) == 1):
            self.ref = msgspec.structs.replace(self.ref, project=fitting or folders[0])
            self.refresh()
        self.bar.show_projects(self._book.projects, self.project())
        self._show_state()

    def show_message(self, message: Message | None) -> None:
        """One message over the body, instead of the last one."""
        self._told.show_message(message)

    def show_problem(self, problem: Problem) -> None:
        """A problem in its place."""
        self._told.show_problem(problem)

    def _typed(self, _: str) -> None:
        self._typing.start()
        refresh_bound(self)

    def _ticked(self) -> None:
        self._typing.start()
        refresh_bound(self)

    def _project_chosen(self, index: int) -> None:
        folder = self._book.projects[index].folder
        if folder != self.project():
            self.ref = msgspec.structs.replace(self.ref, project=folder)
            self.answer = None
            self.refresh()

    def _online(self, online: bool) -> None:
        if not online:
            self._cancel()

    def _cancel(self) -> None:
        if self._flow is not None:
            self._flow.cancel()
        self._writing = False
        self.progress.end()
        self._show_state()
