"""An index that is there for one block of requests and not for the next.

Other sessions have to see it, so it is no transaction that is rolled back: the journal says before anything
is done how the database was, and whoever comes next puts it back.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from embedded_server.engines.base import Session
from embedded_server.explain.candidates import create
from embedded_server.explain.explainers import postgresql as pg
from embedded_server.explain.facts import table_facts
from embedded_server.jobs import Call
from embedded_server.lanes import Line
from embedded_server.services import Services
from embedded_server.store.trials import Unfinished
from embedded_server.wire.data import Index
from embedded_server.wire.explain import IndexColumns
from embedded_server.wire.problem import problem
from embedded_server.wire.switching import SwitchRequest, SwitchResponse

KIND = "switch"
ENGINES = ("sqlite", "postgresql")
_HERE_PG = (
    "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relname = %s AND (%s = '' OR n.nspname = %s) AND c.relkind IN ('i', 'I')"
)
_BOUND_PG = "SELECT count(*) FROM pg_constraint k JOIN pg_class c ON c.oid = k.conindid WHERE c.relname = %s"
_HERE_SQLITE = "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name = ?"


def switch(request: SwitchRequest, call: Call) -> SwitchResponse:
    """Begin, switch, or finish. Raises explain.not_local, explain.trial, data.unknown_*, sql.*."""
    if not request.switch:
        return _begin(request, call)
    known = call.services.store.trials.open(request.switch)
    if known is None or known.facts.get("kind") != KIND:
        raise problem("explain.trial", detail=f"There is no open switch {request.switch}.")
    wanted = bool(known.facts["original"]) if request.finish else request.on
    there = put(call.services, known, wanted)
    if request.finish:
        call.services.store.trials.end(known.id, "done", "The index is as it was before.")
    return _answer(known.id, known.facts, there)


def _answer(key: str, facts: dict[str, Any], there: bool) -> SwitchResponse:
    return SwitchResponse(switch=key, name=str(facts["name"]), there=there, original=bool(facts["original"]))


def _begin(request: SwitchRequest, call: Call) -> SwitchResponse:
    line = call.services.line(request.connection)
    _permit(line)
    with call.own(request.connection, read_only=True) as lease:
        facts = table_facts(lease, request.schema, request.table)
        if facts is None:
            raise problem("data.unknown_table", detail=request.table)
        names = {column.name for column in facts.table.columns}
        unknown = [column for column in request.columns if column not in names]
        if unknown or not request.columns:
            raise problem("data.unknown_column", detail=", ".join(unknown) or "the index has no columns")
        found = next((one for one in facts.table.indexes if one.columns == request.columns), None)
        if found is not None:
            _plain(found, lease.session, lease.engine.name)
        key = uuid4().hex[:12]
        index = IndexColumns(facts.table.table, list(request.columns), request.schema)
        # A name of its own: what is removed afterwards is never somebody else's.
        name = found.name if found is not None else f"backlight_switch_{key}"
        make = found.definition if found is not None else create(index, name, lease.grammar)
        where = "" if lease.engine.name == "sqlite" else request.schema
        drop = f"DROP INDEX {lease.grammar.table(where, name)}"
    about: dict[str, Any] = {
        "id": key,
        "kind": KIND,
        "engine": line.engine.name,
        "name": name,
        "schema": request.schema,
    }
    about |= {"original": found is not None, "make": make, "drop": drop, "table": request.table}
    call.services.store.trials.begin(request.connection, make, make if found else drop, about)
    return _answer(key, about, found is not None)


def _permit(line: Line) -> None:
    if line.engine.name not in ENGINES:
        title = line.engine.title
        raise problem("data.unsupported", f"An index is not switched off and on again on {title} yet")
    if line.target.read_only:
        raise problem("sql.read_only", detail=line.profile.name, hint="Switching an index writes.")
    if line.profile.class_ != "local":
        hint = "Everybody who works there would lose the index for that time."
        raise problem("explain.not_local", detail=f"{line.profile.name} is {line.profile.class_}.", hint=hint)


def _plain(index: Index, session: Session, engine: str) -> None:
    """Only one that holds nothing but speed, and that its definition makes again."""
    bound = index.unique or index.primary or not index.definition or not index.valid
    if engine == "postgresql" and not bound:
        ((count,),) = pg.run(session, _BOUND_PG, [index.name])
        bound = int(count) > 0
    if bound:
        detail = f"{index.name} keeps rows apart or belongs to a constraint: it is not switched off."
        raise problem("explain.trial", detail=detail)


def put(services: Services, known: Unfinished, wanted: bool) -> bool:
    """Have the index there, or not; on a session of its own, which no cancel reaches."""
    facts = known.facts
    line = services.line(known.connection)
    session = line.open_session()
    try:
        if facts["engine"] == "postgresql":
            session.execute("SET lock_timeout = 5000").close()
        if _here(session, facts) != wanted:
            session.execute(str(facts["make"] if wanted else facts["drop"])).close()
        return _here(session, facts)
    finally:
        session.close()


def _here(session: Session, facts: dict[str, Any]) -> bool:
    name, schema = str(facts["name"]), str(facts["schema"])
    if facts["engine"] == "postgresql":
        ((count,),) = pg.run(session, _HERE_PG, [name, schema, schema])
    else:
        with session.execute(_HERE_SQLITE, [name]) as reading:
            ((count,),) = list(reading.block(1).rows())
    return int(count) > 0


def mended(services: Services, known: Unfinished) -> str:
    """After a kill: the database as it was before, in words."""
    wanted = bool(known.facts["original"])
    there = put(services, known, wanted)
    if there != wanted:
        raise problem("explain.trial", "The index could not be put back", str(known.facts["name"]))
    state = "It is there again." if wanted else "It is gone again."
    return f"The index had been switched off and on to measure. {state}"
