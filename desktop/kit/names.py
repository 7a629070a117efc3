"""Names of connections for chips, lists and tabs."""

from __future__ import annotations

from pathlib import PurePosixPath


def short_name(connection: str) -> str:
    """A saved name as it is, the database's name for a URL or file."""
    if "://" not in connection and "/" not in connection and "\\" not in connection:
        return connection
    path = connection.replace("\\", "/").partition("?")[0]
    return PurePosixPath(path).name or connection
