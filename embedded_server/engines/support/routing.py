"""Where a target's server is, and the same target reached by way of a port of this machine."""

from __future__ import annotations

import msgspec
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from embedded_server.engines.base import Target
from embedded_server.wire.problem import problem

_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "mssql": 1433, "oracle": 1521, "firebird": 3050}


def address_of(target: Target) -> tuple[str, int]:
    """Host and port as seen from where the tunnel ends. Raises connection.invalid."""
    try:
        url = make_url(target.url)
    except (ArgumentError, ValueError) as error:
        raise problem("connection.invalid", detail=str(error)) from error
    port = url.port or _PORTS.get(url.get_backend_name())
    if url.get_backend_name() in ("sqlite", "duckdb"):
        raise problem("connection.invalid", detail="A file needs no ssh tunnel.", hint="Leave it empty.")
    if port is None:
        raise problem("connection.invalid", detail="A tunnel needs the port.", hint="Add :PORT to the host.")
    return url.host or "localhost", port


def rerouted(target: Target, port: int, options: dict[str, str]) -> Target:
    """The target through `port` on the loopback. PostgreSQL keeps the host's name, for certificates and
    password files."""
    url = make_url(target.url)
    if url.get_backend_name() == "postgresql" and url.host:
        options = {**options, "hostaddr": "127.0.0.1"}
        url = url.set(port=port)
    else:
        url = url.set(host="127.0.0.1", port=port)
    return msgspec.structs.replace(target, url=url.render_as_string(hide_password=False), options=options)
