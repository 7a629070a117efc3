"""The rows of a draft as tables that can be typed into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from embedded_server.wire.ddl import ColumnSpec
from embedded_server.wire.schema import TypeName, Ways

from .draft import KINDS, ColumnRow, Draft, PartRow
from .wrong import Cells

AnyIndex = QModelIndex | QPersistentModelIndex
Display, Edit = Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole
STATE = Qt.ItemDataRole.UserRole + 1
CHECK = Qt.ItemDataRole.UserRole + 2
WRONG = Qt.ItemDataRole.UserRole + 3
_WORDS = {"new": "new", "gone": "will be dropped", "changed": "changed"}


class DraftModel(QAbstractTableModel):
    """`edited`: a cell was typed into, a row came or went."""

    edited = Signal()
    titles: tuple[str, ...] = ()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.draft = Draft(None, "")
        self._wrong: Cells = []
        self._why = ""

    def rows(self) -> list[Any]:
        """The draft's rows of this table."""
        raise AttributeError

    def text(self, row: int, column: int) -> str:
        """A cell's text."""
        raise AttributeError

    def put(self, row: int, column: int, text: str) -> None:
        """Type into a cell."""
        raise AttributeError

    def checked(self, row: int, column: int) -> bool | None:
        """Whether a cell that is a box is ticked; null for one that is none."""
        return None

    def show_draft(self, draft: Draft) -> None:
        """Another draft."""
        self.beginResetModel()
        self.draft = draft
        self.endResetModel()

    def mark(self, cells: Cells, why: str = "") -> None:
        """These cells are wrong, and why; none any more if there are none."""
        if cells or self._wrong:
            self._wrong, self._why = cells, why
            last = self.index(self.rowCount() - 1, self.columnCount() - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def wrong(self, row: int, column: int) -> str:
        """Why a cell is wrong, "" where it is not."""
        one = self.rows()[row]
        return self._why if any(one is bad and column == at for bad, at in self._wrong) else ""

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows())

    def columnCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Display) -> Any:
        horizontal = orientation == Qt.Orientation.Horizontal
        return self.titles[section] if horizontal and role == Display else None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        fixed = self.checked(index.row(), index.column()) is not None or self.rows()[index.row()].gone
        return super().flags(index) | (Qt.ItemFlag.NoItemFlags if fixed else Qt.ItemFlag.ItemIsEditable)

    def data(self, index: AnyIndex, role: int = Display) -> Any:
        row, column = index.row(), index.column()
        if role in (Display, Edit):
            return self.text(row, column) if self.checked(row, column) is None else ""
        if role == STATE:
            # In a table to be everything is new, which need not be said of each row.
            return self.rows()[row].state() if self.draft.base is not None else ""
        if role == CHECK:
            return self.checked(row, column)
        if role == WRONG:
            return self.wrong(row, column)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.wrong(row, column) or self.text(row, column)
        return self._spoken(row, column) if role == Qt.ItemDataRole.AccessibleTextRole else None

    def _spoken(self, row: int, column: int) -> str:
        box = self.checked(row, column)
        text = self.text(row, column) if box is None else "yes" if box else "no"
        state = _WORDS.get(self.rows()[row].state(), "")
        parts = (self.titles[column], text or "empty", state, self.wrong(row, column))
        return ", ".join(part for part in parts if part)

    def setData(self, index: AnyIndex, value: Any, role: int = Edit) -> bool:
        row, column = index.row(), index.column()
        if role != Edit or self.rows()[row].gone or str(value) == self.text(row, column):
            return False
        self.put(row, column, str(value))
        self._told(row)
        return True

    def toggle(self, index: AnyIndex) -> None:
        """Tick or untick a box."""
        box = self.checked(index.row(), index.column())
        if box is not None and not self.rows()[index.row()].gone:
            self.put(index.row(), index.column(), "" if box else "yes")
            self._told(index.row())

    def append(self, made: Any) -> int:
        """A row at the end; its number."""
        place = len(self.rows())
        self.beginInsertRows(QModelIndex(), place, place)
        self.rows().append(made)
        self.endInsertRows()
        self.edited.emit()
        return place

    def remove(self, row: int) -> None:
        """Drop a row that is there (again: keep it after all), forget one that is new."""
        one = self.rows()[row]
        if one.was is None:
            self.beginRemoveRows(QModelIndex(), row, row)
            del self.rows()[row]
            self.endRemoveRows()
        else:
            one.gone = not one.gone
            self._told(row, quiet=True)
        self.edited.emit()

    def _told(self, row: int, *, quiet: bool = False) -> None:
        self.dataChanged.emit(self.index(row, 0), self.index(row, self.columnCount() - 1))
        if not quiet:
            self.edited.emit()


class ColumnsModel(DraftModel):
    """Columns: name, type, whether NULL may stand there, default, numbering, comment."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.ways = Ways()
        self.types: dict[str, TypeName] = {}
        self.titles = ("Name", "Type", "Null", "Default", "Auto")

    def know(self, types: list[TypeName], ways: Ways) -> None:
        """What the database has."""
        self.beginResetModel()
        self.types = {one.name: one for one in types}
        self.ways = ways
        self.titles = ("Name", "Type", "Null", "Default", "Auto") + (("Comment",) if ways.comments else ())
        self.endResetModel()

    def rows(self) -> list[ColumnRow]:
        return self.draft.columns

    def text(self, row: int, column: int) -> str:
        spec = self.rows()[row].spec
        generated = f"= {spec.computed}" if spec.computed else spec.default
        return (spec.name, spec.type, "", generated, "", spec.comment)[column]

    def checked(self, row: int, column: int) -> bool | None:
        spec = self.rows()[row].spec
        return spec.nullable if column == 2 else spec.identity if column == 4 else None

    def put(self, row: int, column: int, text: str) -> None:
        one = self.rows()[row]
        value = text.strip() if column != 5 else text
        changes: tuple[dict[str, Any], ...] = (
            {"name": value},
            {"type": value, "named": self.types[value].named if value in self.types else ""},
            {"nullable": bool(text)},
            _default(value),
            {"identity": bool(text)},
            {"comment": value},
        )
        one.spec = msgspec.structs.replace(one.spec, **changes[column])

    def add(self) -> int:
        """A new column."""
        return self.append(ColumnRow(ColumnSpec("")))


def _default(text: str) -> dict[str, Any]:
    """A leading "=" makes a generated column."""
    if text.startswith("="):
        return {"default": "", "computed": text[1:].strip()}
    return {"default": text, "computed": ""}


class PartsModel(DraftModel):
    """Keys, constraints and indexes."""

    titles = ("Kind", "Name", "Columns or condition", "Refers to, or where")

    def rows(self) -> list[PartRow]:
        return self.draft.parts

    def text(self, row: int, column: int) -> str:
        return self.rows()[row].now()[column]

    def put(self, row: int, column: int, text: str) -> None:
        one, value = self.rows()[row], text.strip()
        if column == 0:
            one.kind = value if value in KINDS else one.kind
        else:
            setattr(one, ("name", "columns", "rest")[column - 1], value)

    def add(self, kind: str) -> int:
        """A new one of a kind."""
        return self.append(PartRow(kind))


Suggest = Callable[[AnyIndex], list[str]]
