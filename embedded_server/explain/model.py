"""The plan model while it is being built, and questions that rules ask of a finished plan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from embedded_server.wire.explain import NodeKind, Plan, PlanNode
from embedded_server.wire.problem import ProblemError, problem

# A plan of more nodes than this is read up to here: nobody looks at more, and a view must stay usable.
MOST_NODES = 5000
_WORDS = r"(?: (?:varying|precision|with(?:out)? time zone))?"
_CAST = re.compile(rf"::(?:\"[^\"]+\"|[a-z_][\w.]*){_WORDS}(?:\(\d+(?:,\d+)?\))?{_WORDS}(?:\[\])?")


@dataclass
class Draft:
    """A node under construction; what it means is said at `PlanNode`."""

    operator: str
    kind: NodeKind = "other"
    relation: str = ""
    schema: str = ""
    alias: str = ""
    index: str = ""
    detail: str = ""
    conditions: dict[str, str] = field(default_factory=dict)
    estimated: float | None = None
    rows: float | None = None
    removed: float | None = None
    loops: float = 1
    cost: float | None = None
    self_cost: float | None = None
    time_ms: float | None = None
    self_ms: float | None = None
    share: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)
    children: list[Draft] = field(default_factory=list)


def finished(roots: list[Draft]) -> list[PlanNode]:
    """The nodes in reading order with ids, parents and depths. No recursion: plans may be deep."""
    nodes: list[PlanNode] = []
    waiting = [(root, -1, 0) for root in reversed(roots)]
    while waiting and len(nodes) < MOST_NODES:
        draft, parent, depth = waiting.pop()
        number = len(nodes)
        values = {name: value for name, value in vars(draft).items() if name != "children"}
        nodes.append(PlanNode(id=number, parent=parent, depth=depth, **values))
        waiting += [(child, number, depth + 1) for child in reversed(draft.children)]
    return nodes


def walk(roots: list[Draft]) -> Iterator[Draft]:
    """Every node in reading order."""
    waiting = list(reversed(roots))
    while waiting:
        draft = waiting.pop()
        yield draft
        waiting += reversed(draft.children)


def children(plan: Plan, node: PlanNode) -> list[PlanNode]:
    """The nodes right below one."""
    return [other for other in plan.nodes[node.id + 1 :] if other.parent == node.id]


def parent(plan: Plan, node: PlanNode) -> PlanNode | None:
    """The node above."""
    return plan.nodes[node.parent] if node.parent >= 0 else None


def ancestors(plan: Plan, node: PlanNode) -> Iterator[PlanNode]:
    """The nodes above, the nearest first."""
    above = parent(plan, node)
    while above is not None:
        yield above
        above = parent(plan, above)


def subtree(plan: Plan, node: PlanNode) -> list[PlanNode]:
    """The node and everything below it: they stand together in reading order."""
    found = [node]
    for other in plan.nodes[node.id + 1 :]:
        if other.depth <= node.depth:
            break
        found.append(other)
    return found


def share_of(plan: Plan, node: PlanNode, *, below: bool = False) -> float:
    """The node's own share of the statement, or with everything below it."""
    return sum(one.share for one in subtree(plan, node)) if below else node.share


def plain(condition: str) -> str:
    """A condition as a person would write it: no casts of literals, no outer parentheses."""
    text = _CAST.sub("", condition)
    text = re.sub(r"\((\"?[\w.]+\"?)\)", r"\1", text)
    while text.startswith("(") and text.endswith(")") and _encloses(text):
        text = text[1:-1]
    return text


def _encloses(text: str) -> bool:
    """Whether the first parenthesis closes with the last one."""
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def unreadable(detail: str, hint: str = "") -> ProblemError:
    """The problem of a text that is no plan."""
    hint = (
        hint or "Paste the output of PostgreSQL's EXPLAIN (text or JSON), or of SQLite's EXPLAIN QUERY PLAN."
    )
    return problem("explain.unreadable", detail=detail, hint=hint)
