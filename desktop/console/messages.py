"""What happened to each statement, in words: rows affected, notices, errors, what was not run."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop.kit.widgets import ListView, Role
from embedded_server.wire.console import Result, RunResponse

AnyIndex = QModelIndex | QPersistentModelIndex
_WROTE = {"INSERT": "inserted", "UPDATE": "updated", "DELETE": "deleted", "REPLACE": "replaced"}


@dataclass(frozen=True)
class MessageLine:
    """One line; `result` is the statement it speaks of, -1 for none."""

    text: str
    detail: str = ""
    token: str = ""
    mono: bool = False
    result: int = -1


def time_text(milliseconds: float) -> str:
    """A duration for people."""
    if milliseconds < 10:
        return f"{milliseconds:.1f} ms"
    if milliseconds < 10_000:
        return f"{milliseconds:,.0f} ms"
    minutes, seconds = divmod(milliseconds / 1000, 60)
    return f"{int(minutes)} min {seconds:.0f} s" if minutes else f"{seconds:.1f} s"


def rows_text(count: int) -> str:
    """`1 row`, `1,234 rows`."""
    return "1 row" if count == 1 else f"{count:,} rows"


def outcome(result: Result) -> str:
    """What a statement did, without its time."""
    if result.error is not None:
        return "cancelled" if result.error.get("code") == "job.cancelled" else "failed"
    if result.skipped:
        return f"{result.skipped}: not run"
    if result.kind in _WROTE and result.affected is not None:
        return f"{rows_text(result.affected)} {_WROTE[result.kind]}"
    if result.rows is not None:
        return f"first {rows_text(len(result.rows))}" if result.more else rows_text(len(result.rows))
    if result.affected is not None and result.affected > 0:
        return f"{rows_text(result.affected)} affected"
    return "done"


def lines_of(answer: RunResponse, above: Result | None = None) -> list[MessageLine]:
    """The lines of a run: each statement, below it its notices and its error.

    What went wrong with `above` stands over the list already and is not told again.
    """
    lines: list[MessageLine] = []
    for number, result in enumerate(answer.statements):
        first = " ".join(result.sql.split())[:500]
        token = "error" if result.error is not None else "faint" if result.skipped else "ok"
        detail = outcome(result)
        if not result.skipped:
            detail += f" · {time_text(result.elapsed_ms)}"
        lines.append(MessageLine(first, detail, token, True, number))
        lines += [MessageLine(notice, "notice", "info", False, number) for notice in result.notices]
        if result is not above and result.error is not None and result.error.get("code") != "job.cancelled":
            lines += _error_lines(result, number)
    if answer.unlisted:
        lines.append(
            MessageLine(f"{answer.unlisted:,} more statements ran without rows or messages", "", "ok")
        )
    if answer.not_run:
        what = "1 statement was" if answer.not_run == 1 else f"{answer.not_run:,} statements were"
        lines.append(MessageLine(f"{what} not run", "", "faint"))
    return lines


def _error_lines(result: Result, number: int) -> list[MessageLine]:
    error = result.error or {}
    place = f"line {result.error_line}" if result.error_line else ""
    texts = [str(error.get("detail") or error.get("title", ""))]
    if error.get("hint"):
        texts.append(str(error["hint"]))
    lines = [line for text in texts for line in text.split("\n") if line.strip()]
    return [
        MessageLine(line, place if index == 0 else "", "error" if index == 0 else "", False, number)
        for index, line in enumerate(lines)
    ]


class _Model(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.lines: list[MessageLine] = []

    def rowCount(self, parent: AnyIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.lines)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        line = self.lines[index.row()]
        found = {
            Qt.ItemDataRole.DisplayRole: line.text,
            Qt.ItemDataRole.ToolTipRole: line.text,
            Role.DETAIL: line.detail,
            Role.BADGE: line.token,
            Role.MONO: line.mono,
            Role.DIM: line.token in ("faint", "info", ""),
        }
        return found.get(role)  # type: ignore[call-overload]

    def replace(self, lines: list[MessageLine]) -> None:
        self.beginResetModel()
        self.lines = lines
        self.endResetModel()


class MessagesView(ListView):
    """`chosen(result)`: a line was opened; the editor goes to its statement."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Messages", parent)
        self._lines = _Model(self)
        self.setModel(self._lines)
        self.doubleClicked.connect(self._open)

    def show_lines(self, lines: list[MessageLine]) -> None:
        """Show these."""
        self._lines.replace(lines)

    def lines(self) -> list[MessageLine]:
        """What is shown."""
        return self._lines.lines

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        result = self._lines.lines[index.row()].result
        if result >= 0:
            self.chosen.emit(result)
