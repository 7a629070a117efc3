"""The answer of `schema.compose`: operations, made whole, as SQL, as code, with what they do."""

from __future__ import annotations

from typing import Any

import msgspec

from embedded_server.ddl.build import Built
from embedded_server.ddl.code import code_of
from embedded_server.ddl.shadow import Shadow
from embedded_server.ddl.statements import statements_of
from embedded_server.ddl.steps import built
from embedded_server.jobs import Call
from embedded_server.lanes import Lease
from embedded_server.wire import ddl as wire
from embedded_server.wire.connections import Profile
from embedded_server.wire.guard import GUARD, GuardRequest
from embedded_server.wire.migration_runs import CHECK, CheckRequest
from embedded_server.wire.migrations import Finding
from embedded_server.wire.problem import Problem, ProblemError, problem
from embedded_server.wire.schema import Composed, ComposeRequest, ComposeResponse

from .completing import completed
from .effects import effect_of, in_the_way, lost
from .patience import patient
from .reading import Read, readers, shadow_of
from .rebuilding import grouped, needs_copy
from .tables import Tables

MOST = 500
LOOK_SECONDS = 3.0
_VERSIONS = "alembic_version"
_OUTSIDE = "An index of PostgreSQL is built beside the writers, outside of the transaction."
_EACH = "This database ends the transaction with each of these statements: what ran stays."


def compose(request: ComposeRequest, call: Call, patience: float = LOOK_SECONDS) -> ComposeResponse:
    """Raises request.invalid, schema.*, data.unknown_table, data.unknown_column with the place."""
    if not request.operations:
        raise problem("request.invalid", detail="No operation was given.")
    if len(request.operations) > MOST:
        raise problem("request.invalid", detail=f"At most {MOST} operations at once.")
    profile, target = call.services.target(request.connection)
    with call.session(request.connection) as lease:
        shadow = shadow_of(lease) if lease.engine.name == "sqlite" else None
        try:
            work = _Work(lease, shadow)
            # PostgreSQL keeps even who reads a table's definition waiting while it is locked.
            with patient(lease, patience, getattr(request.operations[0], "table", "")):
                work.add_all(request.operations, call)
            answer = work.answer()
            ruled = _ruled(lease)
        finally:
            if shadow is not None:
                shadow.close()
    answer = msgspec.structs.replace(answer, refused=refused(profile, target.read_only) or ruled)
    return _asked(_warned(answer, request.connection, call), request.connection, call)


def refused(profile: Profile, read_only: bool) -> Problem | None:
    """Why nothing is run directly on this connection."""
    if profile.class_ == "production":
        hint = "Write it as a revision, rehearse it, and apply that."
        title = "Schemas of production connections are changed by revisions only."
        return Problem("schema.not_here", title, profile.name, hint)
    if read_only:
        hint = "Open the connection for writing, or write it as a revision."
        return Problem("sql.read_only", "The connection is read-only.", profile.name, hint)
    return None


def _ruled(lease: Lease) -> Problem | None:
    """A database that notes its revisions is changed by revisions: else the next one meets what it does not
    expect."""
    try:
        lease.session.columns(lease.info.default_schema, _VERSIONS)
    except ProblemError as error:
        if error.problem.code != "data.unknown_table":
            raise
        return None
    hint = "Make a migration of it; an SQL script runs what must be run by hand."
    return Problem("schema.not_here", "Migrations rule the schema of this database.", _VERSIONS, hint)


