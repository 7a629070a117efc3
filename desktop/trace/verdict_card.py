"""The card "Before and after": the comparison that the last verdict holds, and what is worth doing next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.kit.pair_table import Pair, PairTable
from desktop.kit.statements import Piece
from desktop.kit.theme import theme
from desktop.kit.widgets import LinkButton
from embedded_server.wire.trace import Frame, Group, Trace

from .card import Card
from .path_bar import last_steps
from .rich_text import RichText

EMPTY = "Not replayed yet. Ctrl+Shift+R sends the request again and compares."
_TONES = {"ok": "ok", "warn": "warn", "error": "error"}


class VerdictCard(Card):
    """Follows the steps of one trace. `caller_wanted(Frame)`: where to look next."""

    caller_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Before and after", EMPTY, parent)
        self.table = PairTable("Before and after")
        self.verdict = RichText("Verdict")
        self.next = RichText("Next")
        self.caller = LinkButton("Show the caller")
        self._frame: Frame | None = None
        self.caller.clicked.connect(self._show_caller)
        self.body.addWidget(self.table)
        self.body.addWidget(self.verdict)
        self.body.addWidget(self.next)
        row = QHBoxLayout()
        row.setContentsMargins(theme().scaled(14) - 2, 0, 14, 0)
        row.addWidget(self.caller)
        row.addStretch(1)
        self.body.addLayout(row)
        self.body.addStretch(1)

    def show_trace(self, trace: Trace) -> None:
        """What was proven so far."""
        known = last_steps(trace.steps)
        verdict, migration = known.get("Verdict"), known.get("Migration")
        facts = verdict.facts if verdict is not None else {}
        self.about.setText(
            str(migration.facts.get("title") or migration.text) if migration is not None else ""
        )
        self.show_empty(verdict is None)
        self.table.show_pairs(pairs(facts.get("rows") or []))
        text = str(facts.get("text") or (verdict.text if verdict is not None else ""))
        tone = _TONES.get(str(facts.get("tone", "")), "text")
        self.verdict.show_parts([Piece(text, True, tone)] if text else [])
        self._show_next(trace)

    def _show_next(self, trace: Trace) -> None:
        group = worst_group(trace)
        self._frame = group.caller if group is not None else None
        self.next.show_parts(next_parts(group, trace.summary.statements))
        self.caller.setVisible(self._frame is not None)

    def _show_caller(self) -> None:
        if self._frame is not None:
            self.caller_wanted.emit(self._frame)


def pairs(rows: Sequence[dict[str, Any]]) -> list[Pair]:
    """A verdict's rows."""
    return [
        Pair(
            str(row.get("label", "")),
            str(row.get("before") or ""),
            str(row.get("after") or ""),
            _TONES.get(str(row.get("tone", "")), "text"),
        )
        for row in rows
    ]


def worst_group(trace: Trace) -> Group | None:
    """The repeated statements that cost most."""
    repeated = [group for group in trace.groups if group.mark]
    return max(repeated, key=_total, default=None)


def _total(group: Group) -> float:
    return group.total_ms


def next_parts(group: Group | None, statements: int) -> list[Piece]:
    """What to look at next: `20 of the 22 statements are one N+1 at app/orders.py:41.`"""
    if group is None:
        return []
    what = "one N+1" if group.mark == "N+1" else "the same statement with the same values"
    parts = [Piece(f"Next: {group.count:,} of the {statements:,} statements are {what}", False, "dim")]
    if group.caller is not None:
        parts.append(Piece(f" at {place_text(group.caller)}", False, "dim"))
    return [*parts, Piece(".", False, "dim")]


def place_text(frame: Frame) -> str:
    """`app/orders.py:41`: the file's last two names and the line."""
    return "/".join(frame.file.replace("\\", "/").split("/")[-2:]) + f":{frame.line}"
