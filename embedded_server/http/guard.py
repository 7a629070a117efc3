"""What may be sent where: who counts as local, and which requests may change data."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from embedded_server.wire.http import Draft, Environment, EnvironmentClass
from embedded_server.wire.problem import problem

_READS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def is_here(host: str) -> bool:
    """Whether a host's name or address is this machine."""
    host = host.strip("[]").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def class_of(environment: Environment, base: str) -> EnvironmentClass:
    """The environment's own class, else by the host: another machine is shared."""
    if environment.class_:
        return environment.class_
    return "local" if is_here(urlsplit(base).hostname or "") else "shared"


def may_write(draft: Draft) -> bool:
    """By its method, or because its capture wrote to the database."""
    return draft.writes or draft.method.upper() not in _READS


def check_send(draft: Draft, kind: EnvironmentClass, base: str, confirm: str) -> None:
    """One request: free on this machine; elsewhere what writes needs the host's name. Raises http.confirm."""
    if kind != "local" and may_write(draft) and not _confirms(confirm, base):
        raise _ask(draft, base, 1, f"The environment is {kind}.")


def check_replay(
    draft: Draft, environment: Environment, kind: EnvironmentClass, base: str, count: int, confirm: str
) -> None:
    """Many requests. Raises http.blocked (no confirmation helps) and http.confirm."""
    if kind == "production" and count > 1:
        raise problem(
            "http.blocked",
            "Nothing is replayed on production",
            f"{count} requests to {base}",
            "One request without warm-up may be sent; compare on a copy.",
        )
    if not may_write(draft):
        return
    if kind != "local":
        why = "its capture wrote to the database" if draft.writes else f"{draft.method} may change data"
        raise problem(
            "http.blocked",
            f"This request is not replayed on a {kind} environment",
            f"{why}; {base}",
            "Replay it on this machine, against a copy of the database.",
        )
    if not environment.copy and not _confirms(confirm, base):
        why = "Its capture wrote to the database." if draft.writes else ""
        raise _ask(draft, base, count, why)


def _ask(draft: Draft, base: str, count: int, why: str) -> Exception:
    host = urlsplit(base).hostname or ""
    detail = f"{draft.method} × {count} to {urlsplit(base).netloc}. {why}".rstrip()
    hint = f"Confirm with the host's name: {host}. An environment that works on a copy needs no asking."
    return problem("http.confirm", "This request may change data", detail, hint)


def _confirms(confirm: str, base: str) -> bool:
    parts = urlsplit(base)
    return bool(confirm) and confirm in (parts.hostname, parts.netloc)
