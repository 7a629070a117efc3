"""What may be sent where: who counts as local, and which requests may change data."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import PurePath
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
    draft: Draft,
    environment: Environment,
    kind: EnvironmentClass,
    base: str,
    count: int,
    confirm: str,
    databases: Sequence[str] = (),
) -> None:
    """Many requests; `databases` are those the capture spoke to. Raises http.blocked, http.confirm."""
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
        raise _ask(draft, base, count, why, on_a_copy(databases))


def on_a_copy(databases: Sequence[str]) -> str:
    """How to replay what writes without touching the data: by hand, since only the user can do it rightly.

    A capture does not tell by which command the application was started, on which port a second one may
    listen, nor by which setting it takes its database: a guess would write where nobody wants it.
    """
    files = [url.partition(":///")[2] for url in databases if url.startswith("sqlite")]
    path = next((file for file in files if file and file != ":memory:"), "")
    if not path:
        copied = "copy its database"
    else:
        name = PurePath(path)
        copied = f"""sqlite3 {shlex.quote(path)} ".backup '{name.with_stem(name.stem + "-copy")}'\""""
    return (
        f"To leave the data alone: 1. {copied}; 2. start the application once more on another port, under "
        "“run”, with its database setting naming the copy; 3. replay in an environment of that address that "
        "says it works on a copy. Backlight does not start it by itself: a capture tells neither its command "
        "nor how it takes its database."
    )


def _ask(draft: Draft, base: str, count: int, why: str, more: str = "") -> Exception:
    host = urlsplit(base).hostname or ""
    detail = f"{draft.method} × {count} to {urlsplit(base).netloc}. {why}".rstrip()
    hint = f"Confirm with the host's name: {host}. An environment that works on a copy needs no asking."
    hint = f"{hint}\n{more}".rstrip()
    return problem("http.confirm", "This request may change data", detail, hint)


def _confirms(confirm: str, base: str) -> bool:
    parts = urlsplit(base)
    return bool(confirm) and confirm in (parts.hostname, parts.netloc)
