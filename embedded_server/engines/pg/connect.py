"""Opening connections and telling why one could not be opened."""

from __future__ import annotations

import os
import re
from typing import Any

import psycopg
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from embedded_server.engines.base import Target
from embedded_server.engines.support.connecting import url_of
from embedded_server.engines.support.errors import HINTS, without
from embedded_server.engines.support.near import databases
from embedded_server.wire.problem import ProblemError, problem

from .errors import connecting

# What a session must have for its values to be shown exactly and its pages to be repeatable.
_SETTINGS = {
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "synchronize_seqscans": "off",
}
_NO_DATABASE = re.compile(r'database "(.*)" does not exist')


def parameters(target: Target) -> dict[str, Any]:
    """libpq's connection parameters. Raises connection.invalid."""
    url = url_of(target)
    found = _from_url(url.set(drivername="postgresql+psycopg"))
    if "ssl" in found:  # as asyncpg spells it
        found.setdefault("sslmode", found.pop("ssl"))
    found.setdefault("application_name", "Backlight")
    found.setdefault("connect_timeout", str(max(2, round(target.connect_timeout))))
    found["client_encoding"] = "UTF8"
    settings = _SETTINGS | {"default_transaction_read_only": "on" if target.read_only else "off"}
    if not target.read_only:
        # What the role or database says about it stays in force.
        del settings["default_transaction_read_only"]
    given = found.get("options") or os.environ.get("PGOPTIONS", "")
    ours = " ".join(f"-c {name}={value}" for name, value in settings.items())
    found["options"] = f"{given} {ours}".strip()
    return found


def _from_url(url: URL) -> dict[str, Any]:
    try:
        _, found = url.get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError, TypeError) as error:
        raise problem("connection.invalid", detail=str(error)) from error
    return dict(found)


def connect(found: dict[str, Any], secret: str | None) -> psycopg.Connection[Any]:
    """One connection in autocommit. Raises connection.* and secret.needed."""
    try:
        return psycopg.connect(**found, autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        raise _failed(error, found, secret) from error


def _failed(error: psycopg.Error, found: dict[str, Any], secret: str | None) -> ProblemError:
    message = without(str(error), secret)
    pgconn = error.pgconn
    needs_password = pgconn is not None and pgconn.needs_password
    code, hint = connecting(message, needs_password=needs_password)
    if isinstance(error, psycopg.errors.ConnectionTimeout):
        code, hint = "connection.timeout", ""
    if code == "connection.auth" and not hint:
        hint = _whose_password(found)
    if code == "connection.database":
        hint = _near_names(found, message)
    return problem(code, detail=_without_repetition(message), hint=hint or HINTS.get(code, ""))


def _without_repetition(message: str) -> str:
    lines = [re.sub(r"connection (?:failed|is bad): ", "", line).strip() for line in message.splitlines()]
    return "\n".join(dict.fromkeys(filter(None, lines)))


def _whose_password(found: dict[str, Any]) -> str:
    if found.get("password"):
        return HINTS["connection.auth"]
    return "The password, if any, came from PGPASSWORD or the password file; check there too."


def _near_names(found: dict[str, Any], message: str) -> str:
    """Databases of the same server, those with a similar name first."""
    match = _NO_DATABASE.search(message)
    wanted = match[1] if match else ""
    for other in ("postgres", "template1"):
        if other == wanted:
            continue
        try:
            with psycopg.connect(**(found | {"dbname": other}), autocommit=True) as connection:
                rows = connection.execute("SELECT datname FROM pg_database WHERE datallowconn ORDER BY 1")
                names = [str(row[0]) for row in rows.fetchall()]
        except psycopg.Error:
            continue
        return databases(wanted, names)
    return "Check the name; it is case-sensitive."
