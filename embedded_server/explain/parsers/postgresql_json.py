"""PostgreSQL's EXPLAIN (FORMAT JSON): as a value, as text, as psql prints it, or from auto_explain's log.

Actual rows, removed rows and times come as averages per loop. Below a Gather the loops of all processes are
counted although they ran side by side. The time of a CTE or an InitPlan is charged to whoever read it first.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from embedded_server.explain.model import Draft, finished, unreadable, walk
from embedded_server.explain.words import describe
from embedded_server.wire.explain import NodeKind, Plan, PlanNode

FORMAT = "postgresql json"
ENGINE = "postgresql"

_DEEPEST = 400
_PLAIN = {
    "Node Type", "Relation Name", "Schema", "Alias", "Index Name", "Plans", "Plan Rows", "Total Cost",
    "Startup Cost", "Actual Rows", "Actual Loops", "Actual Total Time", "Actual Startup Time", "Plan Width",
    "Output",
}  # fmt: skip
_CONDITIONS = {
    "Filter": "filter",
    "Index Cond": "index",
    "Recheck Cond": "recheck",
    "Join Filter": "join filter",
    "Hash Cond": "join",
    "Merge Cond": "join",
    "Sort Key": "sort",
    "Group Key": "group",
    "One-Time Filter": "once",
    "TID Cond": "index",
    "Order By": "order",
}
_REMOVED = ("Rows Removed by Filter", "Rows Removed by Join Filter", "Rows Removed by Index Recheck")
_KINDS: tuple[tuple[str, NodeKind], ...] = (
    ("Index", "index"),
    ("Bitmap", "index"),
    ("Scan", "scan"),
    ("Sort", "sort"),
    ("Aggregate", "aggregate"),
    ("Group", "aggregate"),
    ("Nested Loop", "join"),
    ("Join", "join"),
    ("Limit", "limit"),
    ("ModifyTable", "write"),
)


def recognises(given: Any) -> bool:
    """A JSON value with a Plan in it."""
    if isinstance(given, str):
        text = given.lstrip()
        return '"Plan"' in given and ("{" in text[:400] or text.startswith("QUERY PLAN"))
    if isinstance(given, list):
        return bool(given) and recognises(given[0])
    return isinstance(given, dict) and isinstance(given.get("Plan"), dict)


def parse(given: Any) -> Plan:
    """The plan. Raises explain.unreadable."""
    text = given if isinstance(given, str) else msgspec.json.encode(given).decode()
    return plan_of(_document(given), text, FORMAT)


def plan_of(document: dict[str, Any], text: str, shape: str) -> Plan:
    """The plan of a document, whatever text it was read from. Raises explain.unreadable."""
    if not isinstance(document.get("Plan"), dict):
        raise unreadable("The JSON has no Plan.")
    root = _tree(document["Plan"])
    measured = root.rows is not None
    timed = root.time_ms is not None
    notes = _charge(root) if timed else []
    _share_cost(root)
    nodes = finished([root])
    execution = _number(document.get("Execution Time"))
    whole = _whole(root, execution, timed)
    nodes = [_shared(node, whole, timed) for node in nodes]
    if measured and not timed:
        notes.append("The statement ran without timing: shares are of the planner's cost.")
    settings = document.get("Settings")
    return Plan(
        engine=ENGINE,
        format=shape,
        nodes=nodes,
        measured=measured,
        execution_ms=execution if execution is not None else root.time_ms,
        planning_ms=_number(document.get("Planning Time")),
        cost=root.cost,
        rows=root.rows if measured else root.estimated,
        share_of="time" if timed else "cost",
        settings={str(k): str(v) for k, v in settings.items()} if isinstance(settings, dict) else {},
        notes=notes + _notes(document),
        text=text,
    )


# --- reading the document ---------------------------------------------------------------------------


def _document(given: Any) -> dict[str, Any]:
    value = given
    if isinstance(given, str):
        try:
            value = msgspec.json.decode(_json_of(given))
        except (msgspec.DecodeError, RecursionError) as error:
            raise unreadable(f"The JSON cannot be read: {error}") from error
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        raise unreadable("The JSON is not a plan.")
    return value


def _json_of(text: str) -> str:
    """The JSON in what psql printed around it: a heading, a rule, `+` at line ends, a row count."""
    opening = min((at for at in (text.find("["), text.find("{")) if at >= 0), default=0)
    closing = max(text.rfind("]"), text.rfind("}"))
    return re.sub(r"[ \t]*\+[ \t]*$", "", text[opening : closing + 1], flags=re.MULTILINE)


def _tree(plan: dict[str, Any]) -> Draft:
    """The plan's nodes, loops multiplied in; `processes` ran side by side below a Gather."""
    root = Draft("")
    waiting: list[tuple[dict[str, Any], Draft, float, int]] = [(plan, root, 1.0, 0)]
    while waiting:
        given, above, processes, depth = waiting.pop()
        if depth > _DEEPEST:
            raise unreadable(f"The plan is more than {_DEEPEST} levels deep.")
        draft = _node(given, processes)
        above.children.append(draft)
        inner = processes
        if draft.operator in ("Gather", "Gather Merge"):
            inner = (_number(given.get("Workers Launched")) or _number(given.get("Workers Planned")) or 0) + 1
        plans = given.get("Plans")
        for child in reversed(plans if isinstance(plans, list) else []):
            if isinstance(child, dict):
                waiting.append((child, draft, inner, depth + 1))
    return root.children[0]


