"""A request being composed: method, address, headers, body; sent with Ctrl+Enter, its answer below."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context, Tab
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.widgets import (
    Choice,
    ElidedLabel,
    InlineProblem,
    Message,
    MessagePlace,
    Offer,
    PrimaryVerbButton,
    SegmentedBar,
    Splitter,
    TextField,
    Toolbar,
    VerbButton,
    column,
)
from embedded_server.wire.http import (
    GET,
    SAVE,
    SEND,
    Draft,
    GetRequest,
    SaveRequest,
    SendRequest,
    SendResponse,
)
from embedded_server.wire.problem import Problem, ProblemError
from embedded_server.wire.refs import DraftRef, Ref, TraceRef

from .answer_view import AnswerView
from .environment_choice import EnvironmentChoice
from .environment_panel import EnvironmentPanel
from .text_box import TextBox
from .words import header_lines, headers_of, title_of

TYPING_MILLISECONDS = 300
# Marks a request that was never kept; each has a tab of its own.
NEW = "new:"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
_HOST = re.compile(r"host's name: (\S+?)\.(?:\s|$)")


class DraftTab(Tab):
    """Opened by a `DraftRef`: a saved request, a captured one, or a new one."""

    ref: DraftRef
    icon = "edit"

    def __init__(self, context: Context, ref: DraftRef, origin: Ref | None) -> None:
        super().__init__()
        self._context, self.ref, self.origin = context, ref, origin
        self._base = Draft(trace=ref.trace)
        self._sending: Flow | None = None
        self._busy = False
        self._restored = False
        # What is typed goes with the session: every stop of typing is a change of it.
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MILLISECONDS)
        self._typing.timeout.connect(self._typed)
        self.answer_shown: SendResponse | None = None
        self.method = Choice("Method", METHODS)
        self.method.setEditable(True)
        self.url = TextField("Address", "http://127.0.0.1:5000/", mono=True)
        self.environment = EnvironmentChoice(context)
        self.parts = SegmentedBar(("Headers", "Body"), "Parts of the request")
        self.headers = TextBox("Headers, one a line", "Accept: application/json")
        self.body = TextBox("Body", "No body")
        self.answer = AnswerView()
        self.panel = EnvironmentPanel(context)
        self.about = ElidedLabel("", "dim", ratio=0.92)
        self._lay_out()
        self._connect()
        self.environment.reload("")
        if (ref.draft and not ref.draft.startswith(NEW)) or ref.trace:
            self._context.flow(self, self._load())

    # --- what the workbench asks -----------------------------------------------------------------------

    def title(self) -> str:
        """Its name, else what it asks for."""
        return title_of(self._base) if self._base.url else self.ref.label()

    def path(self) -> str:
        """Where it came from."""
        return f"{self._base.folder or 'Request'} · {self.title()}"

    def dirty(self) -> bool:
        """Whether something was typed that is not kept."""
        return self.draft() != self._base

    def inspector(self) -> QWidget:
        """The environment."""
        return self.panel

    def subject(self, kind: str) -> Ref | None:
        """The request itself, or the capture it was made from."""
        if kind == TraceRef.kind and self._base.trace:
            return TraceRef(self._base.trace, self.title())
        return super().subject(kind)

    def state(self) -> dict[str, Any]:
        """What is typed."""
        return {"draft": msgspec.to_builtins(self.draft()), "environment": self.environment.name()}

    def restore(self, state: dict[str, Any]) -> None:
        """What was typed."""
        try:
            self._show(msgspec.convert(state.get("draft"), Draft))
        except msgspec.ValidationError:
            return
        self._restored = True
        self.environment.reload(str(state.get("environment", "")))

    def status(self) -> list[str]:
        """The last answer."""
        shown = self.answer_shown
        return [f"{shown.run.status}", f"{shown.run.ms:,.0f} ms"] if shown else []

    def closing(self) -> None:
        """Stop what is under way."""
        self.stop()

    def show_problem(self, problem: Problem) -> None:
        """Above the answer, where it happened."""
        self.place.show_message(InlineProblem(problem, (Offer("Try again", self.send),)))

    # --- acts ------------------------------------------------------------------------------------------

    def draft(self) -> Draft:
        """The request as it is typed."""
        text = self.body.toPlainText()
        kept = self._base
        body, encoded = (text, "") if text else (None, kept.body_base64)
        if not text and kept.body == "":
            body = ""
        return msgspec.structs.replace(
            kept,
            method=self.method.currentText().strip(),
            url=self.url.text().strip(),
            headers=headers_of(self.headers.toPlainText()),
            body=body,
            body_base64=encoded,
        )

    def kept(self) -> bool:
        """Whether it stands under Saved."""
        return bool(self.ref.draft) and not self.ref.draft.startswith(NEW)

    def sending(self) -> bool:
        """Whether an answer is being waited for."""
        return self._busy

    def send(self) -> None:
        """Send it; what may change data asks first, outside this machine."""
        self._send("")

    def stop(self) -> None:
        """Give up waiting."""
        if self._sending is not None and not self._sending.done:
            self._sending.cancel()
            self.answer.nothing_came()

    def keep(self) -> None:
        """Keep the request under Saved."""
        self._context.flow(self, self._save())

    def _send(self, confirm: str) -> None:
        self.stop()
        self.place.show_message(None)
        self.answer.waiting()
        self._tell(True)
        self._sending = self._context.flow(self, self._guarded(confirm))

    def _tell(self, busy: bool) -> None:
        self._busy = busy
        self._context.verbs.changed.emit()

    async def _guarded(self, confirm: str) -> None:
        try:
            await self._sent(confirm)
        finally:
            self._tell(False)

    async def _sent(self, confirm: str) -> None:
        origin = self.origin.trace if isinstance(self.origin, TraceRef) else ""
        request = SendRequest(
            request=self.draft(), environment=self.environment.name(), confirm=confirm, origin=origin
        )
        try:
            answer = await self._context.api.call(SEND, request)
        except ProblemError as error:
            self.answer.nothing_came()
            if error.problem.code != "http.confirm":
                raise
            self._ask(error.problem)
            return
        except Cancelled:
            self._context.notify.say("Stopped waiting for the answer")
            raise
        self.answer_shown = answer
        self.answer.show_answer(answer)
        if answer.hint:
            self.place.show_message(Message(answer.hint, tone="warn"))
        self._context.workbench.touched(self)

    def _ask(self, problem: Problem) -> None:
        found = _HOST.search(problem.hint)
        host = found[1] if found else ""

        def go() -> None:
            self._send(host)

        offers = (Offer(f"Send to {host}", go),)
        self.place.show_message(Message(problem.title, problem.detail, tone="warn", offers=offers))

    async def _save(self) -> None:
        answer = await self._context.api.call(SAVE, SaveRequest(self.draft()))
        self._base = answer.request
        self.ref = DraftRef(answer.request.id, self.ref.trace, title_of(answer.request))
        self._context.notify.say("Saved the request")
        self._context.workbench.touched(self)

    async def _load(self) -> None:
        request = GetRequest(draft=self.ref.draft, trace="" if self.ref.draft else self.ref.trace)
        answer = await self._context.api.call(GET, request)
        if answer.request is not None:
            self._base = answer.request
            if not self._restored:
                self._show(answer.request)

    def _show(self, draft: Draft) -> None:
        self.method.setCurrentText(draft.method)
        self.url.setText(draft.url)
        self.url.setCursorPosition(0)
        self.headers.setPlainText(header_lines(draft.headers))
        self.body.setPlainText(draft.body or "")
        self.body.setReadOnly(bool(draft.body_base64))
        told = [*draft.notes, *(["Cookies are missing: give the environment a login."] * bool(draft.needs))]
        self.about.setText(" ".join(told))
        self.about.setVisible(bool(told))
        self.parts.setCurrentIndex(1 if draft.body else 0)
        self._context.workbench.touched(self)

    # --- layout ----------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        verbs = self._context.verbs
        bar = Toolbar()
        bar.add(self.method)
        bar.add(self.environment, 6)
        bar.add_right(VerbButton(verbs, "http.save", "Save"))
        bar.add_right(VerbButton(verbs, "http.replay", "Replay and compare"))
        bar.add_right(PrimaryVerbButton(verbs, "http.send", "Send"))
        self._pages = QStackedWidget()
        self._pages.addWidget(self.headers)
        self._pages.addWidget(self.body)
        self.place = MessagePlace(side=10, room=8)
        top = QWidget()
        upper = QVBoxLayout(top)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(4)
        upper.addWidget(column(self.url, margins=(10, 6, 10, 2)))
        upper.addWidget(column(self.about, margins=(12, 0, 12, 0)))
        upper.addWidget(column(self.parts, margins=(8, 0, 8, 0)))
        upper.addWidget(self._pages, 1)
        below = QWidget()
        lower = QVBoxLayout(below)
        lower.setContentsMargins(0, 0, 0, 0)
        lower.addLayout(self.place)
        lower.addWidget(self.answer, 1)
        split = Splitter(vertical=True)
        split.addWidget(top)
        split.addWidget(below)
        split.setSizes([240, 420])
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(bar)
        outer.addWidget(split, 1)
        self.about.hide()
        self.setFocusProxy(self.url)

    def _connect(self) -> None:
        self.parts.chosen.connect(self._pages.setCurrentIndex)
        self.environment.picked.connect(self._picked)
        self.environment.loaded.connect(self._loaded)
        self.panel.saved.connect(self.environment.reload)
        self.url.returnPressed.connect(self.send)
        for changed in (
            self.url.textChanged,
            self.method.currentTextChanged,
            self.headers.textChanged,
            self.body.textChanged,
        ):
            changed.connect(self._typing.start)

    def _typed(self) -> None:
        self._context.workbench.touched(self)

    def _picked(self, name: str) -> None:
        self.panel.show_environment(name, self.environment.known)

    def _loaded(self) -> None:
        self.panel.show_environment(self.environment.name(), self.environment.known)
