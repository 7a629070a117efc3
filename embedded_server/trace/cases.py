"""Handlers of cases: a trace written up with all that was done about it, and taken in again elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec

from embedded_server.jobs import Call
from embedded_server.leaving import Striker, Survey, cuts
from embedded_server.wire import cases as wire
from embedded_server.wire import connections, explain, http
from embedded_server.wire.endpoint import Endpoint
from embedded_server.wire.explain import StatementResponse
from embedded_server.wire.problem import ProblemError, problem
from embedded_server.wire.trace import Trace
from embedded_server.wire.version import VERSION

from .case_page import page
from .case_secrets import Cutter

LARGEST_FILE = 64 << 20


def export(request: wire.ExportRequest, call: Call) -> wire.ExportResponse:
    """The case as a file's text. Raises trace.unknown."""
    found = call.services.store.traces.get(request.trace)
    if found is None:
        raise problem("trace.unknown", detail=request.trace, hint="It may have been removed to make room.")
    before, after, striker, cutter = Survey(), Survey(), Striker(request.strike), Cutter()
    before.trace(found)
    case = striker.strike(gather(found, call, cutter, request))
    case = msgspec.structs.replace(case, redacted=cutter.cut + striker.told())
    after.trace(case.trace)
    name = re.sub(r"[^A-Za-z0-9]+", "-", case.title).strip("-").lower()[:60] or "request"
    html = request.format == "html"
    text = page(case) if html else msgspec.json.format(msgspec.json.encode(case), indent=1).decode()
    return wire.ExportResponse(
        text=text,
        file=f"{name}.html" if html else f"{name}.backlight-case",
        redacted=case.redacted,
        cuts=cuts(before, cutter.cut, striker),
        stays=after.stays,
        more=after.more,
    )


def gather(found: Trace, call: Call, cutter: Cutter, request: wire.ExportRequest) -> wire.Case:
    """All that the workspace knows about a trace, redacted."""
    key, trace = request.trace, cutter.trace(found)
    return wire.Case(
        backlight_case=wire.FORMAT,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        backlight=VERSION,
        title=f"{trace.summary.method} {trace.summary.target}",
        trace=trace,
        curl=_exported("curl", key, call, request),
        pytest=_exported("pytest", key, call, request),
        plans=_plans(key, call),
        runs=_runs(key, call),
        engines=_engines(found, call),
    )


def _exported(form: http.Format, key: str, call: Call, request: wire.ExportRequest) -> str:
    app = request.app if form == "pytest" else ""
    asked = http.ExportRequest(format=form, trace=key, app=app, strike=request.strike)
    try:
        answer = call.ask(http.EXPORT, asked)
    except ProblemError:
        return ""  # a request that cannot be written in that form does not keep the rest from travelling
    return answer.text if answer is not None else ""


def _plans(key: str, call: Call) -> list[wire.CasePlan]:
    listed = call.ask(explain.PLANS, explain.PlansRequest(limit=500))
    found = []
    for one in listed.plans if listed is not None else []:
        stored = call.services.store.plans.get(one.id) if one.trace == key else None
        if stored is not None:
            found.append(wire.CasePlan(at=one.at, sql=one.sql, plan=msgspec.to_builtins(stored)))
    return found


def _runs(key: str, call: Call) -> list[wire.CaseRun]:
    listed = call.ask(http.LIST, http.ListRequest(trace=key))
    found = []
    for one in listed.runs if listed is not None else []:
        answer = call.ask(http.GET, http.GetRequest(run=one.run))
        if answer is not None and answer.replay is not None:
            result = msgspec.to_builtins(answer.replay)
            # What was sent stands in the trace, redacted; here it would not be.
            result.pop("sent", None)
            found.append(
                wire.CaseRun(
                    id=one.run, at=one.at, request={"host": one.host, "count": one.count}, result=result
                )
            )
    return found


def _engines(trace: Trace, call: Call) -> list[wire.CaseEngine]:
    found: dict[str, wire.CaseEngine] = {}
    for one in trace.statements:
        if one.database and one.database not in found:
            found[one.database] = _engine(one.database, one.dialect, one.connection, call)
    return list(found.values())


def _engine(database: str, dialect: str, connection: str, call: Call) -> wire.CaseEngine:
    try:
        answer = call.ask(connections.TEST, connections.TestRequest(connection=connection or database))
    except ProblemError as error:
        return wire.CaseEngine(database=database, dialect=dialect, problem=error.problem.title)
    if answer is None:
        return wire.CaseEngine(database=database, dialect=dialect)
    settings = {"zone": answer.zone, "read_only": str(answer.read_only).lower()}
    return wire.CaseEngine(
        database=database,
        dialect=dialect,
        version=f"{answer.engine} {answer.server_version}",
        settings=settings,
    )


def take_in(request: wire.ImportRequest, call: Call) -> wire.ImportResponse:
    """Store a case's trace, steps and plans. Raises case.invalid, case.newer, file.*."""
    case = _decoded(request.text or _read(request.path))
    store = call.services.store
    key = case.trace.summary.id
    if not key or store.traces.summary(key) is not None:
        key = uuid4().hex
    # Marked by hand: a colleague's request is never pruned before somebody looked at it.
    summary = msgspec.structs.replace(case.trace.summary, id=key, source="import", run="", origin="")
    store.traces.add([msgspec.structs.replace(case.trace, summary=summary, steps=[])])
    store.traces.pin(key, True)
    for step in case.trace.steps:
        store.steps.add(key, step.kind, step.text, None, step.facts)
    plans = 0
    for plan in case.plans:
        answer = msgspec.convert(plan.plan, StatementResponse)
        store.plans.add(msgspec.structs.replace(answer, origin=key), "")
        plans += 1
    call.services.events.emit("trace.new", ids=[key])
    return wire.ImportResponse(
        trace=key, title=case.title, plans=plans, runs=len(case.runs), steps=len(case.trace.steps)
    )


def _read(path: str) -> str:
    if not path:
        raise problem("request.invalid", detail="give the case's text or the path of its file")
    file = Path(path)
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise problem("case.invalid", detail=f"{path} is larger than {LARGEST_FILE >> 20} MiB")
        return file.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise problem("file.missing", detail=path) from error
    except UnicodeDecodeError as error:
        raise problem(
            "case.invalid", detail=f"{path} is no text: {error.reason} at byte {error.start}"
        ) from error
    except OSError as error:
        raise problem("file.unreadable", detail=f"{path}: {error.strerror}") from error


class _Version(msgspec.Struct):
    backlight_case: int


def _decoded(text: str) -> wire.Case:
    try:
        version = msgspec.json.decode(text.encode(), type=_Version).backlight_case
        if version > wire.FORMAT:
            detail = f"version {version} of the format, this Backlight knows {wire.FORMAT}"
            raise problem("case.newer", detail=detail, hint="Open it with the Backlight that wrote it.")
        return msgspec.json.decode(text.encode(), type=wire.Case)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as error:
        hint = "A case is a .backlight-case file, written by Export of a request."
        raise problem("case.invalid", detail=str(error), hint=hint) from error


HANDLERS: dict[Endpoint[Any, Any], Callable[..., Any]] = {wire.EXPORT: export, wire.IMPORT: take_in}
