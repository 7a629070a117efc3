"""The staged edits below the rows: each with its exact SQL; of a conflict mine, theirs and what was."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.context import Context
from desktop.kit.flow import Flow
from desktop.kit.sql_view import SqlView
from desktop.kit.theme import theme
from desktop.kit.widgets import (
    Button,
    ElidedLabel,
    IconButton,
    ListView,
    Paragraph,
    Role,
    RowDelegate,
    Splitter,
    Surface,
    slim_bars,
)
from embedded_server.wire.edits import APPLY, ApplyResponse, Conflict, Statement
from embedded_server.wire.problem import Problem
from embedded_server.wire.values import Cell, from_json

from .applying import Applying
from .change_words import (
    against_word,
    already_stored,
    cell_words,
    conflict_words,
    objection,
    row_name,
    row_words,
)
from .edit_journal import Edits
from .facts import Fact, FactTable
from .staged import Staged, StagedRow

AnyIndex = QModelIndex | QPersistentModelIndex
# How long edits rest before their SQL is asked for.
_SETTLE_MILLISECONDS = 80
_BADGES = {"update": "accent", "insert": "ok", "delete": "error"}
_WORDS = {"update": "changed", "insert": "new", "delete": "deleted"}


class ChangeModel(QAbstractListModel):
    """Staged rows: what they are, which, what changes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.staged: Staged | None = None
        self.rows: list[StagedRow] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row, staged = self.rows[index.row()], self.staged
        if staged is None:
            return None
        against = objection(staged, row)
        name = row_name(row, staged.key_columns)
        found = {
            Qt.ItemDataRole.DisplayRole: name,
            Role.NOTE: row_words(row) if row.kind != "delete" else "",
            Role.DETAIL: against_word(staged, row) if against else _WORDS[row.kind],
            Role.BADGE: "error" if against else _BADGES[row.kind],
            Role.ICON: "warning" if against else None,
        }
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return ": ".join(filter(None, (name, row_words(row), against)))
        return found.get(role)  # type: ignore[call-overload]

    def show_staged(self, staged: Staged) -> None:
        """List these."""
        self.beginResetModel()
        self.staged, self.rows = staged, staged.ordered()
        self.endResetModel()


