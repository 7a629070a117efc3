"""The form of one connection: a tab, so that nothing blocks the window while a host hangs."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.context import Context, Tab
from desktop.kit.ask_ssh import SshAsk
from desktop.kit.theme import theme
from desktop.kit.widgets.buttons import Button, PrimaryButton
from desktop.kit.widgets.fields import Check, Choice, TextField
from desktop.kit.widgets.layout import Surface
from desktop.kit.widgets.messages import InlineProblem, Message, MessagePlace
from desktop.kit.widgets.scroll import slim_bars
from desktop.kit.widgets.text import ElidedLabel
from embedded_server.wire.connections import (
    DELETE,
    SAVE,
    TEST,
    UNLOCK,
    ConnectionRequest,
    Profile,
    SaveRequest,
    TestRequest,
    TestResponse,
    UnlockRequest,
)
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import ConnectionRef

from .book import TITLES

# As wide as the settings: longer lines only draw the eye apart.
_WIDEST = 760
CLASSES = ("local", "shared", "production")
_HINTS = {
    "local": "Yours alone. Writes are allowed unless you say otherwise.",
    "shared": "Others work with it. Read-only unless you say otherwise.",
    "production": "Customers depend on it. Red frame, read-only, typed confirmation for writes.",
}


class ConnectionForm(Tab):
    """Name, URL, class, rights, TLS and other options, password; Test and Save."""

    icon = "connection"

    def __init__(
        self, context: Context, ref: ConnectionRef, profile: Profile | None, opened: Callable[[str], None]
    ) -> None:
        super().__init__()
        self.ref = ref
        self._context = context
        self._opened = opened
        self._previous = profile.name if profile is not None else ""
        self._profile = profile or Profile("", ref.connection if "://" in ref.connection else "")
        self.name = TextField("Name", "my app")
        self.url = TextField("URL", "postgresql+psycopg://user@localhost/app", mono=True)
        self.secret = TextField("Password", "kept in the system's keyring, never in a file")
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.kind = Choice("Class", CLASSES)
        self.read_only = Check("Read-only, enforced by the database")
        self.options = TextField("Options", "sslmode=verify-full sslrootcert=/path/ca.pem", mono=True)
        self.ssh = TextField("SSH tunnel", "USER@HOST:PORT or an alias of ~/.ssh/config", mono=True)
        self.zone = TextField("Display zone", "Europe/Berlin (hover and inspector only)")
        self._class_hint = ElidedLabel("", "dim", ratio=0.92)
        self._answers = MessagePlace()
        self._area = QScrollArea()
        # An answer is scrolled to once it has its place.
        self._shown = QTimer(self)
        self._shown.setSingleShot(True)
        self._shown.timeout.connect(self._reveal)
        self._asking: QWidget | None = None
        self._lay_out()
        self._fill()
        self.kind.currentTextChanged.connect(self._class_chosen)

    def title(self) -> str:
        """The connection's name."""
        return self._previous or "New connection"

    def connection(self) -> str:
        """The form belongs to no connection: it must not open it."""
        return ""

    def dirty(self) -> bool:
        """Whether something was typed that is not saved."""
        return self._wanted() != self._profile or bool(self.secret.text())

    def show_problem(self, problem: Problem) -> None:
        """Show a problem under the buttons."""
        self._answer(InlineProblem(problem))
        if problem.code == "ssh.question":
            ask = SshAsk(problem)
            ask.answered.connect(self._answer_ssh)
            self._answers.addWidget(ask)
            self._asking = ask

    def _answer_ssh(self, question: str, answer: str) -> None:
        self._context.flow(self, self._answered_ssh(question, answer))

    async def _answered_ssh(self, question: str, answer: str) -> None:
        wanted = self._wanted()
        await self._context.api.call(UNLOCK, UnlockRequest(wanted.name, answer, question=question))
        await self._test()

    def _lay_out(self) -> None:
        # A window lower than the form, as with a large font, scrolls it rather than grow off the screen.
        inner = Surface("bg1")
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        slim_bars(self._area)
        self._area.verticalScrollBar().rangeChanged.connect(self._grown)
        self._area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)
        whole = QHBoxLayout(inner)
        whole.setContentsMargins(32, 24, 32, 24)
        body = QWidget()
        body.setMaximumWidth(theme().scaled(_WIDEST))
        whole.addWidget(body, 1)
        whole.addStretch(0)
        page = QVBoxLayout(body)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(theme().scaled(10))
        page.addWidget(ElidedLabel(self.title(), ratio=1.4, weight=600))
        form = QFormLayout()
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        form.setHorizontalSpacing(theme().scaled(20))
        form.setVerticalSpacing(theme().scaled(8))
        fields: tuple[tuple[str, QWidget], ...] = (
            ("&Name", self.name),
            ("&URL", self.url),
            ("&Password", self.secret),
            ("&Class", self.kind),
            ("", self._class_hint),
            ("", self.read_only),
            ("SSH &tunnel", self.ssh),
            ("&Options", self.options),
            ("Display &zone", self.zone),
        )
        for text, field in fields:
            label = QLabel(text)
            label.setBuddy(field)
            form.addRow(label, field)
        page.addLayout(form)
        page.addLayout(self._buttons())
        page.addLayout(self._answers)
        page.addStretch(1)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        save = PrimaryButton("Save and open")
        save.clicked.connect(self.save)
        test = Button("Test")
        test.clicked.connect(self.test)
        row.addWidget(save)
        row.addWidget(test)
        row.addStretch(1)
        if self._previous:
            forget = Button("Forget this connection")
            forget.clicked.connect(self.forget)
            row.addWidget(forget)
        return row

    def _fill(self) -> None:
        profile = self._profile
        self.name.setText(profile.name)
        self.url.setText(profile.url)
        self.kind.setCurrentText(profile.class_)
        self.read_only.setChecked(profile.read_only)
        options = {key: value for key, value in profile.options.items() if key != "ssh"}
        self.options.setText(" ".join(f"{key}={value}" for key, value in options.items()))
        self.ssh.setText(profile.options.get("ssh", ""))
        self.zone.setText(profile.zone)
        self._class_hint.setText(_HINTS[profile.class_])

    def _class_chosen(self, kind: str) -> None:
        self._class_hint.setText(_HINTS[kind])
        self.read_only.setChecked(kind != "local")

    def _wanted(self) -> Profile:
        options = dict(part.partition("=")[::2] for part in self.options.text().split())
        if self.ssh.text().strip():
            options["ssh"] = self.ssh.text().strip()
        return msgspec.structs.replace(
            self._profile,
            name=self.name.text().strip(),
            url=self.url.text().strip(),
            class_=self.kind.currentText(),
            read_only=self.read_only.isChecked(),
            options=options,
            zone=self.zone.text().strip(),
        )

    def test(self) -> None:
        """Try what is typed, without saving it."""
        self._context.flow(self, self._test())

    async def _test(self) -> None:
        self._answer(Message("Connecting…", tone="info", closable=False))
        request = TestRequest(profile=self._wanted(), secret=self.secret.text() or None)
        answer = await self._context.api.call(TEST, request)
        self._answer(Message(_summary(answer), _facts(answer), tone="ok"))

    def save(self) -> None:
        """Store it and open it."""
        self._context.flow(self, self._save())

    async def _save(self) -> None:
        wanted = self._wanted()
        request = SaveRequest(wanted, self._previous, self.secret.text() or None)
        answer = await self._context.api.call(SAVE, request)
        if answer.secret_stored == "memory":
            self._context.notify.say("No keyring here: the password is kept until Backlight closes.")
        self._profile, self._previous = answer.connection, answer.connection.name
        self._fill()
        self.secret.clear()
        self._opened(answer.connection.name)
        self._context.workbench.close(self)

    def forget(self) -> None:
        """Delete the saved connection (the database itself is not touched)."""
        self._context.flow(self, self._forget())

    async def _forget(self) -> None:
        await self._context.api.call(DELETE, ConnectionRequest(self._previous))
        self._context.notify.say(f"Forgot {self._previous}.")
        self._context.workbench.close(self)

    def answered(self) -> str:
        """The title of the message under the buttons, "" before the first answer."""
        message = self._answers.message
        return message.title.text() if message is not None else ""

    def _answer(self, message: Message) -> None:
        if self._asking is not None:
            self._asking.hide()
            self._asking.deleteLater()
            self._asking = None
        self._answers.show_message(message)
        self._shown.start(0)

    def _grown(self, *_: object) -> None:
        self._shown.start(0)

    def _reveal(self) -> None:
        if self._answers.message is not None:
            self._area.ensureWidgetVisible(self._answers.message)


def _summary(answer: TestResponse) -> str:
    product = TITLES.get(answer.engine, answer.engine)
    # A file in the cache answers sooner than a tenth of a millisecond.
    latency = f"{answer.latency_ms:.1f}" if answer.latency_ms >= 0.1 else "less than 0.1"
    return f"{product} {answer.server_version} answered in {latency}\u2009ms"


def _facts(answer: TestResponse) -> str:
    facts = [f"connecting took {answer.connect_ms:.0f}\u2009ms"]
    if answer.database:
        facts.append(f"database {answer.database}")
    if answer.user:
        facts.append(f"user {answer.user}")
    if answer.tls is not None:
        facts.append("encrypted" if answer.tls else "not encrypted")
    facts.append("read-only" if answer.read_only else "writes allowed")
    return " · ".join(facts) + "".join(f"\n{note}" for note in answer.notes)
