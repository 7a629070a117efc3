"""After a trial was killed: what it left is removed, and what happened is told."""

from __future__ import annotations

import logging

from embedded_server.engines.base import Session
from embedded_server.explain.explainers import postgresql as pg
from embedded_server.services import Services
from embedded_server.store.trials import Unfinished
from embedded_server.wire.problem import ProblemError

from . import switching

log = logging.getLogger("backlight.explain")

_BACKENDS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s"
_LEFT = (
    "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relname = %s"
)


def mend(services: Services) -> list[str]:
    """Look after every trial whose process is gone; returns what was found, a sentence each.

    A database that cannot be reached now is looked at again at the next start.
    """
    told: list[str] = []
    for trial in services.store.trials.unfinished():
        try:
            found = _mended(services, trial)
        except ProblemError as error:
            log.warning("trial %s on %s: %s", trial.id, trial.connection, error.problem.title)
            continue
        when = f"{trial.at[:10]} {trial.at[11:19]} UTC"
        text = f"Backlight ended while it tried {trial.make} on {trial.connection} ({when}). {found}"
        if services.store.trials.end(trial.id, "mended", text):
            told.append(text)
            services.events.emit("explain.mended", trial=trial.id, text=text)
    return told


def _mended(services: Services, trial: Unfinished) -> str:
    if trial.facts.get("kind") == switching.KIND:
        return switching.mended(services, trial)
    line = services.line(trial.connection)
    session = line.open_session()
    try:
        return _postgres(session, trial) if line.engine.name == "postgresql" else _sqlite(session, trial)
    finally:
        session.close()


def _postgres(session: Session, trial: Unfinished) -> str:
    ended = pg.run(session, _BACKENDS, [f"backlight trial {trial.id}"])
    left = pg.run(session, _LEFT, [trial.facts.get("name", "")])
    for schema, name in left:
        session.execute(f'DROP INDEX "{schema}"."{name}"').close()
    if left:
        return "The index had been left behind; it was removed."
    if ended:
        return "Its transaction was still open; it was ended, and PostgreSQL rolled it back."
    return "PostgreSQL had rolled its transaction back; nothing of it is left."


def _sqlite(session: Session, trial: Unfinished) -> str:
    name = str(trial.facts.get("name", ""))
    with session.execute("SELECT count(*) FROM sqlite_schema WHERE name = ?", [name]) as reading:
        ((left,),) = list(reading.block(1).rows())
    if left:
        session.execute(f'DROP INDEX "{name}"').close()
        return "The index had been left behind; it was removed."
    return "SQLite had rolled its transaction back; nothing of it is left in the file."
