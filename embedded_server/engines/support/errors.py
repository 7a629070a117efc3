"""From a driver's exception to a problem: what went wrong on the way to a server, and who said so."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

from embedded_server.wire.problem import ProblemError, problem

HINTS = {
    "connection.refused": "Is the server running, and does it listen on this address and port?",
    "connection.host": "Check the host name for typing errors; a VPN may have to be connected first.",
    "connection.timeout": "A firewall may drop the packets, or the server hangs.",
    "connection.tls": "Check the certificate options, or what the server offers.",
    "connection.auth": "Check user name and password; the server may also restrict where you connect from.",
}


def causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and everything that led to it, also what drivers only put in their arguments."""
    todo, seen = [error], set()
    while todo:
        current = todo.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        linked = (current.__cause__, current.__context__, getattr(current, "orig", None), *current.args)
        todo += [item for item in linked if isinstance(item, BaseException)]


def network_code(error: BaseException) -> str:
    """The problem code of a failed connection attempt as the operating system saw it, "" if it did not."""
    for cause in causes(error):
        if isinstance(cause, ssl.SSLError):
            return "connection.tls"
        if isinstance(cause, socket.gaierror):
            return "connection.host"
        if isinstance(cause, TimeoutError):
            return "connection.timeout"
        if isinstance(cause, ConnectionRefusedError | FileNotFoundError):
            return "connection.refused"
        if isinstance(cause, ConnectionError):
            return "connection.lost"
    return ""


def connect_problem(code: str, detail: str, secret: str | None = None, hint: str = "") -> ProblemError:
    """A problem of connecting with the usual advice; a password in the driver's words is cut out."""
    return problem(code, detail=without(detail, secret), hint=hint or HINTS.get(code, ""))


def without(text: str, secret: str | None) -> str:
    """Text that does not contain the secret."""
    return text.replace(secret, "***") if secret else text
