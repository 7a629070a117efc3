"""What is sent where: the draft, the environment, and a connection for it."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import msgspec

from embedded_server.jobs import Call
from embedded_server.wire.http import Draft, Environment, EnvironmentClass, ReplayRequest, SendRequest
from embedded_server.wire.problem import ProblemError, problem

from . import guard
from .captures import draft_of, trace_of
from .engine import Engine
from .prepare import base_of
from .session import Session


@dataclass
class Plan:
    """What is sent where."""

    draft: Draft
    environment: Environment
    base: str
    kind: EnvironmentClass

    @property
    def host(self) -> str:
        return urlsplit(self.base).netloc


def plan(request: SendRequest | ReplayRequest, call: Call) -> Plan:
    """Resolve what is to be sent and where. Raises trace.unknown, http.unknown_*, http.invalid."""
    draft = _draft(request, call)
    environment = _environment(request.environment, call)
    base = base_of(draft, environment, request.base_url)
    return Plan(draft, environment, base, guard.class_of(environment, base))


def _draft(request: SendRequest | ReplayRequest, call: Call) -> Draft:
    if request.request is not None:
        draft = request.request
        if draft.trace and not draft.writes:
            known = call.services.store.traces.get(draft.trace)
            # An edited capture that wrote counts as writing still.
            draft = msgspec.structs.replace(draft, writes=known is not None and draft_of(known).writes)
        return draft
    if request.draft:
        saved = call.services.store.requests.draft(request.draft)
        if saved is None:
            raise problem("http.unknown_request", detail=request.draft)
        return saved
    if request.trace:
        return draft_of(trace_of(request.trace, call))
    raise problem("request.invalid", detail="give a request, a draft or a trace")


def _environment(name: str, call: Call) -> Environment:
    if not name:
        return Environment()
    found = call.services.store.requests.environment(name)
    if found is None:
        known = ", ".join(one.name for one in call.services.store.requests.environments())
        raise problem("http.unknown_environment", detail=name, hint=f"Known: {known}" if known else "")
    return found


def secret_name(environment: str, name: str) -> str:
    """Under what the keyring has an environment's secret."""
    return f"http {environment} {name}"


def session_for(engine: Engine, made: Plan, call: Call) -> Session:
    def secret(name: str) -> str | None:
        return call.services.secrets.get(secret_name(made.environment.name, name))

    return Session(engine, made.environment, made.base, secret)


def engine_for(request: SendRequest | ReplayRequest, call: Call) -> Engine:
    def cancelled() -> bool:
        try:
            call.check()
        except ProblemError:
            return True
        return False

    return Engine(
        timeout_ms=max(1, min(request.timeout_ms, 600_000)),
        max_bytes=max(0, min(request.max_bytes, 64 << 20)),
        cancelled=cancelled,
    )
