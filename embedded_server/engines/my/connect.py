"""Opening connections and telling why one could not be opened."""

from __future__ import annotations

import contextlib
import os
import ssl
from configparser import Error as ConfigError
from inspect import signature
from pathlib import Path
from typing import Any

import pymysql
from pymysql import converters
from pymysql.optionfile import Parser
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError

from embedded_server.engines.base import Target
from embedded_server.engines.support.connecting import url_of
from embedded_server.engines.support.errors import without
from embedded_server.engines.support.near import databases
from embedded_server.wire.problem import ProblemError, problem

from .errors import connecting, lacks_password, message_of
from .packets import Inlet

_MODES = ("disable", "prefer", "require", "verify-ca", "verify-full")
_TLS_OPTIONS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
_SIDE_SECONDS = 1
_NO_TLS_OFFERED = "SSL is required but the server doesn't support it"
_OPTIONS = frozenset(signature(pymysql.connections.Connection.__init__).parameters)
_ENCODERS = {kind: how for kind, how in converters.conversions.items() if not isinstance(kind, int)}


class Opener:
    """Opens connections of one target: the session's own, and short ones beside it to kill a statement."""

    def __init__(self, target: Target) -> None:
        self._secret = target.secret
        self._arguments = _arguments(target)
        self._mode = self._arguments.pop("mode")
        self._timeout = max(1, round(target.connect_timeout))
        self._database = str(self._arguments.get("database") or "")
        if target.read_only:
            self._arguments["init_command"] = "SET SESSION TRANSACTION READ ONLY"

    def open(self) -> Any:
        """The session's connection. Raises connection.* and secret.needed."""
        try:
            return self._connect(self._timeout)
        except (pymysql.err.Error, OSError, ValueError, RuntimeError, IndexError) as error:
            raise self._failed(error) from error

    def beside(self) -> Any:
        """A second connection that never waits for long. Raises pymysql's own errors."""
        return self._connect(_SIDE_SECONDS, database=None)

    def _connect(self, seconds: int, **others: Any) -> Any:
        arguments = self._arguments | others | {"connect_timeout": seconds, "read_timeout": seconds}
        try:
            connection = pymysql.connect(**arguments)
        except pymysql.err.OperationalError as error:
            if self._mode != "prefer" or message_of(error) != _NO_TLS_OFFERED:
                raise
            self._arguments = {**self._arguments, "ssl": None, "ssl_disabled": True}
            connection = pymysql.connect(**(arguments | self._arguments | others))
        connection._read_timeout = None
        connection._rfile.close()
        connection._rfile = Inlet(connection._sock)
        return connection

    def _failed(self, error: Exception) -> ProblemError:
        code, message, hint = connecting(error)
        detail = without(message, self._secret)
        if lacks_password(error) and not self._arguments.get("password"):
            return problem("secret.needed", detail=detail, hint="Give the password of this user.")
        if code == "connection.database":
            hint = self._near_names()
        if code == "connection.refused" and self._arguments.get("host") == "localhost":
            hint += " For a server that listens on a socket only add ?unix_socket=/path/of/the/socket."
        return problem(code, detail=detail, hint=hint)

    def _near_names(self) -> str:
        """Databases of the same server, those with a similar name first."""
        try:
            with contextlib.closing(self.beside()) as connection, connection.cursor() as cursor:
                cursor.execute("SHOW DATABASES")
                names = sorted(row[0] for row in cursor.fetchall())
        except (pymysql.err.Error, OSError):
            return "Check the name."
        return databases(self._database, names)


