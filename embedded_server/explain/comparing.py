"""Two plans side by side: operators matched by what they do to which table, the largest change first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from embedded_server.wire.explain import CompareLine, CompareResponse, Plan, PlanNode

from .words import count, milliseconds

# Times that differ by less than this are the same: every run differs by some.
_NOISE_MS, _NOISE_SHARE = 0.05, 0.10
_Pair = tuple[PlanNode | None, PlanNode | None]
_Key = Callable[[PlanNode], tuple[str, ...]]


def compare(before: Plan, after: Plan) -> CompareResponse:
    """Every operator of both, ranked by how much its own part changed."""
    unit, part = _measure(before, after)
    lines = [_line(one, other, part, unit) for one, other in _pairs(before, after)]
    lines.sort(key=lambda line: (-abs(line.delta), line.change == "same", line.before_node))
    return CompareResponse(
        lines=lines, before=before, after=after, unit=unit, text=_sentence(before, after, lines, unit)
    )


def _measure(before: Plan, after: Plan) -> tuple[str, Callable[[PlanNode], float | None]]:
    """What both plans tell of each operator."""
    if all(any(node.self_ms is not None for node in plan.nodes) for plan in (before, after)):
        return "ms", _own_ms
    if all(any(node.self_cost is not None for node in plan.nodes) for plan in (before, after)):
        return "cost", _own_cost
    return "rows", _rows_read


def _own_ms(node: PlanNode) -> float | None:
    return node.self_ms


def _own_cost(node: PlanNode) -> float | None:
    return node.self_cost


def _rows_read(node: PlanNode) -> float | None:
    read = node.facts.get("Rows Read")
    if isinstance(read, int | float):
        return float(read) * node.loops
    return node.rows


# --- matching ---------------------------------------------------------------------------------------


def _exact(node: PlanNode) -> tuple[str, ...]:
    return node.operator, node.relation, node.alias, node.index


def _same_place(node: PlanNode) -> tuple[str, ...]:
    return node.operator, node.relation, node.alias


def _same_table(node: PlanNode) -> tuple[str, ...]:
    return ("table", node.relation, node.alias) if node.relation else ("operator", node.operator)


def _same_kind(node: PlanNode) -> tuple[str, ...]:
    return ("kind", node.kind) if not node.relation else ("table", node.relation)


def _pairs(before: Plan, after: Plan) -> Iterator[_Pair]:
    left, right = list(before.nodes), list(after.nodes)
    for key in (_exact, _same_place, _same_table, _same_kind):
        yield from _matched(left, right, key)
    for node in left:
        yield node, None
    for node in right:
        yield None, node


def _matched(left: list[PlanNode], right: list[PlanNode], key: _Key) -> list[_Pair]:
    """Take out of both what is equal by a key, in reading order."""
    waiting: dict[tuple[str, ...], list[PlanNode]] = {}
    for node in right:
        waiting.setdefault(key(node), []).append(node)
    found: list[_Pair] = []
    for node in list(left):
        fitting = waiting.get(key(node))
        if fitting:
            other = fitting.pop(0)
            found.append((node, other))
            left.remove(node)
            right.remove(other)
    return found


# --- words ------------------------------------------------------------------------------------------


def _line(
    one: PlanNode | None, other: PlanNode | None, part: Callable[[PlanNode], float | None], unit: str
) -> CompareLine:
    was = part(one) if one is not None else None
    now = part(other) if other is not None else None
    delta = (now or 0.0) - (was or 0.0)
    return CompareLine(
        text=_text(one, other),
        change=_change(one, other, was, now, unit),
        before_node=one.id if one is not None else -1,
        after_node=other.id if other is not None else -1,
        before=was,
        after=now,
        delta=round(delta, 4),
        before_rows=_rows(one),
        after_rows=_rows(other),
    )


def _rows(node: PlanNode | None) -> float | None:
    """What it gave, else what was expected of it."""
    if node is None:
        return None
    return node.rows if node.rows is not None else node.estimated


def _text(one: PlanNode | None, other: PlanNode | None) -> str:
    was, now = (_name(node) if node is not None else "" for node in (one, other))
    return f"{was} → {now}" if was and now and was != now else was or now


def _name(node: PlanNode) -> str:
    name = f"{node.operator} {node.relation}".strip()
    return f"{name} by {node.index}" if node.index else name


def _change(
    one: PlanNode | None, other: PlanNode | None, was: float | None, now: float | None, unit: str
) -> Literal["same", "changed", "added", "removed"]:
    if one is None:
        return "added"
    if other is None:
        return "removed"
    if _exact(one) != _exact(other):
        return "changed"
    difference = abs((was or 0.0) - (now or 0.0))
    largest = max(was or 0.0, now or 0.0)
    noise = max(_NOISE_MS if unit == "ms" else 0.0, largest * _NOISE_SHARE)
    return "same" if difference <= noise else "changed"


def _sentence(before: Plan, after: Plan, lines: list[CompareLine], unit: str) -> str:
    was, now = (plan.execution_ms if plan.measured else None for plan in (before, after))
    if was is not None and now is not None:
        whole = f"Measured {milliseconds(was)} → {milliseconds(now)}"
    elif before.cost is not None and after.cost is not None:
        whole = f"Planner's guess: cost {count(before.cost)} → {count(after.cost)}"
    else:
        whole = (
            "One of them was measured, the other is the planner's guess"
            if before.measured != after.measured
            else "The engine tells no cost of these plans"
        )
    changed = [line for line in lines if line.change != "same"]
    if not changed:
        return f"{whole}. Both plans do the same."
    return f"{whole}. Most of it: {changed[0].text}."
