"""What differs between two answers, as a tree: what counts first, then the noise with its reasons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QWidget

from desktop.kit.widgets import Role, TreeView
from embedded_server.wire.replays import Difference

_TOKENS = {"added": "ok", "removed": "error", "changed": "warn", "type": "warn", "order": "info"}


class DifferenceTree(TreeView):
    """One line a difference: its kind and place, what was and what is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Differences", parent)
        self._model = QStandardItemModel(self)
        self.setModel(self._model)

    def show_differences(self, found: Sequence[Difference]) -> None:
        """Show these."""
        self._model.clear()
        told = [one for one in found if not one.noise]
        noise = [one for one in found if one.noise]
        self._group("No difference" if not told else _many(len(told), "difference"), told, dim=not told)
        if noise:
            self._group(f"{_many(len(noise), 'place')} that count for nothing", noise, dim=True)
        self.expand(self._model.index(0, 0))

    def texts(self) -> list[str]:
        """Every line, the groups' too."""
        found: list[str] = []
        for row in range(self._model.rowCount()):
            group = self._model.item(row)
            found.append(group.text())
            found += [group.child(number).text() for number in range(group.rowCount())]
        return found

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C takes the place and both values."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(
                str(self.currentIndex().data(Qt.ItemDataRole.ToolTipRole) or "")
            )
            return
        super().keyPressEvent(event)

    def _group(self, title: str, found: Sequence[Difference], *, dim: bool) -> None:
        group = QStandardItem(title)
        group.setEditable(False)
        group.setData(dim, Role.DIM)
        for one in found:
            group.appendRow(_item(one))
        self._model.appendRow(group)


def _item(one: Difference) -> QStandardItem:
    place = one.path or ("status" if one.part == "status" else "whole body")
    part = "" if one.part == "status" else f"{one.part} "
    item = QStandardItem(f"{_KINDS[one.kind]}  {part}{place}")
    item.setEditable(False)
    values = _values(one)
    item.setData(values, Role.DETAIL)
    item.setData(one.noise, Role.NOTE)
    item.setData(bool(one.noise), Role.DIM)
    item.setData("faint" if one.noise else _TOKENS[one.kind], Role.BADGE)
    item.setToolTip(f"{one.path}\nbefore: {one.before or ''}\nafter: {one.after or ''}\n{one.noise}".strip())
    item.setData(f"{item.text()}: {values} {one.noise}".strip(), Qt.ItemDataRole.AccessibleTextRole)
    return item


_KINDS = {
    "added": "new",
    "removed": "gone",
    "changed": "changed",
    "type": "other type",
    "order": "other order",
}


def _values(one: Difference) -> str:
    if one.kind == "added":
        return _short(one.after)
    if one.kind == "removed":
        return _short(one.before)
    return f"{_short(one.before)} → {_short(one.after)}"


def _short(text: str | None) -> str:
    shown = " ".join((text or "").split())
    return shown if len(shown) <= 60 else shown[:57] + "…"


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
