"""Runs that nobody saw the end of: what happened, told from the journal and the database, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import psutil

from embedded_server.jobs import Call
from embedded_server.store.migrations_runs import Record
from embedded_server.wire.migration_runs import Entry, Run
from embedded_server.wire.migrations import Status
from embedded_server.wire.problem import ProblemError

from .backend import Backend
from .graph import Graph
from .journal import Told, of_file
from .projects import graph_of, locate
from .status import status

_INDEX = re.compile(r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF NOT EXISTS\s+)?(\S+)", re.I)


def settle(call: Call) -> None:
    """Explain every run that is marked as running but runs no more, and remember the explanation."""
    store = call.services.store.migrations
    for record in store.runs(state="running", limit=200):
        if record.facts.get("epoch") != call.services.epoch:
            _explain(record, call)


def _explain(record: Record, call: Call) -> None:
    store, facts = call.services.store.migrations, dict(record.facts)
    file = Path(str(facts.get("file", "")))
    told = of_file(file)
    if told.pid and alive(told.pid):
        text = f"Backlight ended while it ran; process {told.pid} ends its revision and stops then."
        store.change(record.id, facts=facts | {"text": text})
        return
    where, graph = _where(record, call)
    state, text, mend = explained(facts, told, where, graph)
    left = _invalid(record, call)
    if left:
        mend = f"{mend} Drop the invalid index {', '.join(left)} first.".strip()
    facts |= {"plan": told.plan or facts.get("plan", []), "done": told.done, "text": text, "mend": mend}
    facts["after"] = where.current if where is not None else []
    journal = told.listed() or record.journal
    store.change(record.id, state=state, facts=facts, journal=journal)
    file.unlink(missing_ok=True)
    call.services.events.emit("migrations.explained", run=record.id, state=state)


def alive(pid: int) -> bool:
    """Whether a runner of ours still runs under this number."""
    try:
        return any("backlight_runner" in word for word in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def _where(record: Record, call: Call) -> tuple[Status | None, Graph | None]:
    try:
        project = locate(record.project)
        graph = graph_of(project)
        found = status(project, graph, record.connection, call)
    except ProblemError:
        return None, None
    return (None if found.problem is not None else found), graph


def _invalid(record: Record, call: Call) -> list[str]:
    try:
        _, target = call.services.target(record.connection)
    except ProblemError:
        return []
    backend = Backend(target)
    try:
        return backend.invalid_indexes()
    finally:
        backend.close()


def explained(
    facts: dict[str, Any], told: Told, where: Status | None, graph: Graph | None
) -> tuple[str, str, str]:
    """State, what happened, and what to do, from the journal and from where the database stands now."""
    if told.end == "done":
        return "done", "It went through; Backlight had ended before it could see that.", ""
    if where is None or graph is None:
        text = f"Backlight ended while it ran, after {_listed(told.done) or 'no revision'}."
        return "interrupted", text, "Connect to the database to see where it stands."
    found = outcome(facts, told, where)
    return "interrupted", f"Backlight ended while it ran. {found.text}", found.mend


@dataclass(frozen=True)
class Outcome:
    """Which revisions of a plan took effect, that in words, and what to do next."""

    finished: list[str]
    text: str
    mend: str


def outcome(facts: dict[str, Any], told: Told, where: Status) -> Outcome:
    """What became of a run that did not get to its end, by where the database stands now."""
    applied = set(where.applied)
    back = facts.get("direction") == "downgrade"
    finished = [name for name in told.plan if (name in applied) != back]
    broken = told.running if told.running and told.running not in finished else ""
    word = "downgraded" if back else "applied"
    kept = _kept(broken, facts, told)
    mend = _again(told, finished, back)
    parts = [f"No revision was {word}."]
    if finished:
        parts = [f"{_listed(finished)} {'is' if len(finished) == 1 else 'are'} {word}."]
    if broken and kept:
        listed = "; ".join(_short(entry.sql) for entry in kept)
        parts.append(
            f"{broken} is half done: {len(kept)} of its statements were kept, since they ran outside of a"
            f" transaction: {listed}."
        )
        mend = _undo(kept) + mend
    elif broken:
        parts.append(f"Of {broken}, which was running, nothing was kept: the database took it back.")
    return Outcome(finished, " ".join(parts), mend)


def _kept(broken: str, facts: dict[str, Any], told: Told) -> list[Entry]:
    """Statements of the unfinished revision that no rollback took back."""
    if not broken:
        return []
    all_kept = facts.get("engine") == "mysql"
    return [
        entry
        for entry in told.entries.values()
        if entry.revision == broken
        and entry.state != "failed"
        and (entry.autocommit or all_kept)
        and not entry.sql.lstrip().upper().startswith(("SELECT", "SHOW", "PRAGMA", "SET"))
        and "alembic_version" not in entry.sql
    ]


def _undo(kept: list[Entry]) -> str:
    names = [found.group(1) for entry in kept for found in [_INDEX.search(entry.sql)] if found]
    if names:
        return f"Drop the index {', '.join(names)} if it is there, then apply again. "
    return "Undo these statements by hand (or finish the revision and stamp it), then apply again. "


def _again(told: Told, finished: list[str], back: bool) -> str:
    left = [name for name in told.plan if name not in finished]
    if not left:
        return "Nothing is left to do."
    return f"{'Go back' if back else 'Apply'} again: it goes on with {left[0]}."


def _listed(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _short(sql: str) -> str:
    text = " ".join(sql.split())
    return text if len(text) <= 90 else text[:89] + "…"


def told_run(record: Record, *, whole: bool = False) -> Run:
    """A stored run as it is answered."""
    facts = record.facts
    journal = [msgspec.convert(entry, Entry) for entry in record.journal] if whole else []
    told = [str(facts.get(name, "")) for name in ("message", "text")]
    text = "\n".join(part for part in told if part)
    return Run(
        record.id,
        record.at,
        record.project,
        record.connection,
        record.kind,  # type: ignore[arg-type]
        record.state,  # type: ignore[arg-type]
        list(facts.get("plan", [])),
        list(facts.get("done", [])),
        list(facts.get("before", [])),
        list(facts.get("after", [])),
        str(facts.get("backup", "")),
        text,
        str(facts.get("mend", "")),
        journal,
        record.trace,
    )


def still_open(records: list[Record]) -> list[Record]:
    """Interrupted runs that no later run of the same project and database has gone past."""
    settled: set[tuple[str, str]] = set()
    found = []
    for record in records:
        key = (record.project, record.connection)
        if record.state == "interrupted" and key not in settled:
            found.append(record)
        elif record.state == "done":
            settled.add(key)
    return found
