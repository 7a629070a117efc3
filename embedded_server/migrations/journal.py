"""What a run did, statement by statement: kept in the workspace, and in a file that outlives a crash."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from embedded_server.store.migrations_runs import Migrations
from embedded_server.wire.migration_runs import Entry

# The workspace is written at most this often while statements run; the file has every event at once.
WRITE_SECONDS = 0.2
MOST_SQL = 4000


class Told:
    """The journal as events tell it: from a living child, or from the file a crash left."""

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.plan: list[str] = []
        self.done: list[str] = []
        self.running = ""
        self.pid = 0
        self.end = ""
        self.message = ""

    def take(self, event: dict[str, Any]) -> None:
        """One event."""
        kind = event.get("ev", "")
        if kind == "hello":
            self.pid = int(event["pid"])
        elif kind == "plan":
            self.plan = list(event["revisions"])
        elif kind == "revision":
            self.running = event["revision"]
        elif kind == "revision_done":
            self.done.append(event["revision"])
            self.running = ""
        elif kind.startswith("statement"):
            self._statement(kind, event)
        elif kind in ("done", "failed", "stopped"):
            self.end = kind
            self.message = str(event.get("message", ""))

    def _statement(self, kind: str, event: dict[str, Any]) -> None:
        number = int(event["n"])
        if kind == "statement":
            sql = str(event["sql"])[:MOST_SQL]
            self.entries[number] = Entry(
                event["revision"], sql, "running", autocommit=bool(event["autocommit"])
            )
        elif number in self.entries:
            known = self.entries[number]
            self.entries[number] = msgspec.structs.replace(
                known,
                state="done" if kind == "statement_done" else "failed",
                elapsed_ms=event.get("ms"),
                rows=event.get("rows"),
                message=str(event.get("message", "")),
            )

    def listed(self) -> list[dict[str, Any]]:
        """The entries as they are stored."""
        found: list[dict[str, Any]] = msgspec.to_builtins(list(self.entries.values()))
        return found


class Journal:
    """Writes a run's story to the workspace."""

    def __init__(self, store: Migrations, run: str, facts: dict[str, Any]) -> None:
        self._store, self._run = store, run
        self.facts = facts
        self.told = Told()
        self._written = 0.0

    def take(self, event: dict[str, Any]) -> None:
        """One event of the child."""
        self.told.take(event)
        now = time.monotonic()
        boundary = event.get("ev") in ("hello", "plan", "revision", "revision_done")
        if boundary or now - self._written > WRITE_SECONDS:
            self._written = now
            self.write("running")

    def write(self, state: str) -> None:
        """Store how it stands."""
        told = self.told
        self.facts |= {"plan": told.plan, "done": told.done, "pid": told.pid}
        self._store.change(self._run, state=state, facts=self.facts, journal=told.listed())


def of_file(path: Path) -> Told:
    """The story as the child wrote it, as far as it got; a torn last line is left out."""
    told = Told()
    for event in _events(path):
        told.take(event)
    return told


def _events(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            for line in file:
                try:
                    found = json.loads(line)
                except ValueError:
                    continue
                if isinstance(found, dict):
                    yield found
    except OSError:
        return
