"""Statements before and after by their fingerprint: `21 → 2  SELECT …`."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from desktop.kit.items import Item, ItemModel
from desktop.kit.statements import plain, short
from desktop.kit.widgets import ListView, Role
from embedded_server.wire.replays import StatementChange

from .fitting_list import fit
from .words import ms_text


class StatementList(ListView):
    """What changed stands first."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Statements before and after", parent)
        self._model = ItemModel(self)
        self.setModel(self._model)
        fit(self)

    def show_statements(self, found: Sequence[StatementChange], *, compared: bool) -> None:
        """Show these; `compared` false for a run alone."""
        shown = sorted(found, key=_weight)
        counts = [f"{one.before:,} → {one.after:,}" if compared else f"{one.after:,} ×" for one in shown]
        widest = max(map(len, counts), default=0)
        pairs = zip(shown, counts, strict=True)
        self._model.show_items(_item(one, count.rjust(widest), compared) for one, count in pairs)

    def texts(self) -> list[str]:
        """Every line."""
        return [item.text for item in self._model.top.below]


def _weight(one: StatementChange) -> tuple[bool, float]:
    return one.before == one.after, -max(one.before_ms, one.after_ms)


def _item(one: StatementChange, counts: str, compared: bool) -> Item:
    times = f"{ms_text(one.before_ms)} → {ms_text(one.after_ms)}" if compared else ms_text(one.after_ms)
    tip = "\n".join(part for part in (one.sql, one.caller, times) if part)
    # The mark stands before the text, which may be cut.
    text = "  ".join(part for part in (one.mark, plain(short(one.sql, ""))) if part)
    item = Item(f"{counts}   {text}", tip)
    item.set(Role.MONO, True)
    item.set(Role.DETAIL, times)
    changed = compared and one.before != one.after
    if changed:
        item.set(Role.BADGE, "ok" if one.after < one.before else "warn")
    item.set(Role.DIM, compared and not changed)
    item.set(Qt.ItemDataRole.AccessibleTextRole, f"{item.text} {times}")
    return item
