"""What differs between two answers, as a tree: what counts first, then the noise with its reasons."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop.kit.items import Item, ItemModel
from desktop.kit.widgets import Role, TreeView
from embedded_server.wire.replays import Difference

_TOKENS = {"added": "ok", "removed": "error", "changed": "warn", "type": "warn", "order": "info"}


class DifferenceTree(TreeView):
    """One line a difference: its kind and place, what was and what is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Differences", parent)
        self._model = ItemModel(self)
        self.setModel(self._model)

    def show_differences(self, found: Sequence[Difference]) -> None:
        """Show these."""
        told = [one for one in found if not one.noise]
        noise = [one for one in found if one.noise]
        groups = [_group("No difference" if not told else _many(len(told), "difference"), told, dim=not told)]
        if noise:
            groups.append(_group(f"{_many(len(noise), 'place')} that count for nothing", noise, dim=True))
        self._model.show_items(groups)
        self.expand(self._model.index(0, 0))

    def texts(self) -> list[str]:
        """Every line, the groups' too."""
        return [item.text for item in self._model.top.walk()]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+C takes the place and both values."""
        if event.matches(QKeySequence.StandardKey.Copy):
            QGuiApplication.clipboard().setText(
                str(self.currentIndex().data(Qt.ItemDataRole.ToolTipRole) or "")
            )
            return
        super().keyPressEvent(event)


def _group(title: str, found: Sequence[Difference], *, dim: bool) -> Item:
    group = Item(title)
    group.set(Role.DIM, dim)
    group.add(map(_item, found))
    return group


def _item(one: Difference) -> Item:
    place = one.path or ("status" if one.part == "status" else "whole body")
    part = "" if one.part == "status" else f"{one.part} "
    tip = f"{one.path}\nbefore: {one.before or ''}\nafter: {one.after or ''}\n{one.noise}".strip()
    item = Item(f"{_KINDS[one.kind]}  {part}{place}", tip)
    values = _values(one)
    item.set(Role.DETAIL, values)
    item.set(Role.NOTE, one.noise)
    item.set(Role.DIM, bool(one.noise))
    item.set(Role.BADGE, "faint" if one.noise else _TOKENS[one.kind])
    item.set(Qt.ItemDataRole.AccessibleTextRole, f"{item.text}: {values} {one.noise}".strip())
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
