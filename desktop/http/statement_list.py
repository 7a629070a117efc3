"""Statements before and after by their fingerprint: `21 → 2  SELECT …`."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QWidget

from desktop.kit.widgets import ListView, Role
from embedded_server.wire.replays import StatementChange

from .fitting_list import fit
from .words import ms_text


class StatementList(ListView):
    """What changed stands first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Statements before and after", parent)
        self._model = QStandardItemModel(self)
        self.setModel(self._model)
        fit(self)

    def show_statements(self, found: Sequence[StatementChange], *, compared: bool) -> None:
        """Show these; `compared` false for a run alone."""
        self._model.clear()
        shown = sorted(found, key=_weight)
        counts = [f"{one.before:,} → {one.after:,}" if compared else f"{one.after:,} ×" for one in shown]
        widest = max(map(len, counts), default=0)
        for one, count in zip(shown, counts, strict=True):
            self._model.appendRow(_item(one, count.rjust(widest), compared))

    def texts(self) -> list[str]:
        """Every line."""
        return [self._model.item(row).text() for row in range(self._model.rowCount())]


def _weight(one: StatementChange) -> tuple[bool, float]:
    return one.before == one.after, -max(one.before_ms, one.after_ms)


def _item(one: StatementChange, counts: str, compared: bool) -> QStandardItem:
    item = QStandardItem(f"{counts}   {' '.join(one.sql.split())}")
    item.setEditable(False)
    item.setData(True, Role.MONO)
    times = f"{ms_text(one.before_ms)} → {ms_text(one.after_ms)}" if compared else ms_text(one.after_ms)
    item.setData(times, Role.DETAIL)
    item.setData(one.mark, Role.NOTE)
    changed = compared and one.before != one.after
    if changed:
        item.setData("ok" if one.after < one.before else "warn", Role.BADGE)
    item.setData(compared and not changed, Role.DIM)
    item.setToolTip("\n".join(part for part in (one.sql, one.caller, times) if part))
    item.setData(f"{item.text()} {times}", Qt.ItemDataRole.AccessibleTextRole)
    return item
