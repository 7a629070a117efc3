"""SQLite's EXPLAIN QUERY PLAN: its rows (id, parent, unused, detail), or the tree its shell prints.

It tells no rows, no cost and no time; whoever can count adds them to the nodes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from embedded_server.explain.model import Draft, finished, unreadable
from embedded_server.wire.explain import NodeKind, Plan

FORMAT = "sqlite rows"
ENGINE = "sqlite"

_KNOWN = re.compile(
    r"\b(?:SCAN|SEARCH) |\bUSE TEMP B-TREE|\bCO-ROUTINE |\bMATERIALIZE |\bCOMPOUND QUERY|\bMULTI-INDEX OR"
    r"|\bLEFT-MOST SUBQUERY|\bMERGE \(|\bUNION |\b(?:SCALAR|LIST) SUBQUERY |\bRECURSIVE STEP|\bSETUP\b"
)
_ACCESS = re.compile(
    r"(?P<how>SCAN|SEARCH) (?:TABLE )?(?P<name>\(?[^()]*?\)?|SUBQUERY \d+)"
    r"(?: AS (?P<alias>\S+))?"
    r"(?: USING (?P<auto>AUTOMATIC )?(?P<partial>PARTIAL )?(?P<covering>COVERING )?"
    r"(?:INDEX(?: (?!\()(?P<index>.+?))?|(?P<rowid>INTEGER PRIMARY KEY|ROWID SEARCH))"
    r"(?: \((?P<terms>.*?)\))?)?"
    r"(?P<rest>(?: (?:LEFT-JOIN|RIGHT-JOIN|FULL-JOIN|VIRTUAL TABLE.*|EXISTS|CONSTANT ROWS?))*)\Z"
)
_TEMPORARY = re.compile(r"USE TEMP B-TREE FOR (?P<why>.*)")
_BRANCH = re.compile(r"^(?P<indent>(?:\|  |   )*)(?:\|--|`--)(?P<detail>.*)$")
_NUMBERED = re.compile(r"^\s*(?P<id>\d+)[\s|]+(?P<parent>\d+)[\s|]+\d+[\s|]+(?P<detail>\S.*)$")

Row = tuple[int, int, str]


def recognises(given: Any) -> bool:
    """Rows of four, or text with SQLite's own words."""
    if isinstance(given, str):
        return not given.lstrip().startswith(("{", "[")) and _KNOWN.search(given) is not None
    if not isinstance(given, list) or not given:
        return False
    first = given[0]
    if isinstance(first, dict):
        return isinstance(first.get("detail"), str)
    return isinstance(first, list | tuple) and len(first) >= 4 and isinstance(first[3], str)


def parse(given: Any) -> Plan:
    """The plan. Raises explain.unreadable."""
    rows = _from_text(given) if isinstance(given, str) else _from_rows(given)
    if not rows:
        raise unreadable("There are no rows of EXPLAIN QUERY PLAN in the text.")
    known: dict[int, Draft] = {}
    roots: list[Draft] = []
    for number, above, detail in rows:
        draft = known[number] = _node(detail)
        (known[above].children if above in known and above != number else roots).append(draft)
    return Plan(engine=ENGINE, format=FORMAT, nodes=finished(roots), text=_text(rows))


def _from_rows(given: Sequence[Any]) -> list[Row]:
    rows: list[Row] = []
    for row in given:
        try:
            if isinstance(row, dict):
                rows.append((int(row["id"]), int(row["parent"]), str(row["detail"])))
            else:
                rows.append((int(row[0]), int(row[1]), str(row[3])))
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise unreadable(f"Not a row of EXPLAIN QUERY PLAN: {str(row)[:200]}") from error
    return rows


def _from_text(text: str) -> list[Row]:
    rows: list[Row] = []
    above: list[int] = [0]
    for line in text.splitlines():
        branch, numbered = _BRANCH.match(line), _NUMBERED.match(line)
        number = len(rows) + 1
        if numbered is not None:
            rows.append((int(numbered["id"]), int(numbered["parent"]), numbered["detail"].strip()))
        elif branch is not None:
            depth = len(branch["indent"]) // 3
            del above[depth + 1 :]
            rows.append((number, above[-1], branch["detail"].strip()))
            above.append(number)
        elif _KNOWN.match(line.strip()):
            rows.append((number, 0, line.strip()))
    return rows


def _text(rows: list[Row]) -> str:
    return "\n".join(f"{number}|{above}|0|{detail}" for number, above, detail in rows)


def _node(detail: str) -> Draft:
    temporary = _TEMPORARY.search(detail)
    if temporary is not None:
        why = temporary["why"]
        kind: NodeKind = "sort" if "ORDER BY" in why else "aggregate"
        return Draft(f"Temporary B-tree for {why}", kind, facts={"for": why})
    match = _ACCESS.match(detail)
    if match is None:
        lowered = detail.upper()
        nested = any(
            word in lowered for word in ("SUBQUERY", "CO-ROUTINE", "MATERIALIZE", "COMPOUND", "STEP")
        )
        return Draft(detail, "subquery" if nested else "other")
    return _access(match)


def _access(match: re.Match[str]) -> Draft:
    name = match["name"].strip()
    rest = (match["rest"] or "").strip()
    inner = name.startswith(("(", "SUBQUERY", "CONSTANT")) or "CONSTANT" in rest or not name
    draft = Draft(
        operator="Scan" if match["how"] == "SCAN" else "Search",
        kind="scan" if match["how"] == "SCAN" else "index",
        relation="" if inner else name,
        alias=match["alias"] or ("" if inner else name),
        index=match["index"] or "",
    )
    if inner:
        draft.operator, draft.kind = f"Scan {name}".strip(), "subquery"
    words = _how(match, draft)
    if match["terms"]:
        draft.conditions["index"] = match["terms"]
        words.append(match["terms"])
    if rest:
        draft.facts["join"] = rest
        words.append(rest.lower())
    draft.detail = " · ".join(words)
    return draft


def _how(match: re.Match[str], draft: Draft) -> list[str]:
    if match["rowid"]:
        draft.index = "primary key"
        return ["by primary key"]
    if match["auto"]:
        draft.facts["automatic"] = True
        return ["an index that SQLite builds for this one run"]
    if match["covering"]:
        draft.facts["covering"] = True
    if draft.index:
        return [f"{'covering ' if match['covering'] else ''}index {draft.index}"]
    return []
