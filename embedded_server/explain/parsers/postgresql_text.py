"""PostgreSQL's EXPLAIN as text, as psql prints it by default: made into the document of FORMAT JSON."""

from __future__ import annotations

import re
from typing import Any

from embedded_server.explain.model import unreadable
from embedded_server.wire.explain import Plan

from .postgresql_json import plan_of

FORMAT = "postgresql text"
ENGINE = "postgresql"

_NODE = re.compile(
    r"^(?P<indent>[\s|]*)(?P<arrow>->\s+)?(?P<name>\S.*?)\s+"
    r"\(cost=(?P<startup>[\d.]+)\.\.(?P<total>[\d.]+) rows=(?P<rows>\d+) width=(?P<width>\d+)\)"
    r"(?P<actual> \(actual (?:time=[\d.]+\.\.(?P<time>[\d.]+) )?rows=(?P<got>[\d.]+) loops=(?P<loops>\d+)\)"
    r"| \(never executed\))?[\s|]*$"
)
_LABEL = re.compile(r"^[\s|]*(?P<label>(?:InitPlan|SubPlan|CTE) \S.*?)[\s|]*$")
_PROPERTY = re.compile(r"^[\s|]*(?P<name>[A-Z][\w /-]*): (?P<value>.*?)[\s|]*$")
_WORD = r"(?:\"(?:[^\"]|\"\")+\"|[^\s\"])+"
_ON = re.compile(
    rf"^(?P<type>.+?)(?: using (?P<using>{_WORD}))?(?: on (?P<table>{_WORD})(?: (?P<alias>{_WORD}))?)?$"
)
_SORTED = re.compile(r"(?P<method>.+?)  (?P<place>Disk|Memory): (?P<kilobytes>\d+)kB")
_NO_TABLE = {
    "CTE Scan": "CTE Name",
    "WorkTable Scan": "CTE Name",
    "Function Scan": "Function Name",
    "Table Function Scan": "Table Function Name",
    "Subquery Scan": "Alias",
    "Values Scan": "Alias",
}
_TOTALS = ("Planning Time", "Execution Time", "Total runtime")
_NUMBERS = ("Rows Removed", "Workers", "Heap Fetches")


def recognises(given: Any) -> bool:
    """Text with a line of costs that is no JSON."""
    return isinstance(given, str) and any(_NODE.match(line) for line in given.splitlines()[:400])


def parse(given: Any) -> Plan:
    """The plan. Raises explain.unreadable."""
    document: dict[str, Any] = {}
    open_nodes: list[tuple[int, dict[str, Any]]] = []
    label: re.Match[str] | None = None
    for line in str(given).splitlines():
        node, labelled, told = _NODE.match(line), _LABEL.match(line), _PROPERTY.match(line)
        if node is not None:
            _add(document, open_nodes, node, label)
            label = None
        elif labelled is not None:
            label = labelled
        elif told is not None and open_nodes:
            _note(document, open_nodes[-1][1], told["name"], told["value"])
    if not document:
        raise unreadable("The text has no line of a plan.")
    return plan_of(document, str(given), FORMAT)


def _add(
    document: dict[str, Any],
    open_nodes: list[tuple[int, dict[str, Any]]],
    match: re.Match[str],
    label: re.Match[str] | None,
) -> None:
    made = _made(match)
    depth = match.start("name")
    if label is not None:
        name = label["label"]
        made |= {"Subplan Name": name}
        made["Parent Relationship"] = "SubPlan" if name.startswith("SubPlan") else "InitPlan"
        # The label stands where an arrow would.
        depth = label.start("label") + len("->  ")
    while open_nodes and open_nodes[-1][0] >= depth:
        open_nodes.pop()
    if open_nodes:
        open_nodes[-1][1].setdefault("Plans", []).append(made)
    elif "Plan" in document:
        # A second plan in the same text: the first one is read.
        return
    else:
        document["Plan"] = made
    open_nodes.append((depth, made))


def _made(match: re.Match[str]) -> dict[str, Any]:
    made: dict[str, Any] = _named(match["name"])
    made |= {"Total Cost": float(match["total"]), "Startup Cost": float(match["startup"])}
    made |= {"Plan Rows": int(match["rows"]), "Plan Width": int(match["width"])}
    if match["loops"] is not None:
        made |= {"Actual Rows": float(match["got"]), "Actual Loops": int(match["loops"])}
        if match["time"] is not None:
            made["Actual Total Time"] = float(match["time"])
    elif match["actual"]:
        made |= {"Actual Rows": 0, "Actual Loops": 0, "Actual Total Time": 0.0}
    return made


def _named(name: str) -> dict[str, Any]:
    """`Index Scan using ix on public.orders o` taken apart."""
    match = _ON.match(name)
    if match is None or (match["table"] is None and match["using"] is None):
        return {"Node Type": name}
    made: dict[str, Any] = {"Node Type": match["type"]}
    target = (match["table"] or "").replace('"', "")
    if match["type"] == "Bitmap Index Scan":
        return made | {"Index Name": target}
    alias = (match["alias"] or "").replace('"', "")
    schema, _, table = target.rpartition(".")
    if match["type"] in _NO_TABLE:
        # What follows ON is the name of something made on the way.
        return made | {"Alias": alias or table, _NO_TABLE[match["type"]]: table}
    made |= {"Relation Name": table, "Alias": alias or table}
    if schema:
        made["Schema"] = schema
    if match["using"]:
        made["Index Name"] = match["using"].replace('"', "")
    return made


def _note(document: dict[str, Any], node: dict[str, Any], name: str, value: str) -> None:
    if name in _TOTALS:
        number = re.match(r"[\d.]+", value)
        key = "Execution Time" if name == "Total runtime" else name
        document[key] = float(number[0]) if number is not None else None
    elif name == "Sort Method":
        sort = _SORTED.match(value)
        node["Sort Method"] = sort["method"] if sort is not None else value
        if sort is not None:
            node |= {"Sort Space Type": sort["place"], "Sort Space Used": int(sort["kilobytes"])}
    elif name.startswith(_NUMBERS) and value.isdigit():
        node[name] = int(value)
    else:
        node[name] = value
