"""From PostgreSQL's words to a problem."""

from __future__ import annotations

import re

from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from embedded_server.wire.problem import ProblemError, problem

from .placeholders import Statement

ROLLED_BACK = "If a transaction was open, the database has rolled it back."
_LOST = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})
_PARAMETERS = frozenset({"08P01", "42P02", "42P18"})
_HINTS = {
    "25P02": "Roll back first: an earlier statement of this transaction failed.",
    "42P18": "Write the type of the parameter, for instance $1::text.",
    "55P03": "Another session holds the lock.",
    "40P01": "Two transactions waited for each other; run it again.",
    "40001": "Another transaction changed the same rows; run it again.",
    "53200": "The server has no memory left for this.",
    "53100": "The server's disk is full.",
}


def field(result: PGresult, which: DiagnosticField) -> str:
    """One field of an error, empty if it has none."""
    raw = result.error_field(which)
    return raw.decode("utf-8", "replace") if raw else ""


def statement_problem(result: PGresult, statement: Statement | None, *, cancelled: bool) -> ProblemError:
    """Why a statement failed. `cancelled`: we have asked for it."""
    state = field(result, DiagnosticField.SQLSTATE)
    message = field(result, DiagnosticField.MESSAGE_PRIMARY)
    if not state and not message:
        message = result.error_message.decode("utf-8", "replace").strip()
    detail = "\n".join(filter(None, (message, field(result, DiagnosticField.MESSAGE_DETAIL))))
    hint = field(result, DiagnosticField.MESSAGE_HINT) or _HINTS.get(state, "")
    if state == "57014":
        timed_out = not cancelled and "timeout" in message
        return problem("job.timeout" if timed_out else "job.cancelled", detail=detail)
    if state == "25006":
        return problem("sql.read_only", detail=detail, hint="Open the connection for writing to do this.")
    if state in _LOST or state.startswith("08") and state not in _PARAMETERS:
        return problem("connection.lost", detail=detail, hint=ROLLED_BACK)
    code = "sql.params" if state in _PARAMETERS else "sql.error"
    return problem(code, detail=detail, hint=hint, position=_position(result, statement))


def _position(result: PGresult, statement: Statement | None) -> int | None:
    position = field(result, DiagnosticField.STATEMENT_POSITION)
    if statement is None or not position.isdigit():
        return None
    return statement.original(int(position) - 1)


# --- connecting ------------------------------------------------------------------------------------

_SOCKET = "No server listens on this socket: is it running, and are folder and port right?"
_LATER = "Try again in a moment."
# In this order: the first pattern found in libpq's or the server's words tells what happened.
_PATTERNS: tuple[tuple[str, str, str], ...] = (
    (r"could not translate host name|could not resolve|Name or service not known", "connection.host", ""),
    (r"no password supplied", "secret.needed", "Give the password of this user."),
    (r"\S+ authentication failed|no usable authentication|authentication method", "connection.auth", ""),
    (
        r"no pg_hba\.conf entry.*no encryption|SSL off|requires? (?:SSL|encryption)",
        "connection.tls",
        "The server accepts this user over TLS only: set sslmode to require or stricter.",
    ),
    (
        r"no pg_hba\.conf entry",
        "connection.auth",
        "The server's pg_hba.conf does not let this user come from here.",
    ),
    (
        r"server does not support SSL|GSSAPI encryption.*required",
        "connection.tls",
        "The server offers no TLS: set sslmode to prefer or disable if the network is trusted.",
    ),
    (
        r"certificate verify failed|does not match host name|self.signed",
        "connection.tls",
        "The server's certificate was not accepted: give its authority as sslrootcert, use the host name "
        "that the certificate names, or lower sslmode to require.",
    ),
    (
        r"root certificate file|certificate file|private key file|SSL (?:error|SYSCALL|context)|TLS|SSL conn",
        "connection.tls",
        "Check sslmode, sslrootcert, sslcert and sslkey.",
    ),
    (r"[Rr]ole .* does not exist|is not permitted to log in", "connection.auth", "Check the user name."),
    (r"permission denied for database", "connection.auth", "The user may not connect to this database."),
    (r"database .* does not exist", "connection.database", ""),
    (r"too many (?:clients|connections)|connection slots", "connection.refused", "All places are taken."),
    (r"system is (?:starting up|shutting down|in recovery|not yet)", "connection.refused", _LATER),
    (r"timeout expired|timed out|[Tt]imeout", "connection.timeout", ""),
    (r"socket .* failed: No such file", "connection.refused", _SOCKET),
    (
        r"Connection refused|No route to host|[Uu]nreachable|Permission denied|No such file",
        "connection.refused",
        "",
    ),
    (
        r"unsupported startup parameter",
        "connection.invalid",
        "A connection pooler refuses the session's settings: connect to the server itself, or let the "
        "pooler ignore them (ignore_startup_parameters = options, extra_float_digits).",
    ),
    (
        r"session is (?:not )?read|hot standby|not in hot standby",
        "connection.refused",
        "No host has the state that target_session_attrs asks for.",
    ),
    (
        r"invalid (?:connection option|\S+ value|port|integer|URI|percent)|missing \"=\"|of service",
        "connection.invalid",
        "",
    ),
    (
        r"received invalid response|expected authentication|server closed the connection|reset by peer",
        "connection.failed",
        "Is this the port of a PostgreSQL server?",
    ),
)


def connecting(message: str, *, needs_password: bool = False) -> tuple[str, str]:
    """Code and hint of a failed connection from what was said; "connection.failed" when nothing fits."""
    for pattern, code, hint in _PATTERNS:
        if re.search(pattern, message):
            return code, hint
    # A server that speaks another language than English.
    return ("connection.auth" if needs_password else "connection.failed"), ""
