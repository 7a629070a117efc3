"""Handlers of `connections.*`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

from embedded_server.engines.base import SessionInfo, Target
from embedded_server.engines.registry import engine_for
from embedded_server.jobs import Call
from embedded_server.targets import class_of, resolve, split_secret, url_of
from embedded_server.wire import connections as wire
from embedded_server.wire.endpoint import Done, Endpoint, Nothing
from embedded_server.wire.problem import problem

from .discover import discover_in


def list_(_: Nothing, call: Call) -> wire.ProfileList:
    """All saved connections, most recently used first."""
    return wire.ProfileList(call.services.store.profiles.all())


def save(request: wire.SaveRequest, call: Call) -> wire.SaveResponse:
    """Create or replace a connection. A password inside the URL is moved to the secrets.

    Raises connection.invalid for an empty name or an unusable URL, connection.driver.
    """
    profile = request.connection
    name = profile.name.strip()
    if not name or "://" in name:
        raise problem("connection.invalid", detail=profile.name, hint="Give it a short name.")
    url, inline = split_secret(url_of(profile.url))
    engine_for(url)
    secret = request.secret if request.secret is not None else inline
    stored = _keep_secret(call, name, request.previous, secret)
    has_secret = stored != "none" if secret is not None else profile.has_secret
    saved = call.services.store.profiles.save(
        msgspec.structs.replace(profile, name=name, url=url, has_secret=has_secret), request.previous
    )
    call.services.forget()
    call.services.disconnect(url)
    call.services.events.emit("connections.changed", connection=name)
    return wire.SaveResponse(saved, stored)


def _keep_secret(
    call: Call, name: str, previous: str, secret: str | None
) -> Literal["keyring", "memory", "none"]:
    secrets = call.services.secrets
    if secret is None and previous and previous != name:
        secret = secrets.get(previous)
    if previous and previous != name:
        secrets.forget(previous)
    if secret:
        return secrets.store(name, secret)
    if secret == "":
        secrets.forget(name)
    return "none"


def delete(request: wire.ConnectionRequest, call: Call) -> Done:
    """Forget a saved connection and its password. Raises connection.unknown."""
    profile = call.services.store.profiles.get(request.connection)
    if profile is None or not call.services.store.profiles.delete(request.connection):
        raise problem("connection.unknown", detail=request.connection)
    call.services.secrets.forget(request.connection)
    call.services.forget()
    call.services.disconnect(profile.url)
    call.services.events.emit("connections.changed", connection=request.connection)
    return Done()


def test(request: wire.TestRequest, call: Call) -> wire.TestResponse:
    """Open a session of its own, ask who answers, measure one round trip, close.

    Times in milliseconds. Raises the connection.*, file.* or secret.needed problem that explains
    why it cannot be opened.
    """
    if request.shared:
        return _introduced(request, call)
    profile, target = _tested(request, call)
    engine = engine_for(target.url)
    before = time.perf_counter()
    ear = call.services.sent.ear(profile.name, engine.name, profile.url, "test")
    ear.purpose, ear.call = call.name, call.id
    with ear.opening():
        session = call.services.tunnels.open(engine, target)
    try:
        connected = time.perf_counter()
        session.info()
        asked = time.perf_counter()
        info = session.info()
        answered = time.perf_counter()
    finally:
        session.close()
    if request.profile is None and request.connection:
        call.services.store.profiles.used(request.connection)
    latency, connecting = (answered - asked) * 1000, (connected - before) * 1000
    return _answer(engine.name, profile, info, round(latency, 3), round(connecting, 3))


def _introduced(request: wire.TestRequest, call: Call) -> wire.TestResponse:
    """What a session of the connection's lane said of itself when it was opened."""
    if request.profile is not None or request.secret is not None:
        raise problem(
            "request.invalid", detail="shared goes with a connection, not with what is not saved yet"
        )
    with call.session(request.connection, allow_write=request.allow_write) as lease:
        answer = _answer(lease.engine.name, lease.profile, lease.info, 0.0, 0.0)
    call.services.store.profiles.used(request.connection)
    return answer


