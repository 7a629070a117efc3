"""The tab of a revision: its file, its SQL, its rehearsal; applying it and downgrading."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtWidgets import QVBoxLayout

from desktop.context import Context, Tab
from desktop.kit.widgets import ConfirmBox, Message, refresh_bound
from embedded_server.wire.migration_runs import ApplyRequest, PreviewResponse
from embedded_server.wire.migrations import GraphResponse, Revision, Status
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import Ref, RevisionRef, TraceRef

from .book import Book
from .findings_view import NONE
from .progress_bar import ProgressBar
from .revision_bar import RevisionBar, RevisionHead
from .revision_body import RevisionBody
from .revision_calls import Calls
from .revision_list import state_of
from .told import Told

SOURCE, SQL, REHEARSAL = range(3)


class RevisionTab(Tab):
    """Shows one revision against one connection."""

    ref: RevisionRef
    icon = "migrate"

    def __init__(self, context: Context, book: Book, ref: RevisionRef, origin: Ref | None) -> None:
        super().__init__()
        self.ref, self.origin = ref, origin
        self._context, self._book = context, book
        self.graph: GraphResponse | None = None
        self.status_of: Status | None = None
        self.preview: PreviewResponse | None = None
        self.rehearsed: PreviewResponse | None = None
        self.head = RevisionHead()
        self.bar = RevisionBar(context)
        self.progress = ProgressBar()
        self.confirm = ConfirmBox()
        self.body = RevisionBody()
        self.calls = Calls(context, self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        for widget in (self.head, self.bar, self.progress, self.confirm):
            self._column.addWidget(widget)
        self._told = Told(context)
        self._column.addLayout(self._told)
        self._column.addWidget(self.body, 1)
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        self.bar.parts.chosen.connect(self._part)
        self.bar.connections.activated.connect(self._connection_chosen)
        self.progress.cancelled.connect(self.calls.cancel)
        self.confirm.confirmed.connect(self._confirmed)
        self._book.changed.connect(self._book_changed)

    # --- what a tab is -------------------------------------------------------------------------------

    def title(self) -> str:
        """The revision's own title."""
        revision = self.revision()
        return (revision.doc.rstrip(".") if revision is not None else "") or self.ref.label()

    def path(self) -> str:
        """Its identifier and its file."""
        revision = self.revision()
        return f"{self.ref.revision} · {revision.file}" if revision is not None else self.ref.revision

    def closing_question(self) -> str:
        """A running apply is not left alone without asking."""
        return "Revisions are being applied. Close anyway?" if self.calls.applying() else ""

    def closing(self) -> None:
        """Stop what is under way; an apply ends its revision."""
        self.calls.close()

    def state(self) -> dict[str, Any]:
        """The segment shown."""
        return {"part": self.bar.parts.currentIndex()}

    def restore(self, state: dict[str, Any]) -> None:
        """Show the segment again; SQL and rehearsals are not run by themselves."""
        if state.get("part") == SOURCE:
            self.bar.parts.setCurrentIndex(SOURCE)

    def status(self) -> list[str]:
        """Where the revision stands."""
        return [self.standing()] if self.status_of is not None else []

    def refresh(self) -> None:
        """Read file, status and findings again."""
        self.calls.load()

    # --- what is known -------------------------------------------------------------------------------

    def revision(self) -> Revision | None:
        """The revision as the files have it."""
        found = self.graph.revisions if self.graph is not None else []
        return next((one for one in found if one.revision == self.ref.revision), None)

    def standing(self) -> str:
        """current, applied, pending or unknown."""
        return state_of(self.ref.revision, self.status_of)

    def project(self) -> str:
        """The project's folder."""
        return self.ref.project

    def trace(self) -> str:
        """The trace this tab serves."""
        return self.origin.trace if isinstance(self.origin, TraceRef) else ""

    def ahead(self) -> int:
        """How many pending revisions come before this one."""
        pending = self.status_of.pending if self.status_of is not None else []
        return pending.index(self.ref.revision) if self.ref.revision in pending else 0

    def why_not_run(self) -> str:
        """Why nothing can be run now."""
        if not self.ref.connection:
            return "Choose a connection first"
        if self.graph is None or self.revision() is None:
            return "The revision is not read yet"
        if self.calls.busy():
            return "Something runs already"
        return ""

    def why_not_apply(self) -> str:
        """Why it cannot be applied now."""
        if self.standing() in ("current", "applied"):
            return "The database has this revision already"
        if self.status_of is not None and self.status_of.read_only:
            return "The connection is read-only"
        return self.why_not_run()

    def why_not_back(self) -> str:
        """Why it cannot be downgraded now."""
        if self.standing() != "current":
            return "Only the database's current revision can be downgraded"
        revision = self.revision()
        if revision is not None and not revision.reversible:
            return "Its downgrade does nothing"
        return self.why_not_run()

    # --- acting --------------------------------------------------------------------------------------

    def rehearse(self) -> None:
        """Run it and take it back."""
        self.bar.parts.setCurrentIndex(REHEARSAL)
        self.calls.rehearse()

    def apply(self) -> None:
        """Run it for real, up to this revision; production asks for its name."""
        self._ask_or_run("upgrade", self.ref.revision)

    def back(self) -> None:
        """Downgrade it, after showing what that drops."""
        self.calls.preview_back()

    def ask_back(self, preview: PreviewResponse) -> None:
        """Say what the downgrade drops, and run it only when that is accepted."""
        losses = [one for one in preview.findings if one.severity != "info" and not one.suppressed]
        revision = self.revision()
        if losses:
            text = "\n".join(f"{one.title}. {one.text}" for one in losses)
            self.confirm.ask(f"The downgrade loses data. {text}", "downgrade", "Downgrade")
            self._pending_run = ("downgrade", _target_of(revision))
        else:
            self._ask_or_run("downgrade", _target_of(revision))

    _pending_run = ("", "")

    def _ask_or_run(self, direction: str, target: str) -> None:
        look = self._class()
        if look == "production":
            name = self.ref.connection
            word = "Apply" if direction == "upgrade" else "Downgrade"
            self._pending_run = (direction, target)
            self.confirm.ask(f"{name} is a production database. Type its name to go on.", name, word)
        else:
            self._run(direction, target, "")

    def _class(self) -> str:
        return self.status_of.class_ if self.status_of is not None else ""

    def _confirmed(self, text: str) -> None:
        direction, target = self._pending_run
        if text != self.ref.connection and self._class() == "production":
            self._ask_or_run(direction, target)
        else:
            self._run(direction, target, text)

    def _run(self, direction: Any, target: str, confirm: str) -> None:
        self.calls.apply(
            ApplyRequest(
                self.ref.project,
                self.ref.connection,
                target,
                direction,
                confirm,
                foreign_keys_off=self.bar.keys_off.isChecked(),
                backup=self.bar.backup.isChecked(),
                origin=self.trace(),
            )
        )

    # --- showing -------------------------------------------------------------------------------------

    def show_all(self) -> None:
        """Put what is known into the widgets."""
        revision = self.revision()
        if revision is not None and self.graph is not None:
            self.head.show_revision(revision, self.standing(), self.status_of, self.ahead())
            self.body.show_source(self.graph.source)
            self._book.meet(self.graph, self.ref.revision)
        self.bar.show_connections(self._book.profiles, self.ref.connection)
        self.show_previews()
        self._context.workbench.touched(self)
        self.refresh_verbs()

    def show_previews(self) -> None:
        """Findings, SQL and the rehearsal as far as they are known."""
        best = self.rehearsed or self.preview
        losing = any(one.rule == "L29" for one in best.findings) if best is not None else False
        if losing != self.bar.keys_off.isVisibleTo(self):
            self.bar.keys_off.setVisible(losing)
            self.bar.keys_off.setChecked(losing)
        self.body.show_findings(best.findings if best is not None else [], self._none(best is not None))
        engine = self.status_of.engine if self.status_of is not None else ""
        self.body.sql.show_answer(self.calls.sql, engine)
        done = self.standing() in ("current", "applied")
        self.body.rehearsal.show_answer(self.rehearsed, engine, done=done)

    def _none(self, looked: bool) -> str:
        if looked:
            return NONE
        if self.standing() in ("current", "applied"):
            return "Applied already. The rules look at what is still to be applied."
        return "Looking…"

    def refresh_verbs(self) -> None:
        """Buttons that may be pressed now."""
        refresh_bound(self)

    def show_message(self, message: Message | None) -> None:
        """One message over the body, instead of the last one."""
        self._told.show_message(message)

    def show_problem(self, problem: Problem) -> None:
        """A problem in its place."""
        self._told.show_problem(problem)

    def _part(self, part: int) -> None:
        self.body.setCurrentIndex(part)
        if part == SQL and self.calls.sql is None and not self.why_not_run():
            self.calls.load_sql()

    def _connection_chosen(self, index: int) -> None:
        name = self.bar.name_at(index)
        if name != self.ref.connection:
            self.ref = msgspec.structs.replace(self.ref, connection=name)
            self.preview = self.rehearsed = None
            self.calls.sql = None
            self._context.workbench.touched(self)
            self.refresh()

    def _book_changed(self) -> None:
        if not self.calls.busy():
            self.refresh()


def _target_of(revision: Revision | None) -> str:
    return revision.down[0] if revision is not None and revision.down else "base"
