"""Which saved connection is the database that an application calls by a URL of its own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from embedded_server.wire.connections import Profile

_PORTS = {"postgresql": 5432, "mysql": 3306}
_FAMILIES = {"postgres": "postgresql", "cockroachdb": "postgresql", "mariadb": "mysql"}
_HERE = frozenset({"", "localhost", "127.0.0.1", "::1"})


class Place(NamedTuple):
    """Where a database is; `user` is left out, since two roles see one database."""

    family: str
    host: str
    port: int
    database: str


def place_of(url: str) -> Place | None:
    """The database a URL names, spelled one way; None where it cannot be read."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.partition("+")[0].lower()
    family = _FAMILIES.get(scheme, scheme)
    if not family:
        return None
    if family in ("sqlite", "duckdb"):
        return _file(family, url)
    query = parse_qs(parts.query)
    host = query.get("host", query.get("unix_socket", [parts.hostname or ""]))[0].lower()
    named = port or int(next(iter(query.get("port", [])), "0") or 0) or _PORTS.get(family, 0)
    database = unquote(parts.path.lstrip("/")) or (parts.username or "")
    return Place(family, "" if host in _HERE else host, named, database)


def _file(family: str, url: str) -> Place | None:
    path = unquote(url.partition("://")[2].partition("?")[0])[1:]
    if not path or path == ":memory:":
        return None
    return Place(family, "", 0, os.path.realpath(path.removeprefix("file:")))


def connection_of(url: str, profiles: Sequence[Profile]) -> str:
    """The name of the saved connection that is the database of `url`, else the URL itself.

    Of several the one with the URL's user, else the one used last.
    """
    place = place_of(url)
    if place is None:
        return url
    same = [profile for profile in profiles if place_of(profile.url) == place]
    user = urlsplit(url).username
    return next((p.name for p in same if urlsplit(p.url).username == user), same[0].name if same else url)
