"""The tab of a change: the form at the left, what it is and does at the right."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.theme import theme
from desktop.kit.widgets import (
    EmptyState,
    InlineProblem,
    Message,
    MessagePlace,
    Offer,
    Splitter,
    refresh_bound,
)
from embedded_server.wire.data import CATALOG, CatalogRequest
from embedded_server.wire.ddl import DropTable, DropView, Operation
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import ProposalRef, Ref, SchemaRef, ScriptRef
from embedded_server.wire.schema import (
    COMPOSE,
    READ,
    RUN,
    TYPES,
    ComposeRequest,
    ComposeResponse,
    ReadRequest,
    ReadResponse,
    RunRequest,
    TypesRequest,
)

from .bar import SchemaBar
from .draft import Draft, draft_of, restored, saved
from .form import TableForm
from .preview import Preview
from .view_form import ViewForm

TYPING_MILLISECONDS = 300
_WAITING = "Change something first"


class SchemaTab(Tab):
    """Composes while one types; writes nothing by itself."""

    ref: SchemaRef
    icon = "columns"

    def __init__(self, context: Context, ref: SchemaRef, origin: Ref | None) -> None:
        super().__init__()
        self.ref, self.origin = ref, origin
        self._context = context
        self._state: dict[str, Any] = {}
        self._flow: Flow | None = None
        self._running: Flow | None = None
        self.read: ReadResponse | None = None
        self.answer: ComposeResponse | None = None
        self.refused = ""
        self.form, self.view, self.preview = TableForm(), ViewForm(), Preview()
        self._dropping = EmptyState(f"Drop {ref.table}", "Reading what hangs on it…", "trash")
        self._stack = QStackedWidget()
        self._place = MessagePlace(side=12, room=8)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MILLISECONDS)
        self.bar = SchemaBar(context)
        self._lay_out()
        self._typing.timeout.connect(self._compose)
        self.form.edited.connect(self._edited)
        self.view.edited.connect(self._edited)
        self._loading: Flow | None = context.flow(self, self._load())

    def _lay_out(self) -> None:
        for widget in (self.form, self.view, self._dropping):
            self._stack.addWidget(widget)
        self._stack.setCurrentWidget(self._body())
        # A view's SELECT and a table to be dropped have no rows to take away.
        self.bar.remove.setVisible(self._body() is self.form)
        whole = Splitter()
        whole.addWidget(self._stack)
        whole.addWidget(self.preview)
        whole.setStretchFactor(0, 3)
        whole.setStretchFactor(1, 2)
        whole.setSizes([theme().scaled(680), theme().scaled(440)])
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addWidget(self.bar)
        self._column.addLayout(self._place)
        self._column.addWidget(whole, 1)
        self.setFocusProxy(self._stack)

    def _body(self) -> QWidget:
        if self.ref.part == "drop":
            return self._dropping
        return self.view if self.ref.what == "view" else self.form

    # --- what a tab is -------------------------------------------------------------------------------

    def path(self) -> str:
        """Whose schema."""
        return f"{self.ref.label().lower()} in {self.ref.connection.partition('?')[0].rsplit('/', 1)[-1]}"

    def dirty(self) -> bool:
        """Whether something was typed."""
        return self.ref.part != "drop" and bool(self.operations())

    def subject(self, kind: str) -> Ref | None:
        """The change as a proposal: Ctrl+M writes it."""
        return self.proposal() if kind == ProposalRef.kind else super().subject(kind)

    def closing(self) -> None:
        """Stop asking."""
        for flow in (self._flow, self._loading):
            if flow is not None:
                flow.cancel()

    def state(self) -> dict[str, Any]:
        """The draft, as typed."""
        if self.ref.what == "view":
            return {"name": self.view.name.text(), "select": self.view.sql(), "was": self.view.was}
        return {"draft": saved(self.form.draft)}

    def restore(self, state: dict[str, Any]) -> None:
        """What was typed in an earlier run."""
        self._state = state

    def refresh(self) -> None:
        """Compose anew against the database as it is."""
        self._compose()

    def status(self) -> list[str]:
        """How many operations."""
        count = len(self.operations())
        return [f"{count} change{'' if count == 1 else 's'}"] if count else []

    # --- loading -------------------------------------------------------------------------------------

    async def _load(self) -> None:
        ask, ref = self._context.api.call, self.ref
        known = await ask(TYPES, TypesRequest(ref.connection))
        self.refused = known.refused
        self.form.know(known)
        if ref.table:
            self.read = await ask(READ, ReadRequest(ref.connection, ref.table, ref.schema))
        self._show()
        catalog = await ask(CATALOG, CatalogRequest(ref.connection))
        tables = [
            table.name if schema.default else f"{schema.name}.{table.name}"
            for schema in catalog.schemas
            for table in schema.tables
            if table.kind in ("table", "partitioned table")
        ]
        self.form.know_tables(tables)

    def _show(self) -> None:
        read, kept = self.read, self._state
        if self.ref.what == "view" and self.ref.part != "drop":
            was = read.view if read is not None else str(kept.get("was", ""))
            name, sql = str(kept.get("name", self.ref.table)), str(kept.get("select", was))
            self.view.show_view(name, sql, was, new=not self.ref.table)
        elif self.ref.part == "drop":
            self._dropping.show_text(f"Drop {self.ref.table}", _hanging(read))
        else:
            draft = restored(kept.get("draft", {}))
            if draft is None:
                draft = draft_of(read.spec) if read is not None else Draft(None, "", schema=self.ref.schema)
            self.form.show_draft(draft)
            self.form.start(self.ref.part)
        self._edited()

    # --- composing -----------------------------------------------------------------------------------

    def operations(self) -> list[Operation]:
        """What stands in the form."""
        place: dict[str, Any] = {"table": self.ref.table, "schema": self.ref.schema}
        if self.ref.part == "drop":
            return [DropView(**place) if self.ref.what == "view" else DropTable(**place)]
        if self.ref.what == "view":
            return self.view.operations(self.ref.schema)
        return self.form.draft.operations() if self.form.draft.changed() else []

    def _edited(self) -> None:
        self.answer = None
        self._typing.start()
        self._context.workbench.touched(self)
        refresh_bound(self)

    def _compose(self) -> None:
        if self._flow is not None:
            self._flow.cancel()
        operations = self.operations()
        if not operations:
            self.show_message(None)
            self._told(None)
            return
        self._flow = self._context.flow(self, self._ask(operations))

    async def _ask(self, operations: list[Operation]) -> None:
        try:
            answer = await self._context.api.call(COMPOSE, ComposeRequest(self.ref.connection, operations))
        except Cancelled:
            return
        except ProblemError as error:
            self._told(None, wrong=error.problem)
            self.show_problem(error.problem)
            return
        self.show_message(None)
        self._told(answer)

    def _told(self, answer: ComposeResponse | None, *, wrong: Problem | None = None) -> None:
        self.answer = answer
        self.form.mark(wrong)
        self.preview.show_answer(answer, wrong=wrong is not None)
        refresh_bound(self)
        self._context.workbench.touched(self)

    # --- what becomes of it --------------------------------------------------------------------------

    def why_nothing(self) -> str:
        """Why there is no change to act on."""
        if self.answer is not None:
            return ""
        return "What stands in the form cannot be composed" if self.operations() else _WAITING

    def why_not_run(self) -> str:
        """Why it cannot be run directly."""
        if self._running is not None:
            return "It is being run"
        refused = self.answer.refused.title if self.answer is not None and self.answer.refused else ""
        return self.why_nothing() or refused

    def proposal(self) -> ProposalRef | None:
        """The change as a revision to be."""
        if self.answer is None:
            return None
        titles = [one.title for one in self.answer.composed]
        title = titles[0].lower() if len(titles) == 1 else f"change {self.ref.table or self.form.draft.name}"
        title = title if len(title) <= 80 and "\\" not in title else f"change {self.ref.what}"
        operations = [msgspec.to_builtins(one) for one in self.answer.operations]
        return ProposalRef(self.ref.connection, title, operations)

    def to_console(self) -> None:
        """The SQL in a script of its own."""
        if self.answer is not None:
            ref = ScriptRef(self.ref.connection, uuid4().hex, sql=self.answer.sql)
            self._context.workbench.open(ref, self.origin, keep=True)

    def run(self) -> None:
        """Run it, after the question it raises."""
        answer = self.answer
        if answer is None:
            return
        if answer.refused is not None:
            self.show_problem(answer.refused)
            return
        if not answer.ask:
            self._go("")
            return
        offers = (Offer("Run it", self._confirmed), Offer("Don't run", self._nothing, primary=True))
        self.show_message(Message(answer.question, "", "", "warn", offers, closable=False))

    def _nothing(self) -> None:
        self.show_message(None)

    def _confirmed(self) -> None:
        self._go("yes")

    def _go(self, word: str) -> None:
        if self.answer is not None and self._running is None:
            self._running = self._context.flow(self, self._run(self.operations(), word))
            refresh_bound(self)

    async def _run(self, operations: list[Operation], word: str) -> None:
        try:
            done = await self._context.api.call(RUN, RunRequest(self.ref.connection, operations, word))
        except ProblemError as error:
            self.show_problem(error.problem)
            return
        finally:
            self._running = None
            refresh_bound(self)
        count = len(done.statements)
        self._context.notify.say(f"{count} statement{'' if count == 1 else 's'} ran")
        await self._go_on()

    async def _go_on(self) -> None:
        """From what is there now."""
        if self.ref.part == "drop":
            self._context.workbench.close(self)
            return
        name = self.view.name.text().strip() if self.ref.what == "view" else self.form.draft.name
        self.ref = msgspec.structs.replace(self.ref, table=name, part="")
        self._state = {}
        self.read = await self._context.api.call(
            READ, ReadRequest(self.ref.connection, name, self.ref.schema)
        )
        self._show()

    # --- showing -------------------------------------------------------------------------------------

    def message(self) -> str | None:
        """What the message under the bar says, null for none."""
        found = self._place.message
        return found.accessibleName() if found is not None else None

    def show_message(self, message: Message | None) -> None:
        """One message under the bar, instead of the last one."""
        self._place.show_message(message)

    def show_problem(self, problem: Problem) -> None:
        """A problem in its place."""
        self.show_message(InlineProblem(problem))


def _hanging(read: ReadResponse | None) -> str:
    """What refers to a table, stands on it, reads it."""
    if read is None:
        return ""
    parts = (("Referred to by", read.referred), ("Views", read.views), ("Triggers", read.triggers))
    lines = [f"{word}: {', '.join(names)}" for word, names in parts if names]
    return "\n".join(lines) or "Nothing else hangs on it."