class ChangePanel(Surface):
    """`closed`: put away. `go_to(StagedRow)`: show this row in the grid."""

    closed = Signal()
    go_to = Signal(object)

    def __init__(self, context: Context, edits: Edits, applying: Applying) -> None:
        super().__init__("bg1", "top")
        self._context, self._edits, self._applying = context, edits, applying
        self._flow: Flow | None = None
        self._copying: Flow | None = None
        self.statement: Statement | None = None
        self.model = ChangeModel(self)
        self.list = ListView("Staged edits")
        self.list.setModel(self.model)
        self.list.setItemDelegate(RowDelegate(self.list))
        self.heading = ElidedLabel("", "dim", ratio=0.88, weight=600)
        self.sql = SqlView("SQL of the edit")
        self.params = Paragraph("", "dim", mono=True)
        self.against = Paragraph("", "error")
        self.differences = FactTable("Differences", ("column", "seen", "now", "yours"))
        self.mine, self.theirs = Button("Keep mine"), Button("Take theirs")
        self.copy_all = Button("Copy SQL")
        self.copy_all.setAccessibleName("Copy the SQL of all edits")
        self.close_button = IconButton("close", "Close the list of edits")
        self._lay_out()
        self._settle = QTimer(self, singleShot=True, interval=_SETTLE_MILLISECONDS)
        self._connect()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(12, 4, 6, 2)
        head.addWidget(self.heading, 1)
        head.addWidget(self.copy_all)
        head.addWidget(self.close_button)
        choice = QHBoxLayout()
        choice.addWidget(self.mine)
        choice.addWidget(self.theirs)
        choice.addStretch(1)
        self._choice = QWidget()
        self._choice.setLayout(choice)
        choice.setContentsMargins(0, 0, 0, 0)
        detail = Surface("bg1")
        column = QVBoxLayout(detail)
        column.setContentsMargins(12, 4, 12, 8)
        column.setSpacing(theme().scaled(6))
        for widget in (self.against, self.differences, self._choice, self.sql, self.params):
            column.addWidget(widget)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setAccessibleName("The edit in detail")
        slim_bars(scroll)
        scroll.setWidget(detail)
        sides = Splitter()
        sides.addWidget(self.list)
        sides.addWidget(scroll)
        sides.setSizes([360, 640])
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 1, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(head)
        rows.addWidget(sides, 1)

    def _connect(self) -> None:
        self._edits.changed.connect(self.show_edits)
        self._settle.timeout.connect(self._ask)
        self.list.selectionModel().currentChanged.connect(self._chosen)
        self.list.activated.connect(self._activated)
        self.mine.clicked.connect(self._keep_mine)
        self.theirs.clicked.connect(self._take_theirs)
        self.copy_all.clicked.connect(self._copy_all)
        self.close_button.clicked.connect(self.closed)
        self.show_edits()

    # --- the list ------------------------------------------------------------------------------------

    def show_edits(self) -> None:
        """List what is staged now; the chosen row stays chosen."""
        before = self.current()
        self.model.show_staged(self._edits.staged)
        ids = [row.id for row in self.model.rows]
        objected = [n for n, row in enumerate(self.model.rows) if objection(self._edits.staged, row)]
        at = ids.index(before.id) if before is not None and before.id in ids else 0
        self.heading.setText(_heading(self._edits.staged, len(objected)))
        if self.model.rows:
            self.list.setCurrentIndex(self.model.index(at))
        self._chosen()

    def show_objections(self) -> None:
        """Choose the first row that cannot be written."""
        for number, row in enumerate(self.model.rows):
            if objection(self._edits.staged, row):
                self.list.setCurrentIndex(self.model.index(number))
                return

    def current(self) -> StagedRow | None:
        """The chosen row."""
        number = self.list.currentIndex().row()
        return self.model.rows[number] if 0 <= number < len(self.model.rows) else None

    def _activated(self, index: QModelIndex) -> None:
        self.go_to.emit(self.model.rows[index.row()])

    def _chosen(self, *_: object) -> None:
        row = self.current()
        conflict = self._edits.staged.conflicts.get(row.id) if row is not None else None
        against = objection(self._edits.staged, row) if row is not None else ""
        self.against.setText(against)
        self.against.setVisible(bool(against))
        self._show_conflict(conflict, row)
        self._settle.start()

    # --- a conflict ----------------------------------------------------------------------------------

    def _show_conflict(self, conflict: Conflict | None, row: StagedRow | None) -> None:
        shown = conflict is not None and row is not None
        self._choice.setVisible(shown)
        self.differences.setVisible(shown and bool(conflict and conflict.differences))
        if conflict is None or row is None:
            return
        self.against.setText(conflict_words(conflict))
        self.differences.show_rows(
            [
                [
                    Fact(one.column),
                    _fact(one.base, "dim"),
                    _fact(one.theirs, "error"),
                    _fact(one.mine, "accent" if one.edited else "faint"),
                ]
                for one in conflict.differences
            ]
        )
        self.mine.setText(_mine_words(conflict, row))
        self.mine.setVisible(not (conflict.kind == "gone" and row.kind == "delete"))
        self.theirs.setText("Drop my edit" if conflict.kind != "changed" else "Take theirs")
        if already_stored(conflict):
            self.theirs.setText("They are stored: drop my edit")

    def _keep_mine(self) -> None:
        row = self.current()
        if row is not None:
            self._applying.keep_mine(row)

    def _take_theirs(self) -> None:
        row = self.current()
        if row is not None:
            self._applying.take_theirs(row)

    # --- the SQL -------------------------------------------------------------------------------------

    def _ask(self) -> None:
        if self._flow is not None:
            self._flow.cancel()
            self._flow = None
        row = self.current()
        self.statement = None
        if row is None or row.bad or not self.isVisible():
            self._show_statement(None)
            return
        self._flow = Flow(self, self._preview(row), self._no_preview)

    async def _preview(self, row: StagedRow) -> None:
        answer = await self._context.api.call(APPLY, self._applying.request([row]))
        self._show_statement(answer.statements[0] if answer.statements else None)
        if answer.refused or answer.conflicts:
            self._show_objection(answer)

    def _show_objection(self, answer: ApplyResponse) -> None:
        """What already speaks against a row before anything is tried."""
        text = [one.problem.title for one in answer.refused] + [
            conflict_words(one) for one in answer.conflicts
        ]
        if not self.against.text():
            self.against.setText("\n".join(text))
            self.against.setVisible(True)

    def _no_preview(self, problem: Problem) -> None:
        self._show_statement(None)
        self.params.setText(f"{problem.title} {problem.detail}")
        self.params.show()

    def _show_statement(self, statement: Statement | None) -> None:
        self.statement = statement
        self.sql.setVisible(statement is not None)
        params = []
        if statement is not None:
            self.sql.show_sql(statement.sql, self._applying.dialect())
            params = [
                f"{number} = {cell_words(from_json(cell))}" for number, cell in enumerate(statement.params, 1)
            ]
        self.params.setText("   ".join(params))
        self.params.setVisible(bool(params))

    def _copy_all(self) -> None:
        if self._copying is None or self._copying.done:
            self._copying = self._context.flow(self, self._copied())

    async def _copied(self) -> None:
        rows = [row for row in self._edits.staged.ordered() if not row.bad]
        answer = await self._context.api.call(APPLY, self._applying.request(rows))
        text = "".join(f"{statement.shown_sql};\n" for statement in answer.statements)
        QGuiApplication.clipboard().setText(text)
        self._context.notify.say("Copied the SQL of all edits." if text else "There is nothing to copy.")

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._settle.start()


def _heading(staged: Staged, objected: int) -> str:
    words = {"update": "changed", "insert": "new", "delete": "deleted"}
    parts = [f"{count:,} {words[kind]}" for kind, count in staged.counts().items()]
    parts += [f"{objected:,} cannot be written"] if objected else []
    return "STAGED EDITS · " + " · ".join(parts) if parts else "STAGED EDITS"


def _fact(value: object, token: str) -> Fact:
    cell: Cell = from_json(value)
    return Fact(cell_words(cell), "null" if cell is None else token, mono=True)


def _mine_words(conflict: Conflict, row: StagedRow) -> str:
    if conflict.kind == "gone":
        return "Write it as a new row"
    if conflict.kind == "columns":
        return f"Leave {', '.join(conflict.missing)} out"
    return "Delete it all the same" if row.kind == "delete" else "Keep mine"