class _Work:
    def __init__(self, lease: Lease, shadow: Shadow | None) -> None:
        self.lease, self.shadow = lease, shadow
        self.engine = lease.engine.name
        self.mariadb = "mariadb" in lease.info.server_version.lower() or self.engine != "mysql"
        self.tables = Tables(lease, shadow)
        self.operations: list[Any] = []
        self.composed: list[Composed] = []
        self.findings: list[Finding] = []
        self.autocommit = False
        self._waiting: list[Any] = []
        self._before: Any = None
        self._gone: set[str] = set()

    def add_all(self, given: list[Any], call: Call) -> None:
        """In order; changes of a table that need a copy wait for each other."""
        for operation in given:
            call.check()
            for one in completed(operation, self.tables):
                self._add(one)
        self._flush()

    def _add(self, one: Any) -> None:
        same = self._waiting and (one.table, one.schema) == (self._waiting[0].table, self._waiting[0].schema)
        spec = None if not hasattr(one, "table") else self._spec(one)
        copies = spec is not None and needs_copy(one, spec, self.engine)
        if not copies or not same:
            self._flush()
        if copies:
            if not self._waiting:
                self._before = spec
            self._waiting.append(one)
        else:
            self._emit(one)
        self.tables.ran(one)

    def _spec(self, one: Any) -> Any:
        if isinstance(one, wire.CreateTable | wire.CreateView | wire.ReplaceView | wire.DropView):
            return None
        key = (self.tables.place(one.schema), one.table)
        return self.tables.now(one) if key in self.tables.reads or key in self.tables.made else None

    def _flush(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._emit(grouped(waiting, self.tables, self._before))

    def _emit(self, one: Any) -> None:
        made = built(one, self.engine)
        before = self.shadow.objects() if self.shadow is not None else {}
        statements = self._statements(made.up)
        if self.shadow is not None:
            self.findings += lost(one, before, self.shadow.objects())
        upgrade, _ = code_of(made.up, self.engine)
        downgrade = code_of(made.down, self.engine)[0] if made.down is not None else ""
        found = self.tables.reads.get((getattr(one, "schema", ""), getattr(one, "table", "")))
        if found is not None:
            self.findings += self._in_the_way(one, found)
        rows = found.structure.rows if found is not None else None
        if found is not None and rows is None:
            rows = self.lease.session.estimate(found.structure.schema, found.structure.table)[0]
        new = (getattr(one, "schema", ""), getattr(one, "table", "")) in self.tables.made
        effect = effect_of(one, self.engine, rows, new=new)
        self.autocommit = self.autocommit or "autocommit_block" in upgrade
        self.operations.append(one)
        self.composed.append(
            Composed(made.title, made.table, statements, upgrade, downgrade, self._back(made), effect)
        )

    def _in_the_way(self, one: Any, found: Read) -> list[Finding]:
        column = one.column if isinstance(one, wire.DropColumn) else ""
        if isinstance(one, wire.AlterColumn) and one.was is not None and one.was.type != one.to.type:
            column = one.column
        views: list[str] = []
        if column or isinstance(one, wire.DropTable):
            views = [name for name in readers(self.lease, found, column) if name not in self._gone]
        if isinstance(one, wire.DropView):
            self._gone.add(one.table)
        referred = sorted({reference.table for reference in found.structure.references} - {one.table})
        return in_the_way(one, referred, views, self.engine)

    def _statements(self, steps: list[Any]) -> list[str]:
        if self.shadow is not None:
            return list(self.shadow.run(steps))
        return statements_of(steps, self.engine, mariadb=self.mariadb)

    def _back(self, made: Built) -> list[str]:
        """Only where no database is needed to tell."""
        return (
            []
            if self.shadow is not None
            else statements_of(made.down or [], self.engine, mariadb=self.mariadb)
        )

    def answer(self) -> ComposeResponse:
        """Everything but findings of rules and the question."""
        transaction = self.lease.engine.capabilities.transactional_ddl and not self.autocommit
        notes = [_OUTSIDE] if self.autocommit else []
        if not self.lease.engine.capabilities.transactional_ddl:
            notes.append(_EACH)
        statements = [sql for one in self.composed for sql in one.statements]
        return ComposeResponse(
            self.operations,
            self.composed,
            ";\n".join(statements) + (";\n" if statements else ""),
            self.findings,
            self.engine,
            transaction,
            notes,
        )


def _warned(answer: ComposeResponse, connection: str, call: Call) -> ComposeResponse:
    """With what the rules of migrations say of it."""
    given = [msgspec.to_builtins(one) for one in answer.operations]
    told = call.ask(CHECK, CheckRequest(connection, given))
    if told is None:
        return answer
    return msgspec.structs.replace(answer, findings=[*answer.findings, *told.findings])


def _risky(one: Any, composed: Composed) -> list[str]:
    """Statements whose danger is their own: a copy drops the old table only once the new one has its rows."""
    if not isinstance(one, wire.Rebuild):
        return composed.statements
    gone = [part.column for part in one.operations if isinstance(part, wire.DropColumn)]
    return [f'ALTER TABLE "{one.table}" DROP COLUMN "{column}"' for column in gone]


def _asked(answer: ComposeResponse, connection: str, call: Call) -> ComposeResponse:
    """With the question that the same statements would raise in the console."""
    if answer.refused is not None:
        return answer
    sql = ";\n".join(
        part for one in zip(answer.operations, answer.composed, strict=True) for part in _risky(*one)
    )
    asked = call.ask(GUARD, GuardRequest(connection=connection, sql=sql, allow_write=True)) if sql else None
    answer = msgspec.structs.replace(answer, elapsed_ms=round(call.elapsed_ms(), 3))
    if asked is None:
        return answer
    return msgspec.structs.replace(answer, ask=asked.ask, question=asked.question, word=asked.word)