def _node(given: dict[str, Any], processes: float) -> Draft:
    operator = str(given.get("Node Type") or "Unknown")
    loops = _number(given.get("Actual Loops"))
    draft = Draft(
        operator=_operator(operator, given),
        kind=next((kind for word, kind in _KINDS if word in operator), "other"),
        relation=str(given.get("Relation Name") or ""),
        schema=str(given.get("Schema") or ""),
        alias=str(given.get("Alias") or ""),
        index=str(given.get("Index Name") or ""),
        conditions=_conditions(given),
        estimated=_number(given.get("Plan Rows")),
        cost=_number(given.get("Total Cost")),
        facts={str(name): value for name, value in given.items() if _is_fact(name)},
    )
    if loops is not None:
        _measure(draft, given, loops, processes)
    draft.detail = describe(draft)
    return draft


def _measure(draft: Draft, given: dict[str, Any], loops: float, processes: float) -> None:
    draft.loops = loops
    times = max(loops, 1.0)
    draft.rows = (_number(given.get("Actual Rows")) or 0.0) * loops
    draft.estimated = None if draft.estimated is None else draft.estimated * (times if loops else 1)
    removed = [_number(given.get(name)) for name in _REMOVED if name in given]
    if removed:
        draft.removed = sum(number or 0.0 for number in removed) * loops
    total = _number(given.get("Actual Total Time"))
    if total is not None:
        # Loops of processes that ran side by side cost the user the time of one.
        draft.time_ms = total * (loops / processes if processes > 1 and loops >= processes else loops)


def _operator(name: str, given: dict[str, Any]) -> str:
    if name == "Aggregate":
        strategy = str(given.get("Strategy") or "")
        return {"Hashed": "HashAggregate", "Sorted": "GroupAggregate", "Mixed": "MixedAggregate"}.get(
            strategy, "Aggregate"
        )
    if name == "ModifyTable":
        return str(given.get("Operation") or name)
    join = str(given.get("Join Type") or "")
    if join and join != "Inner":
        return f"{name} {join}" if name == "Nested Loop" else name.replace("Join", f"{join} Join")
    return f"Parallel {name}" if given.get("Parallel Aware") is True and "Gather" not in name else name


def _conditions(given: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, role in _CONDITIONS.items():
        value = given.get(name)
        if isinstance(value, list):
            value = ", ".join(map(str, value))
        if value:
            found[role] = str(value)
    return found


def _is_fact(name: str) -> bool:
    return name not in _PLAIN and name not in _CONDITIONS


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _notes(document: dict[str, Any]) -> list[str]:
    found: list[str] = []
    triggers = document.get("Triggers")
    for trigger in triggers if isinstance(triggers, list) else []:
        if isinstance(trigger, dict):
            name = trigger.get("Constraint Name") or trigger.get("Trigger Name")
            found.append(f"Trigger {name}: {trigger.get('Time', 0)} ms in {trigger.get('Calls', 0)} calls")
    return found


# --- whose time is it -------------------------------------------------------------------------------


def _charge(root: Draft) -> list[str]:
    """Give each node its own time. Work of a CTE or InitPlan is taken off whoever read it first."""
    nodes = list(walk([root]))
    for node in nodes:
        below = sum(child.time_ms or 0.0 for child in node.children if not _is_init(child))
        node.self_ms = (node.time_ms or 0.0) - below
    for node in nodes:
        for child in [child for child in node.children if _is_init(child)]:
            reader = next((one for one in nodes if _reads(one, child)), node)
            reader.self_ms = (reader.self_ms or 0.0) - (child.time_ms or 0.0)
    for node in nodes:
        node.self_ms = max(0.0, round(node.self_ms or 0.0, 6))
    counts = [(one.facts.get("Workers Launched"), one.facts.get("Workers Planned")) for one in nodes]
    workers = [(_number(launched), _number(planned)) for launched, planned in counts]
    return [
        f"{launched:.0f} of {planned:.0f} workers were free: the times of this run are no quiet server's."
        for launched, planned in workers
        if launched is not None and planned is not None and launched < planned
    ]


def _is_init(node: Draft) -> bool:
    return node.facts.get("Parent Relationship") == "InitPlan"


def _reads(node: Draft, init: Draft) -> bool:
    name = str(init.facts.get("Subplan Name") or "")
    if name.startswith("CTE "):
        return node.facts.get("CTE Name") == name[4:]
    returned = re.search(r"\$\d+", name)
    words = (returned[0], f"({name})") if returned else (f"({name})",)
    conditions = " ".join(node.conditions.values())
    return any(re.search(rf"{re.escape(word)}(?!\d)", conditions) for word in words)


def _share_cost(root: Draft) -> None:
    """Give each node its own cost: what a Limit will not fetch is not paid, an inner side is paid per row."""
    waiting = [(root, root.cost or 0.0)]
    while waiting:
        node, whole = waiting.pop()
        outer = 1.0
        costs: list[float] = []
        for number, child in enumerate(node.children):
            per_row = number == 1 and node.operator.startswith("Nested Loop")
            costs.append((child.cost or 0.0) * (outer if per_row else 1.0))
            if number == 0:
                outer = max(1.0, _guessed(child))
        below = sum(costs)
        scale = whole / below if below > whole and below > 0 else 1.0
        node.self_cost = max(0.0, whole - below * scale)
        waiting += [(child, cost * scale) for child, cost in zip(node.children, costs, strict=True)]


def _guessed(node: Draft) -> float:
    estimated = node.estimated or 1.0
    return estimated / node.loops if node.rows is not None and node.loops else estimated


def _whole(root: Draft, execution: float | None, timed: bool) -> float:
    own = sum((node.self_ms if timed else node.self_cost) or 0.0 for node in walk([root]))
    return max(own, execution or 0.0) if timed else own


def _shared(node: PlanNode, whole: float, timed: bool) -> PlanNode:
    own = (node.self_ms if timed else node.self_cost) or 0.0
    return msgspec.structs.replace(node, share=round(own / whole, 4) if whole > 0 else 0.0)
