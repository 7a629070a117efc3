"""The left pane of the Data page: filter box, tree, and what is said instead of it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.ask_ssh import SshAsk
from desktop.kit.theme import theme
from desktop.kit.widgets.fields import FilterBox
from desktop.kit.widgets.messages import EmptyState, InlineProblem, Offer
from desktop.kit.widgets.text import ElidedLabel
from embedded_server.wire.connections import UNLOCK, UnlockRequest
from embedded_server.wire.problem import Problem
from embedded_server.wire.refs import RoutineRef, TableRef

from .catalogs import Catalogs
from .password_ask import PasswordAsk
from .tree_model import Line, RoutineLine, TableLine, TreeModel
from .tree_view import TreeView


class TreePane(QWidget):
    """Shows the catalogue of the connection in use."""

    def __init__(self, context: Context, catalogs: Catalogs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._catalogs = catalogs
        self._connection = ""
        self._asked_columns = False
        self.model = TreeModel(self)
        self.filter = FilterBox("Filter tables and columns")
        self.view = TreeView(self.model)
        self._note = ElidedLabel("", "faint", ratio=0.9)
        self._states = QStackedWidget()
        self._none = EmptyState("No connection", "Tables of the connection in use stand here.", "database")
        self._loading = EmptyState("Reading names…")
        self._empty = EmptyState("No tables", "This database has no tables or views yet.", "table")
        self._problem = QWidget()
        QVBoxLayout(self._problem).setContentsMargins(8, 8, 8, 8)
        for widget in (self._none, self._loading, self._empty, self._problem, self.view):
            self._states.addWidget(widget)
        self.filter.setEnabled(False)
        self._lay_out()
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(0)
        self._typing.timeout.connect(self._apply_filter)
        self.filter.filtered.connect(self._typed)
        self.filter.left.connect(self._enter_list)
        self.view.opened.connect(self._open)
        self.view.unfolded.connect(self._unfold)
        catalogs.changed.connect(self._arrived)
        context.workbench.connection_changed.connect(self._follow)
        context.workbench.current_changed.connect(self._show_current)
        self._follow()

    def refresh(self) -> None:
        """Read the names again."""
        if self._connection:
            self._catalogs.refresh(self._connection)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        top = QVBoxLayout()
        top.setContentsMargins(8, 7, 8, 7)
        top.addWidget(self.filter)
        column.addLayout(top)
        column.addWidget(self._states, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 2, 10, 4)
        foot.addWidget(self._note)
        column.addLayout(foot)
        self.setMinimumWidth(QFontMetrics(theme().ui_font()).averageCharWidth() * 20)

    def _follow(self, *_: object) -> None:
        connection = self._context.workbench.connection()
        if connection != self._connection:
            self._connection = connection
            self._asked_columns = False
            self.filter.setEnabled(bool(connection))
            self._catalogs.ensure(connection)
            self._fill()

    def _arrived(self, connection: str) -> None:
        if connection == self._connection:
            self._fill()

    def _fill(self) -> None:
        catalog = self._catalogs.get(self._connection)
        problem = self._catalogs.problem(self._connection)
        line = self.view.current_line()
        self.model.set_catalog(catalog)
        self._restore_cursor(line)
        if problem is not None and catalog is None:
            self._show_problem(problem)
        elif not self._connection:
            self._states.setCurrentWidget(self._none)
        elif catalog is None:
            self._states.setCurrentWidget(self._loading)
        elif not any(schema.tables or not schema.loaded for schema in catalog.schemas):
            self._states.setCurrentWidget(self._empty)
        else:
            self._states.setCurrentWidget(self.view)
        self._say_hidden()
        self._show_current()

    def _restore_cursor(self, line: Line | None) -> None:
        if isinstance(line, TableLine):
            self.view.select_row(self.model.find_table(line.schema, line.table.name))

    def _show_problem(self, problem: Problem) -> None:
        layout = self._problem.layout()
        assert layout is not None
        while (item := layout.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()
        layout.addWidget(InlineProblem(problem, (Offer("Try again", self.refresh),), closable=False))
        if problem.code in ("secret.needed", "connection.auth"):
            ask = PasswordAsk(self._context, self._connection)
            ask.unlocked.connect(self.refresh)
            layout.addWidget(ask)
        elif problem.code == "ssh.question":
            question = SshAsk(problem)
            question.answered.connect(self._answer_ssh)
            layout.addWidget(question)
        layout.addWidget(QWidget())
        self._states.setCurrentWidget(self._problem)

    def _answer_ssh(self, question: str, answer: str) -> None:
        self._context.flow(self, self._answered(question, answer))

    async def _answered(self, question: str, answer: str) -> None:
        request = UnlockRequest(self._connection, answer, question=question)
        await self._context.api.call(UNLOCK, request)
        self.refresh()

    def _typed(self, _: str) -> None:
        self._typing.start()
        if self._connection and not self._asked_columns:
            # Column names come with the first use of the box, not with every connection.
            self._asked_columns = True
            self._catalogs.with_columns(self._connection)

    def _apply_filter(self) -> None:
        self.model.set_filter(self.filter.text())
        self._say_hidden()

    def _say_hidden(self) -> None:
        hidden = self.model.hidden
        self._note.setText(f"{hidden:,} hidden by the filter" if hidden else "")
        self._note.setVisible(bool(hidden))

    def _enter_list(self) -> None:
        self.view.setFocus()
        for row in range(self.model.rowCount()):
            if isinstance(self.model.line(row), TableLine):
                self.view.select_row(row)
                return

    def _open(self, line: Line, keep: bool) -> None:
        if isinstance(line, TableLine):
            ref = TableRef(self._connection, line.table.name, self._schema(line.schema))
            self._context.workbench.open(ref, keep=keep)
        elif isinstance(line, RoutineLine):
            routine = line.routine
            self._context.workbench.open(
                RoutineRef(self._connection, routine.name, line.schema, routine.kind, routine.table),
                keep=keep,
            )

    def _schema(self, name: str) -> str:
        """A schema as references name it: the default one is left out."""
        catalog = self._catalogs.get(self._connection)
        return "" if catalog is not None and catalog.default_schema == name else name

    def _unfold(self, schema: str) -> None:
        self._catalogs.load_schema(self._connection, schema)

    def _show_current(self, *_: object) -> None:
        tab = self._context.workbench.current()
        ref = getattr(tab, "ref", None)
        if isinstance(ref, TableRef) and ref.connection == self._connection:
            catalog = self._catalogs.get(self._connection)
            default = catalog.default_schema if catalog is not None else ""
            row = self.model.find_table(ref.schema or default, ref.table)
            if row != self.view.currentIndex().row():
                self.view.select_row(row)