def _answer(
    engine: str, profile: wire.Profile, info: SessionInfo, latency_ms: float, connect_ms: float
) -> wire.TestResponse:
    return wire.TestResponse(
        engine=engine,
        server_version=info.server_version,
        class_=profile.class_,
        read_only=info.read_only,
        latency_ms=latency_ms,
        connect_ms=connect_ms,
        database=info.database,
        user=info.user,
        tls=info.tls,
        zone=info.zone,
        notes=info.notes,
    )


def _tested(request: wire.TestRequest, call: Call) -> tuple[wire.Profile, Target]:
    if request.profile is None:
        profile, target = resolve(
            call.services.store, call.services.secrets, request.connection, allow_write=request.allow_write
        )
    else:
        profile = request.profile
        url, inline = split_secret(url_of(profile.url))
        secret = inline or call.services.secrets.get(profile.name, stored=profile.has_secret)
        target = Target(url, secret, profile.read_only, profile.options, profile.name)
    if request.secret is not None:
        target = msgspec.structs.replace(target, secret=request.secret)
    return profile, target


def unlock(request: wire.UnlockRequest, call: Call) -> Done:
    """Take the password that `secret.needed` asked for."""
    if request.question:
        destination, _, prompt = request.question.partition("\n")
        call.services.tunnels.answer(destination, prompt, request.secret)
        return Done()
    secrets, profiles = call.services.secrets, call.services.store.profiles
    profile = profiles.get(request.connection)
    if profile is not None and request.remember:
        secrets.store(profile.name, request.secret)
        profiles.save(msgspec.structs.replace(profile, has_secret=True))
    else:
        name, _ = split_secret(request.connection)
        secrets.remember(name, request.secret)
    call.services.forget()
    call.services.events.emit("connections.changed", connection=request.connection)
    return Done()


def close(request: wire.ConnectionRequest, call: Call) -> Done:
    """Disconnect: close every session of this database, roll back what is open."""
    _, target = call.services.target(request.connection, allow_write=request.allow_write)
    call.services.disconnect(target.url)
    return Done()


def discover(request: wire.DiscoverRequest, _: Call) -> wire.DiscoverResponse:
    """Connections named in a project's files. Raises file.missing when the folder does not exist."""
    found = discover_in(_folder(request.folder))
    listed = [wire.Discovered(f.name, f.url, f.source, f.secret is not None) for f in found]
    return wire.DiscoverResponse(listed)


def adopt(request: wire.AdoptRequest, call: Call) -> wire.SaveResponse:
    """Save a discovered connection; its password is read again from the same source."""
    for found in discover_in(_folder(request.folder)):
        if found.url == request.url and found.source == request.source:
            profile = wire.Profile(_free_name(call, request.name or found.name), found.url)
            kind = class_of(found.url)
            profile = msgspec.structs.replace(profile, class_=kind, read_only=kind != "local")
            return save(wire.SaveRequest(profile, secret=found.secret), call)
    raise problem("connection.unknown", detail=f"{request.source} does not name it any more")


def _folder(text: str) -> Path:
    folder = Path(os.path.expanduser(text))
    if not folder.is_dir():
        raise problem("file.missing", "This folder does not exist", detail=text)
    return folder


def _free_name(call: Call, wanted: str) -> str:
    name, number = wanted, 2
    while call.services.store.profiles.get(name) is not None:
        name, number = f"{wanted} {number}", number + 1
    return name


HANDLERS: dict[Endpoint[Any, Any], Callable[..., Any]] = {
    wire.LIST: list_,
    wire.SAVE: save,
    wire.DELETE: delete,
    wire.TEST: test,
    wire.UNLOCK: unlock,
    wire.CLOSE: close,
    wire.DISCOVER: discover,
    wire.ADOPT: adopt,
}
