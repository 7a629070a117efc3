"""Requests: handlers of the `http` endpoints."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec

from embedded_server.jobs import Call
from embedded_server.leaving import Striker, Survey, cuts
from embedded_server.wire import http as wire
from embedded_server.wire.endpoint import Done, Endpoint
from embedded_server.wire.problem import problem
from embedded_server.wire.replays import Comparison
from embedded_server.wire.trace import Trace

from . import curl_import, exports, har, pytest_export, redact
from .bodies import header
from .captures import draft_of, trace_of
from .compare import compare, side_of_trace
from .plan import secret_name
from .prepare import body_bytes, split_url
from .replay import replay, send, stored_side

MOST = 1000


def diff(request: wire.DiffRequest, call: Call) -> Comparison:
    """Two stored runs, a run and the capture it replays, or two traces.

    Raises http.unknown_run, trace.unknown, request.invalid when nothing is named.
    """
    if request.before_trace or request.after_trace:
        before = side_of_trace(trace_of(request.before_trace, call))
        return compare(before, side_of_trace(trace_of(request.after_trace, call)), request.rules)
    if not request.after_run:
        raise problem("request.invalid", detail="give after_run, or before_trace and after_trace")
    after = stored_side(request.after_run, call)
    if request.before_run:
        return compare(stored_side(request.before_run, call), after, request.rules)
    record = call.services.store.requests.run(request.after_run)
    trace = record.response.trace if record else ""
    return compare(side_of_trace(trace_of(trace, call)), after, request.rules)


def listed(request: wire.ListRequest, call: Call) -> wire.ListResponse:
    """Saved requests and runs, newest first. Source: the workspace."""
    store, limit = call.services.store.requests, max(1, min(request.limit, MOST))
    requests = [] if request.trace else store.drafts(request.query, limit)
    return wire.ListResponse(requests=requests, runs=store.runs(request.trace, limit))


def get(request: wire.GetRequest, call: Call) -> wire.GetResponse:
    """A saved request, a captured one, or a run. Raises http.unknown_*, trace.unknown, request.invalid."""
    store = call.services.store.requests
    if request.run:
        record = store.run(request.run)
        if record is None:
            raise problem("http.unknown_run", detail=request.run)
        return wire.GetResponse(replay=record.response)
    if request.draft:
        saved = store.draft(request.draft)
        if saved is None:
            raise problem("http.unknown_request", detail=request.draft)
        return wire.GetResponse(request=saved)
    if request.trace:
        return wire.GetResponse(request=draft_of(trace_of(request.trace, call)))
    raise problem("request.invalid", detail="give a draft, a trace or a run")


def imported(request: wire.ImportRequest, call: Call) -> wire.ImportResponse:
    """Requests out of a HAR document, a HAR file or a curl command; saved unless `dry_run`.

    Raises http.bad_har and http.bad_curl with the place of the fault, file.missing, file.unreadable.
    """
    text = request.text.lstrip("\ufeff \t\r\n")
    if request.path:
        found = har.read_file(request.path)
    elif (request.format or ("har" if text.startswith("{") else "curl")) == "har":
        found = har.read(request.text.encode("utf-8", "surrogatepass"))
    else:
        found = curl_import.read(request.text)
    drafts = [msgspec.structs.replace(one, folder=request.folder) for one in found.drafts]
    if not request.dry_run:
        drafts = call.services.store.requests.keep(drafts)
    return wire.ImportResponse(requests=drafts, notes=found.notes, ask=found.ask, browser=found.browser)


def export(request: wire.ExportRequest, call: Call) -> wire.ExportResponse:
    """A trace or a saved request as a curl command, a HAR document or a pytest (of a trace only).

    Raises trace.unknown, http.unknown_request, request.invalid.
    """
    trace = trace_of(request.trace, call) if request.trace else None
    draft = draft_of(trace) if trace else get(wire.GetRequest(draft=request.draft), call).request
    if draft is None or (request.format == "pytest" and trace is None):
        raise problem("request.invalid", detail="a pytest is made from a trace")
    before, striker = Survey(), Striker(request.strike)
    _survey(before, request.format, trace, draft)
    trace = striker.strike(trace) if trace is not None else None
    draft = striker.strike(draft)
    cutter = redact.Cutter(keep=request.secrets)
    text, file = _written(request, trace, draft, cutter)
    after, again = Survey(), redact.Cutter(keep=request.secrets)
    _survey(after, request.format, _cut(trace, again) if trace is not None else None, again.draft(draft))
    return wire.ExportResponse(
        text=text,
        file=file,
        redacted=cutter.cut + striker.told(),
        cuts=cuts(before, cutter.cut, striker),
        stays=after.stays,
        more=after.more,
    )


def _written(
    request: wire.ExportRequest, trace: Trace | None, draft: wire.Draft, cutter: redact.Cutter
) -> tuple[str, str]:
    """The text and a name for its file."""
    name = re.sub(r"\W+", "_", draft.name.lower()).strip("_")[:60] or "request"
    if trace is not None and request.format == "pytest":
        text = pytest_export.pytest_file(trace, draft, cutter, request.app, request.fixture)
        return text, f"test_{name}.py"
    if request.format == "har":
        return exports.har(trace, draft, cutter), f"{name}.har"
    return exports.curl(draft, cutter), f"{name}.sh"


def _survey(survey: Survey, form: wire.Format, trace: Trace | None, draft: wire.Draft) -> None:
    """The request, and the answer where the form carries it."""
    kind = header(draft.headers, "content-type")
    survey.target(draft.url)
    survey.message("request", draft.headers, draft.body, kind)
    if trace is None or form == "curl":
        return
    answer = trace.response
    headers = answer.headers if form == "har" else []
    survey.message("response", headers, answer.body, answer.content_type)
    if form == "har":
        survey.binary("response", answer)


def _cut(trace: Trace, cutter: redact.Cutter) -> Trace:
    answer = trace.response
    body = cutter.body(answer.body, answer.content_type) if answer.body else answer.body
    shown = msgspec.structs.replace(answer, headers=cutter.headers(answer.headers), body=body)
    return msgspec.structs.replace(trace, response=shown)


def save(request: wire.SaveRequest, call: Call) -> wire.SaveResponse:
    """Keep a request. Raises http.invalid when its address or body cannot be sent."""
    split_url(request.request.url)
    body_bytes(request.request)
    (kept,) = call.services.store.requests.keep([request.request])
    return wire.SaveResponse(kept)


def delete(request: wire.DeleteRequest, call: Call) -> Done:
    """Remove a saved request, or an environment with its secrets. Raises http.unknown_*."""
    store = call.services.store.requests
    if request.environment:
        gone = store.environment(request.environment)
        if gone is None:
            raise problem("http.unknown_environment", detail=request.environment)
        for name in gone.secrets:
            call.services.secrets.forget(secret_name(gone.name, name))
        store.drop_environment(gone.name)
    elif not store.drop(request.draft):
        raise problem("http.unknown_request", detail=request.draft)
    return Done()


def environments(request: wire.EnvironmentsRequest, call: Call) -> wire.EnvironmentsResponse:
    """All environments by name, or the one named. Raises http.unknown_environment."""
    found = call.services.store.requests.environments()
    if request.name:
        found = [one for one in found if one.name == request.name]
        if not found:
            raise problem("http.unknown_environment", detail=request.name)
    return wire.EnvironmentsResponse(found)


def save_environment(request: wire.SaveEnvironmentRequest, call: Call) -> wire.EnvironmentsResponse:
    """Keep an environment; secrets go to the keyring. Raises http.invalid, request.invalid without a name."""
    given = request.environment
    if not given.name.strip():
        raise problem("request.invalid", detail="an environment needs a name")
    if given.base_url:
        split_url(given.base_url)
    for draft in given.login:
        split_url(draft.url)
    names = set(given.secrets)
    for name, value in request.secrets.items():
        if value:
            call.services.secrets.store(secret_name(given.name, name), value)
            names.add(name)
        else:
            call.services.secrets.forget(secret_name(given.name, name))
            names.discard(name)
    kept = msgspec.structs.replace(given, secrets=sorted(names))
    call.services.store.requests.keep_environment(kept, request.previous)
    return wire.EnvironmentsResponse(call.services.store.requests.environments())


HANDLERS: dict[Endpoint[Any, Any], Callable[[Any, Call], Any]] = {
    wire.SEND: send,
    wire.REPLAY: replay,
    wire.DIFF: diff,
    wire.LIST: listed,
    wire.GET: get,
    wire.SAVE: save,
    wire.DELETE: delete,
    wire.IMPORT: imported,
    wire.EXPORT: export,
    wire.ENVIRONMENTS: environments,
    wire.SAVE_ENVIRONMENT: save_environment,
}
