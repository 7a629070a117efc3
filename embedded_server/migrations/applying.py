"""Runs revisions for real: backup, child, journal, cancel; the story is told as a stream of events."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from embedded_server.engines.base import Target
from embedded_server.jobs import Call
from embedded_server.store.migrations_runs import Record, now
from embedded_server.wire.connections import Profile
from embedded_server.wire.migration_runs import ApplyEvent, ApplyRequest
from embedded_server.wire.problem import Problem, ProblemError, problem
from embedded_server.wire.refs import RevisionRef

from .backend import Backend
from .backup import back_up
from .interpreters import chosen
from .journal import Journal
from .mend import outcome
from .place import parts_of
from .preview import Plan
from .runner import Runner, events, job_of, running
from .status import status

BLOCKED_SECONDS = 0.3
_TOGETHER = "All revisions in one transaction"
_NO_TRANSACTION = "This database commits every schema change at once: no transaction takes it back"
_SHOWN = ("revision", "revision_done", "statement", "statement_done")


def permitted(request: ApplyRequest, profile: Profile, target: Target) -> None:
    """Refuse what must not be changed, or not without the name typed. Raises sql.read_only,
    migrations.confirm."""
    if target.read_only:
        detail = f"{profile.name} is read-only"
        raise problem("sql.read_only", detail=detail, hint="Change that in the connection's settings.")
    if profile.class_ == "production" and request.confirm != profile.name:
        hint = f"Type the connection's name: {profile.name}"
        raise problem("migrations.confirm", detail=f"{profile.name} is a production database", hint=hint)
    if (
        request.direction == "stamp"
        and profile.class_ != "production"
        and request.confirm != request.revision
    ):
        hint = f"Type the revision: {request.revision}"
        detail = "A stamp says that revisions were applied without running them."
        raise problem("migrations.confirm", detail=detail, hint=hint)


@dataclass(frozen=True)
class Work:
    """All that an apply needs to know."""

    request: ApplyRequest
    plan: Plan
    profile: Profile
    target: Target
    server_version: str


class Apply(threading.Thread):
    """One apply. It goes on when nobody listens any more, until its revision has ended."""

    def __init__(self, work: Work, call: Call) -> None:
        super().__init__(daemon=True)
        self._work, self._call = work, call
        self._out: queue.Queue[ApplyEvent | None] = queue.Queue()
        self._begun = time.monotonic()
        self._statement_since = 0.0
        self._told_waiting = ""
        self.id = uuid4().hex
        self._store = call.services.store.migrations
        self._folder = call.services.store.folder / "migration-runs"
        self._parts = parts_of(work.target)
        facts = {
            "epoch": call.services.epoch,
            "before": list(work.plan.status.current) if work.plan.status else [],
            "direction": work.plan.direction,
            "target": work.plan.target,
            "engine": self._parts["engine"],
            "file": str(self._folder / f"{self.id}.jsonl"),
            "backup": "",
            "pid": 0,
        }
        self._journal = Journal(self._store, self.id, facts)
        self._backend = Backend(work.target)

    def told(self) -> Iterator[ApplyEvent]:
        """What happens, as it happens."""
        while True:
            event = self._out.get()
            if event is None:
                return
            yield event

    def run(self) -> None:
        """The whole of it; how it ended is the last event."""
        try:
            self._prepare()
            self._run()
            self._finish("done")
        except ProblemError as error:
            state = "cancelled" if error.problem.code == "job.cancelled" else "failed"
            self._finish(state, error.problem)
        except Exception as error:
            self._finish("failed", Problem("server.internal", "Backlight itself failed", repr(error)))
        finally:
            self._backend.close()
            self._out.put(None)

    def _say(self, kind: Any, **fields: Any) -> None:
        at = round((time.monotonic() - self._begun) * 1000, 3)
        self._out.put(ApplyEvent(kind, self.id, at, **fields))

    def _prepare(self) -> None:
        work = self._work
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        project = work.plan.project
        record = Record(
            self.id,
            now(),
            project.folder,
            work.request.connection,
            work.plan.direction,
            "running",
            work.request.origin,
            self._journal.facts,
            [],
        )
        self._store.begin(record)
        self._say("started", revisions=work.plan.revisions)
        if work.request.backup and work.plan.direction != "stamp":
            folder = self._call.services.store.folder / "backups"
            copy = back_up(self._parts, work.server_version, folder, self._call.check)
            self._journal.facts |= {"backup": copy.path, "backup_text": copy.text}
            self._say("backup", text=copy.text)

    def _run(self) -> None:
        work, request = self._work, self._work.request
        job = job_of(
            work.plan.project,
            "run",
            target=self._parts,
            direction=work.plan.direction,
            revision=work.plan.target,
            read_only=False,
            per_revision=request.per_revision,
            lock_timeout_ms=request.lock_timeout_ms,
            statement_timeout_ms=request.statement_timeout_ms,
            foreign_keys_off=request.foreign_keys_off,
            journal=self._journal.facts["file"],
        )
        with running(chosen(work.plan.project).path, job) as runner:
            for event in events(runner, self._call, self._backend.cancel, self._look):
                self._journal.take(event)
                self._pass_on(event, runner)

    def _pass_on(self, event: dict[str, Any], runner: Runner) -> None:
        kind = event["ev"]
        if kind == "session":
            self._backend.number = event["backend"]
        elif kind == "plan":
            own = "Each revision in a transaction of its own" if event["per_revision"] else _TOGETHER
            text = own if event["transactional"] else _NO_TRANSACTION
            self._say("plan", revisions=event["revisions"], count=len(event["revisions"]), text=text)
        elif kind == "phase":
            self._say("phase", text=event["text"])
        elif kind == "redirected":
            self._say("note", text=f"env.py opened {event['place']}; redirected to {event['to']}")
        elif kind in _SHOWN:
            self._statement_since = time.monotonic() if kind == "statement" else 0.0
            self._told_waiting = ""
            self._say(
                kind,
                revision=event["revision"],
                number=event.get("n", 0),
                count=event.get("of", 0),
                sql=event.get("sql", ""),
                elapsed_ms=event.get("ms"),
                rows=event.get("rows"),
            )

    def _look(self) -> None:
        """Nothing came for a while: is the statement kept waiting?"""
        if not self._statement_since or time.monotonic() - self._statement_since < BLOCKED_SECONDS:
            return
        self._statement_since = time.monotonic()
        text = "; ".join(self._backend.blockers())
        if text and text != self._told_waiting:
            self._told_waiting = text
            self._say("waiting", text=f"Waits for a lock held by {text}")

    def _finish(self, state: Any, why: Problem | None = None) -> None:
        if why is not None and self._told_waiting and "lock timeout" in why.detail:
            why = msgspec.structs.replace(why, hint=f"The lock is held by another: {self._told_waiting}")
        facts, work = self._journal.facts, self._work
        facts["message"] = "" if why is None else f"{why.title}: {why.detail}"[:4000]
        for name in self._backend.invalid_indexes():
            self._say("note", text=f"The index {name} is invalid: drop it, and build it again.")
        if state != "done":
            self._tell_what_is_left()
        self._journal.write(state)
        services = self._call.services
        services.schema_changed(work.target.url)
        data = {"run": self.id, "project": work.plan.project.folder, "connection": work.request.connection}
        services.events.emit("migrations.applied", state=state, **data)
        if state == "done":
            self._note_step()
            Path(facts["file"]).unlink(missing_ok=True)
        done = self._journal.told.done
        self._say(state, revisions=list(done), count=len(done), problem=why, text=self._summary(state))

    def _tell_what_is_left(self) -> None:
        """What took effect is what the database says, not what was begun; nothing half done is hidden."""
        told, plan = self._journal.told, self._work.plan
        if not told.plan:
            return
        # The call is cancelled by now, and a cancelled call opens no session.
        asking = Call(uuid4().hex, "migrations.status", self._call.services)
        where = status(plan.project, plan.graph, self._work.request.connection, asking, trace=False)
        if where.problem is not None:
            self._say("note", text="The database cannot be asked where it stands now.")
            return
        found = outcome(self._journal.facts, told, where)
        told.done = found.finished
        self._journal.facts |= {"text": found.text, "mend": found.mend, "after": where.current}
        self._say("note", text=f"{found.text} {found.mend}")

    def _summary(self, state: str) -> str:
        done, plan = self._journal.told.done, self._journal.told.plan
        word = {"downgrade": "downgraded", "stamp": "stamped"}.get(self._work.plan.direction, "applied")
        if state == "done":
            return f"{len(done)} {'revision' if len(done) == 1 else 'revisions'} {word}"
        return f"{len(done)} of {len(plan) or len(self._work.plan.revisions)} revisions {word}"

    def _note_step(self) -> None:
        work, told = self._work, self._journal.told
        if not work.request.origin or not told.done:
            return
        graph, last = work.plan.graph, told.done[-1]
        file = graph.files.get(last)
        title = file.doc if file is not None else last
        facts = {
            "revision": last,
            "title": title,
            "file": graph.file(last) if file is not None else "",
            "statements": [entry.sql for entry in told.entries.values()],
            "findings": [],
            "elapsed_ms": round((time.monotonic() - self._begun) * 1000, 3),
            "direction": work.plan.direction,
            "backup": self._journal.facts["backup"],
        }
        ref = RevisionRef(work.plan.project.folder, last, work.request.connection, title)
        word = "Downgraded" if work.plan.direction == "downgrade" else "Applied"
        self._call.services.step(work.request.origin, "applied", f"{word}: {title}", ref, facts)


def apply(work: Work, call: Call) -> Iterator[ApplyEvent]:
    """Run it and tell; a listener that goes away does not stop the revision that runs."""
    runner = Apply(work, call)
    runner.start()
    call.services.linger(runner)
    yield from runner.told()


def not_twice(work: Work, call: Call) -> None:
    """Refuse a second apply on the same database while one runs here. Raises migrations.busy."""
    for record in call.services.store.migrations.runs(connection=work.request.connection, state="running"):
        if record.facts.get("epoch") == call.services.epoch:
            raise problem("migrations.busy", detail=f"{record.project} since {record.at}")
