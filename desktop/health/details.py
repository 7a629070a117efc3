"""What the inspector shows of the selected thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from desktop.kit.widgets import KeyValue
from embedded_server.wire.health import DatabaseSession, HealthFinding, IntegrityResult, LockNode

from .words import SURENESS, WORSE, plural, seconds_text, session_text


@dataclass(frozen=True)
class Details:
    """`query` proves it, `operations` cure it, `session` is what can be ended, `table` can be opened."""

    heading: str = ""
    title: str = ""
    text: str = ""
    advice: str = ""
    facts: Sequence[KeyValue] = ()
    query: str = ""
    query_name: str = "Query that proves it"
    operations: list[dict[str, Any]] = field(default_factory=list)
    proposal: str = ""
    session: DatabaseSession | None = None
    table: str = ""
    schema: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[Any]] = ()


def of_session(one: DatabaseSession) -> Details:
    """Who it is and what it runs."""
    facts = [
        KeyValue("id", one.id),
        KeyValue("state", one.state),
        KeyValue("since", seconds_text(one.state_s)),
        KeyValue("transaction", seconds_text(one.transaction_s)),
        KeyValue("waits for", one.wait),
        KeyValue("blocked by", ", ".join(one.blocked_by), "error"),
        KeyValue("locks", one.locks),
        KeyValue("user", one.user),
        KeyValue("application", one.application),
        KeyValue("host", one.host),
        KeyValue("database", one.database),
        KeyValue("connected", one.started[:19].replace("T", " ")),
    ]
    return Details(
        heading=f"Session {one.id}",
        title=session_text(one) if not one.statement else "",
        text="Backlight's own session." if one.ours else "",
        facts=[fact for fact in facts if fact.value],
        query=one.statement,
        query_name="Runs" if one.state in ("active", "waiting") else "Ran last",
        session=one,
    )


def of_lock(node: LockNode) -> Details:
    """The session with its place in the tree."""
    found = of_session(node.session)
    facts = [
        KeyValue("blocks", plural(node.blocks, "session"), "error") if node.blocks else None,
        KeyValue("wants", node.waits_for) if node.waits_for else None,
        KeyValue("has waited", seconds_text(node.wait_s)) if node.wait_s is not None else None,
    ]
    ahead = [fact for fact in facts if fact is not None]
    return Details(
        heading=found.heading,
        title=found.title,
        text=found.text,
        facts=[*ahead, *found.facts],
        query=found.query,
        query_name=found.query_name,
        session=node.session,
    )


def of_finding(one: HealthFinding) -> Details:
    """What is wrong, how sure that is, what cures it."""
    where = f"{one.table} ({', '.join(one.columns)})" if one.columns else one.table
    return Details(
        heading=f"{WORSE[one.severity].capitalize()} · {SURENESS[one.confidence]}",
        title=one.title,
        text=one.text,
        advice=one.advice,
        facts=[KeyValue("where", where), KeyValue("check", one.check), *_doc(one.doc)],
        query=one.query,
        operations=one.operations,
        proposal=one.advice.rstrip(".") if len(one.advice) <= 60 else one.title,
        table=one.table,
        schema=one.schema,
    )


def _doc(doc: str) -> list[KeyValue]:
    return [KeyValue("see", doc)] if doc else []


def of_result(one: IntegrityResult) -> Details:
    """What was found, and the first rows."""
    heading = "No answer" if one.problem else plural(one.count, "finding") if one.count else "Nothing found"
    return Details(
        heading=heading,
        title=one.title,
        text=one.problem or one.text or _nothing(one),
        advice=one.advice,
        facts=[KeyValue("table", one.table), KeyValue("rule", said_by(one)), KeyValue("check", one.check)],
        query=one.query,
        query_name="Query that lists them",
        operations=one.operations,
        proposal=_proposed(one),
        table=one.table,
        schema=one.schema,
        columns=one.columns,
        rows=one.rows,
    )


def said_by(one: IntegrityResult) -> str:
    """Where the rule comes from that a check asks for."""
    if not one.table:
        return "the file itself"
    return "declared in the schema" if one.declared else "inferred from its name or its rows"


def _nothing(one: IntegrityResult) -> str:
    return "No row breaks this rule." if one.table else "Nothing is wrong with it."


def _proposed(one: IntegrityResult) -> str:
    names = {"orphans": "foreign key of", "duplicates": "unique index on", "sequences": "set the sequence of"}
    return f"{names.get(one.check, 'cure of')} {one.table} {' '.join(one.of)}".strip()
