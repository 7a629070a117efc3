"""Statements of a plan with what a rehearsal measured: times, rows, locks; the chosen one in full."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem, QVBoxLayout, QWidget

from desktop.kit.sql_view import SqlView
from desktop.kit.theme import theme
from desktop.kit.widgets import ListView, RowDelegate, elided
from embedded_server.wire.migration_runs import PlanStep, Statement

AnyIndex = QModelIndex | QPersistentModelIndex
_STRONG = ("keeps readers and writers out", "keeps writers out")


@dataclass(frozen=True)
class Line:
    """A row: a revision's heading, or one of its statements."""

    text: str
    detail: str = ""
    figures: str = ""
    token: str = "dim"
    sql: str = ""
    heading: bool = False


def milliseconds(value: float | None) -> str:
    """A time with its unit, "" where nothing was measured."""
    if value is None:
        return ""
    return f"{value / 1000:,.2f} s" if value >= 1000 else f"{value:,.1f} ms"


def lines_of(steps: list[PlanStep]) -> list[Line]:
    """Headings and statements; with a single step the heading is left out."""
    found: list[Line] = []
    for step in steps:
        if len(steps) > 1:
            title = step.title.rstrip(".") or step.revision
            found.append(Line(title, step.revision[:12], milliseconds(step.elapsed_ms), heading=True))
        found += [_line(one) for one in step.statements]
    return found


def _line(statement: Statement) -> Line:
    strong = [lock for lock in statement.locks if lock.text in _STRONG]
    parts = [f"{lock.mode} on {lock.table}: {lock.text}" for lock in strong or statement.locks[:1]]
    parts += [f"{name} is written anew" for name in statement.rewritten]
    if statement.autocommit:
        parts.append("outside of the transaction")
    if statement.changed:
        parts.append("rehearsed without CONCURRENTLY")
    if statement.error:
        parts = [statement.error.strip().splitlines()[0]]
    token = "error" if statement.error or statement.rewritten else "warn" if strong else "dim"
    rows = "" if statement.rows is None else f"{statement.rows:,} rows"
    figures = "  ".join(part for part in (rows, milliseconds(statement.elapsed_ms)) if part)
    return Line(" ".join(statement.sql.split()), " · ".join(parts), figures, token, statement.sql)


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (line.text, line.detail, line.figures) if part)
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.sql[:2000] or line.text
        return line if role == Qt.ItemDataRole.UserRole else None

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        heading = self.lines[index.row()].heading
        return Qt.ItemFlag.ItemIsEnabled if heading else super().flags(index)

    def replace(self, lines: list[Line]) -> None:
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()


class _Delegate(RowDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:
        line = index.data(Qt.ItemDataRole.UserRole)
        rows = 2 if isinstance(line, Line) and line.detail else 1
        return QSize(theme().scaled(100), rows * theme().metric("line") + theme().scaled(8))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        line = index.data(Qt.ItemDataRole.UserRole)
        assert isinstance(line, Line)
        painter.save()
        self.paint_background(painter, option)
        side = theme().scaled(12)
        area = option.rect.adjusted(side, theme().scaled(4), -side, -theme().scaled(4))
        first = QRect(area.left(), area.top(), area.width(), theme().metric("line"))
        figures = theme().mono_font(0.95)
        width = (
            QFontMetrics(figures).horizontalAdvance(line.figures) + theme().scaled(12) if line.figures else 0
        )
        painter.setFont(theme().ui_font(weight=600) if line.heading else theme().mono_font())
        painter.setPen(theme().color("text"))
        elided(painter, first.adjusted(0, 0, -width, 0), line.text)
        painter.setFont(figures)
        painter.setPen(theme().color("number"))
        elided(painter, first, line.figures, Qt.AlignmentFlag.AlignRight)
        painter.setFont(theme().ui_font(0.92))
        painter.setPen(theme().color(line.token))
        elided(painter, first.translated(0, first.height()), line.detail)
        painter.restore()


class StatementsView(QWidget):
    """A list, and below it the whole text of what is chosen."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._spoken = ""
        self.view = ListView(name)
        self.view.setModel(self._model)
        self.view.setUniformItemSizes(False)
        self.view.setItemDelegate(_Delegate(self.view))
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.text = SqlView(f"{name}: whole text")
        self.text.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.text)
        self.view.selectionModel().currentChanged.connect(self._chosen)
        self.setFocusProxy(self.view)

    def show_steps(self, steps: list[PlanStep], spoken: str) -> None:
        """Show the statements of a plan; the first one is chosen."""
        self._spoken = spoken
        self._model.replace(lines_of(steps))
        self.text.hide()
        first = next((row for row, line in enumerate(self._model.lines) if not line.heading), -1)
        if first >= 0:
            self.view.setCurrentIndex(self._model.index(first, 0))

    def lines(self) -> list[Line]:
        """What is shown."""
        return list(self._model.lines)

    def _chosen(self, index: QModelIndex, _: QModelIndex) -> None:
        line = self._model.lines[index.row()] if index.isValid() else None
        # A statement that its row shows whole is not shown once more below.
        more = line is not None and bool(line.sql) and not self._whole(line)
        self.text.setVisible(more)
        if line is not None and more:
            self.text.show_sql(line.sql, self._spoken)

    def _whole(self, line: Line) -> bool:
        metrics = QFontMetrics(theme().mono_font())
        taken = metrics.horizontalAdvance(f"{line.text}{line.figures}") + theme().scaled(48)
        return "\n" not in line.sql.strip() and taken < self.view.viewport().width()
