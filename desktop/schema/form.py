"""The form of a table: its name, its columns, its keys and indexes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets import Button, ElidedLabel, Heading, TextField
from embedded_server.wire.problem import Problem
from embedded_server.wire.schema import TypesResponse

from .draft import ACTIONS, KINDS, Draft, PartRow
from .grids import DraftTable
from .models import AnyIndex, ColumnsModel, PartsModel
from .wrong import wrong_cells


class TableForm(QWidget):
    """`edited`: the draft is another one."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.draft = Draft(None, "")
        self._tables: list[str] = []
        self._loading = False
        self.name = TextField("Name of the table", "Name of the table", mono=True)
        self.comment = TextField("Comment on the table", "Comment")
        self.columns = ColumnsModel(self)
        self.parts = PartsModel(self)
        self.column_table = DraftTable("Columns", self.columns, self._suggest_column)
        self.part_table = DraftTable("Keys and indexes", self.parts, self._suggest_part)
        self.add_column_button = Button("Add column", icon="plus")
        self.add_part_button = Button("Add key or index", icon="plus")
        self._lay_out()
        self.name.textEdited.connect(self._named)
        self.comment.textEdited.connect(self._named)
        self.name.returnPressed.connect(self._into_columns)
        self.columns.edited.connect(self.edited)
        self.parts.edited.connect(self.edited)
        self.column_table.left.connect(self._leave_columns)
        self.part_table.left.connect(self._leave_parts)
        self.add_column_button.clicked.connect(self.add_column)
        self.add_part_button.clicked.connect(self._add_part_clicked)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(theme().scaled(6))
        top = QHBoxLayout()
        top.setSpacing(theme().scaled(8))
        top.addWidget(ElidedLabel("Table", "dim"))
        top.addWidget(self.name, 2)
        top.addWidget(self.comment, 3)
        column.addLayout(top)
        column.addLayout(_head("Columns", self.add_column_button))
        column.addWidget(self.column_table, 3)
        column.addLayout(_head("Keys, constraints, indexes", self.add_part_button))
        column.addWidget(self.part_table, 2)

    # --- what is shown -------------------------------------------------------------------------------

    def show_draft(self, draft: Draft) -> None:
        """Another draft."""
        self.draft = draft
        self.name.setText(draft.name)
        self.comment.setText(draft.comment)
        self.columns.show_draft(draft)
        self.parts.show_draft(draft)

    def know(self, known: TypesResponse) -> None:
        """What the database has: types, and what it can do."""
        self.columns.know(known.types, known.ways)
        self.comment.setVisible(known.ways.comments)

    def know_tables(self, tables: list[str]) -> None:
        """Tables that a foreign key can lead to, each with its key: `name (id)`."""
        self._tables = tables

    def mark(self, problem: Problem | None) -> None:
        """Mark what a refusal speaks of, nothing without one."""
        cells = wrong_cells(problem, self.draft) if problem is not None else []
        why = problem.title if problem is not None else ""
        for model in (self.columns, self.parts):
            model.mark([cell for cell in cells if any(cell[0] is row for row in model.rows())], why)

    # --- changing ------------------------------------------------------------------------------------

    def add_column(self) -> None:
        """A new column; type its name at once."""
        self.column_table.go(self.columns.add(), 0, edit=True)

    def add_part(self, kind: str) -> None:
        """A new key, constraint or index; type its columns at once."""
        self.part_table.go(self.parts.add(kind), 2, edit=True)

    def add_row(self) -> None:
        """One more of what the cursor is in."""
        if self.part_table.hasFocus() or self.part_table.isAncestorOf(self.focusWidget() or self):
            self._add_part_clicked()
        else:
            self.add_column()

    def remove_row(self) -> None:
        """Drop what the cursor is on; what is to be dropped stays after all."""
        table, model = (
            (self.part_table, self.parts) if self.part_table.hasFocus() else (self.column_table, self.columns)
        )
        row = table.current_row()
        if row >= 0:
            model.remove(row)
            table.go(min(row, model.rowCount() - 1))

    def on_a_row(self) -> bool:
        """Whether the cursor is on something that can be dropped."""
        return any(
            table.hasFocus() and table.current_row() >= 0 for table in (self.column_table, self.part_table)
        )

    def start(self, part: str) -> None:
        """Where the keyboard goes first."""
        if part == "index":
            self.add_part("index")
        elif self.draft.base is None:
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.column_table.go(0)

    def _add_part_clicked(self) -> None:
        has_key = any(row.kind == "primary key" and not row.gone for row in self.draft.parts)
        self.add_part("index" if has_key else "primary key")

    def _named(self, _: str) -> None:
        self.draft.name = self.name.text().strip()
        self.draft.comment = self.comment.text()
        self.edited.emit()

    def _into_columns(self) -> None:
        if self.columns.rowCount():
            self.column_table.go(0)
        else:
            self.add_column()

    def _leave_columns(self, way: int) -> None:
        if way < 0:
            self.name.setFocus(Qt.FocusReason.BacktabFocusReason)
        elif self.parts.rowCount():
            self.part_table.go(0)

    def _leave_parts(self, way: int) -> None:
        if way < 0 and self.columns.rowCount():
            self.column_table.go(self.columns.rowCount() - 1)

    # --- suggestions ---------------------------------------------------------------------------------

    def _suggest_column(self, index: AnyIndex) -> list[str]:
        return [f"{one.name}" for one in self.columns.types.values()] if index.column() == 1 else []

    def _suggest_part(self, index: AnyIndex) -> list[str]:
        row: PartRow = self.parts.rows()[index.row()]
        if index.column() == 0:
            return list(KINDS)
        if index.column() == 2 and row.kind != "check":
            return [one.spec.name for one in self.draft.columns if not one.gone and one.spec.name]
        if index.column() == 3 and row.kind == "foreign key":
            actions = [f"{table} on delete {ACTIONS[0].lower()}" for table in self._tables]
            return [*self._tables, *actions]
        if index.column() == 3 and row.kind.endswith("index"):
            ways = self.columns.ways
            return [f"using {name}" for name in ways.methods] + (["where "] if ways.partial else [])
        return []


def _head(title: str, button: Button) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setContentsMargins(0, theme().scaled(6), 0, 0)
    row.addWidget(Heading(title))
    row.addStretch(1)
    row.addWidget(button)
    return row
