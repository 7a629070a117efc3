"""From what a request calls a connection to what an engine needs to open it."""

from __future__ import annotations

import os
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from embedded_server.engines.base import Target
from embedded_server.engines.registry import engine_for
from embedded_server.wire.connections import ConnectionClass, Profile
from embedded_server.wire.problem import problem

from .secrets import Secrets
from .store.workspace import Workspace

_LOOPBACK = frozenset({"", "localhost", "127.0.0.1", "::1"})
_SUFFIXES = {".duckdb": "duckdb", ".ddb": "duckdb"}


def class_of(url: str) -> ConnectionClass:
    """Local for files and this machine, else shared: nobody writes to another host by accident."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return "shared"
    hosts = {host, *_query_hosts(url)}
    return "local" if all(map(_is_here, hosts)) else "shared"


def _is_here(host: str) -> bool:
    if host in _LOOPBACK or host.startswith("/"):
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _query_hosts(url: str) -> list[str]:
    query = urlsplit(url).query
    values = [part.partition("=")[2] for part in query.split("&") if part.startswith(("host=", "hostaddr="))]
    return [unquote(host).rsplit(":", 1)[0] for value in values for host in unquote(value).split(",")]


def url_of(text: str) -> str:
    """A URL as it is, or the URL of a database file that was named by its path."""
    if "://" in text:
        return text
    path = Path(os.path.expanduser(text)).absolute()
    scheme = _SUFFIXES.get(path.suffix.lower(), "sqlite")
    if not path.exists():
        raise problem(
            "connection.unknown", detail=text, hint="Give a saved name, a URL, or a file that exists."
        )
    return f"{scheme}:///{path.as_posix()}"


def split_secret(url: str) -> tuple[str, str | None]:
    """The URL without its password, and the password."""
    scheme, separator, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    user_info, at, host = authority.rpartition("@")
    user, colon, secret = user_info.partition(":")
    if not (separator and at and colon):
        return url, None
    return f"{scheme}://{user}@{host}{slash}{path}", unquote(secret)


def resolve(
    store: Workspace, secrets: Secrets, connection: str, *, allow_write: bool = False
) -> tuple[Profile, Target]:
    """The profile of a saved name, or an improvised one for a URL or file, with how to open it.

    Raises connection.unknown, connection.invalid, connection.driver.
    """
    profile = store.profiles.get(connection)
    if profile is not None:
        secret = secrets.get(profile.name, stored=profile.has_secret)
        return profile, Target(profile.url, secret, profile.read_only, profile.options, profile.name)
    url, secret = split_secret(url_of(connection))
    engine_for(url)
    kind = class_of(url)
    read_only = kind != "local" and not allow_write
    name = connection if "://" not in connection else url
    if secret is None:
        secret = secrets.get(name, stored=False)
    return Profile(name, url, kind, read_only), Target(url, secret, read_only, {}, name)
