"""Names of connections for chips, lists and tabs."""

from __future__ import annotations

from pathlib import PurePosixPath


def short_name(connection: str) -> str:
    """A saved name as it is, the database's name for a URL or file."""
    scheme, address, rest = connection.partition("://")
    place = (rest if address else scheme).replace("\\", "/").partition("?")[0]
    host, slash, path = place.partition("/")
    if not slash and not address:
        return connection
    return PurePosixPath(path).name or host.rpartition("@")[2] or connection
