"""Proof that a person said yes to exactly this script on exactly this connection.

The key is the workspace's own, so a token that one process gave holds in the next one (`call` twice).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path

from embedded_server.wire.problem import problem

VALID_SECONDS = 600
_FILE = "guard.key"
_BYTES = 32


def token(folder: Path, connection: str, sql: str, now: float | None = None) -> str:
    """A token for this text on this connection, good for ten minutes. Raises store.unusable."""
    until = int((now if now is not None else time.time()) + VALID_SECONDS)
    return f"{until}.{_sign(folder, until, connection, sql)}"


def holds(folder: Path, given: str, connection: str, sql: str) -> bool:
    """Whether a token was given for this text on this connection, lately."""
    until, _, signature = given.partition(".")
    if not until.isdecimal() or len(until) > 12 or int(until) < time.time():
        return False
    return hmac.compare_digest(signature, _sign(folder, int(until), connection, sql))


def _sign(folder: Path, until: int, connection: str, sql: str) -> str:
    body = "\0".join((str(until), connection, sql)).encode("utf-8", "surrogatepass")
    return hmac.new(_key(folder), body, hashlib.sha256).hexdigest()


def _key(folder: Path) -> bytes:
    path = folder / _FILE
    try:
        if not path.exists():
            _make(path)
        key = path.read_bytes()
    except OSError as error:
        raise problem("store.unusable", detail=f"{path}: {error}") from error
    if len(key) != _BYTES:
        raise problem("store.unusable", detail=f"{path} is damaged.", hint="Delete it; a new one is made.")
    return key


def _make(path: Path) -> None:
    """Several processes may be first at once: the first complete file stays."""
    fresh = path.with_name(f"{_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(_BYTES))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
