"""No connection but to the chosen database, whatever env.py or the application say."""

from __future__ import annotations

import os
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from .channel import Channel
from .target import Target, family, identity, replace, shown


class Refused(Exception):
    """A connection to another place was refused before it was made."""


class Guard:
    """Watches every SQLAlchemy engine of this process; `seen` are the sessions that were opened."""

    def __init__(self, target: Target, job: dict[str, Any], channel: Channel) -> None:
        self.target = target
        self.read_only = bool(job.get("read_only", True))
        self.redirect = bool(job.get("redirect"))
        self.lock_ms = int(job.get("lock_timeout_ms") or 0)
        self.statement_ms = int(job.get("statement_timeout_ms") or 0)
        self.foreign_keys_off = bool(job.get("foreign_keys_off"))
        self.channel = channel
        self.refused = ""
        self._told = False
        event.listen(Engine, "do_connect", self._connect)
        event.listen(Pool, "connect", self._connected)

    def _connect(self, dialect: Any, _: Any, places: list[Any], named: dict[str, Any]) -> None:
        engine = family(dialect.name)
        found = identity(engine, places, named)
        if found != self.target.identity:
            if not (self.redirect and engine == self.target.engine):
                self._refuse(shown(found))
            url = self.target.url("%s+%s" % (dialect.name, dialect.driver))
            replace(places, named, dialect.create_connect_args(url))
            if not self._told:
                self._told = True
                self.channel.say("redirected", place=shown(found), to=self.target.shown())
        if engine == "sqlite" and not os.path.exists(self.target.identity[1]):
            self._refuse(shown(self.target.identity) + " (there is no such file)")

    def _refuse(self, place: str) -> None:
        self.refused = place
        raise Refused("Backlight refused a connection to %s; chosen is %s" % (place, self.target.shown()))

    def _connected(self, raw: Any, record: Any) -> None:
        """Settle the session before anybody uses it."""
        settings = {"sqlite": self._sqlite, "postgresql": self._postgresql, "mysql": self._mysql}
        settle = settings.get(self.target.engine)
        if settle is not None:
            settle(raw)
        stop = getattr(raw, "interrupt", None)
        if stop is not None:
            self.channel.interrupts.append(stop)

    def _sqlite(self, raw: Any) -> None:
        if self.read_only:
            self._run(raw, ["PRAGMA query_only = ON"])

    def _postgresql(self, raw: Any) -> None:
        texts = ["SET application_name = 'Backlight migrations'"]
        if self.read_only:
            texts.append("SET default_transaction_read_only = on")
        if self.lock_ms:
            texts.append("SET lock_timeout = %d" % self.lock_ms)
        if self.statement_ms:
            texts.append("SET statement_timeout = %d" % self.statement_ms)
        number = self._run(raw, texts, "SELECT pg_backend_pid()")
        self.channel.say("session", backend=number)
        stop = getattr(raw, "cancel", None)
        if stop is not None:
            self.channel.interrupts.append(_OrphanOnly(self.channel, stop))

    def _mysql(self, raw: Any) -> None:
        texts = []
        if self.read_only:
            texts.append("SET SESSION TRANSACTION READ ONLY")
        if self.lock_ms:
            texts.append("SET SESSION lock_wait_timeout = %d" % max(1, self.lock_ms // 1000))
        self.channel.say("session", backend=self._run(raw, texts, "SELECT CONNECTION_ID()"))

    def _run(self, raw: Any, texts: list[str], question: str = "") -> int | None:
        cursor = raw.cursor()
        found: int | None = None
        try:
            for text in texts:
                cursor.execute(text)
            if question:
                cursor.execute(question)
                found = int(cursor.fetchone()[0])
        finally:
            cursor.close()
        if self.target.engine != "sqlite":
            raw.commit()
        return found


class _OrphanOnly:
    """A server that is there cancels over its own connection; one that is gone cannot."""

    def __init__(self, channel: Channel, stop: Any) -> None:
        self._channel, self._stop = channel, stop

    def __call__(self) -> None:
        if self._channel.orphan:
            self._stop()
