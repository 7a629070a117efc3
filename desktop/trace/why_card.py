"""The card "Why it is slow": the last plan, its finding, the index that was tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.kit.statements import Piece
from embedded_server.wire.trace import Step

from .card import Card
from .lines import Line, LineList
from .path_bar import last_steps
from .rich_text import RichText
from .words import ms_text

EMPTY = "Not explained yet: Ctrl+E on a statement."
# A share of the time from which a node's own time is worth a colour.
NOTABLE = 0.05


class WhyCard(Card):
    """Follows the steps of one trace."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Why it is slow", EMPTY, parent)
        self.plan = LineList("Plan", ruled=False, fits=True)
        self.finding = RichText("Finding")
        self.index = RichText("Index tried")
        self.body.addWidget(self.plan)
        self.body.addWidget(self.finding)
        self.body.addWidget(self.index)
        self.body.addStretch(1)
        self.show_steps([])

    def show_steps(self, steps: Sequence[Step]) -> None:
        """What was found out so far."""
        known = last_steps(steps)
        explained, index = known.get("Explained"), known.get("Index tried")
        facts = explained.facts if explained is not None else {}
        lines = plan_lines(facts.get("lines") or [])
        if explained is not None and not lines:
            lines = [Line((Piece(explained.text),))]
        self.show_empty(explained is None and index is None)
        self.plan.setVisible(bool(lines))
        self.plan.show_lines(lines)
        self.finding.show_parts(finding_parts(facts.get("finding") or {}))
        self.index.show_parts(index_parts(index))


def plan_lines(nodes: Sequence[dict[str, Any]]) -> list[Line]:
    """A plan's nodes as lines; what a node throws away stands below it."""
    found = []
    for node in nodes:
        depth, hot = int(node.get("depth", 0)), bool(node.get("hot"))
        indent = "  " * max(0, depth - 1) + ("└ " if depth else "")
        pieces = [Piece(indent, False, "dim"), Piece(str(node.get("text", "")), hot)]
        pieces += _cost(node, hot)
        found.append(Line(tuple(piece for piece in pieces if piece.text), hot=hot))
        if node.get("detail"):
            detail = "  " * (depth + 1) + str(node["detail"])
            found.append(Line((Piece(detail, False, "dim"),)))
    return found


def _cost(node: dict[str, Any], hot: bool) -> list[Piece]:
    if not isinstance(node.get("ms"), int | float):
        return []
    share = float(node.get("share") or 0.0)
    token = "error" if hot else "warn" if share >= NOTABLE else "dim"
    text = f" {ms_text(node['ms'])}" + (f" · {share * 100:.0f} %" if hot and share else "")
    return [Piece(text, False, token)]


def finding_parts(finding: dict[str, Any]) -> list[Piece]:
    """The finding's title in the accent, its advice behind it."""
    if not finding:
        return []
    title, text = str(finding.get("title", "")).rstrip("."), str(finding.get("text", ""))
    sure = str(finding.get("confidence", ""))
    parts = [Piece(f"{title}. ", True, "warn"), Piece(text)]
    if sure and sure not in ("certain", "high"):
        parts.append(Piece(f" ({sure})", False, "dim"))
    return parts


def index_parts(step: Step | None) -> list[Piece]:
    """What the index would bring: the planner's guess and what was measured are kept apart."""
    if step is None:
        return []
    facts = step.facts
    stage = str(facts.get("stage", ""))
    found: list[list[Piece]] = []
    if isinstance(facts.get("cost_before"), int | float) and isinstance(facts.get("cost_after"), int | float):
        cost = f"planner would use it · cost {facts['cost_before']:,.0f} → {facts['cost_after']:,.0f}"
        found.append([Piece(cost, False, "dim")])
    elif stage == "candidate":
        found.append([Piece("a candidate, not tried yet", False, "dim")])
    if isinstance(facts.get("before_ms"), int | float) and isinstance(facts.get("after_ms"), int | float):
        times = f"measured {ms_text(facts['before_ms'])} → {ms_text(facts['after_ms'])}"
        faster = facts["after_ms"] < facts["before_ms"]
        found.append([Piece(times, True, "ok" if faster else "warn")])
    if facts.get("write_cost"):
        found.append([Piece(str(facts["write_cost"]), False, "dim")])
    parts: list[Piece] = []
    if facts.get("ddl"):
        parts.append(Piece(f"{facts['ddl']}\n", False, "dim"))
    for at, group in enumerate(found):
        parts += ([Piece("  ·  ", False, "dim")] if at else []) + group
    return parts or [Piece(step.text, False, "dim")]
