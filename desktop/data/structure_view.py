"""The Structure and Relations parts of a table tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.kit.theme import theme
from desktop.kit.widgets.layout import Surface
from desktop.kit.widgets.messages import Message
from desktop.kit.widgets.scroll import slim_bars
from desktop.kit.widgets.text import ElidedLabel
from embedded_server.wire.data import Column, ForeignKey, Index, Reference, TableResponse
from embedded_server.wire.refs import TableRef

from .facts import Fact, FactTable

Follow = Callable[[TableRef], object]


class FactPage(QScrollArea):
    """Headed fact tables below each other."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        slim_bars(self)
        self._body = Surface("bg1")
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(16, 10, 16, 20)
        self._column.setSpacing(theme().scaled(4))
        self.setWidget(self._body)

    def clear(self) -> None:
        """Take everything away."""
        while (item := self._column.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.deleteLater()

    def warn(self, texts: Sequence[str]) -> None:
        """Say which parts the database could not tell."""
        for text in texts:
            self._column.addWidget(Message(text, tone="warn", closable=False))

    def section(self, title: str, titles: Sequence[str], rows: list[list[Fact]], empty: str = "") -> None:
        """A heading with its count, then the table (or one quiet line)."""
        self._column.addSpacing(theme().scaled(10))
        count = f"  {len(rows):,}" if rows else ""
        self._column.addWidget(ElidedLabel(f"{title.upper()}{count}", "dim", ratio=0.88, weight=600))
        if rows:
            table = FactTable(title, titles)
            table.show_rows(rows)
            self._column.addWidget(table)
        else:
            self._column.addWidget(ElidedLabel(empty or "none", "faint"))

    def end(self) -> None:
        """Push everything to the top."""
        self._column.addStretch(1)


class StructureView(FactPage):
    """Columns, indexes, checks, triggers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Structure", parent)

    def show_table(self, table: TableResponse, follow: Follow, connection: str) -> None:
        """Show a table's structure."""
        self.clear()
        self.warn(table.warnings)
        keys = sum(bool(column.key) for column in table.columns)
        rows = [_column_row(column, keys, follow, connection) for column in table.columns]
        self.section("Columns", ("Name", "Type", "Null", "Default", "Key", "Refers to", "Comment"), rows)
        self.section(
            "Indexes",
            ("Name", "Columns", "Kind", "Where", "Definition"),
            [_index_row(i) for i in table.indexes],
        )
        checks = [[Fact(check.name, mono=True), Fact(check.sql, mono=True)] for check in table.checks]
        self.section("Checks", ("Name", "Condition"), checks)
        triggers = [
            [Fact(trigger.name, mono=True), Fact(trigger.sql, mono=True)] for trigger in table.triggers
        ]
        self.section("Triggers", ("Name", "Source"), triggers)
        self.end()


class RelationsView(FactPage):
    """Where this table points, and who points here."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Relations", parent)

    def show_table(self, table: TableResponse, follow: Follow, connection: str) -> None:
        """Show a table's foreign keys in both directions."""
        self.clear()
        self.warn(table.warnings)
        out = [_foreign_row(key, follow, connection) for key in table.foreign_keys]
        self.section("Refers to", ("Columns", "Table", "Its columns", "On delete", "On update", "Name"), out)
        back = [_reference_row(reference, follow, connection) for reference in table.references]
        self.section("Referred to by", ("Table", "Its columns", "Columns here", "On delete", "Name"), back)
        self.end()


def _column_row(column: Column, keys: int, follow: Follow, connection: str) -> list[Fact]:
    target = column.references
    link = Fact("")
    if target is not None:
        ref = TableRef(connection, target.table, target.schema)
        link = Fact(f"{target.table}.{target.column}", mono=True, open=_Follow(follow, ref))
    null = "" if column.nullable is None else "yes" if column.nullable else "no"
    default = column.default or ""
    if column.generated:
        default = f"generated: {default}" if default else "generated"
    return [
        Fact(column.name, mono=True),
        Fact(column.type, "dim", mono=True),
        Fact(null, "dim"),
        Fact(default, mono=True),
        Fact("key" if keys == 1 and column.key else f"key {column.key}" if column.key else ""),
        link,
        Fact(column.comment, "dim"),
    ]


def _index_row(index: Index) -> list[Fact]:
    kind = "primary key" if index.primary else "unique" if index.unique else ""
    words = [word for word in (kind, index.method) if word]
    if not index.valid:
        words.append("not valid")
    return [
        Fact(index.name, mono=True),
        Fact(", ".join(index.columns), mono=True),
        Fact(" · ".join(words), "dim" if index.valid else "error"),
        Fact(index.where, mono=True),
        Fact(index.definition, "dim", mono=True),
    ]


def _foreign_row(key: ForeignKey, follow: Follow, connection: str) -> list[Fact]:
    ref = TableRef(connection, key.target, key.target_schema)
    return [
        Fact(", ".join(key.columns), mono=True),
        Fact(key.target, mono=True, open=_Follow(follow, ref)),
        Fact(", ".join(key.target_columns), mono=True),
        Fact(_action(key.on_delete), "dim"),
        Fact(_action(key.on_update), "dim"),
        Fact(key.name, "dim", mono=True),
    ]


def _action(rule: str) -> str:
    """What the database does of itself; without a rule it refuses the change."""
    return (rule or "no action").lower()


def _reference_row(reference: Reference, follow: Follow, connection: str) -> list[Fact]:
    ref = TableRef(connection, reference.table, reference.schema)
    return [
        Fact(reference.table, mono=True, open=_Follow(follow, ref)),
        Fact(", ".join(reference.columns), mono=True),
        Fact(", ".join(reference.target_columns), mono=True),
        Fact(_action(reference.on_delete), "dim"),
        Fact(reference.name, "dim", mono=True),
    ]


class _Follow:
    """A link to a table: a callable that keeps its target."""

    def __init__(self, follow: Follow, ref: TableRef) -> None:
        self._follow, self._ref = follow, ref

    def __call__(self) -> object:
        return self._follow(self._ref)
