"""Engines whose plans nothing here reads yet: their own text, said to be that."""

from __future__ import annotations

from typing import Any

from embedded_server.explain.deadline import deadline
from embedded_server.explain.prepare import Prepared
from embedded_server.lanes import Lease
from embedded_server.wire.explain import Plan
from embedded_server.wire.problem import problem

_MOST_ROWS = 5000


def explain(lease: Lease, statement: Prepared, analyze: bool, seconds: float) -> Plan:
    """EXPLAIN as the database prints it. Raises data.unsupported for engines without, and to analyze."""
    title = lease.engine.title
    if not lease.engine.capabilities.explain:
        raise problem("data.unsupported", f"{title} has no EXPLAIN that is known here")
    if analyze:
        hint = "Its plan can be had without running it: leave analyze off."
        raise problem("data.unsupported", f"Statements are not run for their plan on {title} yet", hint=hint)
    with deadline(lease.session, seconds), lease.session.execute(*statement.behind("EXPLAIN")) as reading:
        names = [column.name for column in reading.columns]
        rows = list(reading.block(_MOST_ROWS).rows())
    note = f"Backlight has no reader for {title}'s plans yet: this is the database's own text."
    return Plan(engine=lease.engine.name, format="text", notes=[note], text=_table(names, rows))


def _table(names: list[str], rows: list[tuple[Any, ...]]) -> str:
    """Rows as aligned text; a single wide column (a drawn tree) as it is."""
    if rows and any("\n" in str(cell) for row in rows for cell in row):
        return "\n".join(str(row[-1]) for row in rows)
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        for row in [names, *cells]
    ]
    return "\n".join(line.rstrip() for line in lines)
