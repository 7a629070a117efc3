"""Numbers and names as these views write them."""

from __future__ import annotations

import re

from embedded_server.wire.explain import Plan, PlanNode, Suggestion

_COLUMNS = re.compile(r"^(SELECT (?:DISTINCT )?).{30,}? (FROM )", re.IGNORECASE)
GUESS, MEASURED = "planner's guess", "measured"
SURENESS = {"high": "certain", "medium": "likely", "low": "a hint", "note": "a note"}
STAGES = {"candidate": "candidate", "planner": "planner would use it", "measured": "measured"}
VERDICTS = {"faster": "faster", "slower": "slower", "same": "no difference", "": ""}


def ms_text(ms: float) -> str:
    """A time with as many digits as matter."""
    if ms >= 100:
        return f"{ms:,.0f} ms"
    return f"{ms:.1f} ms" if ms >= 10 else f"{ms:.2f} ms" if ms >= 0.095 else f"{ms:.3f} ms"


def count_text(number: float | None) -> str:
    """A count, grouped; nothing for none."""
    if number is None:
        return ""
    return f"{number:,.0f}" if number >= 100 or number == int(number) else f"{number:.1f}"


def bytes_text(size: int) -> str:
    """A size in kB or MB."""
    return f"{size / 1024:,.0f} kB" if size < 10 << 20 else f"{size / (1 << 20):,.0f} MB"


def one_line(sql: str) -> str:
    """A statement in one line."""
    return " ".join(sql.split())


def short_sql(sql: str) -> str:
    """A statement in one line without a long list of columns: what it reads says more."""
    return _COLUMNS.sub(r"\1… \2", one_line(sql), count=1)


def node_name(node: PlanNode) -> str:
    """`Seq Scan orders`, `Index Scan orders by ix_status`."""
    name = " ".join(filter(None, (node.operator, node.relation)))
    if node.alias and node.relation and node.alias != node.relation:
        name += f" {node.alias}"
    return name


def own_text(plan: Plan, node: PlanNode) -> str:
    """Its own time, else cost, else nothing; always with its unit."""
    if node.self_ms is not None:
        return ms_text(node.self_ms)
    if node.self_cost is not None:
        return f"cost {count_text(node.self_cost)}"
    read = node.facts.get("Rows Read")
    if isinstance(read, int | float):
        return f"{'~' if node.facts.get('Guessed') else ''}{count_text(read * node.loops)}"
    return ""


def stage_text(one: Suggestion) -> str:
    """How far it is known, in words."""
    if one.stage == "measured":
        return f"measured · {VERDICTS[one.verdict]}" if one.verdict else "measured"
    if one.stage == "planner":
        return "planner would use it"
    return "planner would not use it" if one.uses is False else "candidate, not asked"


def gain_text(one: Suggestion) -> str:
    """What it brings: measured times, else the planner's costs."""
    if one.before_ms is not None and one.after_ms is not None:
        return f"{ms_text(one.before_ms)} → {ms_text(one.after_ms)}"
    if one.uses and one.cost_before is not None and one.cost_after is not None:
        return f"cost {count_text(one.cost_before)} → {count_text(one.cost_after)}"
    return ""


def whole_text(plan: Plan) -> str:
    """The plan's total, said to be measured or guessed."""
    if plan.measured and plan.execution_ms is not None:
        return f"{ms_text(plan.execution_ms)}, {MEASURED}"
    if plan.cost is not None:
        return f"cost {count_text(plan.cost)}, {GUESS}"
    return GUESS if plan.nodes else ""
