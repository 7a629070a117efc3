"""A connection as the runner needs it: parts, since the project may use another driver than we do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from embedded_server.engines.base import Target
from embedded_server.engines.registry import engine_for
from embedded_server.engines.support.sqlite.files import locate
from embedded_server.wire.problem import problem


def parts_of(target: Target) -> dict[str, Any]:
    """Engine, host, port, database, login and options. Raises connection.invalid."""
    name = engine_for(target.url).name
    try:
        url = make_url(target.url)
    except (ArgumentError, ValueError) as error:
        raise problem("connection.invalid", detail=str(error)) from error
    query = {str(key): value for key, value in url.query.items()} | dict(target.options)
    if name == "sqlite":
        path = locate(target.url).path
        if not path:
            hint = "A database in memory is gone when its process ends; choose a file."
            raise problem("connection.invalid", detail=target.url, hint=hint)
        return {"engine": "sqlite", "database": path}
    return {
        "engine": name,
        "host": url.host or "",
        "port": url.port,
        "database": url.database or "",
        "username": url.username,
        "password": target.secret if target.secret is not None else url.password,
        "query": query,
    }