def _arguments(target: Target) -> dict[str, Any]:
    """PyMySQL's arguments, with "mode" for TLS. Raises connection.invalid."""
    url = url_of(target).set(drivername="mysql+pymysql")
    tls = {name: str(url.query[name]) for name in _TLS_OPTIONS if name in url.query}
    found = _from_url(url.difference_update_query(_TLS_OPTIONS))
    _from_option_file(found)
    mode = _mode(tls, found)
    if mode == "disable" or (found.get("unix_socket") and mode == "prefer"):
        found |= {"ssl": None, "ssl_disabled": True}
    else:
        found["ssl"] = _context(mode, tls, found.get("ssl"))
    password = found.get("password")
    if isinstance(password, str):
        found["password"] = password.encode()  # as it is: the driver would encode it as Latin 1
    always = {"charset": "utf8mb4", "autocommit": True, "conv": _ENCODERS, "program_name": "Backlight"}
    return found | always | {"mode": mode}


def _from_url(url: URL) -> dict[str, Any]:
    try:
        _, found = url.get_dialect()().create_connect_args(url)
    except (ArgumentError, ValueError, TypeError) as error:
        raise problem("connection.invalid", detail=str(error)) from error
    known = dict(found)
    # What decides how values are converted, and how long is waited, is not the URL's business.
    for name in ("client_flag", "charset", "use_unicode", "read_timeout", "write_timeout", "conv"):
        known.pop(name, None)
    for name in known:
        if name not in _OPTIONS:
            raise problem("connection.invalid", detail=f"There is no connection option {name!r}.")
    return known


def _from_option_file(found: dict[str, Any]) -> None:
    """Fill in user and password (and, if the URL names none, the place) as the `mysql` program would."""
    given = found.pop("read_default_file", None)
    group = found.pop("read_default_group", None) or "client"
    path = Path(os.path.expanduser(given or "~/.my.cnf"))
    parser = Parser()
    try:
        read = parser.read(path)
    except (ConfigError, UnicodeDecodeError) as error:
        raise problem("connection.invalid", detail=f"{path}: {error}") from error
    if given and not read:
        raise problem("connection.invalid", detail=f"The option file {path} cannot be read.")
    placed = found.get("host") or found.get("unix_socket")
    names = {"user": "user", "password": "password"}
    if not placed:
        names |= {"host": "host", "unix_socket": "socket", "port": "port"}
    for name, option in names.items():
        with contextlib.suppress(ConfigError):
            if not found.get(name):
                found[name] = parser.get(group, option)
    if not found.get("password") and os.environ.get("MYSQL_PWD"):
        found["password"] = os.environ["MYSQL_PWD"]
    if isinstance(found.get("port"), str):
        found["port"] = int(found["port"])


# --- TLS ---------------------------------------------------------------------------------------------


def _mode(tls: dict[str, str], found: dict[str, Any]) -> str:
    given = found.get("ssl")
    mode = tls.get("sslmode") or ("prefer" if not given and "sslrootcert" not in tls else "")
    if not mode:
        authority = tls.get("sslrootcert") or (given or {}).get("ca")
        mode = "require" if not authority else "verify-full"
        if mode == "verify-full" and given and given.get("check_hostname") is False:
            mode = "verify-ca"
    if mode not in _MODES:
        raise problem("connection.invalid", detail=f"sslmode is one of {', '.join(_MODES)}, not {mode!r}.")
    return mode


def _context(mode: str, tls: dict[str, str], given: dict[str, Any] | None) -> ssl.SSLContext:
    known = given or {}
    authority = tls.get("sslrootcert") or known.get("ca")
    certificate = tls.get("sslcert") or known.get("cert")
    key = tls.get("sslkey") or known.get("key")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # The certificates that MySQL makes for itself do not keep to every rule.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = mode == "verify-full"
    context.verify_mode = ssl.CERT_REQUIRED if mode.startswith("verify") else ssl.CERT_NONE
    try:
        if authority:
            context.load_verify_locations(authority)
        elif mode.startswith("verify"):
            context.load_default_certs()
        if certificate:
            context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(filter(None, (authority, certificate, key)))
        hint = "Check the certificate files."
        raise problem("connection.tls", detail=f"{files}: {error}", hint=hint) from error
    return context
