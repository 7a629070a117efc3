"""From MySQL's words to a problem."""

from __future__ import annotations

import re
import ssl

import pymysql

from embedded_server.engines.support.errors import HINTS, causes, network_code
from embedded_server.wire.problem import ProblemError, problem

from .statement import Statement

ROLLED_BACK = "If a transaction was open, the database has rolled it back."
DEADLOCK = 1213
# Killed, interrupted, or the kill came while it sorted.
_INTERRUPTED = frozenset({1317, 1028})
_TIMED_OUT = frozenset({1969, 3024})
_READ_ONLY = frozenset({1792, 1290, 1836})
_LOST = frozenset({2006, 2013, 2055, 1053, 1077, 1079, 1152, 1184, 1927, 4031})
_HINTS = {
    DEADLOCK: "The whole transaction was rolled back; run it again.",
    1205: "Another session holds the lock; only this statement was undone.",
    1153: "The server's max_allowed_packet is smaller than the statement.",
    1267: "The texts have different character sets; CONVERT one of them.",
    1104: "The server's max_join_size forbids this.",
}
_NEAR = re.compile(r" near '(?P<near>.*)' at line (?P<line>\d+)\Z", re.DOTALL)
_CUT = "..."


def statement_problem(
    code: int, message: str, statement: Statement | None, *, cancelled: bool
) -> ProblemError:
    """Why a statement failed. `cancelled`: we have asked for it."""
    if code in _INTERRUPTED or (cancelled and code in _TIMED_OUT):
        return problem("job.cancelled", detail=message)
    if code in _TIMED_OUT:
        return problem("job.timeout", detail=message)
    if code in _READ_ONLY and "read" in message.lower():
        return problem("sql.read_only", detail=message, hint="Open the connection for writing to do this.")
    if code in _LOST:
        return problem("connection.lost", detail=message, hint=ROLLED_BACK)
    return problem(
        "sql.error", detail=message, hint=_HINTS.get(code, ""), position=_position(message, statement)
    )


def _position(message: str, statement: Statement | None) -> int | None:
    """Where the text stands that a syntax error quotes: it runs to the end, or is cut with dots."""
    match = _NEAR.search(message)
    if match is None or statement is None:
        return None
    text, near = statement.text, match["near"]
    if text.endswith(near):
        return statement.original(len(text) - len(near))
    lines = text.split("\n")
    at = text.find(near.removesuffix(_CUT), sum(len(line) + 1 for line in lines[: int(match["line"]) - 1]))
    return statement.original(at) if at >= 0 else None


# --- connecting ------------------------------------------------------------------------------------

_NOT_TRUSTED = (
    "The server's certificate was not accepted: give its authority as sslrootcert, use the host name that "
    "the certificate names, or lower sslmode to require."
)
_NO_PASSWORD = "using password: NO"


def connecting(error: Exception) -> tuple[str, str, str]:
    """Code, words and hint of a failed connection."""
    number, message = number_of(error), message_of(error)
    for cause in causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return "connection.tls", message, _NOT_TRUSTED
    original = getattr(error, "original_exception", None) or error
    network = network_code(original)
    if network == "connection.lost":
        network = "connection.failed"
    if number in _CONNECTING:
        code, hint = _CONNECTING[number]
        return code, message, hint or HINTS.get(code, "")
    if network:
        return network, message, HINTS.get(network, "")
    if isinstance(error, pymysql.err.InternalError | IndexError | UnicodeDecodeError) or number == 2013:
        return "connection.failed", message, "Is this the port of a MySQL or MariaDB server?"
    return "connection.failed", message, ""


def number_of(error: Exception) -> int:
    """The error's number, 0 if it has none."""
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else 0


def message_of(error: Exception) -> str:
    """The error's words."""
    return str(error.args[-1]) if error.args else type(error).__name__


_DENIED = (
    "Check user name and password. The server also looks at the host you come from, and may want this user "
    "to connect over TLS."
)
_CONNECTING = {
    1045: ("connection.auth", _DENIED),
    1698: ("connection.auth", "This user is known by the system account, over the server's socket only."),
    1044: ("connection.auth", "The user may not use this database."),
    1049: ("connection.database", ""),
    1040: ("connection.refused", "All places of the server are taken."),
    1203: ("connection.refused", "The user has too many connections."),
    1226: ("connection.refused", "The user has too many connections."),
    1129: ("connection.auth", "The server has blocked this host after failures: FLUSH HOSTS there."),
    1130: ("connection.auth", "The server does not let this host in."),
    1251: ("connection.auth", ""),
    2026: ("connection.tls", ""),
    2059: ("connection.auth", "The server wants a way to log in that is not supported."),
    3159: ("connection.tls", "The server accepts encrypted connections only: set sslmode to require."),
}


def lacks_password(error: Exception) -> bool:
    """Whether the server refused for want of a password."""
    return number_of(error) == 1045 and _NO_PASSWORD in message_of(error)
