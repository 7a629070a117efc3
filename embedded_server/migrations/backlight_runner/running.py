"""Upgrade, downgrade, stamp and rehearsal: the same steps, told one by one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import event
from sqlalchemy.engine import Engine

from .channel import Channel
from .environment import Environment
from .watch import Watch


class RolledBack(BaseException):
    """The rehearsal is over: env.py's own transaction takes everything back."""


class Busy(Exception):
    """Another apply holds the database's advisory lock."""


class Veto(Exception):
    """A rehearsed revision tried to commit."""


class Run:
    """One pass over revisions. `dry` rolls everything back at the end."""

    def __init__(self, job: dict[str, Any], environment: Environment, channel: Channel, watch: Watch) -> None:
        self.job = job
        self.environment = environment
        self.channel = channel
        self.watch = watch
        self.dry = bool(job.get("dry"))
        self.connection: Any | None = None

    def go(self) -> None:
        """Run env.py with our steps."""
        _adjust(self)
        _sqlite_transactions(self)
        script = self.environment.script
        context = EnvironmentContext(self.environment.config, script, fn=self._steps, **self._options())
        with context:
            script.run_env()

    def _options(self) -> dict[str, Any]:
        return {"starting_rev": None, "destination_rev": self.job["revision"], "dont_mutate": False}

    def _steps(self, current: Any, context: MigrationContext) -> Iterator[Any]:
        """Alembic takes the steps from here: before each yield one begins, after it one has ended."""
        plan = self._plan(current)
        self.channel.say(
            "plan",
            current=list(_texts(current)),
            revisions=[_name(step) for step in plan],
            per_revision=bool(getattr(context, "_transaction_per_migration", False)),
            transactional=bool(context.impl.transactional_ddl),
            engine=context.dialect.name,
        )
        for number, step in enumerate(plan, 1):
            self.channel.check()
            name = _name(step)
            self.watch.enter(name)
            self.channel.say("revision", revision=name, n=number, of=len(plan))
            yield step
            self.watch.enter("")
            self.channel.say("revision_done", revision=name, n=number, of=len(plan))
        if self.dry:
            raise RolledBack()

    def _plan(self, current: Any) -> list[Any]:
        script, target = self.environment.script, self.job["revision"]
        moves: dict[str, Callable[[Any, Any], Iterable[Any]]] = {
            "upgrade": script._upgrade_revs,
            "downgrade": script._downgrade_revs,
            "stamp": script._stamp_revs,
        }
        return list(moves[self.job["direction"]](target, current))


def _name(step: Any) -> str:
    revision = getattr(step, "revision", None)
    if revision is not None and not isinstance(revision, (str, tuple)):
        return str(revision.revision)
    return ", ".join(map(str, step.to_revisions)) or "base"


def _texts(found: Any) -> list[str]:
    if not found:
        return []
    return [found] if isinstance(found, str) else [str(item) for item in found]


def _adjust(run: Run) -> None:
    """Wrap what env.py calls: the transaction's extent, the lock, what a rehearsal must not do."""
    configure = EnvironmentContext.configure
    forced = run.job.get("per_revision", True) and not run.dry

    def configured(context: Any, *places: Any, **named: Any) -> Any:
        connection = named.get("connection") or (places[0] if places else None)
        if not run.dry:
            if forced:
                named["transaction_per_migration"] = True
        else:
            named["transaction_per_migration"] = False
        if connection is not None:
            run.connection = connection
            if connection.dialect.name == "sqlite":
                named["transactional_ddl"] = True
            if not run.dry:
                _take_lock(connection, run)
        return configure(context, *places, **named)

    EnvironmentContext.configure = configured  # type: ignore[method-assign,assignment]
    if run.dry:
        MigrationContext.autocommit_block = _inside  # type: ignore[method-assign,assignment]
        event.listen(Engine, "commit", _Veto(run))


@contextlib.contextmanager
def _inside(_: Any) -> Iterator[None]:
    """A block that would run outside the transaction stays in it while rehearsing."""
    yield


class _Veto:
    def __init__(self, run: Run) -> None:
        self._run = run

    def __call__(self, _: Any) -> None:
        if self._run.watch.revision:
            raise Veto("a rehearsed revision tried to commit")


def _take_lock(connection: Any, run: Run) -> None:
    """Two applies at once would run the same revisions twice."""
    question = {
        "postgresql": "SELECT pg_try_advisory_lock(727274, 1)",
        "mysql": "SELECT GET_LOCK(CONCAT('backlight.', DATABASE()), 0)",
        "mariadb": "SELECT GET_LOCK(CONCAT('backlight.', DATABASE()), 0)",
    }.get(connection.dialect.name)
    if question is None:
        return
    raw = connection.connection
    cursor = raw.cursor()
    try:
        cursor.execute(question)
        taken = cursor.fetchone()[0]
    finally:
        cursor.close()
    if not connection.in_transaction():
        raw.rollback()
    if not taken:
        raise Busy("another apply runs on this database")


def _sqlite_transactions(run: Run) -> None:
    """The driver begins no transaction before DDL by itself; then a failed revision stays half done."""

    def begin(connection: Any) -> None:
        if connection.dialect.name != "sqlite":
            return
        raw = connection.connection.dbapi_connection
        inner = getattr(raw, "driver_connection", raw)
        if connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            return
        if getattr(inner, "autocommit", -1) in (True, False):
            return
        raw.isolation_level = None
        off = run.job.get("foreign_keys_off")
        cursor = raw.cursor()
        try:
            if off and not getattr(inner, "in_transaction", False):
                cursor.execute("PRAGMA foreign_keys = OFF")
            if not getattr(inner, "in_transaction", False):
                cursor.execute("BEGIN IMMEDIATE" if run.watch.revision or run.dry else "BEGIN")
        finally:
            cursor.close()

    event.listen(Engine, "begin", begin)
