"""The tree of a catalogue as a flat list of visible lines, so that 30,000 tables cost nothing."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Qt

from desktop.kit.grid.formats import count_text
from embedded_server.wire.data import CatalogResponse, CatalogSchema, CatalogTable, Routine

ENTRY = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


class SchemaLine(msgspec.Struct, frozen=True):
    """A schema heading; `open` when its content follows."""

    schema: CatalogSchema
    open: bool
    shown: int


class TableLine(msgspec.Struct, frozen=True):
    """A table or view; `match` is the column that made the filter keep it."""

    schema: str
    table: CatalogTable
    match: str = ""


class GroupLine(msgspec.Struct, frozen=True):
    """A heading such as "Functions" inside a schema."""

    schema: str
    title: str
    count: int
    open: bool


class RoutineLine(msgspec.Struct, frozen=True):
    """A function, procedure or trigger."""

    schema: str
    routine: Routine


Line = SchemaLine | TableLine | GroupLine | RoutineLine


class _Known:
    """A table with what the filter looks at, in the form in which it does."""

    __slots__ = ("columns", "line", "name")

    def __init__(self, schema: str, table: CatalogTable) -> None:
        self.line = TableLine(schema, table)
        self.name = table.name.casefold()
        # Joined when the filter first wants them.
        self.columns: str | None = None

    def kept(self, wanted: str) -> TableLine | None:
        """The line, if the filter leaves it."""
        if wanted in self.name:
            return self.line
        table = self.line.table
        if self.columns is None:
            self.columns = "\n".join(table.columns).casefold()
        if wanted in self.columns:
            for column in table.columns:
                if wanted in column.casefold():
                    return TableLine(self.line.schema, table, column)
        return None


class TreeModel(QStringListModel):
    """Lines of one catalogue, filtered by a text over table and column names.

    Their texts are Qt's own: a view asks for the number of rows at each row that it lays out, and 30,000
    calls of Python for that are a window that stands still.
    """

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._catalog: CatalogResponse | None = None
        self._filter = ""
        self._toggled: dict[str, bool] = {}
        self._lines: list[Line] = []
        self._known: dict[str, list[_Known]] = {}
        self.hidden = 0
        self.flat = True

    def set_catalog(self, catalog: CatalogResponse | None) -> None:
        """Show another catalogue (or a fresh state of the same one)."""
        if catalog is None or self._catalog is None or catalog.connection != self._catalog.connection:
            self._toggled.clear()
        if catalog is not self._catalog:
            self._known.clear()
        self._catalog = catalog
        self._rebuild()

    def set_filter(self, text: str) -> None:
        """Keep what contains the text in its name or in a column's name."""
        self._filter = text.strip().casefold()
        self._rebuild()

    def line(self, row: int) -> Line:
        """The line at a row."""
        return self._lines[row]

    def toggle(self, row: int) -> str:
        """Open or close a heading; returns the schema to load if its content is not known yet."""
        line = self._lines[row]
        if isinstance(line, SchemaLine):
            self._toggled[line.schema.name] = not line.open
            self._rebuild()
            return line.schema.name if not line.schema.loaded else ""
        if isinstance(line, GroupLine):
            self._toggled[f"{line.schema}\0{line.title}"] = not line.open
            self._rebuild()
        return ""

    def is_open(self, row: int) -> bool | None:
        """Whether a heading is open; None for lines that cannot open."""
        line = self._lines[row]
        return line.open if isinstance(line, SchemaLine | GroupLine) else None

    def find_table(self, schema: str, table: str) -> int:
        """The row of a table, -1 if it is not shown."""
        for row, line in enumerate(self._lines):
            if (
                isinstance(line, TableLine)
                and line.table.name == table
                and (not schema or line.schema == schema)
            ):
                return row
        return -1

    # --- Qt ------------------------------------------------------------------------------------

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Lines are chosen, nothing else."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Text for screen readers and type-to-find; the delegate asks for the line itself."""
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == ENTRY:
            return line
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(line)
        if role == Qt.ItemDataRole.ToolTipRole:
            return _tip(line)
        return None

    def _rebuild(self) -> None:
        self._lines = []
        self.hidden = 0
        schemas = self._catalog.schemas if self._catalog is not None else []
        self.flat = len(schemas) == 1
        for schema in schemas:
            self._add_schema(schema)
        self.setStringList([_text(line) for line in self._lines])

    def _add_schema(self, schema: CatalogSchema) -> None:
        tables = self._tables(schema)
        routines = [r for r in schema.routines if not self._filter or self._filter in r.name.casefold()]
        self.hidden += len(schema.tables) + len(schema.routines) - len(tables) - len(routines)
        if self._filter and not (tables or routines):
            return
        opened = bool(self._filter) or self._toggled.get(schema.name, schema.default or self.flat)
        if not self.flat:
            self._lines.append(SchemaLine(schema, opened, len(tables)))
        if opened:
            self._lines += tables
            self._add_routines(schema.name, routines)

    def _add_routines(self, schema: str, routines: list[Routine]) -> None:
        groups = (
            ("Functions", [r for r in routines if r.kind != "trigger"]),
            ("Triggers", [r for r in routines if r.kind == "trigger"]),
        )
        for title, members in groups:
            if members:
                opened = bool(self._filter) or self._toggled.get(f"{schema}\0{title}", False)
                self._lines.append(GroupLine(schema, title, len(members), opened))
                if opened:
                    self._lines += [RoutineLine(schema, routine) for routine in members]

    def _tables(self, schema: CatalogSchema) -> list[TableLine]:
        if not self._filter:
            return [TableLine(schema.name, table) for table in schema.tables]
        if schema.name not in self._known:
            self._known[schema.name] = [_Known(schema.name, table) for table in schema.tables]
        known = self._known[schema.name]
        return [line for one in known if (line := one.kept(self._filter))]


def estimate_text(rows: int | None) -> str:
    """An estimate as it stands in the tree; nothing where the engine has none."""
    return "" if rows is None else count_text(rows, False)


def _text(line: Line) -> str:
    if isinstance(line, SchemaLine):
        return line.schema.name
    if isinstance(line, TableLine):
        return line.table.name
    if isinstance(line, GroupLine):
        return line.title
    return line.routine.name


def _tip(line: Line) -> str:
    if isinstance(line, TableLine):
        rows = f", {estimate_text(line.table.rows)} rows (estimate)" if line.table.rows is not None else ""
        comment = f"\n{line.table.comment}" if line.table.comment else ""
        return f"{line.table.name}\n{line.table.kind}{rows}{comment}"
    if isinstance(line, RoutineLine):
        return f"{line.routine.name}{line.routine.signature}\n{line.routine.kind}"
    return _text(line)
