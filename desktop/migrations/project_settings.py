"""How a project's own tools are run: interpreter, application, where the database's URL goes."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.flow import Cancelled, Flow
from desktop.kit.theme import theme
from desktop.kit.widgets import Button, Check, Choice, ElidedLabel, Heading, Surface, TextField
from embedded_server.wire.migrations import (
    INTERPRETERS,
    SETTINGS,
    Interpreter,
    InterpretersRequest,
    Project,
    SettingsRequest,
)

FOUND_OUT = "Automatic"
# Problems that these settings can mend.
MENDED = ("migrations.no_interpreter", "migrations.other_database", "migrations.import", "migrations.failed")


class ProjectSettings(Surface):
    """`saved` when the server has the settings."""

    saved = Signal()

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__("bg1", "bottom", parent)
        self._context = context
        self._project: Project | None = None
        self._found: list[Interpreter] = []
        self._flow: Flow | None = None
        self.interpreter = Choice("Interpreter", (FOUND_OUT,))
        self.about = ElidedLabel("", "dim", ratio=0.92)
        self.app = TextField("Flask application", "hello:create_app", mono=True)
        self.variable = TextField("Variable with the database's URL", "DATABASE_URL", mono=True)
        self.redirect = Check("Redirect to the connection", wraps=True)
        self.redirect.setToolTip(
            "Lead a connection that the project opens elsewhere to the chosen database of the same engine"
        )
        self.save = Button("Save")
        self.save.setAccessibleName("Save settings")
        self.close_it = Button("Close")
        self.save.clicked.connect(self._save)
        self.close_it.clicked.connect(self.hide)
        self.interpreter.currentIndexChanged.connect(self._about)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 10)
        column.setSpacing(theme().scaled(4))
        column.addWidget(Heading("Project settings"))
        for title, field in (
            ("Interpreter", self.interpreter),
            ("Flask application", self.app),
            ("Variable with the URL", self.variable),
        ):
            label = ElidedLabel(title, "dim", ratio=0.92)
            label.setBuddy(field)
            column.addWidget(label)
            column.addWidget(field)
            if field is self.interpreter:
                column.addWidget(self.about)
        column.addWidget(self.redirect)
        row = QHBoxLayout()
        row.addWidget(self.save)
        row.addWidget(self.close_it)
        row.addStretch(1)
        column.addLayout(row)

    def open_for(self, project: Project) -> None:
        """Show a project's settings and ask which interpreters there are."""
        self._project = project
        self.app.setText(project.settings.app)
        self.variable.setText(project.settings.url_variable)
        self.redirect.setChecked(project.settings.redirect)
        self.interpreter.clear()
        self.interpreter.addItem(FOUND_OUT)
        self.about.setText("Asking what is installed…")
        self.show()
        if self._flow is not None:
            self._flow.cancel()
        self._flow = self._context.flow(self, self._ask(project))

    async def _ask(self, project: Project) -> None:
        try:
            answer = await self._context.api.call(INTERPRETERS, InterpretersRequest(project.folder))
        except Cancelled:
            return
        self._found = answer.interpreters
        for number, one in enumerate(self._found, 1):
            self.interpreter.addItem(one.evidence)
            self.interpreter.setItemData(number, one.path, Qt.ItemDataRole.ToolTipRole)
        paths = [one.path for one in self._found]
        chosen = project.settings.interpreter
        self.interpreter.setCurrentIndex(paths.index(chosen) + 1 if chosen in paths else 0)
        self._about(self.interpreter.currentIndex())

    def _about(self, index: int) -> None:
        usable = [one for one in self._found if not one.problem]
        one = self._found[index - 1] if 0 < index <= len(self._found) else next(iter(usable), None)
        if one is None:
            self.about.setText("No interpreter here has Alembic." if self._found else "")
        elif one.problem:
            self.about.setText(f"{one.path}: {one.problem}")
        else:
            shown = ("python", "alembic", "sqlalchemy", "flask-migrate")
            parts = [f"{name} {one.versions[name]}" for name in shown if name in one.versions]
            self.about.setText(", ".join(parts))

    def _save(self) -> None:
        if self._project is not None:
            self._context.flow(self, self._store(self._project))

    async def _store(self, project: Project) -> None:
        index = self.interpreter.currentIndex()
        settings = msgspec.structs.replace(
            project.settings,
            interpreter=self._found[index - 1].path if 0 < index <= len(self._found) else "",
            app=self.app.text().strip(),
            url_variable=self.variable.text().strip(),
            redirect=self.redirect.isChecked(),
        )
        await self._context.api.call(SETTINGS, SettingsRequest(project.folder, settings))
        self.hide()
        self.saved.emit()
