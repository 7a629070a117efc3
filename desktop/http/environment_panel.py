"""The inspector of requests: the environment they are sent to, and its rules."""

from __future__ import annotations

from typing import Literal, cast

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.context import Context
from desktop.kit.theme import theme
from desktop.kit.widgets import (
    Button,
    Check,
    Choice,
    Heading,
    InlineProblem,
    Line,
    Paragraph,
    Surface,
    TextField,
    slim_bars,
)
from embedded_server.wire.http import (
    DELETE,
    ENVIRONMENTS,
    LIST,
    SAVE_ENVIRONMENT,
    DeleteRequest,
    Draft,
    Environment,
    EnvironmentsRequest,
    ListRequest,
    SaveEnvironmentRequest,
)
from embedded_server.wire.problem import Problem

from .rule_lines import HINT, rule_text, rules_of, variables_of, variables_text
from .text_box import TextBox
from .words import title_of

_CLASSES = ("by host", "local", "shared", "production")
_COOKIES = ("jar", "captured", "none")
_COOKIE_TEXTS = ("fresh", "captured", "none")
NEW = "New environment…"


class EnvironmentPanel(QWidget):
    """Edits one environment. `saved(name)` when it was kept, "" when it was removed."""

    saved = Signal(str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Environment")
        self._context = context
        self._known: list[Environment] = []
        self._drafts: list[Draft] = []
        self._edited = Environment()
        self.name = TextField("Environment name", "staging")
        self.address = TextField("Environment address", "http://…", mono=True)
        self.kind = Choice("Environment class", _CLASSES)
        self.cookies = Choice("Cookies", _COOKIE_TEXTS)
        self.copy = Check("Works on a copy of its database", wraps=True)
        self.insecure = Check("Accept any certificate", wraps=True)
        self.login = Choice("Login", ("none",))
        self.rules = TextBox("Token rules", HINT, field=True)
        self.variables = TextBox("Variables", "tenant = acme", field=True)
        self.secret_name = TextField("Secret name", "password")
        self.secret = TextField("Secret value", "in keyring")
        self.secret.setToolTip("Kept in the keyring of the system")
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.keep, self.remove = Button("Save"), Button("Remove")
        self.keep.setAccessibleName("Save environment")
        self.remove.setAccessibleName("Remove environment")
        self.about = Paragraph("", "dim")
        self._problem: InlineProblem | None = None
        self._lay_out()
        self.keep.clicked.connect(self._keep)
        self.remove.clicked.connect(self._remove)

    def show_environment(self, name: str, known: list[Environment]) -> None:
        """Edit the one of that name, "" a new one."""
        self._known = known
        self._edited = next((one for one in known if one.name == name), Environment())
        made = self._edited
        self.name.setText(made.name)
        self.address.setText(made.base_url)
        self.address.setCursorPosition(0)
        self.kind.setCurrentIndex(_CLASSES.index(made.class_) if made.class_ else 0)
        self.cookies.setCurrentIndex(_COOKIES.index(made.cookies))
        self.copy.setChecked(made.copy)
        self.insecure.setChecked(made.insecure)
        self.rules.setPlainText("\n".join(map(rule_text, made.rules)))
        self.variables.setPlainText(variables_text(made.variables))
        self.secret.clear()
        self.about.setText(f"Secrets kept: {', '.join(made.secrets)}" if made.secrets else "")
        self.remove.setEnabled(bool(made.name))
        self._context.flow(self, self._load_logins())

    def _lay_out(self) -> None:
        inner = Surface("bg1")
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        slim_bars(area)
        area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(area, 1)
        outer = QVBoxLayout(inner)
        outer.setContentsMargins(14, 10, 14, 10)
        outer.setSpacing(theme().scaled(8))
        outer.addWidget(Heading("Environment"))
        form = QFormLayout()
        form.setSpacing(theme().scaled(6))
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        rows: list[tuple[str, QWidget]] = [
            ("Name", self.name),
            ("Address", self.address),
            ("Class", self.kind),
            ("Cookies", self.cookies),
            ("Login", self.login),
            ("Secret", self.secret_name),
            ("Value", self.secret),
        ]
        for text, field in rows:
            form.addRow(Paragraph(text, "dim"), field)
        outer.addLayout(form)
        for check in (self.copy, self.insecure):
            outer.addWidget(check)
        for text, box in (("Token rules", self.rules), ("Variables", self.variables)):
            outer.addWidget(Heading(text))
            outer.addWidget(box, 1)
        outer.addWidget(self.about)
        self._problems = QVBoxLayout()
        outer.addLayout(self._problems)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme().scaled(6))
        buttons.addWidget(self.keep)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        # What is done with the form stays in sight however long it is.
        buttons.setContentsMargins(14, 8, 14, 10)
        whole.addWidget(Line())
        whole.addLayout(buttons)

    async def _load_logins(self) -> None:
        answer = await self._context.api.call(LIST, ListRequest(limit=200))
        self._drafts = [one for one in answer.requests if one.method == "POST"]
        self.login.clear()
        self.login.addItems(["none", *(title_of(one) for one in self._drafts)])
        if self._edited.login:
            known = [one.url for one in self._drafts]
            url = self._edited.login[-1].url
            if url not in known:
                self._drafts.append(self._edited.login[-1])
                self.login.addItem(title_of(self._edited.login[-1]))
            self.login.setCurrentIndex([one.url for one in self._drafts].index(url) + 1)

    def environment(self) -> Environment | Problem:
        """What is typed, or what is wrong with it."""
        rules, fault = rules_of(self.rules.toPlainText())
        if fault:
            return Problem("request.invalid", "A token rule is not understood", fault, HINT)
        kind = self.kind.currentText() if self.kind.currentIndex() else ""
        login = self.login.currentIndex() - 1
        return msgspec.structs.replace(
            self._edited,
            name=self.name.text().strip(),
            base_url=self.address.text().strip(),
            class_=cast(Literal["", "local", "shared", "production"], kind),
            cookies=_COOKIES[self.cookies.currentIndex()],
            copy=self.copy.isChecked(),
            insecure=self.insecure.isChecked(),
            login=[self._drafts[login]] if 0 <= login < len(self._drafts) else [],
            rules=rules,
            variables=variables_of(self.variables.toPlainText()),
        )

    def _keep(self) -> None:
        self._context.flow(self, self._save())

    async def _save(self) -> None:
        self._clear_problem()
        made = self.environment()
        if isinstance(made, Problem):
            self.show_problem(made)
            return
        name = self.secret_name.text().strip()
        secrets = {name: self.secret.text()} if name and self.secret.text() else {}
        request = SaveEnvironmentRequest(environment=made, secrets=secrets, previous=self._edited.name)
        answer = await self._context.api.call(SAVE_ENVIRONMENT, request)
        self.show_environment(made.name, answer.environments)
        self._context.notify.say(f"Saved the environment {made.name}")
        self.saved.emit(made.name)

    def _remove(self) -> None:
        self._context.flow(self, self._delete())

    async def _delete(self) -> None:
        await self._context.api.call(DELETE, DeleteRequest(environment=self._edited.name))
        answer = await self._context.api.call(ENVIRONMENTS, EnvironmentsRequest())
        self.show_environment("", answer.environments)
        self.saved.emit("")

    def show_problem(self, problem: Problem) -> None:
        """What is wrong with what was typed, above the buttons."""
        self._clear_problem()
        self._problem = InlineProblem(problem)
        self._problem.closed.connect(self._clear_problem)
        self._problems.addWidget(self._problem)

    def _clear_problem(self) -> None:
        if self._problem is not None:
            self._problem.hide()
            self._problem.deleteLater()
            self._problem = None
